import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';

/** What a budget comes to, in the unit that its SLO counts. */
export interface PeriodCounts {
  readonly good: number;
  readonly bad: number;
  readonly total: number;
  /** Share of the budget that is left, signed; null where nothing counts. */
  readonly remainingRatio: number | null;
}

/** A change of a closed period's budget after it was reported. */
export interface PeriodRestatement {
  readonly foundAtMs: number;
  readonly before: PeriodCounts;
  readonly after: PeriodCounts;
  /** `late_events`, `adjustment ID`, `adjustment ID revoked`. */
  readonly causes: readonly string[];
}

/** The budget of one series in a calendar period that is over, as it was reported. */
export interface ClosedPeriod extends PeriodCounts {
  readonly stream: string;
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  /** From inclusive, to exclusive, epoch ms. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Exact: a decimal or a fraction. */
  readonly target: string;
  readonly state: string;
  readonly coverage: number;
  readonly closedAtMs: number;
  /** In the order in which they were found. */
  readonly restatements: readonly PeriodRestatement[];
}

export interface ClosedPeriodsQuery {
  /** One stream; null is all. So is the SLO, which by the name of several objectives is all of them. */
  readonly stream: string | null;
  readonly slo: string | null;
  readonly limit?: number;
}

type CountsRow = [good: number, bad: number, total: number, remaining: number | null];

interface PeriodRow {
  stream: string;
  slo: string;
  labels: Record<string, string>;
  from_s: number;
  to_s: number;
  counts: CountsRow;
  target: string;
  state: string;
  coverage: number;
  closed_ms: number;
  restated: [foundMs: number, before: CountsRow, after: CountsRow, causes: string[]][];
}

const PERIODS_MAX = 10_000;

/** Closed periods with what changed them since, the latest first. Rejects with QUERY_TOO_LARGE. */
export async function readClosedPeriods(
  store: Store,
  { stream, slo, limit = PERIODS_MAX }: ClosedPeriodsQuery,
): Promise<readonly ClosedPeriod[]> {
  const rows = await readWhole<PeriodRow>(store, PERIODS_SQL, {
    stream: stream ?? '',
    slo: slo ?? '',
    limit,
  });
  return rows.map((row) => ({
    ...{ stream: row.stream, slo: row.slo, labels: row.labels },
    ...{ fromMs: row.from_s * 1_000, toMs: row.to_s * 1_000, ...countsOf(row.counts) },
    ...{ target: row.target, state: row.state, coverage: row.coverage, closedAtMs: row.closed_ms },
    restatements: row.restated.map(([foundAtMs, before, after, causes]) => ({
      ...{ foundAtMs, before: countsOf(before), after: countsOf(after), causes },
    })),
  }));
}

function countsOf([good, bad, total, remainingRatio]: CountsRow): PeriodCounts {
  return { good, bad, total, remainingRatio };
}

const PERIODS_SQL = `
SELECT c.stream AS stream, c.slo AS slo, c.labels AS labels, toUnixTimestamp(c.period_start) AS from_s,
       toUnixTimestamp(c.period_end) AS to_s, (c.good, c.bad, c.total, c.remaining_ratio) AS counts, c.target AS target,
       c.state AS state, c.coverage AS coverage, toUnixTimestamp64Milli(c.closed_at) AS closed_ms, r.restated AS restated
FROM (SELECT * FROM closed_periods FINAL
      WHERE ({stream:String} = '' OR stream = {stream:String})
        AND ({slo:String} = '' OR slo = {slo:String} OR startsWith(slo, concat({slo:String}, '/')))) AS c
LEFT JOIN (SELECT stream, slo, series, period_start,
                  arraySort(groupArray((toUnixTimestamp64Milli(found_at), (good_before, bad_before, total_before, remaining_before),
                                        (good_after, bad_after, total_after, remaining_after), causes))) AS restated
           FROM budget_restatements FINAL GROUP BY stream, slo, series, period_start) AS r
  ON r.stream = c.stream AND r.slo = c.slo AND r.series = c.series AND r.period_start = c.period_start
ORDER BY from_s DESC, stream, slo, toString(labels) LIMIT {limit:UInt32}`;
