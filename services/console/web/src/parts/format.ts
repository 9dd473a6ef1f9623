/** Figures for people, written as the command line writes them: the same figure has the same digits everywhere. */

const countFormat = new Intl.NumberFormat('en-US');
const compactFormat = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** `1,234,567`; `-` for none. */
export function formatCount(count: number | null | undefined): string {
  return count === null || count === undefined ? '-' : countFormat.format(count);
}

/** `1 event`, `2 events`. */
export function counted(count: number, unit: string): string {
  return `${formatCount(count)} ${unit}${count === 1 ? '' : 's'}`;
}

/** For axes, where there is no room: `1.2M`. */
export function formatCompact(value: number): string {
  return compactFormat.format(value);
}

/** Digits after the point beyond which no more are added. */
const DIGITS_MAX = 12;

/** `digits` digits after the point, or as many more as it takes not to round to a boundary that is not reached. */
export function formatNumber(value: number, digits: number, boundaries: readonly number[] = []): string {
  for (let places = digits; ; places++) {
    const text = value.toFixed(places);
    const reached = Number(text);
    const isTrue = reached === value || !boundaries.includes(reached);
    if (isTrue) return text === '-0' ? '0' : text.replace(/^-(0\.0*)$/, '$1');
    if (places >= DIGITS_MAX) return `${value < reached ? 'just under' : 'just over'} ${reached}`;
  }
}

/** A ratio as percent; `-` for none. */
export function formatPercent(ratio: number | null | undefined, digits = 2): string {
  if (ratio === null || ratio === undefined) return '-';
  // 0.07 x 100 is not 7 as a double: the digits that a ratio has are those of its own text.
  const percent = Number((ratio * 100).toPrecision(15));
  return `${formatNumber(percent, digits, [-100, 0, 100])} %`;
}

/** A target as percent, with every digit that it has and one at least. */
export function formatTarget(ratio: number): string {
  const exact = String(Number((ratio * 100).toPrecision(15)));
  return `${exact.includes('.') ? exact : `${exact}.0`} %`;
}

/** Tiers fire at whole factors: a rate just below one is not shown as it. */
export function formatBurnRate(rate: number | null | undefined): string {
  if (rate === null || rate === undefined) return '-';
  return `${formatNumber(rate, rate < 10 ? 2 : 1, [0, Math.round(rate)])}x`;
}

/** `2023-11-16 18:31:00`, in UTC. */
export function formatInstant(atMs: number | null | undefined): string {
  return atMs === null || atMs === undefined
    ? '-'
    : new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** `16 Nov 18:31`, in UTC: where the year is known from what stands beside it. */
export function formatShortInstant(atMs: number): string {
  const at = new Date(atMs);
  const month = at.toLocaleString('en-GB', { month: 'short', timeZone: 'UTC' });
  return `${at.getUTCDate()} ${month} ${at.toISOString().slice(11, 16)}`;
}

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** `3 d 4 h`, `12 min`, `340 ms`: the two largest units that say something. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '-';
  const whole = Math.abs(ms);
  const first = UNITS.findIndex(([, unit]) => whole >= unit);
  if (first === -1) return `${Math.round(ms)} ms`;
  const [name, unit] = UNITS[first] ?? ['s', 1_000];
  const count = Math.floor(whole / unit);
  const next = UNITS[first + 1];
  const rest = next === undefined ? 0 : Math.floor((whole % unit) / next[1]);
  const sign = ms < 0 ? '-' : '';
  return `${sign}${count} ${name}${rest > 0 && next !== undefined && count < 10 ? ` ${rest} ${next[0]}` : ''}`;
}

/** How long ago, as of a moment. */
export function formatAgo(atMs: number, nowMs: number): string {
  return nowMs - atMs < 1_000 ? 'now' : `${formatDuration(nowMs - atMs)} ago`;
}

const moneyFormat = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
  minimumFractionDigits: 2,
});
const smallMoneyFormat = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
  maximumSignificantDigits: 3,
});

/** US dollars; below a cent three digits that count. */
export function formatUsd(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) return '-';
  return usd !== 0 && Math.abs(usd) < 0.01 ? smallMoneyFormat.format(usd) : moneyFormat.format(usd);
}

/** Milliseconds of a latency: `340 ms`, `1.24 s`. */
export function formatLatency(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '-';
  return ms < 1_000 ? `${formatNumber(ms, ms < 10 ? 1 : 0)} ms` : `${formatNumber(ms / 1_000, 2)} s`;
}
