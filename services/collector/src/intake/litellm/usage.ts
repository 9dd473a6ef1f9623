import type { Scalar } from '../../records/pick-members.ts';
import type { Payload, Usage } from './payload.ts';
import { numberOf } from './scalars.ts';

/** Counts of tokens as an event has them; null: nobody reported them. */
interface Tokens {
  readonly input_tokens: number | null;
  readonly cached_input_tokens: number | null;
  readonly cache_write_input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly reasoning_tokens: number | null;
}

const NOTHING: Tokens = {
  input_tokens: null,
  cached_input_tokens: null,
  cache_write_input_tokens: null,
  output_tokens: null,
  reasoning_tokens: null,
};

const first = (...values: readonly (Scalar | undefined)[]): number | null =>
  values.map(numberOf).find((value) => value !== null) ?? null;

/**
 * Whether the prompt's tokens hold the cached ones depends on LiteLLM's version and on the provider. Where they cannot,
 * because they are fewer, what was cached stays unknown; so does the count of reasoning. A failure whose counts are all zero has none.
 */
export function tokensOf({
  status,
  prompt_tokens,
  completion_tokens,
  metadata,
  hidden_params,
}: Payload): Tokens {
  const [input, output] = [numberOf(prompt_tokens), numberOf(completion_tokens)];
  if (status === 'failure' && !(input !== null && input > 0) && !(output !== null && output > 0))
    return NOTHING;
  const usage: Usage = metadata?.usage_object ?? hidden_params?.usage_object ?? {};
  const { prompt_tokens_details: prompt, completion_tokens_details: completion } = usage;
  const cached = first(prompt?.cached_tokens, usage.cache_read_input_tokens);
  const written = first(prompt?.cache_creation_tokens, usage.cache_creation_input_tokens);
  const reasoning = first(completion?.reasoning_tokens);
  const isHeld = (cached ?? 0) + (written ?? 0) <= (input ?? Infinity);
  return {
    input_tokens: input,
    cached_input_tokens: isHeld ? cached : null,
    cache_write_input_tokens: isHeld ? written : null,
    output_tokens: output,
    reasoning_tokens: (reasoning ?? 0) <= (output ?? Infinity) ? reasoning : null,
  };
}
