import { textFact } from './read-facts.ts';
import type { Attributes, LogRecord } from './span.ts';

/** A record as its parts say, in either encoding. Before events had names of their own, an attribute was theirs. */
export function loggedEvent(read: {
  readonly traceId: string;
  readonly spanId: string;
  readonly eventName: string;
  readonly time: bigint;
  readonly observed: bigint;
  readonly attributes: Attributes;
}): LogRecord {
  const { traceId, spanId, eventName, time, observed, attributes } = read;
  return {
    traceId,
    spanId,
    eventName: eventName === '' ? (textFact(attributes, 'eventName') ?? '') : eventName,
    timeNanos: time > 0n ? time : observed,
    attributes,
  };
}
