import { STATUS_CODES } from 'node:http';
import { isAppError } from '@burnline/core';
import type { Logger } from '@burnline/runtime';
import type { Problem } from '../api/contract/index.ts';
import { statusOf } from '../console-error.ts';

/** After so long whoever was turned away may ask again, seconds. */
const RETRY_AFTER_S = 2;

/** An error as RFC 9457 has it. What nobody foresaw is told to the log, and not to whoever asked. */
export function problemResponse(error: unknown, logger: Logger): Response {
  const problem = problemOf(error);
  if (problem.status >= 500 && problem.code !== 'CONSOLE_BUSY')
    logger.error(
      { error: error instanceof Error ? (error.stack ?? error.message) : String(error) },
      'a question failed',
    );
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(problem.status === 503 && { 'retry-after': String(RETRY_AFTER_S) }),
      // Browsers ask for a name and a password then: any name, and the key.
      ...(problem.status === 401 && { 'www-authenticate': 'Basic realm="Burnline", charset="UTF-8"' }),
    },
  });
}

function problemOf(error: unknown): Problem {
  if (!isAppError(error))
    return {
      ...{ type: 'about:blank', title: 'Internal Server Error', status: 500, code: 'CONSOLE_FAILED' },
      detail: 'The question failed for a reason that nobody foresaw',
      remedy: "The console's log has it.",
    };
  const status = statusOf(error);
  return {
    ...{ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, code: error.code },
    detail: error.message,
    remedy: error.remedy ?? null,
  };
}
