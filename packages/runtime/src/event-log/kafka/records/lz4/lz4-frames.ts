import { compress, decompressFrameSync } from 'lz4-napi';
import { BatchFault } from '../batch-fault.ts';
import { Lz4Memory } from './lz4-memory.ts';

/**
 * LZ4 frames (format 1.6.1) by their blocks: the library's call for a block takes a fraction of what its call for a whole
 * frame takes, and blocks are read into memory that is used again. Written, and read this way, are frames as Kafka's own
 * clients write them: independent blocks, no checksums (the record batch has one over all of it), no dictionary, no size of
 * the content. Others are the library's to read.
 */
interface FrameKind {
  /** Magic, flags, size of blocks, and the second byte of the xxHash32 of both. */
  readonly header: Buffer;
  readonly blockBytesMax: number;
}

const frameKind = (header: string, blockBytesMax: number): FrameKind => ({
  header: Buffer.from(header, 'hex'),
  blockBytesMax,
});
const LARGEST = frameKind('04224d18607073', 4_194_304);
const FRAME_KINDS = [
  frameKind('04224d18604082', 65_536),
  frameKind('04224d186050fb', 262_144),
  frameKind('04224d18606051', 1_048_576),
  LARGEST,
] as const;
const HEADER_BYTES = 7;
/** A block's length, and in its first bit whether it stands as it is. A length of zero ends the frame. */
const LENGTH_BYTES = 4;
const STORED_FLAG = 0x8000_0000;
const END_MARK = Buffer.alloc(LENGTH_BYTES);
/** The most that a byte of a block can stand for: one more of a length. */
const BYTES_PER_BYTE_MAX = 255;

/** One frame, in the smallest kind that takes the bytes in one block. Done by threads, as the library's own is. */
export async function compressLz4Frame(plain: Buffer): Promise<Buffer> {
  const { header, blockBytesMax } = FRAME_KINDS.find((one) => plain.length <= one.blockBytesMax) ?? LARGEST;
  const parts = [header];
  for (let start = 0; start < plain.length; start += blockBytesMax) {
    parts.push(await blockOf(plain.subarray(start, start + blockBytesMax)));
  }
  return Buffer.concat([...parts, END_MARK]);
}

/** The library writes the plain size before a block, four bytes, where a frame has the block's length. */
async function blockOf(plain: Buffer): Promise<Buffer> {
  const block = await compress(plain);
  const blockBytes = block.length - LENGTH_BYTES;
  if (blockBytes < plain.length) {
    block.writeUInt32LE(blockBytes);
    return block;
  }
  const stored = Buffer.allocUnsafe(LENGTH_BYTES + plain.length);
  stored.writeUInt32LE((STORED_FLAG | plain.length) >>> 0);
  stored.set(plain, LENGTH_BYTES);
  return stored;
}

/** Of a whole frame, however well it compresses: what one batch may take of memory. */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024;
/** A frame of one block of the largest size, and what most batches need. */
const SHARED_BYTES = LARGEST.blockBytesMax;
let sharedMemory: Lz4Memory | null = null;

/**
 * The plain bytes of a frame, in memory of their own. Throws for what is no frame, and BatchFault for one that holds, or by
 * the lengths of its blocks may hold, more than FRAME_BYTES_MAX.
 */
export function decompressLz4Frame(frame: Buffer): Buffer {
  sharedMemory ??= new Lz4Memory(SHARED_BYTES);
  sharedMemory.clear();
  const plain = readLz4Frame(frame, sharedMemory, SHARED_BYTES);
  if (plain !== null) {
    const own = Buffer.allocUnsafeSlow(plain.length);
    own.set(plain);
    return own;
  }
  if (plainBytesBound(frame) > FRAME_BYTES_MAX)
    throw new BatchFault(`an LZ4 frame that may hold more than ${FRAME_BYTES_MAX} bytes`);
  return decompressFrameSync(frame);
}

/**
 * The plain bytes of a frame in memory that is used again: good until it is cleared. Null for a frame of another kind, for
 * one that holds more than `bytesMax` or the memory's rest, and for one that cannot be read; the memory is as before then.
 */
export function readLz4Frame(frame: Buffer, memory: Lz4Memory, bytesMax: number): Buffer | null {
  const kind = FRAME_KINDS.find(({ header }) => frame.subarray(0, HEADER_BYTES).equals(header));
  const blocks = kind === undefined ? null : blocksOf(frame, HEADER_BYTES, 0);
  if (kind === undefined || blocks?.isWhole !== true) return null;
  const before = memory.used;
  let bytesLeft = bytesMax;
  for (const { bytes, isStored } of blocks.list) {
    const blockBytesMax = Math.min(kind.blockBytesMax, bytesLeft);
    const added = isStored ? memory.add(bytes, blockBytesMax) : memory.addBlock(bytes, blockBytesMax);
    if (added === null) {
      memory.clearFrom(before);
      return null;
    }
    bytesLeft -= added;
  }
  return memory.bytesFrom(before);
}

interface Blocks {
  readonly list: readonly { readonly bytes: Buffer; readonly isStored: boolean }[];
  /** Whether they fill the frame up to its end mark. */
  readonly isWhole: boolean;
}

/** `trailerBytes`: what stands behind each block. */
function blocksOf(frame: Buffer, start: number, trailerBytes: number): Blocks {
  const list: { bytes: Buffer; isStored: boolean }[] = [];
  let position = start;
  while (position + LENGTH_BYTES <= frame.length) {
    const word = frame.readUInt32LE(position);
    position += LENGTH_BYTES;
    if (word === 0) return { list, isWhole: position === frame.length };
    const isStored = word >= STORED_FLAG;
    const end = position + (isStored ? word - STORED_FLAG : word);
    if (end > frame.length) break;
    list.push({ bytes: frame.subarray(position, end), isStored });
    position = end + trailerBytes;
  }
  return { list, isWhole: false };
}

/** Places and bits of a frame's header that say how its blocks lie. */
const HEADER = { flagsAt: 4, sizeAt: 5, blockChecksums: 0x10, contentSize: 0x08, dictionary: 0x01 } as const;
const CHECKSUM_BYTES = 4;

/**
 * What the library may make of a frame at most, by the lengths of its blocks: exact but for the last block, since a writer
 * fills the others.
 */
function plainBytesBound(frame: Buffer): number {
  if (frame.length < HEADER_BYTES || !frame.subarray(0, HEADER.flagsAt).equals(LARGEST.header.subarray(0, 4)))
    throw new BatchFault('compressed bytes that are no LZ4 frame');
  const flags = frame.readUInt8(HEADER.flagsAt);
  const start =
    HEADER_BYTES + (flags & HEADER.contentSize ? 8 : 0) + (flags & HEADER.dictionary ? CHECKSUM_BYTES : 0);
  const blockBytesMax = 1 << (8 + 2 * ((frame.readUInt8(HEADER.sizeAt) >> 4) & 7));
  const { list } = blocksOf(frame, start, flags & HEADER.blockChecksums ? CHECKSUM_BYTES : 0);
  return list.reduce(
    (sum, { bytes, isStored }) =>
      sum + Math.min(blockBytesMax, bytes.length * (isStored ? 1 : BYTES_PER_BYTE_MAX)),
    0,
  );
}
