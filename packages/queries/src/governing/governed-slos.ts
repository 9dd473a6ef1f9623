import type { BudgetPolicy, GovernedSlo, SloTrack } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { asOfSeconds } from '../sql-values.ts';
import type { Knowledge } from './known-by.ts';

/** Whose budgets, and what is looked at of them. */
export interface GovernedQuery {
  readonly stream: string;
  readonly service: string;
  /** Epoch ms. */
  readonly asOfMs: number;
  readonly known: Knowledge;
  /** Those that hold: only where a budget passes a step of theirs does its history tell them anything. */
  readonly policies: readonly Pick<BudgetPolicy, 'ladder' | 'evidence'>[];
}

interface SloRow {
  slo: string;
  revision: string;
  track: SloTrack;
}

interface SeriesRow {
  slo: string;
  labels: Record<string, string>;
  moments: readonly (readonly [atS: number, spent: number | null, total: number])[];
  coverage: number;
}

/** SLOs of one service, and series of all of them: their own caps bound both. */
const SLOS_MAX = 1_000;
const SERIES_MAX = 10_000;
/** Asked for at once: what the database holds meanwhile is of so many SLOs. */
const SLOS_AT_ONCE = 20;

/**
 * The budgets of a service's SLOs as they went from the start of their windows to a moment: of every hour the last row, and
 * those in which most and least was spent and in which there were no events, by what was known then; of what was written more than 8 days
 * ago the last ones are kept. Of those each at which a budget has passed a step of the policies, the first and the last: by the ones between
 * them walkLadder would stay where it is. What is spent of a window that is only partly filled goes by its projection, as its state does.
 * SLOs are those that were judged then, by the revision of then, and series those that this revision has judged. By name. Rejects with
 * QUERY_TOO_LARGE.
 */
export async function readGovernedSlos(store: Store, query: GovernedQuery): Promise<readonly GovernedSlo[]> {
  const { stream, service, known } = query;
  const slos = await readWhole<SloRow>(store, SLOS_SQL, {
    ...{ stream, service, given: known.givenMs, limit: SLOS_MAX },
  });
  const series: SeriesRow[] = [];
  for (let from = 0; from < slos.length; from += SLOS_AT_ONCE) {
    const some = slos.slice(from, from + SLOS_AT_ONCE);
    series.push(...(await readSeries(store, query, { slos: some, limit: SERIES_MAX - series.length })));
  }
  return slos.map(({ slo, track }) => ({
    slo,
    track,
    series: series
      .filter((one) => one.slo === slo)
      .map(({ labels, moments, coverage }) => ({
        labels,
        coverage,
        moments: moments.map(([atS, spent, total]) => ({ atMs: atS * 1_000, spent, total })),
      })),
  }));
}

function readSeries(
  store: Store,
  { stream, asOfMs, known, policies }: GovernedQuery,
  { slos, limit }: { readonly slos: readonly SloRow[]; readonly limit: number },
): Promise<SeriesRow[]> {
  const steps = policies.flatMap(({ ladder }) =>
    Object.values(ladder).flatMap(({ at, liftBelow }) => [at, liftBelow]),
  );
  return readWhole<SeriesRow>(store, SERIES_SQL, {
    stream,
    slos: slos.map(({ slo }) => slo),
    revisions: slos.map(({ revision }) => revision),
    as_of: asOfSeconds(asOfMs),
    written: known.writtenMs,
    steps,
    counts: policies.map(({ evidence }) => evidence.eventCountMin),
    limit,
  });
}

/**
 * The last moment that all of a stream was evaluated up to, epoch ms, by what was known then; null: it never was. SLOs may be shared out
 * among shards: the one that is behind counts, as long as it was heard of within a day of the others.
 */
export async function readGovernedThrough(
  store: Store,
  { stream, asOfMs, known }: Omit<GovernedQuery, 'service' | 'policies'>,
): Promise<number | null> {
  const [row] = await store.query<{ through_s: number }>(THROUGH_SQL, {
    ...{ stream, as_of: asOfSeconds(known.isReplay ? null : asOfMs), written: known.writtenMs },
  });
  if (row === undefined || row.through_s === 0) return null;
  return Math.min(asOfMs, row.through_s * 1_000);
}

// A revision's rows of slos are replaced at every start: what they say of it stays, since when does not.
const SLOS_SQL = `
SELECT a.slo AS slo, a.revision AS revision, s.of_track AS track
FROM (SELECT slo, argMax(spec_rev, activated_at) AS revision FROM active_specs
      WHERE stream = {stream:String} AND activated_at <= fromUnixTimestamp64Milli({given:Int64})
      GROUP BY slo HAVING revision != '') AS a
INNER JOIN (SELECT slo, spec_rev, toString(argMax(service, loaded_at)) AS of_service, toString(argMax(track, loaded_at)) AS of_track
            FROM slos GROUP BY slo, spec_rev) AS s
  ON s.slo = a.slo AND s.spec_rev = a.revision
WHERE s.of_service = {service:String}
ORDER BY slo LIMIT {limit:UInt32}`;

const THEN = `stream = {stream:String} AND evaluated_at <= fromUnixTimestamp({as_of:UInt32})
  AND written_at <= fromUnixTimestamp64Milli({written:Int64})`;

// What crossed a step of a ladder within an hour and came back has to be among its rows. A series that only earlier revisions had is
// none any more: what an SLO is grouped by may have changed.
const SERIES_SQL = `
SELECT slo, labels, coverage, moments FROM (SELECT slo, labels, series_name, coverage,
       arrayMap(one -> (arrayCount(step -> ifNull(one.2 >= step, false), {steps:Array(Float64)}),
                        arrayCount(count -> one.3 >= count, {counts:Array(Float64)}), isNull(one.2), one.3 = 0), all_moments) AS places,
       arrayFilter((one, place, before, number) -> place != before OR number IN (1, length(all_moments)), all_moments, places,
                   arrayPushFront(arrayPopBack(places), places[1]), arrayEnumerate(all_moments)) AS moments
FROM (
  SELECT slo, labels, toString(labels) AS series_name,
         arraySort(arrayDistinct(arrayFilter(one -> one.1 > 0, groupArrayArray([high, low, empty, last])))) AS all_moments,
         argMax(last_coverage, last.1) AS coverage
  FROM (
    SELECT slo, labels, intDiv(at_s, 3600) AS hour, argMax(moment, (at_s, written_at)) AS last,
           argMax(coverage, (at_s, written_at)) AS last_coverage,
           argMaxIf(moment, assumeNotNull(spent), spent IS NOT NULL) AS high,
           argMinIf(moment, assumeNotNull(spent), spent IS NOT NULL) AS low,
           argMaxIf(moment, (at_s, written_at), moment.3 = 0) AS empty, max(is_of_revision) AS is_judged
    FROM (
      SELECT b.slo AS slo, l.labels AS labels, toUnixTimestamp(b.evaluated_at) AS at_s, b.written_at AS written_at, b.coverage AS coverage,
             b.spec_rev = l.revision AS is_of_revision,
             if(b.total = 0, NULL, 1 - if(b.is_estimated, ifNull(b.projected_remaining_ratio, b.remaining_ratio), b.remaining_ratio)) AS spent,
             (at_s, spent, toFloat64(b.total)) AS moment
      FROM (SELECT * FROM budget_rows WHERE ${THEN} AND slo IN {slos:Array(String)}) AS b
      INNER JOIN (SELECT slo, argMax(period_start, evaluated_at) AS start FROM budget_rows
                  WHERE ${THEN} AND slo IN {slos:Array(String)} GROUP BY slo) AS p ON p.slo = b.slo
      INNER JOIN (SELECT slo, series, any(spec_rev) AS revision, mapSort(any(labels)) AS labels FROM series
                  WHERE (slo, spec_rev) IN (SELECT arrayJoin(arrayZip({slos:Array(String)}, {revisions:Array(String)})))
                  GROUP BY slo, series) AS l
        ON l.slo = b.slo AND l.series = b.series
      WHERE b.evaluated_at >= p.start
    )
    GROUP BY slo, labels, hour
  )
  GROUP BY slo, labels HAVING max(is_judged)
))
ORDER BY slo, series_name LIMIT {limit:UInt32}`;

// Progress of one hour is a row of its end alone where the others are gone.
const THROUGH_SQL = `
SELECT toUnixTimestamp(min(through)) AS through_s
FROM (
  SELECT max(evaluated_through) AS through, max(through) OVER () AS newest
  FROM (SELECT stream, shard, evaluated_through, written_at FROM evaluations
        UNION ALL SELECT stream, shard, evaluated_through, written_at FROM evaluation_hours)
  WHERE stream = {stream:String} AND evaluated_through <= fromUnixTimestamp({as_of:UInt32})
    AND written_at <= fromUnixTimestamp64Milli({written:Int64})
  GROUP BY shard
)
WHERE through >= newest - INTERVAL 1 DAY`;
