import { operationOf } from '../litellm/operations.ts';
import { COSTS, COUNTS, FIRST_TOKEN } from './aliases.ts';
import { withLangfuse } from './langfuse-attributes.ts';
import { costUsdOf, countFact, isStreamedBy, textFact, wordFact } from './read-facts.ts';
import { STATUS_ERROR, type Attributes, type Scope, type Span } from './span.ts';

const OPERATION = 'gen_ai.operation.name';
/** What the conventions call a span of a call: its operation and its model. */
const CALL_NAME = /^(chat|text_completion) (\S+)$/;

/** It begins to count where the head of the answer came, and may call next to nothing what took seconds. */
const OPENLIT_FIRST_TOKEN: ReadonlySet<string> = new Set(FIRST_TOKEN.map(([key]) => key));
const TOKENS_AND_COST: ReadonlySet<string> = new Set([...COUNTS.input, ...COUNTS.output, ...COSTS]);

/**
 * What single libraries tell wrongly, by their names, since no attribute shows it: as of OpenLLMetry's for Node 0.27, OpenLIT's for
 * Python 1.45 and LiteLLM's 1.108.
 */
const CORRECTIONS: ReadonlyMap<string, (span: Span) => Attributes> = new Map([
  ['@traceloop/instrumentation-anthropic', withCacheInInput],
  ['@traceloop/instrumentation-openai', ofNothingButAHead],
  [
    'openlit.instrumentation.anthropic',
    (span) => withNamedCall(span, 'anthropic') ?? without(OPENLIT_FIRST_TOKEN, withCacheInInput(span)),
  ],
  ['litellm', ofLiteLlm],
  ['openlit.instrumentation.openai', (span) => without(OPENLIT_FIRST_TOKEN, withoutGuesses(span))],
]);

/** The span with what its library tells wrongly put right, and what it tells in a way of its own. */
export function corrected(span: Span, { name }: Scope): Span {
  const attributes = (CORRECTIONS.get(name) ?? asTold)(span);
  return attributes === span.attributes ? span : { ...span, attributes };
}

const asTold = ({ attributes }: Span): Attributes => withLangfuse(attributes);

/** Anthropic counts beside the input what was read from the cache and written to it; the conventions count them in. */
function withCacheInInput({ attributes }: Span): Attributes {
  const input = countFact(attributes, 'input');
  const beside = (countFact(attributes, 'cached') ?? 0) + (countFact(attributes, 'cacheWritten') ?? 0);
  if (input === null || beside === 0) return attributes;
  return new Map([...attributes, [COUNTS.input[0], input + beside]]);
}

/**
 * A span of a stream of OpenAI's Responses ends where the stream begins, and says nothing of how it went on: whether it came to its end, how
 * long it took, what it used. Without attributes it is no call.
 */
function ofNothingButAHead({ statusCode, attributes }: Span): Attributes {
  const isEnded =
    textFact(attributes, 'responseId') !== null || wordFact(attributes, 'finishReason') !== null;
  return statusCode === STATUS_ERROR || isEnded ? attributes : new Map();
}

/** A failed call has no attribute at all. */
function withNamedCall({ name, statusCode, attributes }: Span, provider: string): Attributes | null {
  const [, operation, model] = CALL_NAME.exec(name) ?? [];
  if (attributes.size > 0 || statusCode !== STATUS_ERROR || operation === undefined || model === undefined)
    return null;
  return new Map([
    [OPERATION, operation],
    ['gen_ai.provider.name', provider],
    ['gen_ai.request.model', model],
  ]);
}

/**
 * Of a stream whose usage nobody asked for the tokens are guessed from its text, and priced. Those that the provider reported come with
 * a count of cached ones, if only 0.
 */
function withoutGuesses({ attributes }: Span): Attributes {
  if (!isStreamedBy(attributes) || countFact(attributes, 'cached') !== null) return attributes;
  return without(TOKENS_AND_COST, attributes);
}

/**
 * Of a stream whose usage nobody reported it says none, a model without a price costs nothing, and an operation of the proxy has LiteLLM's
 * own name.
 */
function ofLiteLlm({ attributes }: Span): Attributes {
  const unknown = new Set<string>();
  if (countFact(attributes, 'input') === 0 && countFact(attributes, 'output') === 0)
    for (const key of TOKENS_AND_COST) unknown.add(key);
  if (costUsdOf(attributes) === 0) for (const key of COSTS) unknown.add(key);
  const told = new Map(without(unknown, attributes));
  const operation = told.get(OPERATION);
  return typeof operation === 'string' ? told.set(OPERATION, operationOf(operation)) : told;
}

const without = (keys: ReadonlySet<string>, attributes: Attributes): Attributes =>
  new Map([...attributes].filter(([key]) => !keys.has(key)));
