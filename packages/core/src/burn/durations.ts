import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../time/units.ts';

const UNITS = [
  { suffix: 'd', lengthMs: DAY_MS },
  { suffix: 'h', lengthMs: HOUR_MS },
  { suffix: 'm', lengthMs: MINUTE_MS },
  { suffix: 's', lengthMs: SECOND_MS },
  { suffix: 'ms', lengthMs: 1 },
] as const;

/** `1d1h43m`: largest units first, zeros left out; `0s` for nothing. */
export function durationText(durationMs: number): string {
  let rest = durationMs;
  let text = '';
  for (const { suffix, lengthMs } of UNITS) {
    const count = Math.floor(rest / lengthMs);
    if (count > 0) text += `${count}${suffix}`;
    rest -= count * lengthMs;
  }
  return text === '' ? '0s' : text;
}

const product = (factors: readonly number[]): bigint =>
  factors.reduce((result, factor) => result * BigInt(factor), 1n);

/** The quotient of two products of positive integers, rounded up. */
export function ceilDivide(dividends: readonly number[], divisors: readonly number[]): number {
  const divisor = product(divisors);
  return Number((product(dividends) + divisor - 1n) / divisor);
}

/** windowMs x periodMs / basePeriodMs, rounded to the minute, halves up (as Go's Duration.Round does). */
export function scaleToMinute(windowMs: number, periodMs: number, basePeriodMs: number): number {
  const divisor = BigInt(basePeriodMs) * BigInt(MINUTE_MS);
  const minutes = (2n * BigInt(windowMs) * BigInt(periodMs) + divisor) / (2n * divisor);
  return Number(minutes) * MINUTE_MS;
}
