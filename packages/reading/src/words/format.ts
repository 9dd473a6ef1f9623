import { cut, shown } from './shown.ts';

/** Figures for people. */

const countFormat = new Intl.NumberFormat('en-US');

export function formatCount(count: number): string {
  return countFormat.format(count);
}

/** `1 record`, `2 records`. */
export function counted(count: number, unit: string): string {
  return `${formatCount(count)} ${unit}${count === 1 ? '' : 's'}`;
}

/** Digits after the point beyond which no more are added. */
const DIGITS_MAX = 12;

/**
 * A number with `digits` digits after the point, or as many more as it takes not to round to a boundary that it has not
 * reached: 99.95 is never 100.0, and 0.004 is never 0.00.
 */
export function formatNumber(
  value: number,
  { digits, boundaries }: { readonly digits: number; readonly boundaries: readonly number[] },
): string {
  for (let places = digits; ; places++) {
    const text = value.toFixed(places);
    const reached = Number(text);
    const isTrue = reached === value || !boundaries.includes(reached);
    if (isTrue) return text === '-0' ? '0' : text.replace(/^-(0\.0*)$/, '$1');
    if (places >= DIGITS_MAX) return `${value < reached ? 'just under' : 'just over'} ${reached}`;
  }
}

/** Shares of the whole that a ratio must have reached to be shown. */
const PERCENT_BOUNDARIES = [-100, 0, 100];

/** A ratio as percent; `-` for none. */
export function formatPercent(ratio: number | null, digits = 2): string {
  if (ratio === null) return '-';
  // 0.07 x 100 is not 7 as a double: the digits that a ratio has are those of its own text.
  const percent = Number((ratio * 100).toPrecision(15));
  return `${formatNumber(percent, { digits, boundaries: PERCENT_BOUNDARIES })} %`;
}

/** A target as percent, with every digit that it has and one at least. */
export function formatTarget(ratio: number): string {
  const exact = String(Number((ratio * 100).toPrecision(15)));
  return `${exact.includes('.') ? exact : `${exact}.0`} %`;
}

/** Factors of burn tiers stand at whole numbers: a rate just below one is not shown as it. */
export function formatBurnRate(rate: number | null): string {
  if (rate === null) return '-';
  const digits = rate < 10 ? 2 : 1;
  return `${formatNumber(rate, { digits, boundaries: [0, Math.round(rate)] })}x`;
}

/** Columns of one label's value: longer ones are cut, so that the others are seen too. */
const LABEL_WIDTH_MAX = 40;

export function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels);
  if (pairs.length === 0) return '(all)';
  return pairs.map(([name, value]) => `${name}=${cut(shown(value), LABEL_WIDTH_MAX)}`).join(' ');
}
