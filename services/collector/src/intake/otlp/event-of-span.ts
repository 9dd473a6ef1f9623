import { uuidFromBytes, uuidFromContent } from '@burnline/contracts';
import { recordFault } from '../../records/record-fault.ts';
import { hashOfUser } from '../hash-of-user.ts';
import { responseIdAttribute } from '../response-id.ts';
import { withParts } from '../token-parts.ts';
import { UNNAMED_MODEL } from '../unnamed-model.ts';
import { FIRST_TOKEN_EVENTS } from './aliases.ts';
import type { Attempt } from './attempts.ts';
import { TASK_ROLES } from './call-kinds.ts';
import { isFirstChunkEmpty } from './first-chunk.ts';
import { outcomeOf } from './outcome.ts';
import {
  costUsdOf,
  countFact,
  fieldText,
  firstOf,
  firstTokenMsOf,
  isStreamedBy,
  modelInParameters,
  textFact,
} from './read-facts.ts';
import type { Scope, Span } from './span.ts';
import type { EventSpan } from './span-tree.ts';

const NANOS_PER_MICRO = 1_000n;
/** The AI SDK numbers its steps from 1, in the span's name alone. */
const STEP_NAME = /^step ([1-9]\d{0,4})$/;

/**
 * The event of a span, with the keys of our own JSON; null stands for what nobody said. Throws a record's fault for one that
 * cannot be an event. `attempt`: of a call whose attempts are spans of their own.
 */
export function eventOfSpan(eventSpan: EventSpan, attempt?: Attempt): Readonly<Record<string, unknown>> {
  const { span, scope, resource, role, trust } = eventSpan;
  const { attributes } = span;
  const service = textFact(resource, 'service');
  if (service === null) {
    const expected = 'a resource with service.name (OTEL_SERVICE_NAME)';
    throw recordFault([{ path: 'service.name', code: 'invalid_value', expected, found: 'nothing' }]);
  }
  const tokens = tokensOf(span);
  const times = timesOf(span);
  const isStreamed = role.isStreamed === true || isStreamedBy(attributes) || times.first_ms !== null;
  const outcome = outcomeOf(span, {
    operation: role.operation,
    isStreamed,
    hasFirstToken: times.first_ms !== null,
    hasOutput: tokens.output_tokens !== null,
  });
  return {
    event_id: uuidFromBytes(uuidFromContent('otlp', span.traceId, span.spanId)),
    occurred_at: times.occurred_at,
    duration_ms: times.duration_ms,
    ttft_ms: isFirstChunkEmpty(span, scope) ? null : times.first_ms,
    trace_id: span.traceId,
    span_id: span.spanId,
    ...attempt,
    service,
    environment: textFact(resource, 'environment') ?? textFact(attributes, 'environment'),
    region: textFact(attributes, 'region') ?? textFact(resource, 'region'),
    operation: role.operation,
    ...modelOf(span),
    ...agentOf(eventSpan),
    streaming: isStreamed,
    ...tokens,
    cost_usd: costUsdOf(attributes),
    ...outcome,
    trust,
    ...instrumentationOf(scope),
    ...signalsOf(span),
    attributes: responseIdAttribute(textFact(attributes, 'responseId')),
  };
}

function modelOf({ attributes }: Span): object {
  const requested = textFact(attributes, 'modelRequested') ?? modelInParameters(attributes);
  const served = textFact(attributes, 'modelServed');
  return {
    provider: textFact(attributes, 'provider'),
    model_requested: requested ?? (served === null ? UNNAMED_MODEL : null),
    model_served: served,
    deployment: textFact(attributes, 'deployment'),
    system_fingerprint: textFact(attributes, 'fingerprint'),
    service_tier: textFact(attributes, 'serviceTier'),
    reasoning_level: textFact(attributes, 'reasoningLevel'),
    prompt_name: textFact(attributes, 'promptName'),
    prompt_version: textFact(attributes, 'promptVersion'),
  };
}

/** Which task, session, agent and step a call belongs to: by its own span, else by the nearest above it that says so. */
function agentOf({ span, above, role }: EventSpan): object {
  const nearest = (read: (span: Span) => string | null): string | null =>
    read(span) ?? firstOf(above, (outer) => read(outer.span));
  const isInTask = role.role !== 'call' || above.some((outer) => TASK_ROLES.has(outer.role.role));
  const user = nearest(({ attributes }) => textFact(attributes, 'user'));
  const step = nearest(({ name }) => STEP_NAME.exec(name)?.[1] ?? null);
  return {
    // A run of an agent is a trace: its span's own id would be another one for each agent beneath.
    task_id: isInTask ? span.traceId : null,
    session_id: nearest(({ attributes }) => textFact(attributes, 'session')),
    agent_id:
      textFact(span.attributes, 'agent') ??
      firstOf(above, (outer) =>
        outer.role.role === 'agent' ? textFact(outer.span.attributes, 'agent') : null,
      ),
    step: step === null ? null : Number(step) - 1,
    user_hash: user === null ? null : hashOfUser(user),
  };
}

/** To the microsecond. A first token after the end is none. */
function timesOf(span: Span): {
  readonly occurred_at: number;
  readonly duration_ms: number;
  readonly first_ms: number | null;
} {
  const { startNanos, endNanos, attributes, events } = span;
  const [start, end] = [micros(startNanos), micros(endNanos)];
  const duration = (end - start) / 1_000;
  const chunk = events.find(({ name }) => FIRST_TOKEN_EVENTS.has(name));
  const first =
    firstTokenMsOf(attributes, start / 1_000) ??
    (chunk === undefined ? null : (micros(chunk.timeNanos) - start) / 1_000);
  return {
    occurred_at: end,
    duration_ms: duration,
    first_ms: first !== null && first >= 0 && first <= duration ? Math.round(first * 1_000) / 1_000 : null,
  };
}

const micros = (nanos: bigint): number => Number(nanos / NANOS_PER_MICRO);

function tokensOf({ attributes }: Span): ReturnType<typeof withParts> {
  return withParts({
    input_tokens: countFact(attributes, 'input'),
    cached_input_tokens: countFact(attributes, 'cached'),
    cache_write_input_tokens: countFact(attributes, 'cacheWritten'),
    output_tokens: countFact(attributes, 'output'),
    reasoning_tokens: countFact(attributes, 'reasoning'),
  });
}

/** What `gen_ai.output.type` and OpenAI's `response_format` ask for JSON by. */
const JSON_TYPES: ReadonlySet<string | null> = new Set(['json', 'json_object', 'json_schema']);

/** Whether an answer is of the shape that was asked for is known of JSON alone. */
function signalsOf({ signals = null, attributes }: Span): object {
  if (signals === null) return {};
  const isAskedFor = JSON_TYPES.has(textFact(attributes, 'outputType'));
  const isAnswered = 'output_characters' in signals.measures;
  return { measures: signals.measures, ...(isAskedFor && isAnswered && { schema_valid: signals.isJson }) };
}

const instrumentationOf = ({ name, version }: Scope): object => ({
  instrumentation_name: fieldText(name),
  instrumentation_version: fieldText(version),
});
