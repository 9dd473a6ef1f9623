import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashEventId, newUuid, uuidFromBytes, uuidFromContent, uuidToBytes } from './event-id.ts';

const ids = fc.uint8Array({ minLength: 16, maxLength: 16 });
const golden = uuidToBytes('0190b4e2-7c3a-7d1e-9f54-3b1c2a4d5e6f');

describe('event ids', () => {
  it('survive the way to text and back', () => {
    fc.assert(
      fc.property(ids, (id) => {
        expect(uuidToBytes(uuidFromBytes(id))).toEqual(id);
      }),
    );
    fc.assert(
      fc.property(fc.uuid(), (text) => {
        expect(uuidFromBytes(uuidToBytes(text))).toBe(text);
        expect(uuidToBytes(text.toUpperCase())).toEqual(uuidToBytes(text));
      }),
    );
  });

  it.each(['', 'abc', '0190b4e27c3a7d1e9f543b1c2a4d5e6f', 'g190b4e2-7c3a-7d1e-9f54-3b1c2a4d5e6f'])(
    'refuse %j',
    (text) => {
      expect(() => uuidToBytes(text)).toThrow(expect.objectContaining({ code: 'CONTRACT_UUID_INVALID' }));
    },
  );

  it('refuse another length', () => {
    const refused = expect.objectContaining({ code: 'CONTRACT_UUID_INVALID' }) as Error;
    expect(() => uuidFromBytes(new Uint8Array(15))).toThrow(refused);
    expect(() => hashEventId(new Uint8Array(17))).toThrow(refused);
  });

  it('that are new are valid UUIDs of version 4, each another one, and keep their bytes', () => {
    const made = Array.from({ length: 1_000 }, newUuid);
    const texts = made.map(uuidFromBytes);
    expect(new Set(texts).size).toBe(1_000);
    for (const text of texts) expect(text).toMatch(/^.{8}-.{4}-4.{3}-[89ab].{3}-.{12}$/);
    expect(made.map((id) => Buffer.from(id).toString('hex'))).toEqual(
      texts.map((text) => text.replaceAll('-', '')),
    );
  });

  it('made of content are the same everywhere and for ever, and valid UUIDs of version 8', () => {
    expect(uuidFromBytes(uuidFromContent('acme', 'request-1', '0'))).toBe(
      'bd3d2837-7881-8fc0-aa29-d35494cd1935',
    );
    expect(uuidFromContent('ab', 'c')).not.toEqual(uuidFromContent('a', 'bc'));
    expect(uuidFromContent('é')).not.toEqual(uuidFromContent('e'));
    expect(uuidFromBytes(uuidFromContent())).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-/,
    );
  });
});

describe('the hash of an event id', () => {
  it('never changes', () => {
    expect(hashEventId(golden)).toEqual({ hi: 2_387_034_614, lo: 4_223_317_729 });
    expect(hashEventId(new Uint8Array(16))).toEqual({ hi: 3_289_098_813, lo: 1_058_313_697 });
  });

  it('depends on every bit, about half of the hash each', () => {
    const plain = hashEventId(golden);
    for (let bit = 0; bit < 128; bit += 1) {
      const flipped = golden.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const hash = hashEventId(flipped);
      const changed = ones(hash.hi ^ plain.hi) + ones(hash.lo ^ plain.lo);
      expect(changed, `bit ${bit}`).toBeGreaterThan(12);
      expect(changed, `bit ${bit}`).toBeLessThan(52);
    }
  });

  it('tells a million counted ids apart', () => {
    const seen = new Set<number>();
    const bytes = golden.slice();
    const view = new DataView(bytes.buffer);
    for (let count = 0; count < 1_000_000; count += 1) {
      view.setUint32(6, count);
      const { hi, lo } = hashEventId(bytes);
      seen.add((hi & 0x1fffff) * 0x1_0000_0000 + lo);
    }
    expect(seen.size).toBe(1_000_000);
  });
});

function ones(word: number): number {
  let rest = word >>> 0;
  let count = 0;
  for (; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
