import type { BudgetPeriod, BurnTier, Criticality, ExactRatio, SloDimension, SloTrack } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { asOfSeconds } from '../sql-values.ts';

/** What an SLO of a stream is judged by, without what it counts: cheap enough to be read for all of them. */
export interface SloFacts {
  readonly stream: string;
  readonly slo: string;
  readonly specRev: string;
  readonly displayName: string;
  readonly service: string;
  readonly track: SloTrack;
  readonly criticality: Criticality;
  readonly dimension: SloDimension;
  readonly target: ExactRatio;
  /** As the spec writes it. */
  readonly periodText: string;
  /** Null where it was loaded before the tables kept it. */
  readonly period: BudgetPeriod | null;
  readonly tiers: readonly BurnTier[];
  /** Whether it is judged from now on; one that is not was removed, and what is known of it is the past. */
  readonly isActive: boolean;
}

interface FactsRow {
  stream: string;
  slo: string;
  spec_rev: string;
  display_name: string;
  service: string;
  track: SloTrack;
  criticality: Criticality;
  dimension: SloDimension;
  numerator: number;
  denominator: number;
  period: string;
  budget_period: string;
  tiers: string;
  is_active: boolean;
}

/** SLOs of more streams than anybody replays. */
const FACTS_MAX = 200_000;

/**
 * Every SLO that is judged, or had a budget at a moment, by stream and name; each by the revision that was judged last.
 * Rejects with QUERY_TOO_LARGE.
 */
export async function readSloFacts(
  store: Store,
  { asOfMs, limit = FACTS_MAX }: { readonly asOfMs: number | null; readonly limit?: number },
): Promise<readonly SloFacts[]> {
  const rows = await readWhole<FactsRow>(store, FACTS_SQL, { as_of: asOfSeconds(asOfMs), limit });
  return rows.map((row) => ({
    ...{ stream: row.stream, slo: row.slo, specRev: row.spec_rev, displayName: row.display_name },
    ...{ service: row.service, track: row.track, criticality: row.criticality, dimension: row.dimension },
    target: { numerator: row.numerator, denominator: row.denominator },
    periodText: row.period,
    period: row.budget_period === '' ? null : (JSON.parse(row.budget_period) as BudgetPeriod),
    tiers: JSON.parse(row.tiers) as BurnTier[],
    isActive: row.is_active,
  }));
}

const FACTS_SQL = `
SELECT v.stream AS stream, v.slo AS slo, v.spec_rev AS spec_rev, s.display_name AS display_name, s.service AS service,
       s.track AS track, s.criticality AS criticality, s.budget_dimension AS dimension,
       toFloat64(s.target_numerator) AS numerator, toFloat64(s.target_denominator) AS denominator, s.period AS period,
       s.budget_period AS budget_period, s.tiers AS tiers, v.is_active AS is_active
FROM (
  SELECT stream, slo, argMax(spec_rev, (is_judged, at)) AS spec_rev, max(is_active) AS is_active
  FROM (
    SELECT stream, slo, argMax(spec_rev, (evaluated_at, written_at)) AS spec_rev, toDateTime64(max(evaluated_at), 3, 'UTC') AS at,
           true AS is_judged, false AS is_active
    FROM budget_rows_at(as_of = fromUnixTimestamp({as_of:UInt32})) GROUP BY stream, slo
    UNION ALL
    SELECT stream, slo, argMax(spec_rev, activated_at) AS spec_rev, max(activated_at) AS at, false AS is_judged, true AS is_active
    FROM active_specs WHERE activated_at <= fromUnixTimestamp({as_of:UInt32}) GROUP BY stream, slo HAVING spec_rev != ''
  )
  GROUP BY stream, slo
) AS v
INNER JOIN (SELECT * FROM slos FINAL ORDER BY loaded_at DESC LIMIT 1 BY slo, spec_rev) AS s
  ON s.slo = v.slo AND s.spec_rev = v.spec_rev
ORDER BY stream, slo LIMIT {limit:UInt32}`;
