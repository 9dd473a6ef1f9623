/** Microseconds in a millisecond. */
const MICROS_PER_MS = 1_000;

/**
 * The time at which an event counts: its own, but never after the message that carries it. An event cannot have happened
 * after it was appended, so a clock that runs ahead is cut to the log's own (whole milliseconds of which are credited).
 */
export function clampToLogTime(eventTimeMicros: number, messageTimestampMs: number): number {
  return eventTimeMicros >= (messageTimestampMs + 1) * MICROS_PER_MS
    ? messageTimestampMs * MICROS_PER_MS
    : eventTimeMicros;
}
