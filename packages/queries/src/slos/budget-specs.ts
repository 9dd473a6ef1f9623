import type {
  BudgetPeriod,
  BurnTier,
  Criticality,
  ExactRatio,
  SliPlan,
  SloDimension,
  SloTrack,
} from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { asOfSeconds } from '../sql-values.ts';

/** What an SLO was judged by at a moment: its revision then, and what was last loaded of that. */
export interface BudgetSpec {
  readonly slo: string;
  readonly specRev: string;
  readonly service: string;
  readonly track: SloTrack;
  readonly criticality: Criticality;
  readonly dimension: SloDimension;
  /** The SLO whose budget this one's series are a part of. */
  readonly within: string | null;
  readonly target: ExactRatio;
  /** Null where it was loaded before the tables kept it. */
  readonly period: BudgetPeriod | null;
  readonly tiers: readonly BurnTier[];
  readonly sli: SliPlan;
}

interface SpecRow {
  slo: string;
  spec_rev: string;
  service: string;
  track: SloTrack;
  criticality: Criticality;
  dimension: SloDimension;
  within: string;
  numerator: number;
  denominator: number;
  budget_period: string;
  tiers: string;
  plan: string;
}

/** More than spec files of any size that was tried hold. */
const SLOS_MAX = 100_000;

export interface BudgetSpecsQuery {
  readonly stream: string;
  /** Epoch ms; null: now. */
  readonly asOfMs: number | null;
  /**
   * Only SLOs that were judged at this moment, epoch ms of activations, or that were given later and are judged now; absent: also
   * those that were removed.
   */
  readonly givenMs?: number;
  /** Only these; absent: all. */
  readonly slos?: readonly string[];
  readonly limit?: number;
}

/** SLOs of a stream that had a budget at a moment, by name. Rejects with QUERY_TOO_LARGE. */
export async function readBudgetSpecs(
  store: Store,
  { stream, asOfMs, givenMs, slos, limit = SLOS_MAX }: BudgetSpecsQuery,
): Promise<readonly BudgetSpec[]> {
  const named = slos === undefined ? '1' : NAMED_SQL;
  const rows = await readWhole<SpecRow>(
    store,
    specsSql({ named, given: givenMs === undefined ? '' : JUDGED_SQL }),
    {
      ...{ stream, as_of: asOfSeconds(asOfMs), limit },
      ...(givenMs !== undefined && { given: givenMs }),
      ...(slos !== undefined && { slos }),
    },
  );
  return rows.map((row) => ({
    slo: row.slo,
    specRev: row.spec_rev,
    service: row.service,
    track: row.track,
    criticality: row.criticality,
    dimension: row.dimension,
    within: row.within === '' ? null : row.within,
    target: { numerator: row.numerator, denominator: row.denominator },
    period: row.budget_period === '' ? null : (JSON.parse(row.budget_period) as BudgetPeriod),
    tiers: JSON.parse(row.tiers) as BurnTier[],
    sli: JSON.parse(row.plan) as SliPlan,
  }));
}

const JUDGED_SQL = `AND slo IN (
        SELECT slo FROM (
          SELECT slo, spec_rev, activated_at, activated_at <= fromUnixTimestamp64Milli({given:Int64}) AS is_given
          FROM active_specs WHERE stream = {stream:String}
        )
        GROUP BY slo HAVING argMax(spec_rev, (is_given, activated_at)) != '')`;

const NAMED_SQL = 'slo IN {slos:Array(String)}';

/** Names are tested in every table: no join hands them on. */
const specsSql = ({ named, given }: { readonly named: string; readonly given: string }): string => `
SELECT v.slo AS slo, v.spec_rev AS spec_rev, s.service AS service, s.track AS track, s.criticality AS criticality,
       s.budget_dimension AS dimension, s.within AS within, toFloat64(s.target_numerator) AS numerator,
       toFloat64(s.target_denominator) AS denominator, s.budget_period AS budget_period, s.tiers AS tiers, r.plan AS plan
FROM (SELECT slo, argMax(spec_rev, (evaluated_at, written_at)) AS spec_rev
      FROM budget_rows_at(as_of = fromUnixTimestamp({as_of:UInt32})) WHERE stream = {stream:String} AND ${named} ${given}
      GROUP BY slo) AS v
INNER JOIN (SELECT * FROM slos FINAL WHERE ${named} ORDER BY loaded_at DESC LIMIT 1 BY slo, spec_rev) AS s
  ON s.slo = v.slo AND s.spec_rev = v.spec_rev
INNER JOIN (SELECT slo, spec_rev, any(plan) AS plan FROM spec_revisions WHERE ${named} GROUP BY slo, spec_rev) AS r
  ON r.slo = v.slo AND r.spec_rev = v.spec_rev
ORDER BY slo LIMIT {limit:UInt32}`;
