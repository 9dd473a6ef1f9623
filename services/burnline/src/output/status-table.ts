import { COVERAGE_MIN_DEFAULT, durationText, type BurnWord } from '@burnline/core';
import {
  formatBurnRate,
  formatCount,
  formatInstant,
  formatLabels,
  formatNumber,
  formatPercent,
  formatTarget,
} from './format.ts';
import { seriesKeyOf, worstTier, type BudgetForecast, type TierBurn } from '@burnline/reading';
import { forecastCell, forecastNote } from './forecast-text.ts';
import type { Output, Tone } from './output.ts';
import { shown as shownText, widthOf } from './shown.ts';
import type { SeriesStatus } from '@burnline/queries';
import type { Cell } from './table.ts';

export const STATE_TONES: Readonly<Record<string, Tone>> = {
  ok: 'good',
  at_risk: 'warn',
  breached: 'bad',
  no_data: 'warn',
  no_traffic: 'dim',
};

/** What is left out first where there is no room: what follows from others, or changes least. */
const OPTIONAL_COLUMNS = ['runs out', 'good / total', 'target', 'SLI', 'tiers', 'burn'];

/**
 * One row per series, worst budget first within an SLO; at most `seriesPerSloMax` of each. What is not whole is marked: a
 * period that is only partly filled by a star, missing data by a column that is there only where some is.
 */
export function printStatus(
  series: readonly SeriesStatus[],
  output: Output,
  {
    seriesPerSloMax = Number.POSITIVE_INFINITY,
    forecasts,
    tiers,
  }: {
    readonly seriesPerSloMax?: number;
    /** By `seriesKeyOf`; without them there is no such column. */
    readonly forecasts?: ReadonlyMap<string, BudgetForecast>;
    /** How the tiers of each burn, by the same; without them there is no such column. */
    readonly tiers?: ReadonlyMap<string, readonly TierBurn[]>;
  } = {},
): void {
  for (const stream of new Set(series.map((one) => one.stream))) {
    const rows = series.filter((one) => one.stream === stream);
    const lastMs = Math.max(...rows.map((one) => one.evaluatedAtMs));
    const [name, changed] = [shownText(stream), `last change ${formatInstant(lastMs)} UTC`];
    const gap = widthOf(name) + 2 + changed.length > output.columns ? '\n' : '  ';
    output.line(`${output.tone('strong', name)}${gap}${output.tone('dim', changed)}`);
    const shown = rows.filter((one, index) => rows[index - seriesPerSloMax]?.slo !== one.slo);
    const isPartial = shown.some(({ coverage }) => coverage < 1);
    output.table(
      [
        'SLO',
        'series',
        'target',
        'SLI',
        'good / total',
        'budget left',
        'burn',
        ...(tiers === undefined ? [] : ['tiers']),
        ...(forecasts === undefined ? [] : ['runs out']),
        'state',
        ...(isPartial ? ['coverage'] : []),
        'alert',
      ],
      shown.map((one) => [
        one.slo,
        formatLabels(one.labels),
        formatTarget(one.targetRatio),
        formatPercent(one.sliRatio),
        `${formatCount(one.good)} / ${formatCount(one.total)}`,
        budgetText(one),
        burnText(one),
        ...(tiers === undefined ? [] : [wordCell(tiers.get(seriesKeyOf(one)), output)]),
        ...(forecasts === undefined ? [] : [forecastCell(forecasts.get(seriesKeyOf(one)), output)]),
        output.cell(STATE_TONES[one.state] ?? 'dim', one.state),
        ...(isPartial ? [coverageCell(one, output)] : []),
        one.firing === null ? '' : output.cell('bad', `${one.firing.severity} ${one.firing.tier}`),
      ]),
      { optional: OPTIONAL_COLUMNS },
    );
    for (const note of notesOn(shown)) output.prose(note, 'dim');
    if (forecasts !== undefined)
      output.prose(forecastNote(shown.map((one) => forecasts.get(seriesKeyOf(one)) ?? null)), 'dim');
    if (shown.length < rows.length)
      output.prose(`${rows.length - shown.length} series with more budget left are not shown`, 'dim');
    output.line();
  }
}

const WORD_TONES: Readonly<Record<BurnWord, Tone>> = {
  critical: 'bad',
  increasing: 'warn',
  recovering: 'warn',
  acceptable: 'dim',
};

/** The worst word of a series' tiers, and of which tier it is. */
function wordCell(burns: readonly TierBurn[] | undefined, output: Output): Cell {
  const worst = worstTier(burns ?? []);
  if (worst === undefined) return '';
  const { word, tier } = worst;
  return output.cell(WORD_TONES[word], word === 'acceptable' ? word : `${word} ${tier.name}`);
}

/** Rounded down: 99.99 % is not all. */
function coverageCell({ coverage }: SeriesStatus, output: Output): Cell {
  if (coverage >= 1) return '';
  const text = formatPercent(Math.floor(coverage * 1_000) / 1_000, 1);
  return coverage < COVERAGE_MIN_DEFAULT ? output.cell('warn', text) : text;
}

/** Overspent by more than the budget itself is said as a multiple too: -8990 % is nothing that people can picture. */
export function budgetText({
  remainingRatio,
  isEstimated,
}: Pick<SeriesStatus, 'remainingRatio' | 'isEstimated'>): string {
  if (remainingRatio === null) return formatPercent(null, 1);
  const text = `${formatPercent(remainingRatio, 1)}${isEstimated ? '*' : ''}`;
  if (remainingRatio >= -1) return text;
  const spent = 1 - remainingRatio;
  return `${text} (${formatNumber(spent, { digits: spent < 10 ? 1 : 0, boundaries: [] })}x spent)`;
}

function notesOn(shown: readonly SeriesStatus[]): readonly string[] {
  const notes: string[] = [];
  if (shown.some(({ remainingRatio }) => remainingRatio !== null && remainingRatio < 0))
    notes.push('budget left below 0: more was bad than the period allows');
  if (shown.some(({ isEstimated }) => isEstimated))
    notes.push(
      '* the period is only partly filled: the state goes by its projection, in which the rest has as much traffic and nothing bad',
    );
  if (shown.some(({ firing, state }) => firing !== null && state === 'ok'))
    notes.push('ok with an alert: the budget of the period is there, and is being spent fast now');
  if (shown.some(({ coverage }) => coverage < COVERAGE_MIN_DEFAULT))
    notes.push('coverage is too low to conclude anything: see the view `sources`');
  return notes;
}

function burnText(one: SeriesStatus): string {
  const highest = one.burnRates.reduce<SeriesStatus['burnRates'][number] | null>(
    (worst, rate) => (worst === null || rate.burnRate > worst.burnRate ? rate : worst),
    null,
  );
  if (highest === null || highest.burnRate === 0) return '0';
  return `${formatBurnRate(highest.burnRate)} over ${durationText(highest.windowMs)}`;
}
