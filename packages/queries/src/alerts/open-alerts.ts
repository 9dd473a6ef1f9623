import type { Store } from '@burnline/runtime';
import { asOfSeconds, msOfDateTime } from '../sql-values.ts';

interface WindowCount {
  readonly windowMs: number;
  readonly bad: number;
  readonly total: number;
}

/** An alert that fires or is frozen, with what its last decision saw. */
export interface OpenAlert {
  readonly alertKey: string;
  readonly stream: string;
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tier: string;
  readonly severity: string;
  readonly state: 'firing' | 'frozen';
  /** When it fired, epoch ms. */
  readonly sinceMs: number;
  /** Time of the last decision, epoch ms. */
  readonly decidedMs: number;
  readonly long: WindowCount;
  readonly short: WindowCount;
  readonly coverage: number;
}

interface OpenRow {
  readonly alert_key: string;
  readonly stream: string;
  readonly slo: string;
  readonly labels: Record<string, string>;
  readonly tier: string;
  readonly severity: string;
  readonly state: 'firing' | 'frozen';
  readonly fired_at: string;
  readonly changed_at: string;
  readonly long_window_s: number;
  readonly last_long_bad: number;
  readonly last_long_total: number;
  readonly short_window_s: number;
  readonly last_short_bad: number;
  readonly last_short_total: number;
  readonly coverage: number;
}

/** More open alerts than anybody looks at one by one. */
const OPEN_ALERTS_MAX = 100_000;

/**
 * Alerts that are open, or were at a moment, the most urgent and oldest first; at most `limit`. One per key: an alert whose end was lost
 * with its log is over where its key has fired again.
 */
export async function readOpenAlerts(
  store: Store,
  {
    limit = OPEN_ALERTS_MAX,
    asOfMs = null,
  }: { readonly limit?: number; readonly asOfMs?: number | null } = {},
): Promise<readonly OpenAlert[]> {
  const rows = await store.query<OpenRow>(OPEN_SQL, { limit, as_of: asOfSeconds(asOfMs) });
  return rows.map((row) => ({
    alertKey: row.alert_key,
    stream: row.stream,
    slo: row.slo,
    labels: row.labels,
    tier: row.tier,
    severity: row.severity,
    state: row.state,
    sinceMs: msOfDateTime(row.fired_at),
    decidedMs: msOfDateTime(row.changed_at),
    long: { windowMs: row.long_window_s * 1_000, bad: row.last_long_bad, total: row.last_long_total },
    short: { windowMs: row.short_window_s * 1_000, bad: row.last_short_bad, total: row.last_short_total },
    coverage: row.coverage,
  }));
}

// Of the decisions alone, and not of the view `alerts`: what it says of an alert is what was decided last, which a moment may not know.
const OPEN_SQL = `
SELECT alert_key, stream, slo, labels, tier, severity, if(decision = 'freeze', 'frozen', 'firing') AS state, fired_at, evaluated_at AS changed_at,
       long_window_s, long_bad AS last_long_bad, long_total AS last_long_total, short_window_s, short_bad AS last_short_bad,
       short_total AS last_short_total, coverage
FROM (
  SELECT *, maxIf(evaluated_at, decision = 'fire') OVER (PARTITION BY alert_key) AS fired_at
  FROM alert_decisions FINAL WHERE evaluated_at <= fromUnixTimestamp({as_of:UInt32})
  ORDER BY evaluated_at DESC, log_offset DESC LIMIT 1 BY alert_key
)
WHERE decision IN ('fire', 'freeze', 'thaw')
ORDER BY severity, fired_at, alert_key LIMIT {limit:UInt32}`;
