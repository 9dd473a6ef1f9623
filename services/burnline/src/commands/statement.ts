import { request as requestHttp, type IncomingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { AppError } from '@burnline/core';
import type { ReadingServer } from './pipeline-access.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** ClickHouse's codes for a statement that is right and asks too much: time, rows, queries at once, memory. */
const LIMIT_CODES: ReadonlySet<string> = new Set(['158', '159', '160', '202', '241', '307', '396']);
/** A setting that the user may not change. */
const READ_ONLY_ALREADY = '164';

/**
 * JSON's numbers are doubles to most who read them: 64-bit integers and wider ones are text there, by their type, so that
 * an id or a sum keeps every digit and a column never changes between the two.
 */
const EXACT_INTEGERS = { output_format_json_quote_64bit_integers: '1' };
/** What JSON rows are where no setting may be changed: every value as text. */
const ONLY_TEXT: Readonly<Record<string, string>> = { JSONEachRow: 'JSONStringsEachRow' };

/**
 * The answer of a database to one statement that reads, as the bytes of a format. Somebody who may write there is kept
 * from it for this statement.
 *
 * @throws AppError CLI_QUERY_REFUSED, CLI_QUERY_LIMITED, CLI_QUERY_UNANSWERED
 */
export async function askServer(server: ReadingServer, sql: string, format: string): Promise<Uint8Array> {
  const bare = { database: server.database, default_format: format };
  const exact = { ...bare, ...EXACT_INTEGERS };
  const fixed = { ...bare, default_format: ONLY_TEXT[format] ?? format };
  // Who may only read may not even say so, and who may change no setting none of these.
  const attempts = server.isOwn ? [exact] : [{ ...exact, readonly: '2' }, exact, fixed];
  for (const [index, params] of attempts.entries()) {
    const answer = await post(server, sql, params);
    if (answer.status === 200) return answer.body;
    if (codeOf(answer) !== READ_ONLY_ALREADY || index === attempts.length - 1) throw queryError(answer);
  }
  throw new TypeError('there is an attempt');
}

function post(server: ReadingServer, sql: string, params: Record<string, string>): Promise<Answer> {
  const url = new URL(server.url);
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  const headers = { 'x-clickhouse-user': server.user, 'x-clickhouse-key': server.password };
  const options = { method: 'POST', headers, ...(server.ca === undefined ? {} : { ca: server.ca }) };
  return new Promise<Answer>((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, (response) => {
      buffer(response).then((body) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      }, reject);
    });
    request.on('error', reject);
    request.end(sql);
  }).catch((cause: unknown) => {
    throw new AppError('CLI_QUERY_UNANSWERED', `${url.origin} did not answer: ${String(cause)}`, {
      remedy: 'See whether the database runs there and can be reached.',
      cause,
    });
  });
}

const codeOf = ({ headers }: Answer): string => String(headers['x-clickhouse-exception-code'] ?? '');

function queryError(answer: Answer): AppError {
  const code = codeOf(answer);
  const message = answer.body.toString('utf8').trim();
  const details = { code };
  if (LIMIT_CODES.has(code)) {
    return new AppError('CLI_QUERY_LIMITED', message, {
      remedy:
        'Read less: a shorter time, fewer columns. The limits of an analyst are in docs/embedded-engine.md.',
      details,
    });
  }
  return new AppError('CLI_QUERY_REFUSED', message, {
    remedy: 'docs/tables.md describes tables and columns; SQL is that of ClickHouse, for reading only.',
    details,
  });
}
