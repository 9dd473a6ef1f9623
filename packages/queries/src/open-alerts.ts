import type { Store } from '@burnline/runtime';

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
  readonly decision: string;
  readonly since_s: number;
  readonly evaluated_s: number;
  readonly long_window_s: number;
  readonly long_bad: number;
  readonly long_total: number;
  readonly short_window_s: number;
  readonly short_bad: number;
  readonly short_total: number;
  readonly coverage: number;
}

/** Every open alert, the most urgent and oldest first. */
export async function readOpenAlerts(store: Store): Promise<readonly OpenAlert[]> {
  const rows = await store.query<OpenRow>(
    `SELECT d.alert_key AS alert_key, d.stream AS stream, d.slo AS slo, d.labels AS labels, d.tier AS tier,
            d.severity AS severity, toString(d.decision) AS decision, toUnixTimestamp(f.fired_at) AS since_s,
            toUnixTimestamp(d.evaluated_at) AS evaluated_s, d.long_window_s AS long_window_s, d.long_bad AS long_bad,
            d.long_total AS long_total, d.short_window_s AS short_window_s, d.short_bad AS short_bad,
            d.short_total AS short_total, d.coverage AS coverage
     FROM (SELECT * FROM alert_decisions FINAL ORDER BY log_offset DESC LIMIT 1 BY alert_key) AS d
     INNER JOIN (SELECT alert_key, maxIf(evaluated_at, decision = 'fire') AS fired_at FROM alert_decisions
                 GROUP BY alert_key) AS f ON f.alert_key = d.alert_key
     WHERE d.decision IN ('fire', 'freeze', 'thaw')
     ORDER BY severity, since_s, alert_key`,
  );
  return rows.map((row) => ({
    alertKey: row.alert_key,
    stream: row.stream,
    slo: row.slo,
    labels: row.labels,
    tier: row.tier,
    severity: row.severity,
    state: row.decision === 'freeze' ? 'frozen' : 'firing',
    sinceMs: row.since_s * 1_000,
    decidedMs: row.evaluated_s * 1_000,
    long: { windowMs: row.long_window_s * 1_000, bad: row.long_bad, total: row.long_total },
    short: { windowMs: row.short_window_s * 1_000, bad: row.short_bad, total: row.short_total },
    coverage: row.coverage,
  }));
}
