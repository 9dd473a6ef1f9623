import type { CostFacts } from '@burnline/contracts';
import { costOf } from '../price.ts';
import { STANDARD_TIER, type PriceBook, type PriceQuestion } from '../price-book.ts';

/** A call of a model that nobody has paid for yet. */
export function callOf(over: Partial<CostFacts> = {}): CostFacts {
  return {
    occurred_at: Date.UTC(2026, 5, 1) * 1_000,
    provider: 'openai',
    model_requested: 'gpt-4o',
    model_served: '',
    service_tier: null,
    input_tokens: 1_000,
    cached_input_tokens: null,
    cache_write_input_tokens: null,
    output_tokens: 100,
    reasoning_tokens: null,
    response_cache_hit: false,
    cost_nano_usd: null,
    cost_source: 'unknown',
    trust: 'leaf',
    ...over,
  };
}

/** What a call costs by a book, in nano-USD, with the version; or why not. */
export function costBy(
  book: PriceBook,
  question: Partial<PriceQuestion>,
  tokens: Partial<CostFacts>,
): readonly [number | null, string] | string {
  const asked = {
    provider: 'openai',
    model: 'm',
    tier: STANDARD_TIER,
    atMicros: callOf().occurred_at,
    ...question,
  };
  const { price } = book.find(asked);
  return typeof price === 'string' ? price : [costOf(price, { ...callOf(), ...tokens }), price.version];
}
