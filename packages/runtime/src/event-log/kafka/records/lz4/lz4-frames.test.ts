import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressLz4Frame, decompressLz4Frame, FRAME_BYTES_MAX, readLz4Frame } from './lz4-frames.ts';
import { Lz4Memory } from './lz4-memory.ts';

/** Bytes that compress well, badly and not at all, of one block and of several. */
const plainBytes = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 6_000 }), fc.boolean())
  .map(([unit, count, isNoise]) => {
    const bytes = Buffer.alloc(unit.length * count, unit);
    if (isNoise)
      bytes.forEach((byte, index) => (bytes[index] = byte ^ (Math.imul(index, 0x9e37_79b1) >>> 24)));
    return bytes;
  });

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};
const HEADER = Buffer.from('04224d18604082', 'hex');
const stored = (text: string): Buffer =>
  Buffer.concat([word(0x8000_0000 | text.length), Buffer.from(text, 'latin1')]);

describe('LZ4 frames', () => {
  it('are read by the library’s own reader of frames, and its frames are read, with checksums and without', async () => {
    await fc.assert(
      fc.asyncProperty(
        plainBytes,
        fc.boolean(),
        fc.boolean(),
        async (plain, contentChecksum, blockChecksums) => {
          const frame = await compressLz4Frame(plain);
          expect(decompressFrameSync(frame).equals(plain)).toBe(true);
          expect(decompressLz4Frame(frame).equals(plain)).toBe(true);
          const other = compressFrameSync(plain, { contentChecksum, blockChecksums });
          expect(decompressLz4Frame(other).equals(plain)).toBe(true);
        },
      ),
      { numRuns: 60, seed: 20_261_129 },
    );
  });

  it.each([1, 65_536, 65_537, 262_145, 1_048_577, 4_194_305, 9_000_000])(
    'of %d bytes have a header and blocks that other readers take',
    async (byteCount) => {
      const compressible = Buffer.alloc(byteCount, 'what comes again and again ');
      const noise = Buffer.from(Uint32Array.from({ length: (byteCount >> 2) + 1 }, noiseAt).buffer).subarray(
        0,
        byteCount,
      );
      for (const plain of [compressible, noise]) {
        const frame = await compressLz4Frame(plain);
        expect(frame[6]).toBe((xxHash32(frame.subarray(4, 6)) >>> 8) & 0xff);
        expect(decompressFrameSync(frame).equals(plain)).toBe(true);
        expect(decompressLz4Frame(frame).equals(plain)).toBe(true);
      }
    },
  );

  it('of several blocks, compressed and as they are, are read in their order', () => {
    const compressed = compressFrameSync(Buffer.alloc(500, 'abc')).subarray(7, -4);
    const frame = Buffer.concat([HEADER, stored('first '), compressed, stored(' last'), word(0)]);
    expect(decompressLz4Frame(frame).toString()).toBe(`first ${Buffer.alloc(500, 'abc').toString()} last`);
  });

  it('with linked blocks are read: a block may repeat what stood in the one before', () => {
    // The second block: no literals, a match of 12 from 6 back; then five literals, as a block must end.
    const linked = Buffer.concat([Buffer.from([0x08, 6, 0]), Buffer.from([0x50]), Buffer.from('-ends')]);
    const flags = Buffer.from([0x40, 0x40]);
    const header = Buffer.concat([
      HEADER.subarray(0, 4),
      flags,
      Buffer.from([(xxHash32(flags) >>> 8) & 0xff]),
    ]);
    const frame = Buffer.concat([header, stored('abcdef'), word(linked.length), linked, word(0)]);
    expect(decompressLz4Frame(frame).toString()).toBe('abcdefabcdefabcdef-ends');
  });

  it.each([
    ['a block that is cut off', Buffer.concat([HEADER, word(50), Buffer.from('abc')])],
    ['a block of nonsense', Buffer.concat([HEADER, word(3), Buffer.from([0xff, 0xff, 0xff]), word(0)])],
    ['a block larger than its frame allows', frameOver(65_537)],
    [
      'a header that fails its checksum',
      Buffer.concat([Buffer.from('04224d18604083', 'hex'), stored('a'), word(0)]),
    ],
    ['another magic', Buffer.concat([Buffer.from('05224d18604082', 'hex'), stored('a'), word(0)])],
  ])('with %s are refused', (_, frame) => {
    expect(() => decompressLz4Frame(frame)).toThrow();
  });

  it('of many blocks are refused where they hold more together than one batch may, and no memory is taken for them', () => {
    const blocks = (byteCount: number, count: number) => {
      const block = compressFrameSync(Buffer.alloc(byteCount, 'x')).subarray(7, -4);
      return Array.from({ length: count }, () => block);
    };
    const frame = (header: Buffer, parts: readonly Buffer[]) => Buffer.concat([header, ...parts, word(0)]);
    const [small, large] = [HEADER, Buffer.from('04224d18607073', 'hex')];
    const most = FRAME_BYTES_MAX / 65_536;
    expect(decompressLz4Frame(frame(small, blocks(65_536, most)))).toHaveLength(FRAME_BYTES_MAX);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decompressLz4Frame(frame(small, blocks(65_536, most + 1)))).toThrow('may hold more than');
    expect(() => decompressLz4Frame(frame(large, blocks(4_194_304, 17)))).toThrow('may hold more than');
    // With checksums behind its blocks and linked: the library's to read.
    const checked = compressFrameSync(Buffer.alloc(FRAME_BYTES_MAX + 70_000, 'x'), { blockChecksums: true });
    expect(() => decompressLz4Frame(checked)).toThrow('may hold more than');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(FRAME_BYTES_MAX);
  });

  it('are read as one: what another frame behind it holds is never taken for its own', () => {
    const [first, second] = [Buffer.alloc(300, 'a'), Buffer.alloc(300, 'b')].map((plain) =>
      compressFrameSync(plain),
    );
    expect(decompressLz4Frame(Buffer.concat([first ?? HEADER, second ?? HEADER]))).toEqual(
      Buffer.alloc(300, 'a'),
    );
  });

  it('in memory that is lent are read while there is room, and leave it as it was where there is none', () => {
    fc.assert(
      fc.property(fc.array(plainBytes, { minLength: 2, maxLength: 5 }), (plains) => {
        const frames = plains.map((plain) => compressFrameSync(plain));
        const whole = plains.slice(0, -1).reduce((sum, plain) => sum + plain.length, 0);
        const memory = new Lz4Memory(whole);
        const read = frames.map((frame) => readLz4Frame(frame, memory, 1_000_000));
        read
          .slice(0, -1)
          .forEach((bytes, index) => expect(bytes?.equals(plains[index] ?? HEADER)).toBe(true));
        expect(read.at(-1)).toBeNull();
      }),
      { numRuns: 50, seed: 20_261_129 },
    );
  });

  it('without an end, and with bytes behind it, are read as the library reads them', () => {
    for (const rest of [Buffer.alloc(0), Buffer.concat([word(0), Buffer.from('more')])]) {
      const frame = Buffer.concat([HEADER, stored('a text'), rest]);
      expect(decompressLz4Frame(frame)).toEqual(decompressFrameSync(frame));
    }
  });
});

/** A frame for small blocks around a block that holds more. */
function frameOver(byteCount: number): Buffer {
  const large = compressFrameSync(Buffer.alloc(byteCount, 'x'));
  return Buffer.concat([HEADER, large.subarray(7)]);
}

function noiseAt(_: unknown, index: number): number {
  const mixed = Math.imul(index ^ (index >>> 15), 0x85eb_ca6b);
  return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35) >>> 0;
}

/** Of fewer than four bytes, as the specification of xxHash has it. */
function xxHash32(bytes: Uint8Array): number {
  let hash = 0x1656_67b1 + bytes.length;
  for (const byte of bytes) {
    const sum = (hash + Math.imul(byte, 0x1656_67b1)) | 0;
    hash = Math.imul((sum << 11) | (sum >>> 21), 0x9e37_79b1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x85eb_ca77);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae3d);
  return (hash ^ (hash >>> 16)) >>> 0;
}
