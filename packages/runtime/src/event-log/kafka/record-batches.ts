import { gunzipSync, gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { crc32c } from '@node-rs/crc32';
import type { LogMessage, PartitionId } from '../event-log.ts';
import { logError } from '../log-errors.ts';
import { compressLz4Frame, decompressLz4Frame } from './lz4-frames.ts';

export type KafkaCompression = 'lz4' | 'gzip' | 'none';

/** Kafka's record batch, version 2: the only format since 0.11. Encoded and decoded here because it is the hot path. */
const HEADER_BYTES = 61;
/** What the checksum (CRC-32C) covers: all that a writer decides. What stands before is the broker's to change. */
const CHECKED_FROM = 21;
const MAGIC = 2;
const CODEC_MASK = 0x07;
const APPEND_TIME_FLAG = 0x08;
const CONTROL_FLAG = 0x20;
const CODEC = { none: 0, gzip: 1, lz4: 3 } as const;
/** What a record adds to its value at most: six numbers of variable length, key and headers absent. */
const RECORD_BYTES_EXTRA = 32;
/** What the broker's limit for a batch must be above the largest value. */
export const BATCH_BYTES_EXTRA = HEADER_BYTES + RECORD_BYTES_EXTRA;

const gzipBytes = promisify(gzip);

export interface RecordInput {
  readonly value: Buffer;
  readonly timestampMs: number;
}

export function recordBytesMax(valueBytes: number): number {
  return valueBytes + RECORD_BYTES_EXTRA;
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

async function compress(body: Buffer, compression: KafkaCompression): Promise<Buffer | null> {
  if (compression === 'none') return null;
  return compression === 'lz4' ? compressLz4Frame(body) : gzipBytes(body, { level: 1 });
}

function writeHeader(
  batch: Buffer,
  header: { readonly count: number; readonly baseMs: number; readonly maxMs: number; readonly codec: number },
): void {
  batch.writeBigInt64BE(0n, 0);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12);
  batch.writeInt8(MAGIC, 16);
  batch.writeInt16BE(header.codec, 21);
  batch.writeInt32BE(header.count - 1, 23);
  batch.writeBigInt64BE(BigInt(header.baseMs), 27);
  batch.writeBigInt64BE(BigInt(header.maxMs), 35);
  // No idempotence: a repeat is told by its event ids, and a producer id in trouble would halt the whole process.
  batch.writeBigInt64BE(-1n, 43);
  batch.writeInt16BE(-1, 51);
  batch.writeInt32BE(-1, 53);
  batch.writeInt32BE(header.count, 57);
  batch.writeUInt32BE(crc32c(batch.subarray(CHECKED_FROM)), 17);
}

function writeRecord(
  to: Buffer,
  at: number,
  { value, timestampMs }: RecordInput,
  { index, baseMs }: { readonly index: number; readonly baseMs: number },
): number {
  const deltaMs = timestampMs - baseMs;
  const size = 3 + zigzagBytes(deltaMs) + zigzagBytes(index) + zigzagBytes(value.length) + value.length;
  let position = writeZigzag(to, at, size);
  to[position++] = 0;
  position = writeZigzag(to, position, deltaMs);
  position = writeZigzag(to, position, index);
  // No key (length -1).
  to[position++] = 1;
  position = writeZigzag(to, position, value.length);
  to.set(value, position);
  position += value.length;
  // No headers.
  to[position++] = 0;
  return position;
}

/** Numbers beyond 31 bits occur (differences of timestamps), so no bit operators before the last five bytes. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function zigzagBytes(value: number): number {
  let bytes = 1;
  for (let rest = zigzag(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

function writeZigzag(to: Buffer, at: number, value: number): number {
  let position = at;
  let rest = zigzag(value);
  while (rest >= 0x80) {
    to[position++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  to[position++] = rest;
  return position;
}

/** What a fetched record set holds from an offset on. */
export interface RecordSet {
  readonly messages: readonly LogMessage[];
  /** Where the next fetch begins: behind the last whole batch, whose last offsets may have no message any more. */
  readonly nextOffset: number;
}

/**
 * Decodes a record set from an offset on. A batch cut off at the end is left for the next fetch, and so is one that cannot
 * be read behind others: it is told when the set begins with it.
 *
 * Throws LOG_CORRUPT for bytes that are not what their checksum says, and for a format that is not known.
 */
export function decodeRecordSet(set: Buffer, from: PartitionId & { readonly fromOffset: number }): RecordSet {
  const messages: LogMessage[] = [];
  let nextOffset = from.fromOffset;
  let start = 0;
  while (start + HEADER_BYTES <= set.length) {
    try {
      const end = start + 12 + set.readInt32BE(start + 8);
      if (end > set.length) break;
      if (end < start + HEADER_BYTES) throw corruptError('a batch shorter than its header');
      const batch = set.subarray(start, end);
      refuseDamaged(batch);
      const batchEnd = endOffsetOf(batch);
      if (batchEnd > from.fromOffset) {
        for (const message of decodeBatch(batch))
          if (message.offset >= from.fromOffset) messages.push(message);
        nextOffset = batchEnd;
      }
      start = end;
    } catch (error) {
      if (nextOffset > from.fromOffset) break;
      throw corruptAt(from, error);
    }
  }
  return { messages, nextOffset };
}

function refuseDamaged(batch: Buffer): void {
  if (batch.readInt8(16) !== MAGIC) throw corruptError(`record batches of version ${batch.readInt8(16)}`);
  // As it was written: a disk or a network that alters bytes must not alter counts.
  if (batch.readUInt32BE(17) !== crc32c(batch.subarray(CHECKED_FROM)))
    throw corruptError('a batch that fails its checksum');
}

function endOffsetOf(batch: Buffer): number {
  return Number(batch.readBigInt64BE(0)) + batch.readInt32BE(23) + 1;
}

function decodeBatch(batch: Buffer): LogMessage[] {
  const attributes = batch.readInt16BE(21);
  const baseOffset = Number(batch.readBigInt64BE(0));
  const isControl = (attributes & CONTROL_FLAG) !== 0;
  const isAppendTime = (attributes & APPEND_TIME_FLAG) !== 0;
  const baseMs = Number(batch.readBigInt64BE(isAppendTime ? 35 : 27));
  const count = batch.readInt32BE(57);
  const reader = new RecordReader(decompress(batch.subarray(HEADER_BYTES), attributes & CODEC_MASK));
  const messages: LogMessage[] = [];
  for (let index = 0; index < count; index += 1) {
    const end = reader.readZigzag() + reader.position;
    reader.position += 1;
    const deltaMs = reader.readZigzag();
    const offset = baseOffset + reader.readZigzag();
    const keyBytes = reader.readZigzag();
    reader.position += Math.max(0, keyBytes);
    // The mark of a transaction's end is the broker's, not a writer's, but it has an offset like any message.
    const valueBytes = isControl ? 0 : Math.max(0, reader.readZigzag());
    const value = reader.bytes.subarray(reader.position, reader.position + valueBytes);
    messages.push({ offset, timestampMs: isAppendTime ? baseMs : baseMs + deltaMs, value });
    reader.position = end;
  }
  return messages;
}

function decompress(body: Buffer, codec: number): Buffer {
  if (codec === CODEC.none) return body;
  if (codec === CODEC.lz4) return decompressLz4Frame(body);
  if (codec === CODEC.gzip) return gunzipSync(body);
  throw corruptError(`compression codec ${codec}`);
}

/** What is wrong with a batch; `corruptAt` says where. */
class BatchFault extends Error {}

function corruptError(what: string): BatchFault {
  return new BatchFault(what);
}

function corruptAt(
  { topic, partition, fromOffset }: PartitionId & { readonly fromOffset: number },
  cause: unknown,
) {
  const what = cause instanceof BatchFault ? cause.message : `a batch that cannot be read (${String(cause)})`;
  return logError(
    'LOG_CORRUPT',
    `"${topic}" ${partition}, from offset ${fromOffset} on: the log holds ${what}.`,
    {
      remedy:
        'Nothing of it was counted or committed. Where the checksum fails, look at the disk of the partition’s leader and ' +
        'let a sound replica lead; write to this topic with LZ4, gzip or no compression only.',
      details: { topic, partition, fromOffset },
      cause,
    },
  );
}

class RecordReader {
  readonly bytes: Buffer;
  position = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  readZigzag(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.bytes[this.position++];
      if (byte === undefined) throw corruptError('a record that ends early');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      scale *= 0x80;
    }
  }
}
