import type { LogMessage } from '../event-log.ts';

/**
 * Keys: topic number (u32), partition (u32), offset (u64), big endian, so that LMDB's byte order is the log's order.
 *
 * Values: four doubles, then the payload.
 * - append time, epoch ms, by the log's clock: retention goes by it
 * - timestamp, epoch ms: what readers get
 * - payload bytes, and bytes on disk, of all messages before this one in the partition. A partition's size is the
 *   difference of two such sums, so opening a log of millions of messages reads two per partition.
 */
const KEY_BYTES = 16;
/** Topic number and partition. */
export const PREFIX_BYTES = 8;
export const HEADER_BYTES = 32;

export interface MessageHeader {
  readonly appendMs: number;
  readonly timestampMs: number;
  readonly payloadBytesBefore: number;
  readonly diskBytesBefore: number;
}

/** A key buffer that is written anew for every use: LMDB copies keys within the call. */
export class MessageKey {
  readonly bytes: Buffer = Buffer.alloc(KEY_BYTES);

  at(topicNumber: number, partition: number, offset: number): Buffer {
    this.bytes.writeUInt32BE(topicNumber, 0);
    this.bytes.writeUInt32BE(partition, 4);
    this.bytes.writeBigUInt64BE(BigInt(offset), 8);
    return this.bytes;
  }
}

export function offsetOfKey(key: Uint8Array): number {
  return Number(new DataView(key.buffer, key.byteOffset, key.byteLength).getBigUint64(8));
}

export function writeHeader(target: Buffer, header: MessageHeader): void {
  target.writeDoubleBE(header.appendMs, 0);
  target.writeDoubleBE(header.timestampMs, 8);
  target.writeDoubleBE(header.payloadBytesBefore, 16);
  target.writeDoubleBE(header.diskBytesBefore, 24);
}

export function readHeader(stored: Buffer): MessageHeader {
  return {
    appendMs: stored.readDoubleBE(0),
    timestampMs: stored.readDoubleBE(8),
    payloadBytesBefore: stored.readDoubleBE(16),
    diskBytesBefore: stored.readDoubleBE(24),
  };
}

export function payloadBytesOf(stored: Buffer): number {
  return stored.length - HEADER_BYTES;
}

/** Copies the payload: `stored` is LMDB's scratch buffer, larger than its `length` and overwritten by the next read. */
export function readMessage(offset: number, stored: Buffer): LogMessage {
  const payloadBytes = payloadBytesOf(stored);
  const value = Buffer.allocUnsafeSlow(payloadBytes);
  value.set(new Uint8Array(stored.buffer, stored.byteOffset + HEADER_BYTES, payloadBytes));
  return { offset, timestampMs: stored.readDoubleBE(8), value };
}

const PAGE_BYTES = 4096;
const PAGE_HEADER_BYTES = 16;
/** A node's own 8 bytes, its key, and its entry in the page's table. */
const NODE_BYTES = 8 + KEY_BYTES + 2;
/** LMDB keeps a node in its leaf page if two of them fit a page; what is larger gets whole pages of its own. */
const NODE_BYTES_MAX = (PAGE_BYTES - PAGE_HEADER_BYTES) / 2;

/**
 * What a message of this size takes of the disk: within 5 % of the file's growth as measured from 300 bytes up. Smaller ones
 * take up to twice as much where many partitions grow in turns.
 */
export function diskBytesOf(payloadBytes: number): number {
  const storedBytes = HEADER_BYTES + payloadBytes;
  if (NODE_BYTES + storedBytes <= NODE_BYTES_MAX) return leafBytesOf(NODE_BYTES + storedBytes);
  const ownPageCount = Math.ceil((PAGE_HEADER_BYTES + storedBytes) / PAGE_BYTES);
  // The leaf holds the number of the first page.
  return ownPageCount * PAGE_BYTES + leafBytesOf(NODE_BYTES + 8);
}

/** A leaf page that was split has room for about one node more. */
function leafBytesOf(nodeBytes: number): number {
  const fittingCount = Math.floor((PAGE_BYTES - PAGE_HEADER_BYTES) / nodeBytes);
  return Math.ceil(PAGE_BYTES / Math.max(1, fittingCount - 1));
}
