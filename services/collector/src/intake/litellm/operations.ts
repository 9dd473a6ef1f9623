/** Kinds of calls, by what OpenTelemetry calls them; asynchronous ones have an `a` before it. Others stay as they are. */
const OPERATIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    anthropic_messages: 'chat',
    completion: 'chat',
    embedding: 'embeddings',
    generate_content: 'generate_content',
    responses: 'chat',
    text_completion: 'text_completion',
  }),
);

/** The operation of a LiteLLM `call_type`. */
export function operationOf(call: string): string {
  return OPERATIONS.get(call) ?? OPERATIONS.get(call.replace(/^a/, '')) ?? call;
}
