/** Figures for people. `--json` gives the raw ones. */

const countFormat = new Intl.NumberFormat('en-US');

export function formatCount(count: number): string {
  return countFormat.format(count);
}

/** `1 record`, `2 records`. */
export function counted(count: number, unit: string): string {
  return `${formatCount(count)} ${unit}${count === 1 ? '' : 's'}`;
}

/** A ratio as percent, with enough digits to tell 99.9 from 99.95. */
export function formatPercent(ratio: number | null, digits = 2): string {
  return ratio === null ? '-' : `${(ratio * 100).toFixed(digits)} %`;
}

export function formatBurnRate(rate: number | null): string {
  return rate === null ? '-' : `${rate.toFixed(rate < 10 ? 2 : 1)}x`;
}

/** `2023-11-16 18:31:00` in UTC. */
export function formatInstant(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
}

export function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels);
  return pairs.length === 0 ? '(all)' : pairs.map(([name, value]) => `${name}=${value}`).join(' ');
}
