import type { CostFacts } from '@burnline/contracts';

/**
 * Rates are integers of 1e-24 USD a token, so that a rate per million tokens may have 18 decimals: those of an operator's
 * file have 12, and a multiplier 6 more. Nothing is rounded before the sum is.
 */
export const RATE_PLACES = 24;
/** Decimals of a token's rate beyond those of a rate per million. */
export const MILLION_PLACES = 6;
const UNITS_PER_NANO_USD = 10n ** BigInt(RATE_PLACES - 9);
/** As the field of the event has it. */
const NANO_USD_MAX = 9_000_000_000_000_000n;

/** Rates of tokens, 1e-24 USD each; null: the price names none. */
export interface TokenRates {
  readonly input: bigint | null;
  /** Of input tokens read from the cache; by default as `input`. */
  readonly cachedInput: bigint | null;
  /** Of input tokens written to the cache; by default as `input`. */
  readonly cacheWrite: bigint | null;
  readonly output: bigint | null;
  /** Of output tokens spent on reasoning; by default as `output`. */
  readonly reasoning: bigint | null;
}

/** Rates of calls with more input tokens than that, cached ones included: of all their tokens. */
export interface ContextRates {
  readonly aboveInputTokens: number;
  readonly rates: TokenRates;
}

/** What a model's calls cost at one tier, at one time. */
export interface Price {
  /** What an event says of it: the book and its version, and since when the price holds; short. */
  readonly version: string;
  readonly rates: TokenRates;
  /** The highest threshold first. */
  readonly contexts: readonly ContextRates[];
  /** Fee of a call, 1e-24 USD. */
  readonly request: bigint;
}

type Tokens = Pick<
  CostFacts,
  'input_tokens' | 'cached_input_tokens' | 'cache_write_input_tokens' | 'output_tokens' | 'reasoning_tokens'
>;

/**
 * The cost in whole nano-USD, halves up; null where a count that the price asks for is not known, where tokens have no
 * rate, or where the sum is beyond what an event can say.
 *
 * Cached and written tokens are parts of the input, reasoning is a part of the output: each token is paid for once. A part
 * that nobody reported counts as none.
 */
export function costOf(price: Price, tokens: Tokens): number | null {
  const { input_tokens: input, output_tokens: output } = tokens;
  const rates = ratesFor(price, input ?? 0);
  const cached = tokens.cached_input_tokens ?? 0;
  const written = tokens.cache_write_input_tokens ?? 0;
  const reasoning = tokens.reasoning_tokens ?? 0;
  const plainInput = (input ?? 0) - cached - written;
  const plainOutput = (output ?? 0) - reasoning;
  if (plainInput < 0 || plainOutput < 0) return null;
  if (!isPayable(input, rates.input) || !isPayable(output, rates.output)) return null;
  return (
    sumInDoubles(price.request, rates, [plainInput, cached, written, plainOutput, reasoning]) ??
    sumInIntegers(price.request, rates, [plainInput, cached, written, plainOutput, reasoning])
  );
}

/** Input that is neither cached nor written, cached input, written input, output that is not reasoning, reasoning. */
type Counts = readonly [number, number, number, number, number];

function sumInIntegers(request: bigint, rates: TokenRates, counts: Counts): number | null {
  let units = request;
  ratesOfCounts(rates).forEach((rate, index) => {
    units += BigInt(counts[index] ?? 0) * rate;
  });
  const nano = (units + UNITS_PER_NANO_USD / 2n) / UNITS_PER_NANO_USD;
  return nano <= NANO_USD_MAX ? Number(nano) : null;
}

/** In the order of counts; what has no rate has no tokens either. */
function ratesOfCounts({ input, cachedInput, cacheWrite, output, reasoning }: TokenRates): readonly bigint[] {
  return [input, cachedInput ?? input, cacheWrite ?? input, output, reasoning ?? output].map(
    (rate) => rate ?? 0n,
  );
}

/**
 * Rates in 1e-12 USD, of those that are whole at that: nearly all. They are numbers then, and cost a tenth of integers of
 * any length.
 */
const UNITS_PER_PICO_USD = 10n ** BigInt(RATE_PLACES - 12);
const PICO_PER_NANO = 1_000;
const picoRates = new WeakMap<TokenRates, readonly number[] | null>();

function picoRatesOf(rates: TokenRates): readonly number[] | null {
  const known = picoRates.get(rates);
  if (known !== undefined) return known;
  const units = ratesOfCounts(rates);
  const isWhole = units.every((rate) => rate % UNITS_PER_PICO_USD === 0n);
  const made = isWhole ? units.map((rate) => Number(rate / UNITS_PER_PICO_USD)) : null;
  picoRates.set(rates, made);
  return made;
}

/**
 * Null where a double might not hold the sum: none of its parts was rounded where the sum is below 2^53, since none is
 * negative.
 */
function sumInDoubles(request: bigint, rates: TokenRates, counts: Counts): number | null {
  const pico = request === 0n ? picoRatesOf(rates) : null;
  if (pico === null) return null;
  const [input = 0, cached = 0, written = 0, output = 0, reasoning = 0] = pico;
  const sum =
    counts[0] * input + counts[1] * cached + counts[2] * written + counts[3] * output + counts[4] * reasoning;
  const halfUp = sum + PICO_PER_NANO / 2;
  return halfUp < Number.MAX_SAFE_INTEGER ? (halfUp - (halfUp % PICO_PER_NANO)) / PICO_PER_NANO : null;
}

function ratesFor({ rates, contexts }: Price, inputTokens: number): TokenRates {
  for (const context of contexts) if (inputTokens > context.aboveInputTokens) return context.rates;
  return rates;
}

/** Tokens that are charged for have to be known, and tokens that there were have to be charged for. */
function isPayable(tokens: number | null, rate: bigint | null): boolean {
  return rate === null ? (tokens ?? 0) === 0 : tokens !== null;
}
