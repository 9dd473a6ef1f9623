import type { Payload } from './payload.ts';
import { flagOf, microsOf, textOf } from './scalars.ts';

/**
 * When a stream began, in microseconds of the epoch; null: not told, or no stream. `completionStartTime` is the end of calls in one piece,
 * and where LiteLLM missed it. Of a stream that failed LiteLLM leaves out that it was one.
 */
export function firstChunkMicrosOf({
  startTime,
  endTime,
  completionStartTime,
  stream,
}: Payload): number | null {
  const [start, end, begun] = [microsOf(startTime), microsOf(endTime), microsOf(completionStartTime)];
  if (flagOf(stream) === false || start === null || end === null || begun === null) return null;
  return begun >= start && begun < end ? begun : null;
}

/** When its first token came: a stream of OpenAI's Responses begins before, with events that say that it began. */
export function firstTokenMicrosOf(payload: Payload): number | null {
  const isResponses = /^a?responses$/.test(textOf(payload.call_type) ?? '');
  return isResponses ? null : firstChunkMicrosOf(payload);
}
