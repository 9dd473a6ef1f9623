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
/** A statement that writes, or a setting that the user may not change. */
const READ_ONLY = '164';
/** Wrong name, password or both. */
const LOGIN_CODES: ReadonlySet<string> = new Set(['192', '193', '194', '516']);

/**
 * JSON's numbers are doubles to most who read them: 64-bit integers and wider ones are text there, by their type, so that
 * an id or a sum keeps every digit and a column never changes between the two.
 */
const EXACT_INTEGERS = { output_format_json_quote_64bit_integers: '1' };
/** No remarks behind a row of a table for people, such as `-- 14.40 million`. */
const NO_REMARKS = { output_format_pretty_single_large_number_tip_threshold: '0' };
/** What JSON rows are where no setting may be changed: every value as text. */
const ONLY_TEXT: Readonly<Record<string, string>> = { JSONEachRow: 'JSONStringsEachRow' };

/**
 * The answer of a database to one statement that reads, as the bytes of a format. Somebody who may write there is kept
 * from it for this statement.
 *
 * @throws AppError CLI_QUERY_REFUSED, CLI_QUERY_LIMITED, CLI_QUERY_LOGIN_REFUSED, CLI_QUERY_UNANSWERED
 */
export async function askServer(server: ReadingServer, sql: string, format: string): Promise<Uint8Array> {
  const bare = { database: server.database, default_format: format };
  const chosen = { ...bare, ...EXACT_INTEGERS, ...NO_REMARKS };
  const first = await post(server, sql, server.isOwn ? chosen : { ...chosen, readonly: '2' });
  if (codeOf(first) !== READ_ONLY || server.isOwn) return bodyOf(first, server);
  // The code of a statement that would write, too: only who may not write anyway is asked without the setting.
  const mode = await readOnlyModeOf(server);
  if (mode === 'may write') return bodyOf(first, server);
  const params = mode === 'may set' ? chosen : { ...bare, default_format: ONLY_TEXT[format] ?? format };
  return bodyOf(await post(server, sql, params), server);
}

/** What the user's own profile allows: 0, 2 and 1 of ClickHouse's `readonly`. */
async function readOnlyModeOf(server: ReadingServer): Promise<'may write' | 'may set' | 'may only read'> {
  const params = { database: server.database, default_format: 'TSV' };
  const answer = await post(server, "SELECT toString(getSetting('readonly'))", params);
  const mode = Buffer.from(bodyOf(answer, server)).toString('utf8').trim();
  if (mode === '1') return 'may only read';
  return mode === '2' ? 'may set' : 'may write';
}

function bodyOf(answer: Answer, server: ReadingServer): Uint8Array {
  if (answer.status !== 200) throw queryError(answer, server);
  return answer.body;
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

/** What could stand at a mistake of syntax: the first of it; ClickHouse lists two hundred. */
const EXPECTED_LIST = /(Expected one of: (?:[^,]*, ){8}).*?(?=\. \([A-Z_]+\))/s;

const codeOf = ({ headers }: Answer): string => String(headers['x-clickhouse-exception-code'] ?? '');

function queryError(answer: Answer, { isOwn }: ReadingServer): AppError {
  const code = codeOf(answer);
  const message = answer.body.toString('utf8').trim().replace(EXPECTED_LIST, '$1...');
  const details = { code };
  if (LOGIN_CODES.has(code)) {
    const names = isOwn ? 'BURNLINE_ANALYST_PASSWORD' : 'CLICKHOUSE_USER and CLICKHOUSE_PASSWORD';
    return new AppError('CLI_QUERY_LOGIN_REFUSED', message, { remedy: `Check ${names}.`, details });
  }
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
