import { textFact } from './read-facts.ts';
import type { Scope, Span } from './span.ts';

/** What OpenInference calls a span of OpenAI's Responses: the class of the answer. */
const OPENINFERENCE = { scope: 'openinference.instrumentation.openai', name: 'Response' } as const;

/**
 * Whether a span's first chunk comes before any token does: a stream of OpenAI's Responses begins with events that say that it began, at
 * once, however long the model then thinks. OpenTelemetry's Python calls the first of them the first chunk, so does the AI SDK 5 and 6, and
 * OpenInference the first token; the AI SDK 7, which names neither the route nor a provider by it, waits for a text.
 */
export function isFirstChunkEmpty({ name, attributes }: Span, scope: Scope): boolean {
  if (textFact(attributes, 'apiType') === 'responses') return true;
  if (scope.name === OPENINFERENCE.scope) return name === OPENINFERENCE.name;
  return textFact(attributes, 'sdkProvider')?.endsWith('.responses') === true;
}
