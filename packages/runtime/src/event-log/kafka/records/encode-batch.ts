import { varintBytes, writeVarint, zigzag } from '@burnline/core';
import { AT, checksumOf, HEADER_BYTES, LENGTH_COUNTS_FROM, MAGIC, recordBytesMax } from './batch-format.ts';
import { CODEC, compress, type KafkaCompression } from './compression.ts';

export interface RecordInput {
  readonly value: Buffer;
  readonly timestampMs: number;
}

/** One batch of at least one record. Compression that makes it larger is left out, so that the broker's limit holds. */
export async function encodeRecordBatch(
  records: readonly RecordInput[],
  compression: KafkaCompression,
): Promise<Buffer> {
  const baseMs = records[0]?.timestampMs ?? 0;
  let maxMs = baseMs;
  let bytes = HEADER_BYTES;
  for (const { value, timestampMs } of records) {
    bytes += recordBytesMax(value.length);
    maxMs = Math.max(maxMs, timestampMs);
  }
  const plain = Buffer.allocUnsafe(bytes);
  let position = HEADER_BYTES;
  for (const [index, record] of records.entries()) {
    position = writeRecord(plain, position, record, { index, baseMs });
  }
  const body = plain.subarray(HEADER_BYTES, position);
  const compressed = await compress(body, compression);
  const isCompressed = compressed !== null && compressed.length < body.length;
  const batch = isCompressed
    ? Buffer.concat([plain.subarray(0, HEADER_BYTES), compressed])
    : plain.subarray(0, position);
  writeHeader(batch, { count: records.length, baseMs, maxMs, codec: isCompressed ? CODEC[compression] : 0 });
  return batch;
}

function writeHeader(
  batch: Buffer,
  header: { readonly count: number; readonly baseMs: number; readonly maxMs: number; readonly codec: number },
): void {
  batch.writeBigInt64BE(0n, AT.baseOffset);
  batch.writeInt32BE(batch.length - LENGTH_COUNTS_FROM, AT.length);
  batch.writeInt32BE(-1, AT.leaderEpoch);
  batch.writeInt8(MAGIC, AT.magic);
  batch.writeInt16BE(header.codec, AT.attributes);
  batch.writeInt32BE(header.count - 1, AT.lastOffsetDelta);
  batch.writeBigInt64BE(BigInt(header.baseMs), AT.baseTimestamp);
  batch.writeBigInt64BE(BigInt(header.maxMs), AT.maxTimestamp);
  // No idempotence: a repeat is told by its event ids, and a producer id in trouble would halt the whole process.
  batch.writeBigInt64BE(-1n, AT.producerId);
  batch.writeInt16BE(-1, AT.producerEpoch);
  batch.writeInt32BE(-1, AT.baseSequence);
  batch.writeInt32BE(header.count, AT.recordCount);
  batch.writeUInt32BE(checksumOf(batch), AT.checksum);
}

function writeRecord(
  to: Buffer,
  at: number,
  { value, timestampMs }: RecordInput,
  { index, baseMs }: { readonly index: number; readonly baseMs: number },
): number {
  const deltaMs = timestampMs - baseMs;
  const size =
    3 +
    varintBytes(zigzag(deltaMs)) +
    varintBytes(zigzag(index)) +
    varintBytes(zigzag(value.length)) +
    value.length;
  let position = writeVarint(to, at, zigzag(size));
  to[position++] = 0;
  position = writeVarint(to, position, zigzag(deltaMs));
  position = writeVarint(to, position, zigzag(index));
  // No key (length -1).
  to[position++] = 1;
  position = writeVarint(to, position, zigzag(value.length));
  to.set(value, position);
  position += value.length;
  // No headers.
  to[position++] = 0;
  return position;
}
