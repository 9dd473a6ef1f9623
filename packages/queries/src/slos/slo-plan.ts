import type { SliPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';

/** What a revision counts; null where the tables know no such one. */
export async function readSliPlan(
  store: Store,
  { slo, specRev }: { readonly slo: string; readonly specRev: string },
): Promise<SliPlan | null> {
  const [row] = await store.query<{ plan: string }>(
    `SELECT any(plan) AS plan FROM spec_revisions
     WHERE slo = {slo:String} AND spec_rev = {rev:String} GROUP BY slo`,
    { slo, rev: specRev },
  );
  return row === undefined ? null : (JSON.parse(row.plan) as SliPlan);
}
