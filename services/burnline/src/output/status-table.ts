import { durationText } from '@burnline/core';
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

/** One row per series, worst budget first within an SLO; at most `seriesPerSloMax` of each. */
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
    output.table(
      ['SLO', 'series', 'target', 'SLI', 'good / total', 'budget left', 'burn', 'state', 'alert'],
      shown.map((one) => [
        one.slo,
        formatLabels(one.labels),
        formatPercent(one.targetRatio, 1),
        formatPercent(one.sliRatio),
        `${formatCount(one.good)} / ${formatCount(one.total)}`,
        formatPercent(one.remainingRatio, 1),
        burnText(one),
        output.tone(STATE_TONES[one.state] ?? 'dim', one.state),
        one.firing === null ? '' : output.tone('bad', `${one.firing.severity} ${one.firing.tier}`),
      ]),
    );
    if (shown.length < rows.length) {
      output.line(
        output.tone('dim', `${rows.length - shown.length} series with more budget left are not shown`),
      );
    }
    output.line();
  }
}

function burnText(one: SeriesStatus): string {
  const highest = one.burnRates.reduce<SeriesStatus['burnRates'][number] | null>(
    (worst, rate) => (worst === null || rate.burnRate > worst.burnRate ? rate : worst),
    null,
  );
  if (highest === null || highest.burnRate === 0) return '0';
  return `${formatBurnRate(highest.burnRate)} over ${durationText(highest.windowMs)}`;
}
