import { DAY_MS } from '@burnline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REPORT_KINDS, reportPeriod } from './report-period.ts';

/** Goal: a report is of a whole week or month, UTC, that is over; by Date's own calendar. */
const instant = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2031, 0, 1) });

describe('the time of a report', () => {
  it('is a whole one that was over when the stream was evaluated last, and the last of these where none is named', () => {
    fc.assert(
      fc.property(fc.constantFrom(...REPORT_KINDS), instant, (kind, throughMs) => {
        const { fromMs, toMs } = reportPeriod(kind, { holdsMs: null, throughMs });
        const [from, to] = [new Date(fromMs), new Date(toMs)];
        expect(fromMs % DAY_MS).toBe(0);
        if (kind === 'weekly') expect([from.getUTCDay(), toMs - fromMs]).toEqual([1, 7 * DAY_MS]);
        else
          expect([
            from.getUTCDate(),
            to.getUTCDate(),
            (to.getUTCMonth() - from.getUTCMonth() + 12) % 12,
          ]).toEqual([1, 1, 1]);
        expect(toMs).toBeLessThanOrEqual(throughMs);
        expect(throughMs - toMs).toBeLessThan(31 * DAY_MS);
      }),
    );
  });

  it('holds the moment that is named, or is refused because it is not over', () => {
    fc.assert(
      fc.property(fc.constantFrom(...REPORT_KINDS), instant, instant, (kind, holdsMs, throughMs) => {
        const ask = (): { readonly fromMs: number; readonly toMs: number } =>
          reportPeriod(kind, { holdsMs, throughMs });
        if (throughMs - holdsMs > 31 * DAY_MS) {
          expect(ask().fromMs).toBeLessThanOrEqual(holdsMs);
          expect(ask().toMs).toBeGreaterThan(holdsMs);
        }
        if (holdsMs >= throughMs) expect(ask).toThrow(/not over yet/);
      }),
    );
  });
});
