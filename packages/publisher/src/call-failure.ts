import { PROVIDER_HOST, parseRetryAfter, type Refuser, type Status } from '@burnline/core';
import { asRecord, textOf } from './answers/structure.ts';

/** What an error says of the inference that it ended. */
export interface CallFailure {
  readonly status: Status;
  /** `provider`: its filter, or a limit that was met at its own address, where the error says which that was. */
  readonly refused_by: Refuser;
  /** Low cardinality: a code or a class name, never a message. */
  readonly error_type: string;
  /** 0 when the error has none. */
  readonly http_status: number;
  /** How long the provider asks to wait, milliseconds. Null: it did not ask. */
  readonly retry_after_ms: number | null;
}

const TIMEOUTS: ReadonlySet<string> = new Set([
  'TimeoutError',
  'APIConnectionTimeoutError',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'timeout_error',
]);
const ABORTS: ReadonlySet<string> = new Set([
  'AbortError',
  'APIUserAbortError',
  'ABORT_ERR',
  'ResponseAborted',
  'request_cancelled',
]);
/** Providers that begin to answer with 200 tell a limit by its name alone. */
const LIMITS: ReadonlySet<string> = new Set(['rate_limit_error', 'rate_limit_exceeded', 'too_many_requests']);
const FILTERS: ReadonlySet<string> = new Set([
  'content_filter',
  'content_policy_violation',
  'ResponsibleAIPolicyViolation',
  'ContentFilterFinishReasonError',
  'ContentPolicyViolationError',
]);
/** A limit on spending, of LiteLLM's proxy. */
const BUDGETS: ReadonlySet<string> = new Set(['BudgetExceededError', 'budget_exceeded']);
/** An answer came, and it is not what was agreed. */
const MALFORMED: ReadonlySet<string> = new Set([
  'SyntaxError',
  'AI_JSONParseError',
  'AI_TypeValidationError',
  'AI_NoObjectGeneratedError',
]);
/** Names that every error has, or that say no more than that it is one. */
const EMPTY_NAMES: ReadonlySet<string> = new Set(['Error', 'Object', 'error']);
const HTTP_TOO_MANY_REQUESTS = 429;
const HTTP_TIMEOUTS: ReadonlySet<number> = new Set([408, 504]);
/** fetch hides what happened one cause down, SDKs one more, retries one more. The bound guards against circles. */
const CAUSES_MAX = 6;
/** A code is a word; what is longer, or has spaces, is a message, and would make a series of its own. */
const CODE = /^[\w.:-]{1,64}$/;

/**
 * Reads an error by its name, class, code, type and status, and those of its causes and of the provider's own error in
 * it; never by its message. Whatever is thrown gets an answer: the last resort is `error` of the type `_OTHER`.
 */
export function classifyFailure(error: unknown): CallFailure {
  const chain = causesOf(error);
  const names = chain.flatMap(namesOf);
  const http_status = chain.map(httpStatusOf).find((status) => status > 0) ?? 0;
  const telling = names.find((name) => TIMEOUTS.has(name) || ABORTS.has(name));
  const status = statusOf(names, http_status);
  const code = chain.map(codeOf).find((name) => name !== '');
  return {
    status,
    refused_by: refuserOf(status, names, chain),
    error_type: telling ?? code ?? names[0] ?? '_OTHER',
    http_status,
    retry_after_ms: chain.map(retryAfterOf).find((waitMs) => waitMs !== null) ?? null,
  };
}

function statusOf(names: readonly string[], httpStatus: number): Status {
  const isAnyOf = (set: ReadonlySet<string>): boolean => names.some((name) => set.has(name));
  if (isAnyOf(FILTERS)) return 'content_filtered';
  if (isAnyOf(BUDGETS)) return 'rate_limited';
  if (httpStatus === HTTP_TOO_MANY_REQUESTS || (httpStatus === 0 && isAnyOf(LIMITS))) return 'rate_limited';
  if (HTTP_TIMEOUTS.has(httpStatus) || isAnyOf(TIMEOUTS)) return 'timeout';
  if (isAnyOf(ABORTS)) return 'cancelled';
  if (isAnyOf(MALFORMED)) return 'malformed';
  return 'error';
}

function refuserOf(
  status: Status,
  names: readonly string[],
  chain: readonly Record<string, unknown>[],
): Refuser {
  if (status === 'content_filtered') return 'provider';
  if (status !== 'rate_limited') return 'none';
  if (names.some((name) => BUDGETS.has(name))) return 'budget';
  return chain.some((error) => PROVIDER_HOST.test(hostOf(error))) ? 'provider' : 'none';
}

/** Where the request went, empty where the error does not say: SDKs keep the answer, the request or its address. */
function hostOf(error: Record<string, unknown>): string {
  const places = [error, error['response'], error['request'], error['config']];
  const url = places.map((place) => textOf(asRecord(place)?.['url'])).find((text) => URL.canParse(text));
  return url === undefined ? '' : new URL(url).hostname;
}

/** The error, what it wraps and what the provider said in it, outermost first. */
function causesOf(error: unknown): readonly Record<string, unknown>[] {
  const chain: Record<string, unknown>[] = [];
  const waiting = [error];
  while (waiting.length > 0 && chain.length < CAUSES_MAX) {
    const current = asRecord(waiting.shift());
    if (current === null || chain.includes(current)) continue;
    chain.push(current);
    // `lastError`: of several attempts; `error` and `data`: the body that the provider answered with.
    waiting.push(
      current['cause'],
      current['lastError'],
      current['error'],
      asRecord(current['data'])?.['error'],
    );
  }
  return chain;
}

/** A code before a type before a class: the more particular one first. */
function namesOf(error: Record<string, unknown>): readonly string[] {
  return [codeOf(error), wordOf(error['type']), wordOf(error['name']), classOf(error)].filter(
    (name) => name !== '',
  );
}

/** Codes may be numbers (a DOMException's are); those say nothing by themselves. */
function codeOf(error: Record<string, unknown>): string {
  return wordOf(error['code']) || wordOf(error['type']);
}

/** Some SDKs set no `name`: their errors differ by class alone. */
function classOf(error: Record<string, unknown>): string {
  const made: unknown = error.constructor;
  return typeof made === 'function' ? wordOf(made.name) : '';
}

function wordOf(value: unknown): string {
  const text = textOf(value);
  return CODE.test(text) && !EMPTY_NAMES.has(text) ? text : '';
}

function httpStatusOf(error: Record<string, unknown>): number {
  const found = [
    error['status'],
    error['statusCode'],
    asRecord(error['response'])?.['status'],
    // Gateways that have begun to answer put the status into the error's code.
    error['code'],
  ].find(
    (status) => typeof status === 'number' && Number.isInteger(status) && status >= 100 && status <= 599,
  );
  return typeof found === 'number' ? found : 0;
}

function retryAfterOf(error: Record<string, unknown>): number | null {
  const headers = error['headers'] ?? error['responseHeaders'] ?? asRecord(error['response'])?.['headers'];
  const exactMs = Number.parseFloat(headerOf(headers, 'retry-after-ms') ?? '');
  if (Number.isFinite(exactMs) && exactMs >= 0) return exactMs;
  return parseRetryAfter(headerOf(headers, 'retry-after'), Date.now());
}

function headerOf(headers: unknown, name: string): string | null {
  const record = asRecord(headers);
  if (record === null) return null;
  const get = record['get'];
  const found: unknown = typeof get === 'function' ? get.call(headers, name) : record[name];
  return typeof found === 'string' ? found : null;
}
