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
import { decompress, decompressInto, type LentMemory } from './compression.ts';

/** A whole batch as it was fetched, its checksum verified. */
export interface FetchedBatch {
  readonly bytes: Buffer;
  readonly baseOffset: number;
  /** Behind its last offset, whether or not a message has that. */
  readonly endOffset: number;
}

/** What a fetched record set holds from an offset on. */
export interface BatchSet {
  readonly batches: readonly FetchedBatch[];
  /** Where the next fetch begins: behind the last whole batch, whose last offsets may have no message any more. */
  readonly nextOffset: number;
}

type SetStart = PartitionId & { readonly fromOffset: number };

/**
 * Cuts a record set into batches that hold an offset or what follows it. A batch cut off at the end is left for the next
 * fetch, and so is a damaged one behind others: it is told when the set begins with it.
 *
 * Throws LOG_CORRUPT for bytes that are not what their checksum says, and for a format that is not known.
 */
export function splitRecordSet(set: Buffer, from: SetStart): BatchSet {
  const batches: FetchedBatch[] = [];
  let nextOffset = from.fromOffset;
  let start = 0;
  while (start + HEADER_BYTES <= set.length) {
    try {
      const end = start + LENGTH_COUNTS_FROM + set.readInt32BE(start + AT.length);
      if (end > set.length) break;
      if (end < start + HEADER_BYTES) throw new BatchFault('a batch shorter than its header');
      const bytes = set.subarray(start, end);
      refuseDamaged(bytes);
      const baseOffset = Number(bytes.readBigInt64BE(AT.baseOffset));
      const endOffset = baseOffset + bytes.readInt32BE(AT.lastOffsetDelta) + 1;
      if (endOffset > from.fromOffset) {
        batches.push({ bytes, baseOffset, endOffset });
        nextOffset = endOffset;
      }
      start = end;
    } catch (error) {
      if (nextOffset > from.fromOffset) break;
      throw corruptAt(from, error);
    }
  }
  return { batches, nextOffset };
}

/** What a fetched record set holds from an offset on, and where the next fetch begins. */
export interface RecordSet {
  readonly messages: readonly LogMessage[];
  readonly nextOffset: number;
}

/** As `splitRecordSet`, decoded; throws LOG_CORRUPT for a batch that cannot be read, too, unless others stand before it. */
export function decodeRecordSet(set: Buffer, from: SetStart): RecordSet {
  const { batches } = splitRecordSet(set, from);
  const messages: LogMessage[] = [];
  let nextOffset = from.fromOffset;
  for (const { bytes, endOffset } of batches) {
    try {
      for (const message of decodeBatch(bytes)) if (message.offset >= from.fromOffset) messages.push(message);
    } catch (error) {
      if (nextOffset > from.fromOffset) break;
      throw corruptAt(from, error);
    }
    nextOffset = endOffset;
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

/** The messages of a batch, in memory of their own. Throws for what cannot be read. */
export function decodeBatch(batch: Buffer): LogMessage[] {
  return readMessages(batch, decompress(batch.subarray(HEADER_BYTES), codecOf(batch)));
}

/** The messages of a batch in lent memory; null where they need memory of their own, or more than is lent. */
export function decodeBatchInto(lent: LentMemory, batch: Buffer): LogMessage[] | null {
  const plain = decompressInto(lent, batch.subarray(HEADER_BYTES), codecOf(batch));
  return plain === null ? null : readMessages(batch, plain);
}

function codecOf(batch: Buffer): number {
  return batch.readInt16BE(AT.attributes) & CODEC_MASK;
}

function readMessages(batch: Buffer, plain: Buffer): LogMessage[] {
  const attributes = batch.readInt16BE(AT.attributes);
  const baseOffset = Number(batch.readBigInt64BE(AT.baseOffset));
  const isControl = (attributes & CONTROL_FLAG) !== 0;
  const isAppendTime = (attributes & APPEND_TIME_FLAG) !== 0;
  const baseMs = Number(batch.readBigInt64BE(isAppendTime ? AT.maxTimestamp : AT.baseTimestamp));
  const count = batch.readInt32BE(AT.recordCount);
  const reader = new RecordReader(plain);
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
