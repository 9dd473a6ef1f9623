import { floorTo, HOUR_MS, MINUTE_MS, type CountBucket } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readForBudgets } from './budget-reading.ts';
import { derivedOf, oldestCountedOf, type RowsWanted, type WindowGroup } from './rows-wanted.ts';
import { fiveMinutesOf, hoursOf, seconds } from './window-levels.ts';
import { archiveRows, chunkRowsSql, rowParams } from './window-rows.ts';
import { derivedRowsSql } from './derived-rows.ts';
import { SETTINGS, sliAt } from './window-sums.ts';

/** What a series counted since a period began, as it is judged. */
export interface SeriesPast {
  readonly slo: string;
  readonly series: string;
  /** Start of the oldest pane, epoch ms. */
  readonly firstMs: number;
  /** In thousandths of what the SLO counts, so that those of a sampled stream are whole numbers; oldest first, none of them empty. */
  readonly buckets: readonly CountBucket[];
}

/** SLOs whose past is read together, and what of it. */
export interface PastQuery extends Omit<WindowGroup, 'windows'> {
  readonly stream: string;
  /** The period so far, epoch ms; starts of long periods are edges of 5 min. */
  readonly fromMs: number;
  readonly atMs: number;
  /** Hours before it, and five minutes each from it on, epoch ms. */
  readonly fineFromMs: number;
  /** Only these series; all where it is absent, as it must be of entities, which are judged together. */
  readonly series?: readonly string[] | undefined;
  readonly paneMs: number;
}

interface PastRow {
  readonly sli: number;
  readonly series_text: string;
  readonly first: number;
  readonly starts: readonly number[];
  readonly goods: readonly number[];
  readonly totals: readonly number[];
}

const FINE_MS = 5 * MINUTE_MS;

/**
 * What series counted in each hour of a period so far, and in each five minutes of its end: from the same rows as their budgets,
 * by the same derivation, so that the buckets of a period add up to its budget. At an instant of long ago by event time alone, what
 * came later included, and to the five minutes.
 */
export async function readPeriodPast(store: Store, query: PastQuery): Promise<readonly SeriesPast[]> {
  const { fromMs, atMs, stream, series, paneMs, fineFromMs, ...counted } = query;
  const [fromS, atS] = [fromMs, atMs].map(seconds) as [number, number];
  const fineS = seconds(Math.max(fromMs, floorTo(fineFromMs, HOUR_MS)));
  const group = { ...counted, windows: [{ kind: 'calendar', boundariesMs: [fromMs] } as const] };
  const wanted: RowsWanted = { stream, group, series, fromS: atS, toS: atS, paneS: seconds(paneMs) };
  const reading = await readForBudgets(store, stream);
  const derived = derivedOf(wanted);
  const levels = [
    hoursOf({ fromS: oldestCountedOf(wanted), toS: fineS }),
    fiveMinutesOf({ fromS: fineS, toS: null }),
  ];
  const rows =
    derived === null
      ? [
          chunkRowsSql(wanted, reading, `pane < fromUnixTimestamp(${atS})`),
          ...archiveRows(wanted, reading, levels).map(({ sql }) => sql),
        ]
      : [derivedRowsSql(wanted, reading, { derived, atS })];
  const counts = ['good', 'total', 'good_extra', 'total_extra'];
  const columns = ['sli', 'series', 'p', 'first', ...counts].join(', ');
  // What is taken off is below 0, and what is counted is not: only numbers of one type are rows of one kind.
  const signed = ['sli', 'series', 'p', 'first', ...counts.map((name) => `toInt64(${name}) AS ${name}`)].join(
    ', ',
  );
  const found = await store.query<PastRow>(
    `SELECT sli, toString(series) AS series_text, min(oldest) AS first, groupArray(start) AS starts,
            groupArray(toFloat64(good_sum)) AS goods, groupArray(toFloat64(total_sum)) AS totals
     FROM (
       SELECT sli, series, greatest(${fromS}, intDiv(p, width) * width) AS start, min(first) AS oldest,
              sum(toInt64(good)) * 1000 + sum(good_extra) AS good_sum, sum(toInt64(total)) * 1000 + sum(total_extra) AS total_sum
       FROM (
         SELECT ${columns}, if(p >= ${fineS}, ${seconds(FINE_MS)}, ${seconds(HOUR_MS)}) AS width
         FROM (${rows.map((sql) => `SELECT ${signed} FROM (${sql})`).join(' UNION ALL ')})
         WHERE p >= ${fromS} AND p < ${atS}
       )
       GROUP BY sli, series, start HAVING total_sum > 0 ORDER BY sli, series, start
     )
     GROUP BY sli, series ${SETTINGS}`,
    rowParams(wanted, reading),
  );
  const endOf = (startMs: number): number => {
    const widthMs = startMs >= fineS * 1_000 ? FINE_MS : HOUR_MS;
    return Math.min(atMs, floorTo(startMs, widthMs) + widthMs);
  };
  return found.map((row) => ({
    slo: sliAt(group, row.sli).slo,
    series: row.series_text,
    firstMs: row.first * 1_000,
    buckets: row.starts.map((startS, index) => {
      const [good = 0, total = 0] = [row.goods[index], row.totals[index]];
      const startMs = startS * 1_000;
      return { startMs, endMs: endOf(startMs), bad: total - good, total };
    }),
  }));
}
