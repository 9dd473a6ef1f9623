import { abortSignalOf } from './abort-signal.ts';
import { watchAbandonment } from './abandonment.ts';
import type { Observation } from './observation.ts';
import { overlay } from './own-property.ts';

type Method = (...args: unknown[]) => unknown;

/**
 * Watches an async iterable where it is. Nothing is read but what the consumer reads, and what it gets is what there was:
 * chunks, errors, and the promises' order.
 */
export function observeIterable(source: AsyncIterable<unknown>, observation: Observation): void {
  observation.streams(abortSignalOf(source));
  if ('next' in source) {
    observeIterator(source as unknown as AsyncIterator<unknown>, observation);
    return;
  }
  // The OpenAI and Anthropic SDKs' streams iterate, tee and convert themselves through this one function.
  const key = Object.hasOwn(source, 'iterator') ? 'iterator' : Symbol.asyncIterator;
  const iterate = Reflect.get(source, key) as () => AsyncIterator<unknown>;
  const isWatched = overlay(source, key, (): AsyncIterator<unknown> => {
    const iterator = iterate.call(source);
    observeIterator(iterator, observation);
    return iterator;
  });
  // Others may be read in ways that are not seen from here: only what is read of them tells that they are dropped.
  if (isWatched && key === 'iterator') watchAbandonment(source, observation);
}

function observeIterator(iterator: AsyncIterator<unknown>, observation: Observation): void {
  const next = Reflect.get(iterator, 'next') as Method;
  const isWatched = overlay(iterator, 'next', (...args: unknown[]) => {
    let result: unknown;
    try {
      result = next.apply(iterator, args);
    } catch (error) {
      observation.failed(error);
      throw error;
    }
    return Promise.resolve(result).then(
      (step) => {
        const { done, value } = step as { readonly done?: boolean; readonly value: unknown };
        if (done === true) observation.ended();
        else observation.chunk(value);
        return step;
      },
      (error: unknown) => {
        observation.failed(error);
        throw error;
      },
    );
  });
  if (!isWatched) return;
  watchAbandonment(iterator, observation);
  for (const key of ['return', 'throw'] as const) {
    const leave = Reflect.get(iterator, key) as Method | undefined;
    if (typeof leave !== 'function') continue;
    overlay(iterator, key, (...args: unknown[]) => {
      observation.left();
      return leave.apply(iterator, args);
    });
  }
}
