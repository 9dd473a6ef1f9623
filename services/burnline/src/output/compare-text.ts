import type {
  ComparedArm,
  Comparison,
  ComparisonRule,
  ComparisonVerdict,
  ShareBounds,
  SuiteAgreement,
} from '@burnline/core';
import type { ComparisonQuery, Comparisons, EvaluatorComparison } from '@burnline/queries';
import { formatCount, formatInstant, formatPercent } from './format.ts';
import type { Output, Tone } from './output.ts';
import { shown } from './shown.ts';
import type { Cell } from './table.ts';

const TONES: Readonly<Record<ComparisonVerdict, Tone>> = {
  better: 'good',
  worse: 'bad',
  'same-within-margin': 'good',
  insufficient: 'dim',
};

/** Two arms by every SLI, with what their shares of bad events may be. */
export function printComparisons(
  { slos, notCompared, alphaEach }: Comparisons,
  { by, baseline, candidate, fromMs, toMs, rule }: Omit<ComparisonQuery, 'specs'>,
  output: Output,
): void {
  output.line(
    `${by} ${shown(candidate)} against ${shown(baseline)}, ${formatInstant(fromMs)} to ${formatInstant(toMs)} UTC`,
  );
  if (slos.length === 0) {
    output.prose('No SLO of what was asked for calls single events good or bad.');
    return;
  }
  output.table(
    ['slo', 'baseline bad', 'bounds', 'candidate bad', 'bounds', 'difference', 'verdict'],
    slos.map((one) => [
      one.isUnweighted ? `${one.slo}*` : one.slo,
      ...[armText(one.baseline), boundsText(one.baseline.bounds)],
      ...[armText(one.candidate), boundsText(one.candidate.bounds)],
      boundsText(one.difference),
      output.cell(TONES[one.verdict], one.verdict),
    ]),
    { optional: ['bounds'] },
  );
  if (slos.some(({ isUnweighted }) => isUnweighted))
    output.prose('* the SLO weighs its events unlike; here each counts once');
  if (notCompared.length > 0)
    output.prose(
      `not compared, their events are neither good nor bad by themselves: ${notCompared.join(', ')}`,
    );
  output.prose(
    `Shares of bad events; the bounds hold at every moment at once, each with a chance of ${alphaEach} to be wrong, all SLIs together of ${rule.alpha}. ${
      by === 'variant'
        ? 'Variants that were assigned at random differ by what they are.'
        : `By ${by} arms may differ in whom they served, too: an association, no cause.`
    }`,
  );
}

const AGREEMENT_TONES: Readonly<Record<SuiteAgreement, Tone>> = {
  agree: 'good',
  disagree: 'bad',
  insufficient: 'dim',
};

/** What offline suites said of two arms beside what the same evaluators said of their traffic; nothing where there are no suites. */
export function printSuites(
  suites: readonly EvaluatorComparison[],
  rule: ComparisonRule,
  output: Output,
): void {
  if (suites.length === 0) return;
  output.line();
  output.table(
    ['evaluator', 'of', 'baseline passed', 'candidate passed', 'verdict', 'suite'],
    suites.flatMap(({ evaluator, version, dimension, online, offline, agreement }) => [
      [
        shown(`${evaluator} ${version} ${dimension}`),
        ...['traffic', passText(online.baseline), passText(online.candidate)],
        verdictCell(online, output),
        output.cell(AGREEMENT_TONES[agreement], agreement),
      ],
      [
        '',
        'suite',
        passText(offline.baseline),
        passText(offline.candidate),
        verdictCell(offline, output),
        '',
      ],
    ]),
  );
  output.prose(
    `Shares of verdicts that passed, of traffic and of offline suites; all bounds together are wrong with a chance of ${rule.alpha}. A suite agrees where both are decided alike.`,
  );
}

const verdictCell = ({ verdict }: Comparison, output: Output): Cell => output.cell(TONES[verdict], verdict);

function passText({ badRatio, total, bounds }: ComparedArm): string {
  if (badRatio === null) return 'no verdicts';
  const passed = { low: 1 - bounds.high, high: 1 - bounds.low };
  return `${formatPercent(1 - badRatio)} of ${formatCount(Math.round(total))} (${boundsText(passed)})`;
}

const armText = ({ bad, total, badRatio }: ComparedArm): string =>
  `${formatPercent(badRatio)} of ${formatCount(Math.round(total))}${bad > 0 ? '' : ', none'}`;

const boundsText = ({ low, high }: ShareBounds): string => `${formatPercent(low)} to ${formatPercent(high)}`;
