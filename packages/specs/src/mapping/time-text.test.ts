import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timeReader } from './time-text.ts';
import { timeZone } from './time-zone.ts';

function micros(text: string, format: string, zone?: string): number {
  const read = timeReader({ format, zone: zone === undefined ? null : timeZone(zone) });
  if (read === null) throw new Error(`no format ${format}`);
  return read(text);
}

const at = (iso: string, extraMicros = 0) => Date.parse(iso) * 1000 + extraMicros;

describe('times in text', () => {
  test('seven fractional digits keep their microseconds, which a JavaScript Date would lose', () => {
    expect(micros('2023-11-16 18:17:03.9799600', 'iso', 'UTC')).toBe(at('2023-11-16T18:17:03Z', 979_960));
    expect(micros('2023-11-16 18:17:03.9799609', 'iso', 'UTC')).toBe(at('2023-11-16T18:17:03Z', 979_960));
    expect(micros('2023-11-16T18:17:03,000001', 'iso', 'UTC')).toBe(at('2023-11-16T18:17:03Z', 1));
  });

  test('a written offset wins over the stated zone', () => {
    expect(micros('2023-07-02T21:28:40+02:00', 'iso', 'UTC')).toBe(at('2023-07-02T19:28:40Z'));
    expect(micros('2023-07-02T21:28:40Z', 'iso', 'Europe/Berlin')).toBe(at('2023-07-02T21:28:40Z'));
    expect(micros('2023-07-02T21:28:40', 'iso', '-0530')).toBe(at('2023-07-03T02:58:40Z'));
    expect(() => micros('2023-07-02T21:28:40', 'iso')).toThrow('says no zone');
  });

  test('epochs are cut to microseconds, not rounded', () => {
    expect(micros('1703136016', 'epoch_s')).toBe(1_703_136_016_000_000);
    expect(micros('1703136016123.9999', 'epoch_ms')).toBe(1_703_136_016_123_999);
    expect(micros('1703136016123456', 'epoch_us')).toBe(1_703_136_016_123_456);
    expect(micros('1703136016123456789', 'epoch_ns')).toBe(1_703_136_016_123_456);
    expect(() => micros('-1', 'epoch_s')).toThrow('before 1970');
  });

  test('a pattern reads what it spells', () => {
    expect(micros('02/07/2023 21:28:40.25', 'DD/MM/YYYY HH:mm:ss.f', 'UTC')).toBe(
      at('2023-07-02T21:28:40Z', 250_000),
    );
    expect(micros('[2023.7.2]', '[YYYY.MM.DD]', 'UTC')).toBe(at('2023-07-02T00:00:00Z'));
    expect(() => micros('[2023x7x2]', '[YYYY.MM.DD]', 'UTC')).toThrow('not a time in the format');
    for (const format of ['HH:mm', 'YYYY-MM', 'YYYY-MM-DD DD', 'rfc', '']) {
      expect(timeReader({ format, zone: null }), format).toBeNull();
    }
  });

  test('dates that never were are refused', () => {
    for (const text of ['2023-02-29 00:00:00', '2023-13-01', '2023-01-01 24:00:00', '2023-01-01 00:60:00']) {
      expect(() => micros(text, 'iso', 'UTC'), text).toThrow('not a time that exists');
    }
  });

  test('a named zone follows its clocks: set back takes the first hour, skipped hours are refused', () => {
    expect(micros('2023-07-01 12:00:00', 'iso', 'Europe/Berlin')).toBe(at('2023-07-01T10:00:00Z'));
    expect(micros('2023-12-01 12:00:00', 'iso', 'Europe/Berlin')).toBe(at('2023-12-01T11:00:00Z'));
    expect(micros('2023-10-29 02:30:00', 'iso', 'Europe/Berlin')).toBe(at('2023-10-29T00:30:00Z'));
    expect(() => micros('2023-03-26 02:30:00', 'iso', 'Europe/Berlin')).toThrow('skipped');
    expect(timeZone('Mars/Olympus')).toBeNull();
    expect(timeZone('+25:00')).toBeNull();
  });

  test('any moment written in UTC reads back to the microsecond (1000 random moments)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), fc.nat(999_999), (second, fraction) => {
        const text = new Date(second * 1000)
          .toISOString()
          .replace('.000Z', `.${String(fraction).padStart(6, '0')}`);
        expect(micros(text, 'iso', 'UTC')).toBe(second * 1_000_000 + fraction);
      }),
      { seed: 16112023, numRuns: 1000 },
    );
  });
});
