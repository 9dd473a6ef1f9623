import type { Attributed, Attribution } from '@burnline/core';
import type { ChangeBefore, TimeRange } from '@burnline/queries';
import type { ExplainedBad, PartValue } from '@burnline/reading';
import { formatCount, formatInstant, formatLabels, formatNumber, formatPercent } from './format.ts';
import type { Output } from './output.ts';
import { shown } from './shown.ts';

interface Explanation {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly range: TimeRange;
  readonly found: ExplainedBad;
  readonly changes: readonly ChangeBefore[];
}

/** Rows of the table: what is below it explains little. */
const ROWS_SHOWN = 15;
const OUTCOMES_SHOWN = 6;
const HEAD = ['dimension', 'value', 'bad', 'of traffic', 'of bad', 'lift', 'excess', 'method'] as const;

/** Where bad events came from, most excess first, and what was new before. */
export function printExplanation({ slo, labels, range, found, changes }: Explanation, output: Output): void {
  const head = `${slo} ${formatLabels(labels)}, ${formatInstant(range.fromMs)} to ${formatInstant(range.toMs)} UTC`;
  const isAnything =
    found.kind === 'parts' ? printParts(head, found, output) : printEvents(head, found, output);
  if (!isAnything) {
    output.prose('No bad event in that time: there is nothing to explain.');
    return;
  }
  if (changes.length === 0) output.line('Nothing was new within the day before, or in that time.');
  else
    output.table(
      ['new', 'value', 'first seen (UTC)'],
      changes.map(({ what, value, firstMs }) => [what, shown(value), formatInstant(firstMs)]),
    );
}

/** Of single events. @returns whether any was bad */
function printEvents(
  head: string,
  found: Exclude<ExplainedBad, { readonly kind: 'parts' }>,
  output: Output,
): boolean {
  if (found.kind === 'entities') return found.entities.length > 0;
  const { bad, total, values, outcomes, causes } = found.found;
  output.line(`${head}: ${formatCount(Math.round(bad))} bad of ${formatCount(Math.round(total))}`);
  if (bad === 0) return false;
  const more = values.filter(({ excess }) => excess > 0).slice(0, ROWS_SHOWN);
  output.table([...HEAD], more.map(rowOf), { optional: ['of traffic'] });
  const went = outcomes.filter(({ excess }) => excess > 0).slice(0, OUTCOMES_SHOWN);
  if (went.length > 0)
    output.prose(
      `How they went: ${went
        .map((one) => `${one.dimension} ${shown(one.value)} (${formatCount(Math.round(one.bad))} bad)`)
        .join(', ')}.`,
    );
  printCauses(causes, output);
  return true;
}

function printCauses(causes: Attribution['causes'], output: Output): void {
  output.prose(
    causes.length > 0
      ? `Assigned at random, and shown to fail more often, so a cause: variant ${causes.map(shown).join(', ')}.`
      : 'No variant that was assigned at random is shown to fail more often: all of this is association, and no cause.',
  );
}

/** Of a composite. @returns whether any part had bad events */
function printParts(
  head: string,
  { parts, values }: Extract<ExplainedBad, { readonly kind: 'parts' }>,
  output: Output,
): boolean {
  output.line(`${head}: burns ${burnText(parts.reduce((sum, { burnRate }) => sum + burnRate, 0))}`);
  output.table(
    ['part', 'bad', 'adds'],
    parts.map(({ slo, bad, total, burnRate }) => [
      slo,
      `${formatCount(bad)} / ${formatCount(total)}`,
      burnText(burnRate),
    ]),
  );
  if (parts.every(({ bad }) => bad === 0)) return false;
  const more = values.filter(({ excess }) => excess > 0).slice(0, ROWS_SHOWN);
  output.table(
    ['part', ...HEAD, 'adds'],
    more.map((one: PartValue) => [one.slo, ...rowOf(one), burnText(one.burnRate)]),
    { optional: ['of traffic', 'lift'] },
  );
  printCauses([...new Set(parts.flatMap(({ found }) => found?.causes ?? []))], output);
  return true;
}

const burnText = (rate: number): string => `${formatNumber(rate, { digits: 2, boundaries: [0] })}x`;

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
