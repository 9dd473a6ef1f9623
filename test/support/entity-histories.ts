import { otherSeriesOf } from '@burnline/counting';
import fc from 'fast-check';
import type { History, LogicalRow } from './sealed-history.ts';

/** Random histories of a few entities over two months' end, sealed up to somewhere. */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
export const START_MS = Date.UTC(2024, 1, 26);
export const HISTORY_HOURS = 6 * 24;
export const PANE_MS = 10_000;
export const SLI = { slo: 'a', specRev: 'r1' };
export const OTHER = otherSeriesOf(['task_id'])!;

const entityRow = fc
  .record({
    paneIndex: fc.nat({ max: (HISTORY_HOURS * HOUR_MS) / PANE_MS - 1 }),
    lateMinutes: fc.constantFrom(0, 0, 0, 1, 7, 59, 200, 1_500),
    series: fc.constantFrom(3, 5, 7),
    isOther: fc.constantFrom(false, false, false, false, true),
    bad: fc.nat({ max: 2 }),
    good: fc.nat({ max: 3 }),
    a: fc.nat({ max: 9 }),
    goodA: fc.nat({ max: 9 }),
    b: fc.nat({ max: 5 }),
    e: fc.nat({ max: 8 }),
    share: fc.nat({ max: 1_000_000 }),
    missing: fc.constantFrom<Readonly<Record<string, number>>>({}, {}, {}, { a: 1 }, { e: 1 }),
    partition: fc.nat({ max: 2 }),
  })
  .map(
    ({
      paneIndex,
      lateMinutes,
      series,
      isOther,
      bad,
      good,
      a,
      goodA,
      b,
      e,
      share,
      missing,
      partition,
    }): LogicalRow => {
      const paneMs = START_MS + paneIndex * PANE_MS;
      const intervalMs = (Math.floor(paneMs / MINUTE_MS) + lateMinutes) * MINUTE_MS;
      const sums = { a: a + goodA, 'good.a': goodA, b, e, 'share @6': (good + bad) * share };
      return {
        ...SLI,
        ...{ series: isOther ? (OTHER as unknown as number) : series, paneMs, good, total: good + bad },
        ...{ sums, missing: good + bad === 0 ? {} : missing, chunk: { epoch: 0, partition, intervalMs } },
      };
    },
  );
export const history = fc
  .record({
    rows: fc.array(entityRow, { minLength: 1, maxLength: 60 }),
    hours: fc.nat({ max: HISTORY_HOURS - 10 }),
    lagDays: fc.nat({ max: 2 }),
  })
  .map(({ rows, hours, lagDays }): History => {
    const freshMs = hours === 0 ? 0 : START_MS + hours * HOUR_MS;
    const dayMs = Math.floor(freshMs / DAY_MS - lagDays) * DAY_MS;
    const pointers = { settledMs: freshMs, freshMs, dayMs: dayMs < START_MS ? 0 : dayMs };
    return { rows, pointers: [pointers], backfilled: [] };
  });
