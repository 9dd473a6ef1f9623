import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isKept, sampleKeyOf, sampleNumberOf } from './sampling.ts';

const keys = fc.string({ unit: 'binary', maxLength: 60 });
const rates = fc.integer({ min: 1, max: 1_000_000 });

/** MurmurHash3's finalizer on integers of any size. */
function mixed(value: number): number {
  const mask = 0xffffffffn;
  let rest = BigInt(value >>> 0);
  rest = ((rest ^ (rest >> 16n)) * 0x85ebca6bn) & mask;
  rest = ((rest ^ (rest >> 13n)) * 0xc2b2ae35n) & mask;
  return Number(rest ^ (rest >> 16n));
}

describe('what is kept of a sampled stream', () => {
  it('goes by CRC-32 and the finalizer, as others compute them', () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(sampleNumberOf(key)).toBe(mixed(crc32(Buffer.from(key, 'utf16le'))));
      }),
    );
  });

  it('at one rate is kept at every milder one; of one in one all is', () => {
    fc.assert(
      fc.property(keys, rates, rates, fc.constantFrom('publisher', 'collector'), (key, one, other, stage) => {
        if (isKept(key, Math.max(one, other), stage))
          expect(isKept(key, Math.min(one, other), stage)).toBe(true);
        expect(isKept(key, 1, stage)).toBe(true);
      }),
    );
  });

  it.each([
    ['random ids', () => crypto.randomUUID()],
    ['ids that are alike', (index: number) => `request-${index}`],
    ['numbers', (index: number) => String(index)],
  ])(
    'is as large a share as it says, and a second sampler takes as large a share of that: %s',
    (_, keyOf) => {
      const all = Array.from({ length: 60_000 }, (_unused, index) => keyOf(index));
      const first = all.filter((key) => isKept(key, 10, 'publisher'));
      const both = first.filter((key) => isKept(key, 5, 'collector'));
      // Six standard deviations of 60,000 draws at 1/10, and of 6,000 at 1/5.
      expect(Math.abs(first.length - 6_000)).toBeLessThan(6 * Math.sqrt(60_000 * 0.1 * 0.9));
      expect(Math.abs(both.length - first.length / 5)).toBeLessThan(6 * Math.sqrt(first.length * 0.2 * 0.8));
    },
  );

  it('goes by the request, else by the trace, else by the event itself', () => {
    const id = (): string => 'event';
    expect(sampleKeyOf({ request_id: 'r', trace_id: 't' }, id)).toBe('r');
    expect(sampleKeyOf({ request_id: '', trace_id: 't' }, id)).toBe('t');
    expect(sampleKeyOf({ request_id: '', trace_id: '' }, id)).toBe('event');
  });
});
