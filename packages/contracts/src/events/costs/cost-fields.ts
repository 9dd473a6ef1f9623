import type { InferenceEvent } from '@burnline/core';

/** What a cost follows from, under the names that events have. */
export type CostFacts = Pick<
  InferenceEvent,
  (typeof COST_NUMBERS)[number] | (typeof COST_TEXTS)[number] | 'response_cache_hit' | 'cost_source' | 'trust'
>;

/** Read as numbers; one that is null is NaN on the way. */
export const COST_NUMBERS = [
  'occurred_at',
  'input_tokens',
  'cached_input_tokens',
  'cache_write_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_nano_usd',
] as const;

/** Read as texts; `service_tier` alone may be null. */
export const COST_TEXTS = ['provider', 'model_requested', 'model_served', 'service_tier'] as const;

/** The fields that a computed cost stands in, in the order of the wire: one after the other. */
export const COST_FIELDS = ['cost_nano_usd', 'cost_source', 'price_version'] as const;

/** The measure that a computed cost stands in beside a reported one. */
export const COMPUTED_COST_MEASURE = 'computed_cost_nano_usd';

/**
 * What pricing adds to an event, in whole nano-USD: the cost of one that came without, or the computed figure beside the
 * cost that was reported. `null`: the event stays as it is.
 */
export type CostAddition =
  | { readonly kind: 'cost'; readonly nanoUsd: number; readonly version: string }
  | { readonly kind: 'beside'; readonly nanoUsd: number };
