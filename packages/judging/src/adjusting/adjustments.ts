import type { QueryParams, Store } from '@burnline/runtime';

/** A stretch of event time that budgets leave out, as long as nobody has revoked it. */
export interface Adjustment {
  readonly id: string;
  /** SLOs in scope by name, or by what stands before the `/` of several objectives' names; null: all. */
  readonly slos: readonly string[] | null;
  /** Group values that a series must have; empty: every series. */
  readonly labels: Readonly<Record<string, string>>;
  /** From inclusive, to exclusive, epoch seconds; on the grid of COARSE_EDGE_MS. */
  readonly fromS: number;
  readonly toS: number;
}

/** Adjustments in force at once, and different scopes of them: what a statement that names them all has room for. */
export const ADJUSTMENTS_MAX = 1_000;
export const SCOPES_MAX = 100;

interface AdjustmentRow {
  readonly id: string;
  readonly slos: readonly string[];
  readonly service: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly from_s: number;
  readonly to_s: number;
  readonly added_ms: number;
  readonly revoked_ms: number;
}

/** An adjustment, and when it came to be in force and ceased to, epoch ms by the database's clock; null: it is. */
export interface DatedAdjustment extends Adjustment {
  readonly addedMs: number;
  readonly revokedMs: number | null;
}

/** The adjustments in force, by id. One by service speaks of the SLOs that the service has now. */
export async function readAdjustments(store: Store): Promise<readonly Adjustment[]> {
  const dated = await readDated(store, `HAVING countIf(action = 'revoke') = 0`, {});
  return dated.map(({ id, slos, labels, fromS, toS }) => ({ id, slos, labels, fromS, toS }));
}

/** Beside those in force: some that were revoked within the time that is asked for. */
const DATED_MAX = 10 * ADJUSTMENTS_MAX;

/** Adjustments that were in force at any time since an instant, by id. */
export function readAdjustmentsSince(store: Store, sinceMs: number): Promise<readonly DatedAdjustment[]> {
  return readDated(store, 'HAVING revoked_ms = 0 OR revoked_ms > {since:Int64}', { since: sinceMs });
}

async function readDated(
  store: Store,
  having: string,
  params: QueryParams,
): Promise<readonly DatedAdjustment[]> {
  const rows = await store.query<AdjustmentRow>(
    `SELECT id, any(slos) AS slos, any(service) AS service, any(labels) AS labels,
       toUnixTimestamp(any(left_out_from)) AS from_s, toUnixTimestamp(any(left_out_to)) AS to_s,
       toUnixTimestamp64Milli(min(adjusted_at)) AS added_ms,
       toUnixTimestamp64Milli(minIf(adjusted_at, action = 'revoke')) AS revoked_ms
     FROM budget_adjustments GROUP BY id ${having} ORDER BY id LIMIT {limit:UInt32}`,
    { ...params, limit: DATED_MAX },
  );
  const services = [...new Set(rows.flatMap(({ service }) => (service === '' ? [] : [service])))];
  const slosOf = await readSlosOf(store, services);
  return rows.map(({ id, slos, service, labels, from_s, to_s, added_ms, revoked_ms }) => ({
    id,
    slos: service === '' ? (slos.length === 0 ? null : slos) : (slosOf.get(service) ?? []),
    labels,
    fromS: from_s,
    toS: to_s,
    addedMs: added_ms,
    revokedMs: revoked_ms === 0 ? null : revoked_ms,
  }));
}

async function readSlosOf(
  store: Store,
  services: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (services.length === 0) return new Map();
  const rows = await store.query<{ readonly of_service: string; readonly names: readonly string[] }>(
    `SELECT of_service, arraySort(groupArray(slo)) AS names
     FROM (SELECT slo, toString(argMax(service, loaded_at)) AS of_service FROM slos GROUP BY slo)
     WHERE of_service IN {services:Array(String)} GROUP BY of_service`,
    { services },
  );
  return new Map(rows.map(({ of_service, names }) => [of_service, names]));
}

/** Whether an adjustment speaks of an SLO: by its own name, or by that of the document whose objective it is. */
export function isInScope({ slos }: Pick<Adjustment, 'slos'>, slo: string): boolean {
  return slos?.some((name) => slo === name || slo.startsWith(`${name}/`)) ?? true;
}

/** How many rows the table has: it only grows, so another number is another state of affairs. */
export async function countAdjustmentRows(store: Store): Promise<number> {
  const [row] = await store.query<{ readonly row_count: number }>(
    'SELECT count() AS row_count FROM budget_adjustments',
  );
  return row?.row_count ?? 0;
}
