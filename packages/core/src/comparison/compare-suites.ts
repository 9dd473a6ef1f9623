import { compareArms, type ArmCounts, type Comparison, type ComparisonRule } from './compare-arms.ts';

export type SuiteAgreement = 'agree' | 'disagree' | 'insufficient';

/** What an evaluator said of two arms; what it did not pass is bad. */
interface EvaluatedArms {
  readonly baseline: ArmCounts;
  readonly candidate: ArmCounts;
}

/** Two arms by the same evaluator: on the traffic that there was, and on the cases of a suite. */
export interface SuiteComparison {
  readonly online: Comparison;
  readonly offline: Comparison;
  /** Whether the suite says of the candidate what traffic says. */
  readonly agreement: SuiteAgreement;
}

/**
 * Holds a suite to the traffic that it stands for. They agree where both are decided alike, and disagree where both are decided and no
 * difference of shares is possible by both; all else is insufficient. Each of the two has half of alpha.
 */
export function compareSuites(
  { online, offline }: { readonly online: EvaluatedArms; readonly offline: EvaluatedArms },
  rule: ComparisonRule,
): SuiteComparison {
  const half = { ...rule, alpha: rule.alpha / 2 };
  const [first, second] = [online, offline].map((arms) =>
    compareArms(arms.baseline, arms.candidate, half),
  ) as [Comparison, Comparison];
  return { online: first, offline: second, agreement: agreementOf(first, second) };
}

function agreementOf(online: Comparison, offline: Comparison): SuiteAgreement {
  if (online.verdict === 'insufficient' || offline.verdict === 'insufficient') return 'insufficient';
  if (online.verdict === offline.verdict) return 'agree';
  const isDisjoint =
    online.difference.high < offline.difference.low || offline.difference.high < online.difference.low;
  return isDisjoint ? 'disagree' : 'insufficient';
}
