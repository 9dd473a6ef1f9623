import type { Comparison, ComparisonRule } from '@burnline/core';
import { formatCount, formatPercent } from '../words/format.ts';

/** What a comparison shows, for people: of `insufficient` also which of its two reasons it is. */
export type ComparisonWord =
  'better' | 'worse' | 'same within the margin' | 'no difference shown' | 'too few events';

/** The word for a comparison by a rule. */
export function comparisonWord(
  { verdict, baseline, candidate }: Comparison,
  { eventCountMin }: Pick<ComparisonRule, 'eventCountMin'>,
): ComparisonWord {
  if (verdict === 'same-within-margin') return 'same within the margin';
  if (verdict !== 'insufficient') return verdict;
  return Math.min(baseline.seen, candidate.seen) < eventCountMin ? 'too few events' : 'no difference shown';
}

/** Whether a comparison speaks for a candidate, and why, in one sentence. */
export interface ComparisonAnswer {
  /** `no`: it is worse; `not-yet`: something is not shown yet; `unknown`: nothing was compared. */
  readonly answer: 'yes' | 'no' | 'not-yet' | 'unknown';
  readonly text: string;
}

const NAMES_MAX = 3;

/**
 * What all SLOs together say of a candidate, as the gate has it: worse by any of them is no, and while any shows nothing it is not known
 * yet. A budget or a calendar may stop it all the same.
 */
export function comparisonAnswer(
  slos: readonly (Comparison & { readonly slo: string })[],
  rule: ComparisonRule,
): ComparisonAnswer {
  if (slos.length === 0)
    return { answer: 'unknown', text: 'No SLO of what was asked for calls single events good or bad.' };
  const words = slos.map((one) => ({ ...one, word: comparisonWord(one, rule) }));
  const worse = words.filter(({ word }) => word === 'worse');
  const isByLittle = worse.every(({ difference: { low } }) => low <= rule.margin);
  if (worse.length > 0)
    return {
      answer: 'no',
      text: `It is worse by ${listOf(worse.map((one) => `${one.slo} (${differenceText(one)})`))}${isByLittle ? `, though perhaps by no more than the margin of ${formatPercent(rule.margin)}: more events may tell` : ''}.`,
    };
  const open = words.filter(({ verdict }) => verdict === 'insufficient');
  if (open.length > 0) {
    const few = open.filter(({ word }) => word === 'too few events').map(({ slo }) => slo);
    const shown = open.filter(({ word }) => word !== 'too few events').map(({ slo }) => slo);
    const parts = [
      ...(few.length === 0
        ? []
        : [`an arm has fewer than ${formatCount(rule.eventCountMin)} events for ${listOf(few)}`]),
      ...(shown.length === 0 ? [] : [`events do not tell the arms apart yet by ${listOf(shown)}`]),
    ];
    return {
      answer: 'not-yet',
      text: `By none it is shown to be worse, but ${parts.join(', and ')}: more events may tell.`,
    };
  }
  const better = words.filter(({ word }) => word === 'better').map(({ slo }) => slo);
  const isAll = better.length === words.length;
  const same = `no worse${rule.margin > 0 ? ` than by ${formatPercent(rule.margin)} of events` : ''}`;
  return {
    answer: 'yes',
    text: `It is ${[
      ...(better.length === 0 ? [] : [`better by ${isAll ? 'all SLOs' : listOf(better)}`]),
      ...(isAll ? [] : [`${same} by ${better.length === 0 ? 'all SLOs' : 'the others'}`]),
    ].join(', and ')}.`,
  };
}

/** Of one that is worse; in percentage points. */
const differenceText = ({ difference: { low, high } }: Comparison): string =>
  `share of bad events ${(low * 100).toFixed(2)} to ${(high * 100).toFixed(2)} points higher`;

function listOf(names: readonly string[]): string {
  const more = names.length - NAMES_MAX;
  if (more > 0) return `${names.slice(0, NAMES_MAX).join(', ')} and ${more} more`;
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
