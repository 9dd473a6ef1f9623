import { crc32c } from '@node-rs/crc32';

/** Kafka's record batch, version 2: the only format since 0.11. Encoded and decoded here because it is the hot path. */
export const HEADER_BYTES = 61;
export const MAGIC = 2;
export const CODEC_MASK = 0x07;
export const APPEND_TIME_FLAG = 0x08;
export const CONTROL_FLAG = 0x20;
/** What a record adds to its value at most: six numbers of variable length, key and headers absent. */
const RECORD_BYTES_EXTRA = 32;
/** What the broker's limit for a batch must be above the largest value. */
export const BATCH_BYTES_EXTRA = HEADER_BYTES + RECORD_BYTES_EXTRA;
/** What the checksum covers: all that a writer decides. What stands before is the broker's to change. */
const CHECKED_FROM = 21;

/** Where the header has what, in bytes from the batch's start. */
export const AT = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  checksum: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const;
/** `length` counts what stands behind it. */
export const LENGTH_COUNTS_FROM = 12;

export function recordBytesMax(valueBytes: number): number {
  return valueBytes + RECORD_BYTES_EXTRA;
}

/** CRC-32C, as the header has it. */
export function checksumOf(batch: Buffer): number {
  return crc32c(batch.subarray(CHECKED_FROM));
}
