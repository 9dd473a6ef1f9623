import { isRecord } from './is-record.ts';
import { parseDecimal, scaled } from './decimal.ts';
import { MILLION_PLACES, RATE_PLACES, type TokenRates } from './price.ts';
import type { Path, PriceIssues } from './price-issues.ts';

const RATE_KEYS = [
  'input',
  'cachedInput',
  'cacheWrite',
  'output',
  'reasoning',
] as const satisfies readonly (keyof TokenRates)[];
/** Rates and multipliers multiply: their decimals together are those of a rate. */
const RATE_DECIMALS_MAX = 12;
const MULTIPLIER_DECIMALS_MAX = RATE_PLACES - MILLION_PLACES - RATE_DECIMALS_MAX;
/** A million USD per million tokens. */
const USD_MAX = 1_000_000n;

/** In units of 1e-24 USD a token. */
export function readRates(given: unknown, path: Path, issues: PriceIssues): TokenRates {
  const rates: Record<keyof TokenRates, bigint | null> = {
    input: null,
    cachedInput: null,
    cacheWrite: null,
    output: null,
    reasoning: null,
  };
  if (!isRecord(given)) {
    issues.add(path, `a map of ${RATE_KEYS.join(', ')}`, given ?? null);
    return rates;
  }
  issues.refuseOthers(path, given, RATE_KEYS);
  if (given['input'] === undefined && given['output'] === undefined)
    issues.add(path, 'a rate of `input`, of `output`, or of both', undefined);
  for (const key of RATE_KEYS) {
    if (given[key] === undefined) continue;
    const usd = readUsd(given[key]);
    if (usd === null) issues.add([...path, key], USD_EXPECTED, given[key]);
    else rates[key] = scaled(usd, RATE_PLACES - MILLION_PLACES).value;
  }
  return rates;
}

export const USD_EXPECTED = `USD as a decimal number or text from 0 to ${USD_MAX}, of at most ${RATE_DECIMALS_MAX} decimals`;

export function readUsd(value: unknown): ReturnType<typeof parseDecimal> {
  const decimal = parseDecimal(value);
  if (decimal === null) return null;
  const { isExact, value: units } = scaled(decimal, RATE_DECIMALS_MAX);
  return isExact && units <= USD_MAX * 10n ** BigInt(RATE_DECIMALS_MAX) ? decimal : null;
}

/** In millionths. */
export function readMultiplier(value: unknown, path: Path, issues: PriceIssues): bigint {
  const decimal = parseDecimal(value);
  const read = decimal === null ? null : scaled(decimal, MULTIPLIER_DECIMALS_MAX);
  if (read !== null && read.isExact && read.value <= 10n ** BigInt(MULTIPLIER_DECIMALS_MAX + 3))
    return read.value;
  issues.add(
    path,
    `a decimal number or text from 0 to 1000, of at most ${MULTIPLIER_DECIMALS_MAX} decimals`,
    value,
  );
  return 0n;
}

/** Exact: a rate has so many decimals less that this leaves none over. */
export function multiplied(rates: TokenRates, multiplier: bigint): TokenRates {
  const times = (rate: bigint | null): bigint | null =>
    rate === null ? null : (rate * multiplier) / 10n ** BigInt(MULTIPLIER_DECIMALS_MAX);
  return {
    input: times(rates.input),
    cachedInput: times(rates.cachedInput),
    cacheWrite: times(rates.cacheWrite),
    output: times(rates.output),
    reasoning: times(rates.reasoning),
  };
}
