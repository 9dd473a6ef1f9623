import type { Store } from '@burnline/runtime';

/** The state of one SLO's series at one moment, as the tables hold it. */
export interface SeriesStatus {
  readonly stream: string;
  readonly slo: string;
  readonly displayName: string;
  readonly service: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly targetRatio: number;
  readonly period: string;
  /** When the figures last changed, epoch ms. */
  readonly evaluatedAtMs: number;
  readonly good: number;
  readonly bad: number;
  readonly total: number;
  /** Events that the cap on series left in `__other__`: any of them may be this series'. */
  readonly unassigned: number;
  readonly sliRatio: number | null;
  readonly remainingRatio: number | null;
  readonly projectedRemainingRatio: number | null;
  readonly isEstimated: boolean;
  readonly state: string;
  readonly coverage: number;
  readonly burnRates: readonly { readonly windowMs: number; readonly burnRate: number }[];
  /** Most urgent tier that fires, with its severity; null if none does. */
  readonly firing: { readonly tier: string; readonly severity: string } | null;
}

interface StatusRow {
  stream: string;
  slo: string;
  display_name: string;
  service: string;
  labels: Record<string, string>;
  target: number;
  period: string;
  evaluated_ms: number;
  good: number;
  bad: number;
  total: number;
  unassigned: number;
  remaining_ratio: number | null;
  projected_remaining_ratio: number | null;
  is_estimated: boolean;
  state: string;
  coverage: number;
  window_s: number[];
  burn_rate: number[];
  tier: string;
  severity: string;
}

/** Every series as it stood at a moment: between two rows of the history the earlier one holds. */
export async function readStatus(
  store: Store,
  query: { readonly asOfMs: number; readonly stream: string | null },
): Promise<readonly SeriesStatus[]> {
  const rows = await store.query<StatusRow>(STATUS_SQL, {
    as_of: Math.floor(query.asOfMs / 1_000),
    stream: query.stream ?? '',
  });
  return rows.map((row) => ({
    stream: row.stream,
    slo: row.slo,
    displayName: row.display_name,
    service: row.service,
    labels: row.labels,
    targetRatio: row.target,
    period: row.period,
    evaluatedAtMs: row.evaluated_ms,
    good: row.good,
    bad: row.bad,
    total: row.total,
    unassigned: row.unassigned,
    sliRatio: row.total === 0 ? null : row.good / row.total,
    remainingRatio: row.remaining_ratio,
    projectedRemainingRatio: row.projected_remaining_ratio,
    isEstimated: row.is_estimated,
    state: row.state,
    coverage: row.coverage,
    burnRates: row.window_s.map((windowS, index) => ({
      windowMs: windowS * 1_000,
      burnRate: row.burn_rate[index] ?? 0,
    })),
    firing: row.tier === '' ? null : { tier: row.tier, severity: row.severity },
  }));
}

const STATUS_SQL = `
WITH fromUnixTimestamp({as_of:UInt32}) AS as_of
SELECT b.stream AS stream, b.slo AS slo, s.display_name AS display_name, s.service AS service, l.labels AS labels,
       s.target_numerator / s.target_denominator AS target, s.period AS period,
       toUnixTimestamp(b.evaluated_at) * 1000 AS evaluated_ms,
       b.good AS good, b.bad AS bad, b.total AS total, b.unassigned AS unassigned, b.remaining_ratio AS remaining_ratio,
       b.projected_remaining_ratio AS projected_remaining_ratio, b.is_estimated AS is_estimated, b.state AS state,
       b.coverage AS coverage, r.window_s AS window_s, r.burn_rate AS burn_rate, a.tier AS tier, a.severity AS severity
FROM (SELECT * FROM budgets FINAL WHERE evaluated_at <= as_of AND ({stream:String} = '' OR stream = {stream:String})
      ORDER BY evaluated_at DESC LIMIT 1 BY stream, slo, series) AS b
-- Series of a revision that was replaced have rows too; the one judged last is the SLO's.
INNER JOIN (SELECT stream, slo, argMax(spec_rev, (evaluated_at, written_at)) AS spec_rev FROM budgets
            WHERE evaluated_at <= as_of GROUP BY stream, slo) AS v
  ON v.stream = b.stream AND v.slo = b.slo AND v.spec_rev = b.spec_rev
INNER JOIN (SELECT * FROM slos FINAL ORDER BY loaded_at DESC LIMIT 1 BY slo, spec_rev) AS s
  ON s.slo = b.slo AND s.spec_rev = b.spec_rev
LEFT JOIN (SELECT slo, spec_rev, series, any(labels) AS labels FROM series GROUP BY slo, spec_rev, series) AS l
  ON l.slo = b.slo AND l.spec_rev = b.spec_rev AND l.series = b.series
LEFT JOIN (SELECT * FROM burn_rates FINAL WHERE evaluated_at <= as_of
           ORDER BY evaluated_at DESC LIMIT 1 BY stream, slo, series) AS r
  ON r.stream = b.stream AND r.slo = b.slo AND r.series = b.series
LEFT JOIN (
  SELECT stream, slo, series, argMin(d.tier, (d.severity, d.long_window_s)) AS tier, min(d.severity) AS severity
  FROM (SELECT * FROM alert_decisions FINAL WHERE evaluated_at <= as_of
        ORDER BY evaluated_at DESC, log_offset DESC LIMIT 1 BY alert_key) AS d
  WHERE decision IN ('fire', 'freeze', 'thaw') GROUP BY stream, slo, series
) AS a ON a.stream = b.stream AND a.slo = b.slo AND a.series = b.series
ORDER BY stream, slo, remaining_ratio ASC NULLS LAST, toString(labels)`;
