import type { BurnTier, ExactRatio, SliPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';

/** What an SLO was when an alert of it fired. */
export interface FiredSpec {
  readonly slo: string;
  readonly specRev: string;
  readonly target: ExactRatio;
  readonly tiers: readonly BurnTier[];
  readonly sli: SliPlan;
}

interface SpecRow {
  slo: string;
  spec_rev: string;
  numerator: number;
  denominator: number;
  tiers: string;
  plan: string;
}

/** SLOs by the revisions that fired; one whose revision is not known is not in it. */
export async function readFiredSpecs(
  store: Store,
  fired: readonly { readonly slo: string; readonly specRev: string }[],
): Promise<readonly FiredSpec[]> {
  const rows = await store.query<SpecRow>(SPECS_SQL, {
    slos: fired.map(({ slo }) => slo),
    revisions: fired.map(({ specRev }) => specRev),
  });
  return rows.map((row) => ({
    ...{ slo: row.slo, specRev: row.spec_rev },
    target: { numerator: row.numerator, denominator: row.denominator },
    tiers: JSON.parse(row.tiers) as BurnTier[],
    sli: JSON.parse(row.plan) as SliPlan,
  }));
}

const SPECS_SQL = `
SELECT s.slo AS slo, s.spec_rev AS spec_rev, toFloat64(s.target_numerator) AS numerator,
       toFloat64(s.target_denominator) AS denominator, s.tiers AS tiers, r.plan AS plan
FROM (SELECT * FROM slos FINAL) AS s
INNER JOIN (SELECT slo, spec_rev, any(plan) AS plan FROM spec_revisions GROUP BY slo, spec_rev) AS r
  ON r.slo = s.slo AND r.spec_rev = s.spec_rev
WHERE (s.slo, s.spec_rev) IN (SELECT arrayJoin(arrayZip({slos:Array(String)}, {revisions:Array(String)})))
ORDER BY slo, spec_rev`;
