import { watchAbandonment } from './abandonment.ts';
import type { Observation } from './observation.ts';
import { overlay } from './own-property.ts';

/** Every way to read a stream: each begins with a lock on it. */
const WAYS_IN = ['getReader', 'pipeThrough', 'pipeTo', 'tee', 'cancel', 'values'] as const;

type Method = (...args: unknown[]) => unknown;

/**
 * Watches a web stream where it is: whoever reads it gets the same chunks from a stream behind it, which reads no further
 * than it is read itself.
 */
export function observeReadable(source: ReadableStream<unknown>, observation: Observation): void {
  observation.streams();
  let passing: ReadableStream<unknown> | null = null;
  const reader = source.getReader.bind(source);
  const pass = (): ReadableStream<unknown> => (passing ??= passOn(reader(), observation));
  for (const key of WAYS_IN) {
    const native = Reflect.get(source, key) as Method | undefined;
    if (native === undefined) continue;
    overlay(source, key, (...args: unknown[]) => {
      // A reader of bytes into the caller's own buffer cannot be served from behind: it reads unwatched.
      if (key === 'getReader' && args[0] !== undefined) return native.apply(source, args);
      return (Reflect.get(pass(), key) as Method).apply(pass(), args);
    });
  }
  overlay(source, Symbol.asyncIterator, (...args: unknown[]) => {
    const stream = pass() as unknown as Record<symbol, Method>;
    return stream[Symbol.asyncIterator]?.(...args);
  });
  const isLocked = Object.getOwnPropertyDescriptor(ReadableStream.prototype, 'locked');
  Reflect.defineProperty(source, 'locked', {
    configurable: true,
    get: (): boolean => passing?.locked ?? isLocked?.get?.call(source) === true,
  });
}

function passOn(
  reader: ReadableStreamDefaultReader<unknown>,
  observation: Observation,
): ReadableStream<unknown> {
  const passing = new ReadableStream<unknown>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          if (done) {
            observation.ended();
            controller.close();
          } else {
            observation.chunk(value);
            controller.enqueue(value);
          }
        } catch (error) {
          observation.failed(error);
          throw error;
        }
      },
      cancel: (reason) => {
        observation.left();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  watchAbandonment(passing, observation);
  return passing;
}
