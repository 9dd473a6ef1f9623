import type { Observation } from './observation.ts';
import { observeResult } from './observe-result.ts';
import { overlay } from './own-property.ts';

type Thenable = PromiseLike<unknown> & object;

/**
 * Watches what a promise comes to. The promise that is returned has the same outcome; it is the same promise where it is
 * one of the OpenAI and Anthropic SDKs, whose `withResponse` and `asResponse` callers use.
 */
export function observePromise(promise: Thenable, observation: Observation): Thenable {
  const parse: unknown = Reflect.get(promise, 'parse');
  const asResponse: unknown = Reflect.get(promise, 'asResponse');
  if (typeof parse !== 'function' || typeof asResponse !== 'function') return noted(promise, observation);
  // Such a promise parses the answer when it is first asked for it, and only then: so does what is put before it.
  let parsed: Thenable | null = null;
  overlay(promise, 'parse', () => (parsed ??= noted(parse.call(promise) as Thenable, observation)));
  overlay(promise, 'asResponse', () => {
    const response = asResponse.call(promise) as Promise<Response>;
    if (parsed !== null) return response;
    return noted(response, observation);
  });
  return promise;
}

function noted(promise: Thenable, observation: Observation): Promise<unknown> {
  return Promise.resolve(promise).then(
    (result) => {
      observeResult(result, observation);
      return result;
    },
    (error: unknown) => {
      observation.failed(error);
      throw error;
    },
  );
}
