import type { Store } from '@burnline/runtime';
import { msOfDateTime } from '../sql-values.ts';

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
 * Open alerts, the most urgent and oldest first; at most `limit`. One per key: an alert whose end was lost with its log is
 * over where its key has fired again.
 */
export async function readOpenAlerts(
  store: Store,
  { limit = OPEN_ALERTS_MAX }: { readonly limit?: number } = {},
): Promise<readonly OpenAlert[]> {
  const rows = await store.query<OpenRow>(OPEN_SQL, { limit });
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

const OPEN_SQL = `
SELECT alert_key, stream, slo, labels, tier, severity, state, fired_at, changed_at, long_window_s, last_long_bad,
       last_long_total, short_window_s, last_short_bad, last_short_total, coverage
FROM (SELECT * FROM alerts ORDER BY fired_at DESC LIMIT 1 BY alert_key)
WHERE state IN ('firing', 'frozen')
ORDER BY severity, fired_at, alert_key LIMIT {limit:UInt32}`;
