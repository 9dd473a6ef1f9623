import type { Status } from '@burnline/core';

/** What an error says of the inference that it ended. */
export interface StreamFailure {
  readonly status: Status;
  /** Low cardinality: a code or a class name, never a message. */
  readonly error_type: string;
  /** 0 when the error has none. */
  readonly http_status: number;
}

const TIMEOUTS: ReadonlySet<string> = new Set([
  'TimeoutError',
  'APIConnectionTimeoutError',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);
const ABORTS: ReadonlySet<string> = new Set(['AbortError', 'APIUserAbortError', 'ABORT_ERR']);
const HTTP_TOO_MANY_REQUESTS = 429;
const HTTP_TIMEOUTS: ReadonlySet<number> = new Set([408, 504]);
/** fetch hides what happened one cause down, SDKs one more. The bound guards against circles. */
const CAUSES_MAX = 4;

/** Reads an error by its name, code and status, and those of its causes; never by its message. */
export function classifyFailure(error: unknown): StreamFailure {
  const chain = causesOf(error);
  const names = chain
    .flatMap((cause) => [textOf(cause, 'code'), textOf(cause, 'name')])
    .filter((name) => name !== '');
  const statuses = chain.map(httpStatusOf);
  const http_status = statuses.find((status) => status > 0) ?? 0;
  const [innermostKnown] = names.filter((name) => TIMEOUTS.has(name) || ABORTS.has(name));
  const error_type = innermostKnown ?? names[0] ?? '_OTHER';
  return { status: statusOf(names, http_status), error_type, http_status };
}

function statusOf(names: readonly string[], httpStatus: number): Status {
  if (httpStatus === HTTP_TOO_MANY_REQUESTS) return 'rate_limited';
  if (HTTP_TIMEOUTS.has(httpStatus) || names.some((name) => TIMEOUTS.has(name))) return 'timeout';
  if (names.some((name) => ABORTS.has(name))) return 'cancelled';
  return 'error';
}

function causesOf(error: unknown): readonly object[] {
  const chain: object[] = [];
  let current = error;
  while (typeof current === 'object' && current !== null && chain.length < CAUSES_MAX) {
    chain.push(current);
    current = propertyOf(current, 'cause');
  }
  return chain;
}

function httpStatusOf(error: object): number {
  const response = propertyOf(error, 'response');
  const inner =
    typeof response === 'object' && response !== null ? propertyOf(response, 'status') : undefined;
  const status = propertyOf(error, 'status') ?? propertyOf(error, 'statusCode') ?? inner;
  return typeof status === 'number' && Number.isInteger(status) && status >= 100 && status <= 599
    ? status
    : 0;
}

/** Codes may be numbers (a DOMException's are); those say nothing by themselves. */
function textOf(error: object, key: string): string {
  const value = propertyOf(error, key);
  return typeof value === 'string' && value !== 'Error' ? value : '';
}

function propertyOf(value: object, key: string): unknown {
  return key in value ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}
