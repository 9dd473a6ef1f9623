import { abortSignalOf } from './abort-signal.ts';
import type { Observation } from './observation.ts';
import { overlay } from './own-property.ts';

/** What `.stream()` of the OpenAI and Anthropic SDKs gives: it reads the answer by itself and tells its listeners. */
export interface StreamHelper {
  readonly _emit: (event: string, ...args: readonly unknown[]) => void;
  readonly on: unknown;
}

export function isStreamHelper(value: object): value is StreamHelper {
  return typeof Reflect.get(value, '_emit') === 'function' && typeof Reflect.get(value, 'on') === 'function';
}

/**
 * Watches such a helper. Not by `on('error')`: a listener for errors changes what the SDK does with one that nobody else
 * listens for. Everything that it tells goes through `_emit`, which a listener cannot see.
 */
export function observeHelper(helper: StreamHelper, observation: Observation): void {
  observation.streams(abortSignalOf(helper));
  const tell = helper._emit;
  overlay(helper, '_emit', (event: string, ...args: readonly unknown[]): void => {
    // Raw parts of the answer: chat completions, responses, Anthropic messages.
    if (event === 'chunk' || event === 'event' || event === 'streamEvent') observation.chunk(args[0]);
    else if (event === 'error' || event === 'abort') observation.failed(args[0]);
    else if (event === 'end') observation.ended();
    tell.call(helper, event, ...args);
  });
}
