import type { Store } from '@burnline/runtime';

/** How many entities each of some SLOs' revisions has named so far, by SLO. */
export async function readEntityCounts(
  store: Store,
  revisions: readonly { readonly slo: string; readonly specRev: string }[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await store.query<{ slo: string; entities: number }>(
    `SELECT slo, toFloat64(count()) AS entities FROM entities
     WHERE slo IN {slos:Array(String)} AND spec_rev IN {revs:Array(String)} GROUP BY slo`,
    { slos: revisions.map(({ slo }) => slo), revs: revisions.map(({ specRev }) => specRev) },
  );
  return new Map(rows.map((row) => [row.slo, row.entities]));
}
