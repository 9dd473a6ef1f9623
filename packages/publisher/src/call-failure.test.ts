import { describe, expect, it } from 'vitest';
import { classifyFailure } from './call-failure.ts';

const named = (name: string, rest: object = {}): Error =>
  Object.assign(new Error('not looked at'), { name, ...rest });

describe('an error that ends an inference', () => {
  const cyclic = named('OuterError');
  cyclic.cause = cyclic;
  class APIUserAbortError extends Error {}

  it.each<[string, unknown, string, string, number]>([
    ['an abort', new DOMException('x', 'AbortError'), 'cancelled', 'AbortError', 0],
    ["an SDK's abort, told by its class alone", new APIUserAbortError(), 'cancelled', 'APIUserAbortError', 0],
    ['a timeout signal', new DOMException('x', 'TimeoutError'), 'timeout', 'TimeoutError', 0],
    ['a socket timeout', named('Error', { code: 'ETIMEDOUT' }), 'timeout', 'ETIMEDOUT', 0],
    [
      'a failed fetch',
      new TypeError('fetch failed', {
        cause: named('HeadersTimeoutError', { code: 'UND_ERR_HEADERS_TIMEOUT' }),
      }),
      'timeout',
      'UND_ERR_HEADERS_TIMEOUT',
      0,
    ],
    [
      'a connection that was cut',
      new TypeError('terminated', { cause: named('SocketError', { code: 'UND_ERR_SOCKET' }) }),
      'error',
      'UND_ERR_SOCKET',
      0,
    ],
    ['a gateway timeout', named('APIError', { status: 504 }), 'timeout', 'APIError', 504],
    ['too many requests', named('APIError', { statusCode: 429 }), 'rate_limited', 'APIError', 429],
    [
      'too many requests, wrapped',
      named('HTTPError', { response: { status: 429 } }),
      'rate_limited',
      'HTTPError',
      429,
    ],
    [
      'the last of several attempts',
      named('AI_RetryError', { lastError: named('AI_APICallError', { statusCode: 429 }) }),
      'rate_limited',
      'AI_RetryError',
      429,
    ],
    ['a server error', named('APIError', { status: 500 }), 'error', 'APIError', 500],
    ['an overload', { type: 'error', error: { type: 'overloaded_error' } }, 'error', 'overloaded_error', 0],
    [
      'a limit told within a 200',
      { error: { type: 'rate_limit_error', message: 'x' } },
      'rate_limited',
      'rate_limit_error',
      0,
    ],
    ["a gateway's status as a code", { error: { code: 429, message: 'x' } }, 'rate_limited', '_OTHER', 429],
    [
      'a content filter',
      named('BadRequestError', { status: 400, code: 'content_filter' }),
      'content_filtered',
      'content_filter',
      400,
    ],
    ['an answer that is no JSON', new SyntaxError('x'), 'malformed', 'SyntaxError', 0],
    ['a refused connection', named('Error', { code: 'ECONNREFUSED' }), 'error', 'ECONNREFUSED', 0],
    ['a message where a code belongs', named('E', { code: 'It failed, sorry!' }), 'error', 'E', 0],
    ['a plain error', new Error('x'), 'error', '_OTHER', 0],
    ['a circle of causes', cyclic, 'error', 'OuterError', 0],
    ['text', 'boom', 'error', '_OTHER', 0],
    ['nothing', undefined, 'error', '_OTHER', 0],
  ])('%s is told by name, code and status', (_, error, status, error_type, http_status) => {
    expect(classifyFailure(error)).toMatchObject({ status, error_type, http_status });
  });

  it.each([
    ['its filter', named('BadRequestError', { code: 'content_filter' }), 'provider'],
    [
      "a limit at a provider's own address",
      { statusCode: 429, url: 'https://api.openai.com/v1/x' },
      'provider',
    ],
    [
      'one of its regions',
      named('E', { response: { status: 429, url: 'https://x.openai.azure.com/' } }),
      'provider',
    ],
    ["a limit at a gateway's", { statusCode: 429, url: 'https://llm.internal/v1/x' }, 'none'],
    ['an address that only looks like one', { statusCode: 429, url: 'https://notopenai.com/' }, 'none'],
    ['a limit that was met nobody knows where', named('RateLimitError', { status: 429 }), 'none'],
    ['a budget', { error: { type: 'budget_exceeded', code: '400' } }, 'budget'],
    ['no refusal', { statusCode: 500, url: 'https://api.openai.com/v1/x' }, 'none'],
  ])('says who refused: %s', (_, error, refused_by) => {
    expect(classifyFailure(error)).toMatchObject({ refused_by });
  });

  it.each([
    [{ headers: new Headers({ 'retry-after-ms': '250', 'retry-after': '9' }) }, 250],
    [{ responseHeaders: { 'retry-after': '4' } }, 4_000],
    [{ response: { headers: new Headers({ 'retry-after': '1' }) } }, 1_000],
    [{ headers: { 'retry-after': 'soon' } }, null],
    [{}, null],
  ])('says how long to wait: %o', (fields, waitMs) => {
    expect(classifyFailure(Object.assign(new Error('x'), fields)).retry_after_ms).toBe(waitMs);
  });
});
