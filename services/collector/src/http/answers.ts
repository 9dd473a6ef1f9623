import type { ServerResponse } from 'node:http';
import type { Answer, Answers } from '../intake/dialect.ts';
import { statusOf } from './intake-error.ts';

/** What a client should wait for when the log cannot be written, or memory is short. */
const RETRY_AFTER_S = '2';

/** Headers of the answer to an error, beside the common ones. */
const HEADERS_BY_STATUS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'www-authenticate': 'Bearer realm="burnline"' },
  503: { 'retry-after': RETRY_AFTER_S },
};

const COMMON_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** JSON, as docs/intake.md shows it: what was taken, or `error` with its code, its remedy and its details. */
export const JSON_ANSWERS: Answers = {
  taken: (accepted) => jsonAnswer(200, accepted),
  refused: (error) => {
    const { code, message, remedy, details } = error;
    return jsonAnswer(statusOf(error), { error: { code, message, remedy, details } });
  },
};

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}

/** Writes an answer and leaves its end to the caller. `headers`: those of this one alone. */
export function writeAnswer(
  response: ServerResponse,
  { status, contentType, body }: Answer,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...COMMON_HEADERS,
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    ...HEADERS_BY_STATUS[status],
    ...headers,
  });
  response.write(body);
}
