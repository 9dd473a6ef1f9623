import type { EvalVerdict, InferenceEvent, Mark, SourceReport } from '@burnline/core';

/** The record that each kind of batch holds. */
export interface RecordByKind {
  readonly inference: InferenceEvent;
  readonly verdict: EvalVerdict;
  readonly report: SourceReport;
  readonly mark: Mark;
}

/** First byte of Confluent framing: 0x00, schema id as int32 big-endian, then the Avro datum. */
export const MAGIC_BYTE = 0;
export const FRAME_BYTES = 5;

/**
 * Most events in one message. Repeats are suppressed over the last W messages of a partition, so this bound times W
 * bounds the ids in memory. Beyond 100 the cost per message is already spread thin.
 */
export const MAX_EVENTS_PER_MESSAGE = 100;

/** Most bytes in one message: below Kafka's default max.message.bytes (1,048,588), record batch overhead included. */
export const MESSAGE_BYTES_MAX = 1_000_000;
