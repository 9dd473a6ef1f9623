import { durationText } from '@burnline/core';
import { EVENTS_MIN, WINDOWS_FOR_MOST } from '../suggest/ladder.ts';
import { hoursText, weekLines } from '../suggest/rhythm.ts';
import type { Proposal, Suggestion, Suggestions } from '../suggest/run-suggest.ts';
import { perWeekText } from './backtest-text.ts';
import { counted, formatCount, formatInstant, formatNumber, formatPercent, formatTarget } from './format.ts';
import type { Output } from './output.ts';
import { shown } from './shown.ts';

/** Hours of the week that are named: of more, what they have in common says more than their list. */
const HOURS_SHOWN = 12;

/** What past windows say of each SLO's target, and where they say nothing, what it takes. */
export function printSuggestions({ stream, fromMs, toMs, suggestions }: Suggestions, output: Output): void {
  output.prose(`${shown(stream)}, ${formatInstant(fromMs)} to ${formatInstant(toMs)} UTC`);
  output.line();
  output.table(
    ['SLO', 'target now', 'windows', 'worst', 'median', 'all met', '9 of 10 met'],
    suggestions.map((one) => [
      one.slo,
      formatTarget(one.targetRatio),
      `${one.windows.length} of ${durationText(one.periodMs)}`,
      formatPercent(quantile(one.windows, 0), 3),
      formatPercent(quantile(one.windows, 0.5), 3),
      proposalText(one.all),
      proposalText(one.most),
    ]),
    { optional: ['median', 'target now'] },
  );
  output.line();
  printBurn(suggestions, output);
  for (const one of suggestions) printRemarks(one, output);
}

const proposalText = (proposal: Proposal | null): string =>
  proposal === null ? '-' : formatTarget(Number(proposal.target));

function quantile(windows: Suggestion['windows'], share: number): number | null {
  const sorted = windows.map(({ sliRatio }) => sliRatio).sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? null;
}

/** The alerts that the proposed targets would have fired. */
function printBurn(suggestions: readonly Suggestion[], output: Output): void {
  const rows = suggestions.flatMap(({ slo, all, most }) => {
    const proposals = all?.target === most?.target ? [all] : [all, most];
    return proposals.flatMap((proposal) =>
      (proposal?.tiers ?? []).map((tier) => [
        slo,
        proposalText(proposal),
        tier.tier,
        tier.urgency,
        String(tier.alertCount),
        perWeekText(tier.notificationsPerWeek),
      ]),
    );
  });
  if (rows.length === 0) return;
  output.line('What they would have told');
  output.table(['SLO', 'target', 'tier', 'tells by', 'alerts', 'notifications per week'], rows);
  output.line();
}

function printRemarks(one: Suggestion, output: Output): void {
  for (const remark of remarksOn(one)) output.prose(`${one.slo}: ${remark}`, 'dim');
  const { rhythm } = one;
  if (rhythm === null) return;
  const figure = (events: number): string =>
    formatNumber(events, { digits: events > 0 && events < 10 ? 1 : 0, boundaries: [0] });
  output.prose(
    `${one.slo}: the fullest hour of a week has ${figure(rhythm.peak)} events, the emptiest ${figure(rhythm.trough)}`,
  );
  output.prose('  Percent of bad events, by hour of the week (UTC); - without events');
  for (const line of weekLines(rhythm, output.columns - 2)) output.line(`  ${line}`);
  if (rhythm.worst === null) return;
  const hours = rhythm.worst.slice(0, HOURS_SHOWN);
  const more = rhythm.worst.length > HOURS_SHOWN ? `, and ${rhythm.worst.length - HOURS_SHOWN} more` : '';
  const isOnce = rhythm.worst.every(({ badWeeks }) => badWeeks <= 1);
  const once = isOnce ? '; in one week each, so they need not come again' : '';
  output.prose(
    `  half of ${formatCount(rhythm.bad)} bad events fell in ${rhythm.worst.length} of 168 hours of the week (UTC): ${hoursText(hours)}${more}${once}`,
  );
}

/** What is missing to say more. */
function remarksOn(one: Suggestion): readonly string[] {
  const { windows, periodMs, dataDays, eventCount, all, most } = one;
  const period = durationText(periodMs);
  const days = formatNumber(dataDays, { digits: 1, boundaries: [] });
  if (dataDays * 86_400_000 < periodMs || (windows.length === 0 && eventCount === 0))
    return [`too little history: a window is ${period} and ends at midnight, there are ${days} days of data`];
  if (windows.length === 0)
    return [
      `too few events: it takes ${counted(EVENTS_MIN, 'event')} in every window, the fullest series has ${formatCount(eventCount)}`,
    ];
  return [
    ...(all === null ? ['no target of the ladder was met by all windows'] : []),
    ...(windows.length < WINDOWS_FOR_MOST
      ? [`${counted(windows.length, 'window')}: nine of ten takes ${WINDOWS_FOR_MOST}`]
      : []),
    ...((all?.thinCount ?? 0) > 0
      ? [
          `${counted(all?.thinCount ?? 0, 'series')} with too few events for ${proposalText(all)} not held against it`,
        ]
      : []),
    ...([all, most].some((proposal) => proposal !== null && proposal.tiers === null)
      ? ['its alert policies do not bear the target: their factors would never be reached']
      : []),
  ];
}
