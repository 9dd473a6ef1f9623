import type { ComparisonRule } from '@burnline/core';
import {
  RAW_ROWS_MS,
  readArms,
  readBudgetSpecs,
  readComparisons,
  readKnowledge,
  readSuiteComparisons,
  type ArmDimension,
  type BudgetSpec,
  type Comparisons,
  type EvaluatorComparison,
  type TimeRange,
} from '@burnline/queries';
import type { Store } from '@burnline/runtime';

/** Two arms of a stream in a range of event time. */
export interface ArmsAsked extends TimeRange {
  readonly stream: string;
  readonly by: ArmDimension;
  readonly baseline: string;
  readonly candidate: string;
  /** One SLO, or all objectives of one; absent: all. */
  readonly slo?: string | undefined;
  /** Absent: of all services. */
  readonly service?: string | undefined;
  readonly rule: ComparisonRule;
  /** From when on offline suites count, epoch ms; absent: as long as rows live. */
  readonly suitesFromMs?: number | undefined;
}

/** What can be compared there. */
export interface KnownArms {
  /** Values that tell arms apart there. */
  readonly arms: readonly string[];
  /** All SLOs of the stream at the end of that time. */
  readonly specs: readonly BudgetSpec[];
}

/** Two arms by every SLO that was asked for, and by evaluators that have suites; these are of no SLO, so with one named there are none. */
export interface TwoArms extends Comparisons {
  readonly evaluators: readonly EvaluatorComparison[];
}

export async function readKnownArms(
  store: Store,
  asked: Pick<ArmsAsked, 'stream' | 'by' | 'baseline' | 'candidate' | 'fromMs' | 'toMs'>,
): Promise<KnownArms> {
  const { stream, by, baseline, candidate, fromMs, toMs } = asked;
  const { givenMs } = await readKnowledge(store, stream, toMs);
  const arms = await readArms(store, { stream, by: [by], named: [baseline, candidate], fromMs, toMs });
  return {
    specs: await readBudgetSpecs(store, { stream, asOfMs: null, givenMs }),
    arms: arms.map(({ arm }) => arm),
  };
}

/** SLOs by a name, of a service. */
export const specsAsked = (
  specs: readonly BudgetSpec[],
  { slo, service }: Pick<ArmsAsked, 'slo' | 'service'>,
): readonly BudgetSpec[] =>
  specs.filter(
    (one) =>
      (slo === undefined || one.slo === slo || one.slo.startsWith(`${slo}/`)) &&
      (service === undefined || one.service === service),
  );

/**
 * The command's answer and the API's.
 *
 * @param specs as `specsAsked` has them; a statement over raw rows each
 *
 * Rejects with QUERY_TOO_LARGE.
 */
export async function readTwoArms(
  store: Store,
  asked: ArmsAsked,
  specs: readonly BudgetSpec[],
): Promise<TwoArms> {
  const { stream, by, baseline, candidate, fromMs, toMs, rule, slo, service, suitesFromMs } = asked;
  const query = { stream, by, baseline, candidate, rule, fromMs, toMs };
  const compared = await readComparisons(store, { ...query, specs });
  const evaluators =
    slo === undefined
      ? await readSuiteComparisons(store, {
          ...query,
          suitesFromMs: suitesFromMs ?? Math.max(0, toMs - RAW_ROWS_MS),
          ...(service !== undefined && { service }),
        })
      : [];
  return { ...compared, evaluators };
}
