import type { ServerResponse } from 'node:http';
import type { AppError } from '@burnline/core';
import { statusOf } from './intake-error.ts';

/** What a client should wait for when the log cannot be written, or memory is short. */
const RETRY_AFTER_S = '2';

/** Headers of the answer to an error, beside the common ones. */
const HEADERS_BY_STATUS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'www-authenticate': 'Bearer realm="burnline"' },
  503: { 'retry-after': RETRY_AFTER_S },
};

const COMMON_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  writeJson(response, status, body, {});
  response.end();
}

export function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, {
    ...COMMON_HEADERS,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** Writes the answer to an error and leaves its end to the caller. `headers`: those of this error alone. */
export function writeError(
  response: ServerResponse,
  error: AppError,
  headers: Readonly<Record<string, string>> = {},
): void {
  const { code, message, remedy, details } = error;
  const status = statusOf(error);
  writeJson(
    response,
    status,
    { error: { code, message, remedy, details } },
    { ...HEADERS_BY_STATUS[status], ...headers },
  );
}

function writeJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...COMMON_HEADERS,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.write(text);
}
