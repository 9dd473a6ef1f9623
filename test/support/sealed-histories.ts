import fc from 'fast-check';
import type { LogicalRow } from './sealed-history.ts';

/** Random histories of two SLIs with two series each, over some days, sealed up to somewhere. */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
export const START_MS = Date.UTC(2024, 0, 29);
export const HISTORY_HOURS = 4 * 24;
export const END_MS = START_MS + HISTORY_HOURS * HOUR_MS;
export const PANE_MS = 10_000;
export const SERIES = [0, 7];
export const SLIS = [
  { slo: 'a', specRev: 'r1' },
  { slo: 'b', specRev: 'r2' },
];

const chunkRow = fc
  .record({
    paneIndex: fc.nat({ max: (HISTORY_HOURS * HOUR_MS) / PANE_MS - 1 }),
    lateMinutes: fc.constantFrom(0, 0, 0, 1, 7, 59, 200, 1_500),
    epoch: fc.nat({ max: 1 }),
    partition: fc.nat({ max: 2 }),
  })
  .map(({ paneIndex, lateMinutes, ...chunk }) => {
    const paneMs = START_MS + paneIndex * PANE_MS;
    return {
      paneMs,
      chunk: { ...chunk, intervalMs: (Math.floor(paneMs / MINUTE_MS) + lateMinutes) * MINUTE_MS },
    };
  });
const backfillRow = fc
  .nat({ max: (20 * HOUR_MS) / PANE_MS })
  .map((paneIndex) => ({ paneMs: START_MS + paneIndex * PANE_MS, chunk: null }));
const logicalRow = fc
  .record({
    where: fc.oneof({ weight: 6, arbitrary: chunkRow }, { weight: 1, arbitrary: backfillRow }),
    series: fc.constantFrom(...SERIES),
    sli: fc.constantFrom(...SLIS),
    bad: fc.nat({ max: 5 }),
    good: fc.nat({ max: 20 }),
  })
  .map(({ where, series, sli, bad, good }): LogicalRow => ({
    ...sli,
    series,
    ...where,
    good,
    total: good + bad,
  }));
const pointers = fc
  .record({
    hours: fc.nat({ max: HISTORY_HOURS - 10 }),
    freshHours: fc.nat({ max: 2 }),
    lagDays: fc.nat({ max: 2 }),
  })
  .map(({ hours, freshHours, lagDays }) => {
    const freshMs = START_MS + (hours + freshHours) * HOUR_MS;
    const dayMs = Math.floor(freshMs / DAY_MS - lagDays) * DAY_MS;
    // Nothing is sealed at all, now and then.
    return hours === 0
      ? { settledMs: 0, freshMs: 0, dayMs: 0 }
      : { settledMs: START_MS + hours * HOUR_MS, freshMs, dayMs: dayMs < START_MS ? 0 : dayMs };
  });
export const history = fc.record({
  rows: fc.array(logicalRow, { minLength: 1, maxLength: 80 }),
  pointers: fc.tuple(pointers, pointers),
  backfilled: fc.constant(['r1']),
});
