import { isRecord } from './is-record.ts';
import { parseDecimal, scaled } from './decimal.ts';
import { RATE_PLACES, type ContextRates, type Price, type TokenRates } from './price.ts';
import { STANDARD_TIER, tierOf, type PriceBook, type PriceQuestion } from './price-book.ts';
import type { PriceIssues } from './price-issues.ts';

/** The rates of a token that LiteLLM's file names, by ours. */
const RATE_KEYS: ReadonlyMap<string, keyof TokenRates> = new Map([
  ['input_cost_per_token', 'input'],
  ['cache_read_input_token_cost', 'cachedInput'],
  ['cache_creation_input_token_cost', 'cacheWrite'],
  ['output_cost_per_token', 'output'],
  ['output_cost_per_reasoning_token', 'reasoning'],
]);
/** `..._above_200k_tokens`, `..._flex`, `..._above_200k_tokens_flex`. */
const KEY = new RegExp(`^(${[...RATE_KEYS.keys()].join('|')})(?:_above_(\\d{1,6})k_tokens)?(?:_([a-z]+))?$`);
/** LiteLLM's word for what providers call batch. */
const TIER_NAMES: ReadonlyMap<string, string> = new Map([['batches', 'batch']]);
const REQUEST_KEY = 'input_cost_per_request';
/** Explains the fields, and is no model. */
const SAMPLE = 'sample_spec';
const RATE_EXPECTED = 'USD as a number from 0';
/** Of a token, or of a request. */
const USD_MAX = 1_000_000;

/** LiteLLM's names of providers, where events have others. */
const PROVIDER_NAMES: ReadonlyMap<string, string> = new Map([
  ['azure.ai.openai', 'azure'],
  ['azure.ai.inference', 'azure_ai'],
  ['aws.bedrock', 'bedrock'],
  ['gcp.vertex_ai', 'vertex_ai'],
  ['gcp.gemini', 'gemini'],
  ['gcp.gen_ai', 'gemini'],
  ['x_ai', 'xai'],
  ['mistral_ai', 'mistral'],
]);

/** Rates as the file names them, by threshold; those without one at 0. */
type NamedRates = Partial<Record<keyof TokenRates, bigint>>;
type Thresholds = Map<number, NamedRates>;

interface LiteLlmModel {
  readonly provider: string;
  readonly prices: ReadonlyMap<string, Omit<Price, 'version'>>;
}

/** Whether this is LiteLLM's file: models by name, each with its provider. */
export function isLiteLlmFile(document: unknown): document is Readonly<Record<string, unknown>> {
  return (
    isRecord(document) &&
    !('prices' in document) &&
    Object.values(document).some((model) => isRecord(model) && typeof model['litellm_provider'] === 'string')
  );
}

/**
 * LiteLLM's model_prices_and_context_window.json as it is. What is not paid by tokens is passed over. A tier that lacks a
 * rate has the standard one, as LiteLLM has it; above a threshold that the standard price has and a tier does not name, the
 * tier has no price.
 */
export function readLiteLlmBook(
  document: Readonly<Record<string, unknown>>,
  name: string,
  issues: PriceIssues,
): PriceBook {
  const models = new Map<string, LiteLlmModel>();
  for (const [model, fields] of Object.entries(document)) {
    if (model === SAMPLE || !isRecord(fields) || typeof fields['litellm_provider'] !== 'string') continue;
    const prices = readModel(model, fields, issues);
    if (prices !== null) models.set(model, { provider: fields['litellm_provider'], prices });
  }
  return {
    name,
    find: (question) => {
      const { price, model } = findPrice(models, question);
      const answer =
        typeof price === 'string' ? price : { ...price, version: versionOf(name, model, question) };
      return { price: answer, fromMicros: -Infinity, untilMicros: Infinity };
    },
  };
}

const versionOf = (name: string, model: string, { tier }: PriceQuestion): string =>
  [name, model, ...(tier === STANDARD_TIER ? [] : [tier])].join(' ');

function findPrice(
  models: ReadonlyMap<string, LiteLlmModel>,
  { provider, model, tier }: PriceQuestion,
): { readonly price: Omit<Price, 'version'> | 'model' | 'tier'; readonly model: string } {
  const asked = provider.toLowerCase();
  const known = PROVIDER_NAMES.get(asked) ?? asked;
  for (const name of [`${known}/${model}`, model]) {
    const found = models.get(name);
    // A provider has several names here: bedrock_converse, vertex_ai-language-models.
    if (found?.provider.startsWith(known) !== true) continue;
    return { price: found.prices.get(tier) ?? 'tier', model: name };
  }
  return { price: 'model', model };
}

function readModel(
  model: string,
  fields: Readonly<Record<string, unknown>>,
  issues: PriceIssues,
): LiteLlmModel['prices'] | null {
  const tiers = new Map<string, Thresholds>();
  const put = (tier: string, above: number, rate: keyof TokenRates, value: bigint): void => {
    const thresholds: Thresholds = tiers.get(tier) ?? new Map<number, NamedRates>();
    tiers.set(tier, thresholds.set(above, { ...thresholds.get(above), [rate]: value }));
  };
  for (const [key, value] of Object.entries(fields)) {
    const [, base = '', thousands = '0', suffix = STANDARD_TIER] = KEY.exec(key) ?? [];
    const rate = RATE_KEYS.get(base);
    if (rate === undefined || value === null) continue;
    const units = readUsd(value);
    if (units === null) issues.add([model, key], RATE_EXPECTED, value);
    else put(tierOf(TIER_NAMES.get(suffix) ?? suffix), Number(thousands) * 1_000, rate, units);
  }
  readRanges(model, fields['tiered_pricing'], { put, issues });
  const request = fields[REQUEST_KEY] === undefined ? 0n : readUsd(fields[REQUEST_KEY]);
  if (request === null) issues.add([model, REQUEST_KEY], RATE_EXPECTED, fields[REQUEST_KEY]);
  const standard = tiers.get(STANDARD_TIER);
  if (standard?.get(0) === undefined) return null;
  return new Map(
    [...tiers].map(([tier, own]) => [tier, { ...tierPrice(standard, own), request: request ?? 0n }]),
  );
}

/** `[{ range: [from, to], ... }]`, the first from 0. */
function readRanges(
  model: string,
  ranges: unknown,
  {
    put,
    issues,
  }: {
    readonly put: (tier: string, above: number, rate: keyof TokenRates, value: bigint) => void;
    readonly issues: PriceIssues;
  },
): void {
  if (!Array.isArray(ranges)) return;
  ranges.forEach((range: unknown, index) => {
    if (!isRecord(range) || !Array.isArray(range['range'])) return;
    const [from] = range['range'] as readonly unknown[];
    if (typeof from !== 'number' || !Number.isSafeInteger(from) || from < 0) {
      issues.add([model, 'tiered_pricing', index, 'range'], 'a number of tokens, then another', from ?? null);
      return;
    }
    for (const [key, rate] of RATE_KEYS) {
      if (range[key] === undefined || range[key] === null) continue;
      const units = readUsd(range[key]);
      if (units === null) issues.add([model, 'tiered_pricing', index, key], RATE_EXPECTED, range[key]);
      else put(STANDARD_TIER, from, rate, units);
    }
  });
}

const NO_RATES: TokenRates = {
  input: null,
  cachedInput: null,
  cacheWrite: null,
  output: null,
  reasoning: null,
};

function tierPrice(standard: Thresholds, own: Thresholds): Pick<Price, 'rates' | 'contexts'> {
  const base = { ...NO_RATES, ...standard.get(0), ...own.get(0) };
  const thresholds = [...new Set([...standard.keys(), ...own.keys()])].filter((above) => above > 0);
  const contexts = thresholds
    .sort((one, other) => other - one)
    .map((above): ContextRates => {
      const named = own.get(above);
      return {
        aboveInputTokens: above,
        rates: named === undefined ? NO_RATES : { ...base, ...standard.get(above), ...named },
      };
    });
  return { rates: base, contexts };
}

/** In units of 1e-24 USD, in which every rate of the file is whole or rounded in its last digit. */
function readUsd(value: unknown): bigint | null {
  if (typeof value !== 'number' || value > USD_MAX) return null;
  const decimal = parseDecimal(value);
  return decimal === null ? null : scaled(decimal, RATE_PLACES).value;
}
