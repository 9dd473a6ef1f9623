import type { SeriesPercentiles } from '@burnline/queries';
import { formatCount, formatLabels, formatNumber } from './format.ts';
import type { Output } from './output.ts';
import { shown } from './shown.ts';

/** One row per series that has values; nothing where none has. */
export function printPercentiles(percentiles: readonly SeriesPercentiles[], output: Output): void {
  for (const stream of new Set(percentiles.map((one) => one.stream))) {
    const title = 'percentiles over the periods of the budgets';
    output.line(`${output.tone('strong', shown(stream))}  ${output.tone('dim', title)}`);
    output.table(
      ['SLO', 'series', 'field', 'values', 'p50', 'p90', 'p95', 'p99'],
      percentiles
        .filter((one) => one.stream === stream)
        .map(({ slo, labels, field, valueCount, p50, p90, p95, p99 }) => [
          slo,
          formatLabels(labels),
          field,
          formatCount(valueCount),
          ...[p50, p90, p95, p99].map(formatValue),
        ]),
      { optional: ['values', 'p90'] },
    );
    output.line();
  }
}

/** Three digits at least: what a histogram knows. */
function formatValue(value: number): string {
  const digits = value >= 100 || value === 0 ? 0 : Math.min(6, 2 - Math.floor(Math.log10(value)));
  return formatNumber(value, { digits, boundaries: [] });
}
