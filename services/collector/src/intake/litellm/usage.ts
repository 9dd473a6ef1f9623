import type { Scalar } from '../../records/pick-members.ts';
import { withParts, type Tokens } from '../token-parts.ts';
import type { Payload, Usage } from './payload.ts';
import { numberOf } from './scalars.ts';

export const NO_TOKENS: Tokens = {
  input_tokens: null,
  cached_input_tokens: null,
  cache_write_input_tokens: null,
  output_tokens: null,
  reasoning_tokens: null,
};

const first = (...values: readonly (Scalar | undefined)[]): number | null =>
  values.map(numberOf).find((value) => value !== null) ?? null;

/** A failure whose counts are all zero has none. */
export function tokensOf({
  status,
  prompt_tokens,
  completion_tokens,
  metadata,
  hidden_params,
}: Payload): Tokens {
  const [input, output] = [numberOf(prompt_tokens), numberOf(completion_tokens)];
  if (status === 'failure' && !(input !== null && input > 0) && !(output !== null && output > 0))
    return NO_TOKENS;
  const usage: Usage = metadata?.usage_object ?? hidden_params?.usage_object ?? {};
  const { prompt_tokens_details: prompt, completion_tokens_details: completion } = usage;
  return withParts({
    input_tokens: input,
    cached_input_tokens: first(prompt?.cached_tokens, usage.cache_read_input_tokens),
    cache_write_input_tokens: first(prompt?.cache_creation_tokens, usage.cache_creation_input_tokens),
    output_tokens: output,
    reasoning_tokens: first(completion?.reasoning_tokens),
  });
}
