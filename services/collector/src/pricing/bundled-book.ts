import type { calcPrice, ModelInfo, ModelPrice, PriceCalculation } from '@pydantic/genai-prices';
import { MILLION_PLACES, RATE_PLACES, type ContextRates, type Price, type TokenRates } from './price.ts';
import { parseDecimal, scaled } from './decimal.ts';
import { STANDARD_TIER, type PriceAnswer, type PriceBook, type PriceQuestion } from './price-book.ts';

/** Of the package as package.json pins it; a test holds the two together. */
export const BUNDLED_VERSION = '0.1.8';
const NAME = `genai-prices ${BUNDLED_VERSION}`;
const MICROS_PER_DAY = 86_400_000_000;

/**
 * Where the package calls a provider otherwise than OpenTelemetry, LiteLLM or the AI SDK do, and does not find it by
 * itself.
 */
const PROVIDER_NAMES: ReadonlyMap<string, string> = new Map([
  ['azure.ai.openai', 'azure'],
  ['azure.ai.inference', 'azure'],
  ['azure_ai', 'azure'],
  ['gcp.gen_ai', 'google'],
  ['x_ai', 'x-ai'],
  ['fireworks_ai', 'fireworks'],
]);

/** Keys of the package's rates, by ours. Others are of what an event does not count: seconds, images, searches. */
const RATE_KEYS = {
  input: 'input_mtok',
  cachedInput: 'cache_read_mtok',
  cacheWrite: 'cache_write_mtok',
  output: 'output_mtok',
  reasoning: 'output_reasoning_mtok',
} as const satisfies Readonly<Record<keyof TokenRates, string>>;

/**
 * The prices of the package @pydantic/genai-prices, as they were when it was published; loaded when it is wanted, since
 * that takes a tenth of a second. It says which model a name means and which of its rates hold when; what a call costs at
 * these rates is computed here, in integers, from the shortest decimal form of each rate. It knows standard prices alone.
 */
export async function loadBundledBook(): Promise<PriceBook> {
  const { calcPrice: calculate } = await import('@pydantic/genai-prices');
  return { name: NAME, find: (question) => find(calculate, question) };
}

function find(calculate: typeof calcPrice, { provider, model, tier, atMicros }: PriceQuestion): PriceAnswer {
  const found = foundBy(calculate, model, provider, new Date(atMicros / 1_000));
  if (found === null) return { price: 'model', fromMicros: -Infinity, untilMicros: Infinity };
  const interval = intervalOf(found.model, atMicros);
  if (tier !== STANDARD_TIER) return { price: 'tier', ...interval };
  return { price: priceOf(found) ?? 'model', ...interval };
}

/** A provider whose whole name is not known may be a kind of call of one that is: `groq.chat`, as the AI SDK says. */
function foundBy(
  calculate: typeof calcPrice,
  model: string,
  provider: string,
  timestamp: Date,
): PriceCalculation | null {
  if (provider === '') return calculate({}, model, { timestamp });
  const name = provider.toLowerCase();
  const providerId = PROVIDER_NAMES.get(name) ?? name;
  const found = calculate({}, model, { providerId, timestamp });
  const [first = ''] = name.split('.', 1);
  if (found !== null || first === name || first === '') return found;
  return calculate({}, model, { providerId: PROVIDER_NAMES.get(first) ?? first, timestamp });
}

/** Null for a model that is not paid by tokens. */
function priceOf({ model, model_price: rates }: PriceCalculation): Price | null {
  const starts = new Set(
    Object.values(RATE_KEYS).flatMap((key) => {
      const rate = rates[key];
      return typeof rate === 'object' ? rate.tiers.map(({ start }) => start) : [];
    }),
  );
  const base = ratesAt(rates, 0);
  if (base.input === null && base.output === null) return null;
  const contexts = [...starts]
    .sort((one, other) => other - one)
    .map((start): ContextRates => ({ aboveInputTokens: start, rates: ratesAt(rates, start + 1) }));
  const since = sinceOf(model, rates);
  const version = since === null ? NAME : `${NAME} @${since}`;
  return { version, rates: base, contexts, request: requestFeeOf(rates) };
}

/** The rates of a call of so many input tokens: those of the last threshold that it is above. */
function ratesAt(price: ModelPrice, inputTokens: number): TokenRates {
  const rateOf = (key: string): bigint | null => {
    const rate = price[key];
    if (rate === undefined) return null;
    if (typeof rate === 'number') return perToken(rate);
    const reached = rate.tiers.filter(({ start }) => inputTokens > start);
    return perToken(
      reached.reduce((last, one) => (one.start >= last.start ? one : last), { start: -1, price: rate.base })
        .price,
    );
  };
  return {
    input: rateOf(RATE_KEYS.input),
    cachedInput: rateOf(RATE_KEYS.cachedInput),
    cacheWrite: rateOf(RATE_KEYS.cacheWrite),
    output: rateOf(RATE_KEYS.output),
    reasoning: rateOf(RATE_KEYS.reasoning),
  };
}

function perToken(perMillion: number): bigint | null {
  const decimal = parseDecimal(perMillion);
  return decimal === null ? null : scaled(decimal, RATE_PLACES - MILLION_PLACES).value;
}

/** It is given per thousand. */
function requestFeeOf(price: ModelPrice): bigint {
  const fee = price['requests_kcount'];
  const decimal = parseDecimal(typeof fee === 'number' ? fee : 0);
  return decimal === null ? 0n : scaled(decimal, RATE_PLACES).value / 1_000n;
}

/** The day since when rates hold that were others before; null for those that are said for all times. */
function sinceOf({ prices }: ModelInfo, chosen: ModelPrice): string | null {
  if (!Array.isArray(prices)) return null;
  const constraint = prices.find((one) => one.prices === chosen)?.constraint;
  return constraint?.type === 'start_date' ? constraint.start_date : null;
}

/**
 * The time around an instant in which no condition of a model's prices begins or ends: whichever price holds at one instant
 * of it holds throughout.
 */
function intervalOf(
  { prices }: ModelInfo,
  atMicros: number,
): Pick<PriceAnswer, 'fromMicros' | 'untilMicros'> {
  const dayMicros = Math.floor(atMicros / MICROS_PER_DAY) * MICROS_PER_DAY;
  const bounds = (Array.isArray(prices) ? prices : []).flatMap(({ constraint }) => {
    if (constraint === undefined) return [];
    if (constraint.type === 'start_date') return [Date.parse(constraint.start_date) * 1_000];
    // Each bound of a time of day, on the day itself and on the one after; midnight, so that a day suffices.
    const times = [constraint.start_time, constraint.end_time].map(
      (time) => Date.parse(`1970-01-01T${time}`) * 1_000,
    );
    return [0, 1].flatMap((day) =>
      [0, ...times].map((time) => dayMicros + day * MICROS_PER_DAY + modulo(time, MICROS_PER_DAY)),
    );
  });
  return {
    fromMicros: Math.max(-Infinity, ...bounds.filter((bound) => bound <= atMicros)),
    untilMicros: Math.min(Infinity, ...bounds.filter((bound) => bound > atMicros)),
  };
}

const modulo = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor;
