import { asRecord } from '../answers/structure.ts';
import type { Observation } from './observation.ts';
import { observeBranches } from './observe-branches.ts';
import { isStreamHelper, observeHelper } from './observe-helper.ts';
import { observeIterable } from './observe-iterable.ts';
import { observeReadable } from './observe-readable.ts';

/** Watches what a call came back with, whatever it is. Never throws: what cannot be watched is the caller's all the same. */
export function observeResult(result: unknown, observation: Observation): void {
  try {
    observeByKind(result, observation);
  } catch {
    // A getter or a proxy of the caller's failed: the answer goes on without an event.
  }
}

function observeByKind(result: unknown, observation: Observation): void {
  const object = asRecord(result);
  if (object === null) observation.answered(result);
  else if (object instanceof ReadableStream) observeReadable(object, observation);
  else if (isStreamHelper(object)) observeHelper(object, observation);
  else if (isAsyncIterable(object)) observeIterable(object, observation);
  else if (isResponse(object))
    observation.answeredWith(object.status, object.headers, Reflect.get(object, 'url'));
  // What the AI SDK's `streamText` gives: asking it for anything else would start to read it.
  else if ('fullStream' in object) observeTextResult(object['baseStream'], observation);
  else observation.answered(result);
}

/** Of fetch, whichever implementation of it. */
function isResponse(
  value: Record<string, unknown>,
): value is { readonly status: number; readonly headers: unknown } {
  return typeof value['status'] === 'number' && typeof value['ok'] === 'boolean' && 'headers' in value;
}

function isAsyncIterable(value: object): value is AsyncIterable<unknown> {
  return typeof Reflect.get(value, Symbol.asyncIterator) === 'function';
}

function observeTextResult(base: unknown, observation: Observation): void {
  if (base instanceof ReadableStream) observeBranches(base, observation);
}
