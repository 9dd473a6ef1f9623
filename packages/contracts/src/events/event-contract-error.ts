import { AppError } from '@burnline/core';

/** What can go wrong with records, batches, frames and topics. */
export type EventContractErrorCode =
  /** A message names a schema id that this process does not know. Halts: the message is good, we are behind. */
  | 'CONTRACT_SCHEMA_UNKNOWN'
  /** The package's own schema table or files cannot be used. */
  | 'CONTRACT_SCHEMA_CORRUPT'
  /** The bytes are no batch: wrong magic byte, truncated, trailing bytes, impossible counts, an integer beyond 2^53. */
  | 'CONTRACT_DECODE_FAILED'
  /** The record does not fit its schema: a missing field, a wrong type, a number that is not finite. */
  | 'CONTRACT_ENCODE_FAILED'
  /** One record alone exceeds the largest message. */
  | 'CONTRACT_RECORD_TOO_LARGE'
  /** JSON that is not a valid event; `details.issues` lists every fault. */
  | 'CONTRACT_EVENT_INVALID'
  /** A record of one kind in the topic of another. */
  | 'CONTRACT_KIND_MISPLACED'
  /** A source report that claims what cannot be. */
  | 'CONTRACT_REPORT_IMPOSSIBLE'
  /** A body of batch frames that breaks off, exceeds a bound or holds a malformed name. */
  | 'CONTRACT_FRAMES_INVALID'
  /** A message of the dead-letter topic that is no letter. */
  | 'CONTRACT_DEAD_LETTER_INVALID'
  /** A stream name that cannot be part of a topic's name, or a partition count outside its bounds. */
  | 'CONTRACT_TOPIC_INVALID'
  /** Text that is not a UUID, or bytes that are not 16 long. */
  | 'CONTRACT_UUID_INVALID';

/** The bytes are bad and stay bad: set them aside. */
export function decodeFailed(
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): AppError<EventContractErrorCode> {
  return new AppError('CONTRACT_DECODE_FAILED', message, {
    outcome: 'dead-letter',
    remedy: 'Look at the dead-lettered bytes and mend the writer that sent them.',
    details,
  });
}

/** The record is bad and stays bad: refuse it at its source. */
export function encodeFailed(
  field: string,
  expected: string,
  found: unknown,
): AppError<EventContractErrorCode> {
  return new AppError('CONTRACT_ENCODE_FAILED', `${field} must be ${expected}, found ${describe(found)}.`, {
    outcome: 'dead-letter',
    remedy: `Give ${field} ${expected}.`,
    details: { field },
  });
}

/** A short name for a value of any type, for messages: never the whole value, which may be large or private. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string')
    return value.length <= 40 ? JSON.stringify(value) : `text of ${value.length} characters`;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === 'undefined' ? 'nothing' : `a value of type ${typeof value}`;
}
