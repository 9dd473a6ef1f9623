import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { compressSync } from 'lz4-napi';
import { describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { Lz4Memory, SOURCE_BYTES_MAX } from './lz4-memory.ts';

/** The library writes the plain size before a block. */
const blockOf = (plain: Buffer): Buffer => compressSync(plain).subarray(4);
const read = (memory: Lz4Memory, block: Buffer, bytesMax: number): Buffer | null => {
  const before = memory.used;
  return memory.addBlock(block, bytesMax) === null ? null : memory.bytesFrom(before);
};

/** Short units make matches that repeat what they write, long ones matches of any length. */
const plainBytes = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 400 }), fc.nat(50))
  .map(([unit, count, noisyEvery]) => {
    const bytes = Buffer.alloc(unit.length * count, unit);
    for (let at = 0; noisyEvery > 0 && at < bytes.length; at += noisyEvery) bytes[at] = at;
    return bytes;
  });

describe('blocks of LZ4 in memory that is used again', () => {
  it('are read by what lz4-block.wat assembles to', async () => {
    const source = readFileSync(new URL('lz4-block.wat', import.meta.url), 'utf8');
    const assembled = (await wabt()).parseWat('lz4-block.wat', source).toBinary({}).buffer;
    const text = Buffer.from(assembled).toString('base64');
    await expect(
      `/** lz4-block.wat, assembled. */\nexport const LZ4_BLOCK_WASM =\n  '${text}';\n`,
    ).toMatchFileSnapshot('lz4-block-wasm.ts');
  });

  it('come out as the library put them in, one behind the other, and stay until the memory is cleared', () => {
    const memory = new Lz4Memory(400_000);
    fc.assert(
      fc.property(fc.array(plainBytes, { minLength: 1, maxLength: 8 }), (plains) => {
        memory.clear();
        const found = plains.map((plain) => read(memory, blockOf(plain), plain.length));
        found.forEach((bytes, index) => expect(bytes?.equals(plains[index] ?? Buffer.alloc(0))).toBe(true));
      }),
      { seed: 20_261_129 },
    );
  });

  it('are refused where they hold more than they may, whatever room there is', () => {
    fc.assert(
      fc.property(plainBytes, fc.nat(200), (plain, tooFew) => {
        const memory = new Lz4Memory(100_000);
        const bytesMax = plain.length - tooFew;
        fc.pre(bytesMax >= 0);
        expect(read(memory, blockOf(plain), bytesMax)?.length ?? null).toBe(
          tooFew === 0 ? plain.length : null,
        );
        const small = new Lz4Memory(bytesMax);
        expect(read(small, blockOf(plain), 1_000_000)?.length ?? null).toBe(
          tooFew === 0 ? plain.length : null,
        );
      }),
      { seed: 20_261_129 },
    );
    expect(new Lz4Memory(10).addBlock(Buffer.alloc(SOURCE_BYTES_MAX + 1), 10)).toBeNull();
  });

  it('that are damaged are refused or read as something else, and never touch what stands before them', () => {
    const memory = new Lz4Memory(50_000);
    const before = Buffer.alloc(1_000, 'what was read before ');
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(plainBytes, damage, fc.boolean(), (plain, changes, isCut) => {
        memory.clear();
        const kept = read(memory, blockOf(before), before.length);
        const block = Buffer.from(blockOf(plain));
        for (const [at, byte] of changes) block[at % block.length] = byte;
        const found = read(memory, isCut ? block.subarray(0, block.length >> 1) : block, 40_000);
        expect(found === null || found.length <= 40_000).toBe(true);
        expect(kept?.equals(before)).toBe(true);
      }),
      { numRuns: 2_000, seed: 20_261_129 },
    );
  });

  it('take matches of every distance and length, as one byte after the other makes them', () => {
    const memory = new Lz4Memory(2_000);
    for (let distance = 1; distance <= 40; distance += 1) {
      for (let length = 4; length <= 80; length += 1) {
        const literals = Buffer.from(Array.from({ length: 40 }, (_, index) => index * 5));
        const block = Buffer.from([
          0xf0 | Math.min(15, length - 4),
          25,
          ...literals,
          distance,
          0,
          ...(length - 4 >= 15 ? [length - 19] : []),
          0x50,
          ...Buffer.from('-ends'),
        ]);
        const expected = [...literals];
        for (let index = 0; index < length; index += 1) expected.push(expected.at(-distance) ?? 0);
        memory.clear();
        const whole = Buffer.from([...expected, ...Buffer.from('-ends')]);
        expect(read(memory, block, 2_000)?.equals(whole)).toBe(true);
      }
    }
  });
});
