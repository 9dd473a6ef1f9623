import type { BurnTier, ExactRatio, SliPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';

/** An SLO that is judged now, as the database has it. */
export interface JudgedSlo {
  readonly slo: string;
  readonly specRev: string;
  readonly sli: SliPlan;
  readonly tiers: readonly BurnTier[];
  readonly target: ExactRatio;
}

interface JudgedRow {
  slo: string;
  revision: string;
  plan: string;
  tiers: string;
  numerator: number;
  denominator: number;
}

/** SLOs of a stream that are judged now, each by its active revision, by name. Rejects with QUERY_TOO_LARGE. */
export async function readJudgedSlos(
  store: Store,
  { stream, limit = SLOS_MAX }: { readonly stream: string; readonly limit?: number },
): Promise<readonly JudgedSlo[]> {
  const rows = await readWhole<JudgedRow>(store, JUDGED_SQL, { stream, limit });
  return rows.map((row) => ({
    slo: row.slo,
    specRev: row.revision,
    sli: JSON.parse(row.plan) as SliPlan,
    tiers: JSON.parse(row.tiers) as BurnTier[],
    target: { numerator: row.numerator, denominator: row.denominator },
  }));
}

/** More than spec files of any size that was tried hold. */
const SLOS_MAX = 100_000;

const JUDGED_SQL = `
SELECT a.slo AS slo, a.revision AS revision, r.plan AS plan, s.tiers AS tiers,
       toFloat64(s.numerator) AS numerator, toFloat64(s.denominator) AS denominator
FROM (SELECT slo, argMax(spec_rev, activated_at) AS revision FROM active_specs
      WHERE stream = {stream:String} GROUP BY slo HAVING revision != '') AS a
INNER JOIN (SELECT slo, spec_rev, any(plan) AS plan FROM spec_revisions GROUP BY slo, spec_rev) AS r
  ON r.slo = a.slo AND r.spec_rev = a.revision
INNER JOIN (SELECT slo, argMax(tiers, loaded_at) AS tiers, argMax(target_numerator, loaded_at) AS numerator,
                   argMax(target_denominator, loaded_at) AS denominator FROM slos GROUP BY slo) AS s
  ON s.slo = a.slo
ORDER BY slo LIMIT {limit:UInt32}`;
