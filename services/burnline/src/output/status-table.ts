import { COVERAGE_MIN_DEFAULT, durationText } from '@burnline/core';
import { formatBurnRate, formatCount, formatInstant, formatLabels, formatPercent } from './format.ts';
import type { Output, Tone } from './output.ts';
import type { SeriesStatus } from './status-report.ts';

const STATE_TONES: Readonly<Record<string, Tone>> = {
  ok: 'good',
  at_risk: 'warn',
  breached: 'bad',
  no_data: 'warn',
  no_traffic: 'dim',
};

/**
 * One row per series, worst budget first within an SLO; at most `seriesPerSloMax` of each. What is not whole is marked: a
 * period that is only partly filled by a star, missing data by a column that is there only where some is.
 */
export function printStatus(
  series: readonly SeriesStatus[],
  output: Output,
  seriesPerSloMax = Number.POSITIVE_INFINITY,
): void {
  for (const stream of new Set(series.map((one) => one.stream))) {
    const rows = series.filter((one) => one.stream === stream);
    const lastMs = Math.max(...rows.map((one) => one.evaluatedAtMs));
    output.line(
      `${output.tone('strong', stream)}  ${output.tone('dim', `last change ${formatInstant(lastMs)} UTC`)}`,
    );
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
        'state',
        ...(isPartial ? ['coverage'] : []),
        'alert',
      ],
      shown.map((one) => [
        one.slo,
        formatLabels(one.labels),
        formatPercent(one.targetRatio, 1),
        formatPercent(one.sliRatio),
        `${formatCount(one.good)} / ${formatCount(one.total)}`,
        `${formatPercent(one.remainingRatio, 1)}${one.isEstimated ? '*' : ''}`,
        burnText(one),
        output.tone(STATE_TONES[one.state] ?? 'dim', one.state),
        ...(isPartial ? [coverageText(one, output)] : []),
        one.firing === null ? '' : output.tone('bad', `${one.firing.severity} ${one.firing.tier}`),
      ]),
    );
    for (const note of notesOn(shown)) output.line(output.tone('dim', note));
    if (shown.length < rows.length) {
      output.line(
        output.tone('dim', `${rows.length - shown.length} series with more budget left are not shown`),
      );
    }
    output.line();
  }
}

/** Rounded down: 99.99 % is not all. */
function coverageText({ coverage }: SeriesStatus, output: Output): string {
  if (coverage >= 1) return '';
  const text = formatPercent(Math.floor(coverage * 1_000) / 1_000, 1);
  return coverage < COVERAGE_MIN_DEFAULT ? output.tone('warn', text) : text;
}

function notesOn(shown: readonly SeriesStatus[]): readonly string[] {
  const notes: string[] = [];
  if (shown.some(({ isEstimated }) => isEstimated))
    notes.push('* the period is only partly filled: the state goes by its projection');
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
