/** Counts of tokens as an event has them; null: nobody reported them. */
export interface Tokens {
  readonly input_tokens: number | null;
  readonly cached_input_tokens: number | null;
  readonly cache_write_input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly reasoning_tokens: number | null;
}

/**
 * Tokens whose parts are parts. Whether a sender's input holds the cached tokens depends on its version and on the provider:
 * where it cannot, because it is smaller, what was cached stays unknown; so does the count of reasoning.
 */
export function withParts(tokens: Tokens): Tokens {
  const { input_tokens: input, output_tokens: output } = tokens;
  const {
    cached_input_tokens: cached,
    cache_write_input_tokens: written,
    reasoning_tokens: reasoning,
  } = tokens;
  const isHeld = (cached ?? 0) + (written ?? 0) <= (input ?? Infinity);
  return {
    input_tokens: input,
    cached_input_tokens: isHeld ? cached : null,
    cache_write_input_tokens: isHeld ? written : null,
    output_tokens: output,
    reasoning_tokens: (reasoning ?? 0) <= (output ?? Infinity) ? reasoning : null,
  };
}
