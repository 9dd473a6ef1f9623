import type { Source } from '../source-of.ts';
import { UNNAMED_MODEL } from '../unnamed-model.ts';
import { uuidFromBytes, uuidFromContent } from '@burnline/contracts';
import { missingIssue, recordFault, type RecordIssue } from '../../records/record-fault.ts';
import { hashOfUser } from '../hash-of-user.ts';
import { labelWord } from '../label-word.ts';
import { responseIdAttribute } from '../response-id.ts';
import type { Attempt } from './attempts.ts';
import { isGuessed, outcomeOf } from './failure.ts';
import { firstChunkMicrosOf, firstTokenMicrosOf } from './first-token.ts';
import { guardrailVerdicts } from './guardrails.ts';
import { operationOf } from './operations.ts';
import type { Payload } from './payload.ts';
import { flagOf, microsOf, numberOf, textOf } from './scalars.ts';
import { NO_TOKENS, tokensOf } from './usage.ts';

/** Where a payload names its service. */
export const SERVICE_PATH = 'metadata.requester_metadata.service';
const TRACE_ID = /^[0-9a-f]{32}$/;

/**
 * The event of a payload, with the keys of our own JSON; null stands for what LiteLLM does not say. Throws a record's fault
 * for one that cannot be an event.
 */
export function eventOfPayload(
  payload: Payload,
  source: Source,
  attempt?: Attempt,
): Readonly<Record<string, unknown>> {
  const { metadata } = payload;
  const service = textOf(metadata?.requester_metadata?.service) ?? source.service;
  const issues = issuesOf(payload, service);
  if (issues.length > 0) throw recordFault(issues);
  const outcome = outcomeOf(payload);
  return {
    event_id: eventIdOf(payload),
    ...placeOf(payload),
    service,
    environment: textOf(metadata?.requester_metadata?.environment) ?? source.environment,
    tenant: textOf(metadata?.user_api_key_team_alias) ?? textOf(metadata?.user_api_key_alias),
    endpoint: textOf(metadata?.user_api_key_request_route),
    user_hash: userHashOf(payload),
    prompt_name: textOf(metadata?.prompt_management_metadata?.prompt_id),
    ...timesOf(payload),
    ...attempt,
    ...(isGuessed(outcome) ? NO_TOKENS : { ...tokensOf(payload), ...costOf(payload) }),
    response_cache_hit: flagOf(payload.cache_hit) === true,
    ...outcome,
    verdicts: attempt?.is_final === false ? [] : guardrailVerdicts(payload),
    instrumentation_name: 'litellm',
    attributes: attributesOf(payload),
  };
}

function issuesOf(payload: Payload, service: string | null): readonly RecordIssue[] {
  return [
    ...(identityOf(payload).length > 0 ? [] : [missingIssue('id', 'id or litellm_call_id')]),
    ...(service === null ? [missingIssue(SERVICE_PATH, 'a service here, or ?service=NAME in the URL')] : []),
    ...(payload.status === 'success' || payload.status === 'failure'
      ? []
      : [missingIssue('status', 'success or failure')]),
    ...(numberOf(payload.endTime) === null ? [missingIssue('endTime', 'epoch seconds')] : []),
  ];
}

const identityOf = ({ id, litellm_call_id: callId }: Payload): readonly string[] =>
  [textOf(id), textOf(callId)].filter((one) => one !== null);

/**
 * The same whenever the payload is sent again. Attempts of one request share its call id, and failed ones all that LiteLLM
 * calls an id: what tells them apart is how they ended, where they were sent and when they began.
 */
function eventIdOf(payload: Payload): string {
  const { status, model_id: deployment, startTime } = payload;
  const attempt = [status, deployment, startTime].map((value) => String(value ?? ''));
  return uuidFromBytes(uuidFromContent('litellm', ...identityOf(payload), '', ...attempt));
}

/** What was called, for which request. */
function placeOf(payload: Payload): object {
  const { trace_id, session_id } = payload;
  const trace = textOf(trace_id);
  const provider = textOf(payload.custom_llm_provider);
  const model = modelOf(textOf(payload.model), provider);
  return {
    request_id: textOf(payload.litellm_call_id) ?? trace,
    // It is the session's id where there is one.
    trace_id: trace !== null && trace !== session_id && TRACE_ID.test(trace) ? trace : null,
    session_id: textOf(session_id),
    operation: operationOf(labelWord(textOf(payload.call_type)) ?? ''),
    provider,
    model_requested: textOf(payload.model_group) ?? model ?? UNNAMED_MODEL,
    model_served: payload.status === 'success' ? model : null,
    deployment: textOf(payload.model_id),
    streaming: flagOf(payload.stream) === true || firstChunkMicrosOf(payload) !== null,
    reasoning_level: textOf(payload.model_parameters?.reasoning_effort),
  };
}

/** LiteLLM may put the provider before what that calls the model. */
function modelOf(model: string | null, provider: string | null): string | null {
  if (model === null || provider === null) return model;
  const prefix = `${provider}/`;
  return model.startsWith(prefix) && model.length > prefix.length ? model.slice(prefix.length) : model;
}

function timesOf(payload: Payload): object {
  const [start, end] = [microsOf(payload.startTime), microsOf(payload.endTime)];
  if (start === null || end === null || end < start) return { occurred_at: end };
  const begun = firstTokenMicrosOf(payload);
  return {
    occurred_at: end,
    duration_ms: (end - start) / 1_000,
    ttft_ms: begun === null ? null : (begun - start) / 1_000,
  };
}

/** A zero that LiteLLM explains, and that of a failure, is a cost that it does not know. */
function costOf(payload: Payload): object {
  const cost = numberOf(payload.response_cost);
  const isExplained =
    payload.response_cost_failure_debug_info === true ||
    payload.zero_cost_diagnostic === true ||
    payload.status === 'failure';
  const isKnown = cost !== null && flagOf(payload.cost_finalized) !== false && !(cost === 0 && isExplained);
  return { cost_usd: isKnown ? cost : null };
}

/** A guardrail may step in and let the call go on. */
function attributesOf({ id, status, status_fields: fields }: Payload): Readonly<Record<string, string>> {
  const guardrail = labelWord(textOf(fields?.guardrail_status));
  return {
    ...(guardrail === null || guardrail === 'not_run' ? {} : { guardrail_status: guardrail }),
    // What a failed call has in its place is LiteLLM's own.
    ...responseIdAttribute(status === 'success' ? textOf(id) : null),
  };
}

function userHashOf({ end_user, metadata }: Payload): string | null {
  const user = textOf(end_user) ?? textOf(metadata?.user_api_key_end_user_id);
  return user === null ? null : hashOfUser(user);
}
