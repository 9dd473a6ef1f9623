import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { msOfDateTime } from '../sql-values.ts';

/** A stretch of time that budgets leave out, or left out until somebody revoked it. */
export interface AdjustmentEntry {
  readonly id: string;
  readonly addedAtMs: number;
  readonly author: string;
  readonly reason: string;
  /** Names; empty: those of the service, or all. */
  readonly slos: readonly string[];
  readonly service: string | null;
  /** Group values that a series must have; empty: all series. */
  readonly labels: Readonly<Record<string, string>>;
  /** From inclusive, to exclusive, epoch ms. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Null: in force. */
  readonly revoked: { readonly atMs: number; readonly author: string; readonly reason: string } | null;
}

interface EntryRow {
  id: string;
  added_ms: number;
  added_by: string;
  added_for: string;
  slos: string[];
  service: string;
  labels: Record<string, string>;
  from_s: number;
  to_s: number;
  revoked_ms: number;
  revoked_by: string;
  revoked_for: string;
}

const ENTRIES_MAX = 10_000;

/** Every adjustment that was ever made, newest first. Rejects with QUERY_TOO_LARGE. */
export async function readAdjustmentRows(
  store: Store,
  { limit = ENTRIES_MAX }: { readonly limit?: number } = {},
): Promise<readonly AdjustmentEntry[]> {
  const rows = await readWhole<EntryRow>(store, ENTRIES_SQL, { limit });
  return rows.map((row) => ({
    id: row.id,
    addedAtMs: row.added_ms,
    author: row.added_by,
    reason: row.added_for,
    slos: row.slos,
    service: row.service === '' ? null : row.service,
    labels: row.labels,
    fromMs: row.from_s * 1_000,
    toMs: row.to_s * 1_000,
    revoked:
      row.revoked_ms === 0 ? null : { atMs: row.revoked_ms, author: row.revoked_by, reason: row.revoked_for },
  }));
}

const ENTRIES_SQL = `
SELECT id, minIf(toUnixTimestamp64Milli(adjusted_at), action = 'add') AS added_ms,
       anyIf(author, action = 'add') AS added_by, anyIf(reason, action = 'add') AS added_for,
       any(slos) AS slos, toString(any(service)) AS service, any(labels) AS labels,
       toUnixTimestamp(any(left_out_from)) AS from_s, toUnixTimestamp(any(left_out_to)) AS to_s,
       minIf(toUnixTimestamp64Milli(adjusted_at), action = 'revoke') AS revoked_ms,
       argMinIf(author, adjusted_at, action = 'revoke') AS revoked_by,
       argMinIf(reason, adjusted_at, action = 'revoke') AS revoked_for
FROM budget_adjustments GROUP BY id
ORDER BY added_ms DESC, id LIMIT {limit:UInt32}`;

/** A budget of which something is left out. */
export interface AdjustedBudget {
  readonly stream: string;
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly periodStartMs: number;
  /** Ids. */
  readonly adjustments: readonly string[];
  /** Of the period up to its last evaluation. */
  readonly leftOutMs: number;
}

interface AdjustedRow {
  stream: string;
  slo: string;
  labels: Record<string, string>;
  period_start: string;
  adjustments: string[];
  left_out_s: number;
}

/** Budgets as they stand now of which something is left out; one row per series at most. */
export async function readAdjustedBudgets(store: Store): Promise<readonly AdjustedBudget[]> {
  const [some] = await store.query<{ readonly count: number }>(
    'SELECT count() AS count FROM budget_adjustments',
  );
  if (some === undefined || some.count === 0) return [];
  const rows = await store.query<AdjustedRow>(
    'SELECT * FROM adjusted_budgets ORDER BY stream, slo, toString(labels)',
  );
  return rows.map((row) => ({
    stream: row.stream,
    slo: row.slo,
    labels: row.labels,
    periodStartMs: msOfDateTime(row.period_start),
    adjustments: row.adjustments,
    leftOutMs: row.left_out_s * 1_000,
  }));
}
