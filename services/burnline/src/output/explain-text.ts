import type { Attributed } from '@burnline/core';
import type { ChangeBefore, SloAttribution, TimeRange } from '@burnline/queries';
import { formatCount, formatInstant, formatLabels, formatNumber, formatPercent } from './format.ts';
import type { Output } from './output.ts';
import { shown } from './shown.ts';

interface Explanation {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly range: TimeRange;
  readonly found: SloAttribution;
  readonly changes: readonly ChangeBefore[];
}

/** Rows of the table: what is below it explains little. */
const ROWS_SHOWN = 15;

/** Where bad events came from, most excess first, and what was new before. */
export function printExplanation({ slo, labels, range, found, changes }: Explanation, output: Output): void {
  const { bad, total, values, causes } = found;
  output.line(
    `${slo} ${formatLabels(labels)}, ${formatInstant(range.fromMs)} to ${formatInstant(range.toMs)} UTC: ` +
      `${formatCount(Math.round(bad))} bad of ${formatCount(Math.round(total))}`,
  );
  if (bad === 0) {
    output.prose('No bad event in that time: there is nothing to explain.');
    return;
  }
  output.table(
    ['dimension', 'value', 'bad', 'of traffic', 'of bad', 'lift', 'excess', 'method'],
    values
      .filter(({ excess }) => excess > 0)
      .slice(0, ROWS_SHOWN)
      .map((one) => rowOf(one)),
    { optional: ['of traffic'] },
  );
  output.prose(
    causes.length > 0
      ? `Assigned at random, and shown to fail more often, so a cause: variant ${causes.map(shown).join(', ')}.`
      : 'No variant that was assigned at random is shown to fail more often: all of this is association, and no cause.',
  );
  if (changes.length === 0) output.line('Nothing was new within the day before, or in that time.');
  else
    output.table(
      ['new', 'value', 'first seen (UTC)'],
      changes.map(({ what, value, firstMs }) => [what, shown(value), formatInstant(firstMs)]),
    );
}

function rowOf(one: Attributed): readonly string[] {
  const compared = one.comparedShare < 1 ? ` (${formatPercent(one.comparedShare, 0)} of its events)` : '';
  return [
    one.dimension,
    shown(one.value),
    `${formatCount(Math.round(one.bad))} / ${formatCount(Math.round(one.total))}`,
    formatPercent(one.trafficShare, 1),
    formatPercent(one.badShare, 1),
    one.lift === null ? '' : formatNumber(one.lift, { digits: 2, boundaries: [1] }),
    formatNumber(one.excess, { digits: 1, boundaries: [0] }),
    `${one.method}${compared}`,
  ];
}
