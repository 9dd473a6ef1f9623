/**
 * What a span stands for. Events come from calls alone: `agent`, `workflow` and `step` repeat the tokens of the calls beneath
 * them, and tell which task, agent and step a call belongs to; a call beneath a `tool` is nobody's repeat.
 */
type SpanRole = 'call' | 'agent' | 'workflow' | 'step' | 'tool' | 'other';

export interface RoleOfValue {
  readonly role: SpanRole;
  /** The event's operation; empty of what becomes none. */
  readonly operation: string;
  readonly isStreamed?: boolean;
}

const call = (operation: string, isStreamed = false): RoleOfValue => ({
  role: 'call',
  operation,
  isStreamed,
});
const agent: RoleOfValue = { role: 'agent', operation: 'invoke_agent' };
const workflow: RoleOfValue = { role: 'workflow', operation: 'invoke_workflow' };
const step: RoleOfValue = { role: 'step', operation: 'agent_step' };
const tool: RoleOfValue = { role: 'tool', operation: '' };
/** An outer span of the AI SDK, over calls, steps and tools. */
const outer = (operation: string): RoleOfValue => ({ role: 'agent', operation });

/** Attributes that say it, by value; the first of them that a span has decides, and a value that is not here is `other`. */
export const ROLES: readonly (readonly [string, ReadonlyMap<string, RoleOfValue>])[] = Object.entries({
  'openinference.span.kind': {
    LLM: call('chat'),
    EMBEDDING: call('embeddings'),
    AGENT: agent,
    CHAIN: step,
    TOOL: tool,
  },
  // Before gen_ai.*, which the AI SDK 5 and 6 set beside it on calls alone.
  'ai.operationId': {
    'ai.generateText.doGenerate': call('chat'),
    'ai.streamText.doStream': call('chat', true),
    'ai.generateObject.doGenerate': call('chat'),
    'ai.streamObject.doStream': call('chat', true),
    'ai.embed.doEmbed': call('embeddings'),
    'ai.embedMany.doEmbed': call('embeddings'),
    'ai.generateText': outer('chat'),
    'ai.streamText': outer('chat'),
    'ai.generateObject': outer('chat'),
    'ai.streamObject': outer('chat'),
    'ai.embed': outer('embeddings'),
    'ai.embedMany': outer('embeddings'),
    'ai.toolCall': tool,
  },
  'gen_ai.operation.name': {
    chat: call('chat'),
    generate_content: call('generate_content'),
    text_completion: call('text_completion'),
    completion: call('text_completion'),
    embeddings: call('embeddings'),
    embedding: call('embeddings'),
    // Sentry's, by the interface that is called.
    responses: call('chat'),
    messages: call('chat'),
    request: call('chat'),
    invoke_agent: agent,
    create_agent: agent,
    invoke_workflow: workflow,
    plan: step,
    agent_step: step,
    execute_tool: tool,
  },
  'traceloop.span.kind': { workflow, agent, task: step, tool },
  'llm.request.type': {
    chat: call('chat'),
    completion: call('text_completion'),
    embedding: call('embeddings'),
  },
  'langfuse.observation.type': {
    generation: call('chat'),
    embedding: call('embeddings'),
    agent,
    chain: step,
    tool,
  },
}).map(([key, values]) => [key, new Map<string, RoleOfValue>(Object.entries(values))]);

/** What tells of a task beside the calls beneath it. */
export const TASK_ROLES: ReadonlySet<string> = new Set(['agent', 'workflow', 'step'] satisfies SpanRole[]);

/** A client's span that names a model and says no more: conventions before `gen_ai.operation.name`. */
export const UNSAID_CALL: RoleOfValue = call('chat');
