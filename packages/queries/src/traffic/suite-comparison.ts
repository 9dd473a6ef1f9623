import {
  compareSuites,
  extraOfWeightSql,
  type ArmCounts,
  type ComparisonRule,
  type SuiteComparison,
} from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';
import type { ArmDimension } from './arm-counts.ts';

/** How one evaluator in one version judged two arms, of traffic and of its suites; what did not pass is bad. */
export interface EvaluatorComparison extends SuiteComparison {
  readonly evaluator: string;
  readonly version: string;
  /** What was judged, e.g. quality. */
  readonly dimension: string;
}

export interface SuitesQuery extends TimeRange {
  readonly stream: string;
  readonly by: ArmDimension;
  readonly baseline: string;
  readonly candidate: string;
  /** Absent: of all services. */
  readonly service?: string;
  /** From when on suites count, epoch ms: they run before what they are for. */
  readonly suitesFromMs: number;
  readonly rule: ComparisonRule;
}

interface ArmRow extends ArmCounts {
  evaluator: string;
  version: string;
  dimension: string;
  is_offline: number;
  arm: string;
}

/** A hundred evaluators, of both arms, online and offline. */
const ROWS_MAX = 400;

/**
 * Evaluators that have verdicts of offline suites (kind `offline_suite`) on either arm, by name: these beside what they said of the arms'
 * traffic in a range of event time. Alpha of the rule is divided by their number. What an evaluator could not decide, or failed at by
 * itself, is no verdict. Of a sampled stream verdicts that events carry count as many as those stand for.
 *
 * Rejects with QUERY_TOO_LARGE.
 */
export async function readSuiteComparisons(
  store: Store,
  query: SuitesQuery,
): Promise<readonly EvaluatorComparison[]> {
  const { stream, baseline, candidate, service = '', fromMs, toMs, suitesFromMs } = query;
  const rows = await readWhole<ArmRow>(store, suitesSql(query.by), {
    ...{ stream, service, arms: [baseline, candidate] },
    ...{ from: dateTimeOfMs(fromMs), to: dateTimeOfMs(toMs), suites_from: dateTimeOfMs(suitesFromMs) },
    limit: ROWS_MAX,
  });
  const nameOf = ({ evaluator, version, dimension }: ArmRow): string =>
    JSON.stringify([evaluator, version, dimension]);
  const names = [...new Set(rows.map(nameOf))];
  const rule = { ...query.rule, alpha: query.rule.alpha / Math.max(1, names.length) };
  return names.map((name) => {
    const own = rows.filter((row) => nameOf(row) === name);
    const [evaluator, version, dimension] = JSON.parse(name) as [string, string, string];
    const armsOf = (isOffline: boolean): { readonly baseline: ArmCounts; readonly candidate: ArmCounts } => ({
      baseline: countsOf(own, { isOffline, arm: baseline }),
      candidate: countsOf(own, { isOffline, arm: candidate }),
    });
    return {
      ...{ evaluator, version, dimension },
      ...compareSuites({ online: armsOf(false), offline: armsOf(true) }, rule),
    };
  });
}

function countsOf(
  rows: readonly ArmRow[],
  { isOffline, arm }: { readonly isOffline: boolean; readonly arm: string },
): ArmCounts {
  const row = rows.find((one) => one.arm === arm && (one.is_offline === 1) === isOffline);
  if (row === undefined) return { seen: 0, bad: 0, total: 0, squares: 0 };
  return { seen: row.seen, bad: row.bad, total: row.total, squares: row.squares };
}

/** Probes are neither traffic nor a suite. */
const suitesSql = (by: ArmDimension): string => `
SELECT evaluator, version, dimension, toUInt8(kind = 'offline_suite') AS is_offline, arm, toFloat64(count()) AS seen,
       sumIf(1000 + extra, NOT passed) / 1000 AS bad, sum(1000 + extra) / 1000 AS total,
       sum(pow((1000 + extra) / 1000, 2)) AS squares
FROM (
  SELECT evaluator, evaluator_version AS version, dimension, kind, passed, ifNull(toString(${by}), '') AS arm,
         ${extraOfWeightSql('sample_weight')} AS extra,
         countIf(kind = 'offline_suite') OVER (PARTITION BY evaluator, evaluator_version, dimension) AS suite_count
  FROM verdicts
  WHERE stream = {stream:String} AND inference_at < {to:DateTime('UTC')} AND ({service:String} = '' OR service = {service:String})
    AND inference_at >= if(kind = 'offline_suite', {suites_from:DateTime('UTC')}, {from:DateTime('UTC')})
    AND inference_at >= least({suites_from:DateTime('UTC')}, {from:DateTime('UTC')})
    AND kind != 'synthetic_probe' AND arm IN {arms:Array(String)}
    AND NOT mapContains(attributes, 'judge_error') AND NOT mapContains(attributes, 'undecided')
)
WHERE suite_count > 0
GROUP BY evaluator, version, dimension, is_offline, arm
ORDER BY evaluator, version, dimension, is_offline, arm LIMIT {limit:UInt32}`;
