import type { LogMessage, PartitionId } from '../../event-log.ts';
import { BatchFault, corruptAt } from './batch-fault.ts';
import {
  APPEND_TIME_FLAG,
  AT,
  checksumOf,
  CODEC_MASK,
  CONTROL_FLAG,
  HEADER_BYTES,
  LENGTH_COUNTS_FROM,
  MAGIC,
} from './batch-format.ts';
import { decompress } from './compression.ts';

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
      const end = start + LENGTH_COUNTS_FROM + set.readInt32BE(start + AT.length);
      if (end > set.length) break;
      if (end < start + HEADER_BYTES) throw new BatchFault('a batch shorter than its header');
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
  if (batch.readInt8(AT.magic) !== MAGIC)
    throw new BatchFault(`record batches of version ${batch.readInt8(AT.magic)}`);
  // As it was written: a disk or a network that alters bytes must not alter counts.
  if (batch.readUInt32BE(AT.checksum) !== checksumOf(batch))
    throw new BatchFault('a batch that fails its checksum');
}

function endOffsetOf(batch: Buffer): number {
  return Number(batch.readBigInt64BE(AT.baseOffset)) + batch.readInt32BE(AT.lastOffsetDelta) + 1;
}

function decodeBatch(batch: Buffer): LogMessage[] {
  const attributes = batch.readInt16BE(AT.attributes);
  const baseOffset = Number(batch.readBigInt64BE(AT.baseOffset));
  const isControl = (attributes & CONTROL_FLAG) !== 0;
  const isAppendTime = (attributes & APPEND_TIME_FLAG) !== 0;
  const baseMs = Number(batch.readBigInt64BE(isAppendTime ? AT.maxTimestamp : AT.baseTimestamp));
  const count = batch.readInt32BE(AT.recordCount);
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
      if (byte === undefined) throw new BatchFault('a record that ends early');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      scale *= 0x80;
    }
  }
}
