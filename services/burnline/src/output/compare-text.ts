import type { ComparedArm, ComparisonVerdict, ShareBounds } from '@burnline/core';
import type { ComparisonQuery, Comparisons } from '@burnline/queries';
import { formatCount, formatInstant, formatPercent } from './format.ts';
import type { Output, Tone } from './output.ts';
import { shown } from './shown.ts';

const TONES: Readonly<Record<ComparisonVerdict, Tone>> = {
  better: 'good',
  worse: 'bad',
  'same-within-margin': 'good',
  insufficient: 'dim',
};

/** Two arms by every SLI, with what their shares of bad events may be. */
export function printComparisons(
  { slos, notCompared, alphaEach }: Comparisons,
  { by, baseline, candidate, fromMs, toMs, rule }: ComparisonQuery,
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

const armText = ({ bad, total, badRatio }: ComparedArm): string =>
  `${formatPercent(badRatio)} of ${formatCount(Math.round(total))}${bad > 0 ? '' : ', none'}`;

const boundsText = ({ low, high }: ShareBounds): string => `${formatPercent(low)} to ${formatPercent(high)}`;
