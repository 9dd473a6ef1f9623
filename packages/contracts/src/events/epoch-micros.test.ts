import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEpochMicros } from './epoch-micros.ts';

const expectedOf = (value: unknown): string => {
  const parsed = parseEpochMicros(value);
  return parsed.kind === 'refused' ? parsed.expected : `accepted ${parsed.epochMicros}`;
};

describe('a time in JSON', () => {
  it('keeps its microseconds in every zone, and cuts what is finer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000_000_000, max: 9_000_000_000 }),
        fc.integer({ min: 0, max: 999_999 }),
        fc.stringMatching(/^\d{0,6}$/),
        fc.integer({ min: -14 * 60, max: 14 * 60 }),
        (epochSeconds, micros, finer, zoneMinutes) => {
          const local = new Date((epochSeconds + zoneMinutes * 60) * 1_000).toISOString().slice(0, 19);
          const [hours, minutes] = [Math.floor(Math.abs(zoneMinutes) / 60), Math.abs(zoneMinutes) % 60];
          const two = (value: number): string => String(value).padStart(2, '0');
          const zone = `${zoneMinutes < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`;
          const text = `${local}.${String(micros).padStart(6, '0')}${finer}${zone}`;
          expect(parseEpochMicros(text)).toEqual({
            kind: 'time',
            epochMicros: epochSeconds * 1_000_000 + micros,
          });
        },
      ),
    );
  });

  it('agrees with the platform on whole milliseconds', () => {
    for (const text of ['2024-02-29T23:59:59.999Z', '2025-11-21T08:00:00Z', '2025-11-21T08:00:00.5-02:30']) {
      expect(parseEpochMicros(text)).toEqual({ kind: 'time', epochMicros: Date.parse(text) * 1_000 });
    }
  });

  it('may be epoch microseconds, and nothing else as a number', () => {
    expect(parseEpochMicros(1_763_712_000_000_001)).toEqual({
      kind: 'time',
      epochMicros: 1_763_712_000_000_001,
    });
    expect(expectedOf(1_763_712_000)).toContain('looks like seconds');
    expect(expectedOf(1_763_712_000_000)).toContain('looks like milliseconds');
    expect(expectedOf(1_763_712_000_000_000_000)).toContain('looks like nanoseconds');
    for (const value of [0, -1, 1_763_712_000_000_000.5, Number.NaN, 1e16])
      expect(expectedOf(value)).toContain('ISO');
  });

  it.each([
    '2025-11-21T08:00:00',
    '2025-11-21',
    '2025-02-29T00:00:00Z',
    '2025-13-01T00:00:00Z',
    '2025-11-21T24:00:00Z',
    '2025-11-21T08:60:00Z',
    '2025-11-21T08:00:60Z',
    '2025-11-21T08:00:00+25:00',
    '1999-01-01T00:00:00Z',
    '1763712000000000',
    '',
  ])('is refused as %j', (text) => {
    expect(parseEpochMicros(text).kind).toBe('refused');
  });

  it('is refused as anything else', () => {
    for (const value of [null, undefined, true, {}, []]) expect(parseEpochMicros(value).kind).toBe('refused');
  });
});
