/**
 * How a body in zstd is cut (RFC 8878, section 3.1): frames, each a header and blocks. It is cut here, before anything is
 * unpacked, because a header alone may ask for gigabytes of window, and a body may consist of a million empty blocks.
 */
export interface ZstdPiece {
  readonly bytes: Uint8Array;
  readonly isFrameStart: boolean;
  readonly isFrameEnd: boolean;
}

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
/** What RFC 8878 asks every reader to support. */
const WINDOW_BYTES_MAX = 8 * 1024 * 1024;
const BLOCK_BYTES_MAX = 128 * 1024;
/** A body of the largest size takes 64 whole blocks; each costs a move of the window, so a flood of small ones is refused. */
const PIECES_MAX = 1_024;
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;

/** Yields the body in pieces that unpack to at most 128 KiB each. Throws ZstdFault for what is no zstd or beyond a bound. */
export function* zstdPieces(body: Uint8Array): Generator<ZstdPiece> {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  let position = 0;
  let pieceCount = 0;
  const count = (): void => {
    pieceCount += 1;
    if (pieceCount > PIECES_MAX) throw new ZstdFault(`it consists of more than ${PIECES_MAX} blocks`);
  };
  while (position < body.length) {
    count();
    const magic = readUint32(view, position);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      position += 8 + readUint32(view, position + 4);
      continue;
    }
    if (magic !== FRAME_MAGIC) throw new ZstdFault('it does not begin as a frame does');
    const header = readHeader(view, position);
    let start = position;
    let at = position + header.length;
    for (let isFrameStart = true, isLast = false; !isLast; isFrameStart = false) {
      count();
      const block = readBlock(view, at);
      isLast = block.isLast;
      at += block.length + (isLast ? header.checksumLength : 0);
      if (at > body.length) throw new ZstdFault('it breaks off');
      yield { bytes: body.subarray(start, at), isFrameStart, isFrameEnd: isLast };
      start = at;
    }
    position = at;
  }
  if (position > body.length) throw new ZstdFault('it breaks off');
}

/** Why a body is not unpacked, as the end of a sentence. */
export class ZstdFault extends Error {}

function readHeader(view: DataView, start: number): { length: number; checksumLength: number } {
  const descriptor = readUint8(view, start + 4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = DICTIONARY_ID_BYTES[(descriptor & 3) as 0 | 1 | 2 | 3];
  if (dictionaryBytes > 0) throw new ZstdFault('it needs a dictionary');
  if ((descriptor & 0x08) !== 0) throw new ZstdFault('a reserved bit is set');
  const sizeFlag = (descriptor >> 6) as 0 | 1 | 2 | 3;
  const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : CONTENT_SIZE_BYTES[sizeFlag];
  const sizeAt = start + 5 + (isSingleSegment ? 0 : 1);
  const windowBytes = isSingleSegment
    ? readSize(view, sizeAt, sizeBytes)
    : windowOf(readUint8(view, start + 5));
  if (windowBytes > WINDOW_BYTES_MAX) {
    throw new ZstdFault(`it asks for a window of ${windowBytes} bytes; at most 8 MiB are given`);
  }
  return { length: sizeAt + sizeBytes - start, checksumLength: (descriptor & 0x04) !== 0 ? 4 : 0 };
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function readSize(view: DataView, at: number, length: number): number {
  switch (length) {
    case 1:
      return readUint8(view, at);
    case 2:
      return readUint8(view, at) + readUint8(view, at + 1) * 256 + 256;
    case 4:
      return readUint32(view, at);
    default:
      return readUint32(view, at) + readUint32(view, at + 4) * 2 ** 32;
  }
}

function readBlock(view: DataView, at: number): { length: number; isLast: boolean } {
  const header = readUint8(view, at) | (readUint8(view, at + 1) << 8) | (readUint8(view, at + 2) << 16);
  const type = (header >> 1) & 3;
  const size = header >> 3;
  if (type === RESERVED_BLOCK) throw new ZstdFault('a block has no known type');
  if (size > BLOCK_BYTES_MAX) throw new ZstdFault('a block is larger than 128 KiB');
  if (type > RLE_BLOCK && size < 2) throw new ZstdFault('a block is too short');
  const contentBytes = type === RLE_BLOCK ? 1 : size;
  return { length: 3 + contentBytes, isLast: (header & 1) !== 0 };
}

function readUint8(view: DataView, at: number): number {
  if (at + 1 > view.byteLength) throw new ZstdFault('it breaks off');
  return view.getUint8(at);
}

function readUint32(view: DataView, at: number): number {
  if (at + 4 > view.byteLength) throw new ZstdFault('it breaks off');
  return view.getUint32(at, true);
}
