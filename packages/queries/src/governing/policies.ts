import { ROUTE_RULE_DEFAULT, type BudgetPolicy, type ChangeKind, type PolicyOverride } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';

const NO_ACTIONS = {
  routeAround: [],
  sampling: null,
  rollbackAt: null,
  tellings: [],
} satisfies Partial<BudgetPolicy>;

/** Policies of a stream as they were given up to a moment, epoch ms; none: services have the shipped ones. */
export async function readPolicies(
  store: Store,
  { stream, givenMs }: { readonly stream: string; readonly givenMs: number },
): Promise<readonly BudgetPolicy[]> {
  const [row] = await store.query<{ policies: string }>(
    `SELECT policies FROM error_budget_policies
     WHERE stream = {stream:String} AND loaded_at <= fromUnixTimestamp64Milli({given:Int64})
     ORDER BY loaded_at DESC LIMIT 1`,
    { stream, given: givenMs },
  );
  if (row === undefined) return [];
  // Policies that were given before there were such actions name none.
  const given = JSON.parse(row.policies) as readonly (Omit<BudgetPolicy, keyof typeof NO_ACTIONS> &
    Partial<BudgetPolicy>)[];
  return given.map((policy) => ({
    ...NO_ACTIONS,
    ...policy,
    routeAround: (policy.routeAround ?? []).map((rule) => ({ ...ROUTE_RULE_DEFAULT, ...rule })),
  }));
}

/** Overrides that anybody has signed; at 7 days each, years of them. */
const OVERRIDES_MAX = 100_000;

interface OverrideRow {
  id: string;
  of_service: string;
  of_changes: readonly ChangeKind[];
  signed_by: string;
  why: string;
  added_ms: number;
  expires_ms: number;
  ended_ms: number;
}

/** Overrides that were signed up to a moment, epoch ms, newest first; of one service, or of all. Rejects with QUERY_TOO_LARGE. */
export async function readOverrides(
  store: Store,
  { service, asOfMs }: { readonly service?: string; readonly asOfMs: number },
): Promise<readonly PolicyOverride[]> {
  const rows = await readWhole<OverrideRow>(
    store,
    `SELECT id, toString(any(service)) AS of_service, any(changes) AS of_changes, argMin(author, action) AS signed_by,
       argMin(reason, action) AS why, toUnixTimestamp64Milli(minIf(written_at, action = 'add')) AS added_ms,
       toUnixTimestamp64Milli(any(expires_at)) AS expires_ms,
       toUnixTimestamp64Milli(minIf(written_at, action = 'end')) AS ended_ms
     FROM policy_overrides
     WHERE written_at <= fromUnixTimestamp64Milli({as_of:Int64})${service === undefined ? '' : ' AND service = {service:String}'}
     GROUP BY id ORDER BY added_ms DESC, id LIMIT {limit:UInt32}`,
    { as_of: asOfMs, ...(service !== undefined && { service }), limit: OVERRIDES_MAX },
  );
  return rows.map((row) => ({
    id: row.id,
    service: row.of_service,
    changes: row.of_changes,
    author: row.signed_by,
    reason: row.why,
    addedMs: row.added_ms,
    expiresMs: row.expires_ms,
    endedMs: row.ended_ms === 0 ? null : row.ended_ms,
  }));
}
