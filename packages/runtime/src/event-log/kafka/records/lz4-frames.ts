import { compress, decompressFrameSync, uncompressSync } from 'lz4-napi';

/**
 * LZ4 frames (format 1.6.1) whose blocks go to the library one by one: its call for a block takes a fraction of what its
 * call for a whole frame takes. Written, and read this way, are frames as Kafka's own clients write them: independent
 * blocks, no checksums (the record batch has one over all of it), no dictionary, no size of the content.
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

/** The plain bytes of a frame. What is not of the kinds above is the library's to read, or to refuse. */
export function decompressLz4Frame(frame: Buffer): Buffer {
  const kind = FRAME_KINDS.find(({ header }) => frame.subarray(0, HEADER_BYTES).equals(header));
  const blocks = kind === undefined ? null : blocksOf(frame, kind);
  if (kind === undefined || blocks === null) return decompressFrameSync(frame);
  const plain = blocks.map(({ bytes, isStored }) => (isStored ? bytes : plainOf(bytes, kind.blockBytesMax)));
  return plain.length === 1 && plain[0] !== undefined ? plain[0] : Buffer.concat(plain);
}

interface Block {
  readonly bytes: Buffer;
  readonly isStored: boolean;
}

/** null unless blocks that are no larger than said fill the frame up to its end mark. */
function blocksOf(frame: Buffer, { blockBytesMax }: FrameKind): readonly Block[] | null {
  const blocks: Block[] = [];
  let position = HEADER_BYTES;
  while (position + LENGTH_BYTES <= frame.length) {
    const word = frame.readUInt32LE(position);
    position += LENGTH_BYTES;
    if (word === 0) return position === frame.length ? blocks : null;
    const isStored = word >= STORED_FLAG;
    const blockBytes = isStored ? word - STORED_FLAG : word;
    if (blockBytes > blockBytesMax) return null;
    blocks.push({ bytes: frame.subarray(position, position + blockBytes), isStored });
    position += blockBytes;
  }
  return null;
}

/** Throws for a block that is none, and for one that holds more than a block of its frame may. */
function plainOf(block: Buffer, blockBytesMax: number): Buffer {
  const sized = Buffer.allocUnsafe(LENGTH_BYTES + block.length);
  sized.writeUInt32LE(Math.min(blockBytesMax, block.length * BYTES_PER_BYTE_MAX));
  sized.set(block, LENGTH_BYTES);
  return uncompressSync(sized);
}
