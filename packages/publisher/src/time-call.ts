import { observe } from './observing/observation.ts';
import type { Observation, TimeOptions } from './observing/observation.ts';
import { observePromise } from './observing/observe-promise.ts';
import { observeResult } from './observing/observe-result.ts';

/**
 * Makes a call to a model and emits one event of what became of it: how long it took from here, what it used, how it
 * ended. What `call` returns is returned, what it throws is thrown, and both are what they were without.
 *
 * - A call that is refused before there is an answer is an event too: its status by HTTP code and class of error.
 * - A streamed answer is watched while it is read: `ttft_ms` is its first content, and the event comes with its end.
 *   Nothing is read ahead, so time that the reader takes between two chunks counts.
 * - An answer that its reader leaves is `cancelled`, unless the provider had said by then how it ended.
 * - Retries within an SDK are one call. Turn them off (`maxRetries: 0`) where attempts are to be told apart.
 */
export function timeCall<Result>(call: () => Result, options: TimeOptions): Result {
  const observation = observe(options);
  let result: Result;
  try {
    result = call();
  } catch (error) {
    observation.failed(error);
    throw error;
  }
  return watched(result, observation);
}

/**
 * Emits one event of a stream that is there already; the same stream is returned. Its time begins here, or at
 * `startedAtMs`: where the call can be wrapped, `timeCall` sees more.
 */
export function timeStream<Stream extends AsyncIterable<unknown>>(
  source: Stream,
  options: TimeOptions,
): Stream {
  return watched(source, observe(options));
}

function watched<Result>(result: Result, observation: Observation): Result {
  try {
    if (isThenable(result)) return observePromise(result, observation) as Result;
    observeResult(result, observation);
  } catch {
    // An object that cannot be watched is the caller's all the same.
  }
  return result;
}

function isThenable(value: unknown): value is PromiseLike<unknown> & object {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function';
}
