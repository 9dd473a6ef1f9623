import { PROVIDER_HOST, WITHHELD, type Refuser, type Status } from '@burnline/core';
import {
  GUARDRAIL_CLASSES,
  httpStatusOr0,
  REFUSER_BY_CLASS,
  STATUS_BY_CLASS,
  STATUS_BY_HTTP,
} from '../failure-classes.ts';
import { EXCEPTION_EVENTS } from './aliases.ts';
import { textFact, wordFact } from './read-facts.ts';
import { KIND_CLIENT, STATUS_ERROR, STATUS_OK, type Attributes, type Span } from './span.ts';

/** How a call ended, as an event says it. */
export interface Outcome {
  readonly status: Status;
  readonly refused_by: Refuser;
  readonly error_type: string;
  readonly http_status: number;
  readonly finish_reason: string | null;
}

/** What else shows whether a call came to its end. */
export interface Traces {
  readonly operation: string;
  readonly isStreamed: boolean;
  readonly hasFirstToken: boolean;
  /** Tokens of the input are known from a stream's first chunk on, those of the output from its last. */
  readonly hasOutput: boolean;
}

/** Classes of the caller's own stopping, beside those that LiteLLM names. */
const STOPPED: ReadonlySet<string> = new Set(['AbortError', 'GeneratorExit', 'ResponseAborted']);
/** What SDKs say of an error that they cannot name. */
const UNNAMED = '_OTHER';

/**
 * Neither an unset status nor the absence of `error.type` means that a call ended well: bad is a status of ERROR, an
 * `error.type`, an exception event, an HTTP status from 400, or the finish reason `error`. A call that its caller stopped
 * shows by what is missing.
 */
export function outcomeOf(span: Span, traces: Traces): Outcome {
  const end = endOf(span);
  const { finish, said, http } = end;
  const ended = (status: Status, refusedBy: Refuser): Outcome => ({
    status,
    refused_by: refusedBy,
    error_type: said ?? '',
    http_status: http,
    finish_reason: finish,
  });
  if (isStopped(span, traces, end)) return ended('cancelled', 'none');
  const withheldBy = WITHHELD.get(finish ?? '');
  if (withheldBy !== undefined) return ended('content_filtered', withheldBy);
  if (!isBadEnd(span, end)) return ended('ok', 'none');
  return { finish_reason: finish, ...failureOf(span, { said: said ?? UNNAMED, http }) };
}

/** Whether a span says by any means that its call did not end well. */
export const isBad = (span: Span): boolean => isBadEnd(span, endOf(span));

const isBadEnd = ({ attributes, statusCode }: Span, { finish, said, http }: End): boolean =>
  statusCode === STATUS_ERROR ||
  said !== null ||
  http >= 400 ||
  finish === 'error' ||
  isOfErrorLevel(attributes);

/** What a span says of its call's end; null: nothing, and 0 of HTTP. */
interface End {
  readonly finish: string | null;
  readonly said: string | null;
  readonly http: number;
}

const endOf = (span: Span): End => ({
  finish: wordFact(span.attributes, 'finishReason'),
  said: errorTypeOf(span),
  http: httpStatusOf(span.attributes),
});

const isOfErrorLevel = (attributes: Attributes): boolean => wordFact(attributes, 'level') === 'ERROR';

function httpStatusOf(attributes: Attributes): number {
  const word = wordFact(attributes, 'httpStatus');
  return word === null ? 0 : httpStatusOr0(Number(word));
}

/** `error.type`, or the class of the exception; null: neither is there. */
function errorTypeOf({ attributes, events }: Span): string | null {
  const stated = wordFact(attributes, 'errorType');
  const exception = events.find(({ name }) => EXCEPTION_EVENTS.has(name));
  const ofException =
    exception === undefined ? null : (wordFact(exception.attributes, 'exceptionType') ?? UNNAMED);
  return stated === null || stated === UNNAMED ? (ofException ?? stated) : stated;
}

function isStopped(
  { attributes, kind, statusCode }: Span,
  { operation, isStreamed, hasFirstToken, hasOutput }: Traces,
  { finish, said, http }: End,
): boolean {
  // Who was answered with a failure did not stop.
  if (operation === 'embeddings' || hasOutput || http >= 400 || isOfErrorLevel(attributes)) return false;
  const isUnfinished = finish === null || finish === 'error';
  // OpenTelemetry's Python: a stream that is closed ends with this class, or with a finish reason of its own making alone.
  if (said === UNNAMED) return hasFirstToken && isUnfinished;
  if (said !== null || statusCode === STATUS_ERROR || !isUnfinished) return false;
  // The AI SDK says so of a stream that failed.
  if (finish === 'error') return hasFirstToken && !attributes.has('ai.response.finishReason');
  // OpenInference says OK of a stream that came to its end; OpenLLMetry says it of any.
  if (isStreamed) return statusCode !== STATUS_OK || attributes.has('gen_ai.operation.name');
  // AI SDK 7: a client's span without an end, an id and usage.
  return statusCode !== STATUS_OK && kind === KIND_CLIENT && textFact(attributes, 'responseId') === null;
}

/** A class counts by its last part: `openai.RateLimitError`. A number is an HTTP status. */
function failureOf(
  { attributes }: Span,
  { said, http: stated }: { readonly said: string; readonly http: number },
): Omit<Outcome, 'finish_reason'> {
  const errorClass = said.slice(Math.max(said.lastIndexOf('.'), said.lastIndexOf(':')) + 1);
  const http = stated >= 400 ? stated : httpStatusOr0(Number(said)) || stated;
  const failure = { error_type: said, http_status: http };
  if (GUARDRAIL_CLASSES.has(errorClass))
    return { ...failure, status: 'content_filtered', refused_by: 'guardrail' };
  const status = statusOf(errorClass, http);
  const refuser = REFUSER_BY_CLASS.get(errorClass);
  if (refuser !== undefined) return { ...failure, status, refused_by: refuser };
  const isProviders = PROVIDER_HOST.test(textFact(attributes, 'serverHost') ?? '');
  return { ...failure, status, refused_by: status === 'rate_limited' && isProviders ? 'provider' : 'none' };
}

function statusOf(errorClass: string, http: number): Status {
  if (STOPPED.has(errorClass)) return 'cancelled';
  const known = STATUS_BY_CLASS.get(errorClass) ?? STATUS_BY_HTTP[http];
  return known ?? (/time_?d?_?out/i.test(errorClass) ? 'timeout' : 'error');
}
