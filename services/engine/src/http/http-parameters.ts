import type { IncomingMessage } from 'node:http';
import { ClickHouseError } from './clickhouse-error.ts';

/** A request's parameters, sorted by what they are. */
export interface HttpParameters {
  /** Empty when the body is the whole query. */
  readonly query: string;
  readonly database: string | undefined;
  readonly defaultFormat: string | undefined;
  readonly queryId: string | undefined;
  /** Whether the client wants a compressed answer when it accepts one. */
  readonly mayCompress: boolean;
  /** `param_x` values by x, escaped as ClickHouse's HTTP interface has them. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Everything else: the engine's settings. */
  readonly settings: ReadonlyMap<string, string>;
}

/** Parameters of the HTTP interface itself that have no effect here or are handled before; they are no settings of the engine's. */
const INTERFACE_PARAMETERS: ReadonlySet<string> = new Set([
  'add_http_cors_header',
  'buffer_size',
  'cancel_http_readonly_queries_on_client_close',
  'client_protocol_version',
  'close_session',
  'compress',
  'database',
  'decompress',
  'default_format',
  'enable_http_compression',
  'http_headers_progress_interval_ms',
  'http_response_headers',
  'http_wait_end_of_query',
  'http_zlib_compression_level',
  'password',
  'query',
  'query_id',
  'quota_key',
  'role',
  'send_progress_in_http_headers',
  'session_check',
  'session_id',
  'session_timeout',
  'stacktrace',
  'user',
  'wait_end_of_query',
]);
const PARAMETER_PREFIX = 'param_';
/** More settings or query parameters than any client sends; each costs time on a session. */
const MAX_ENTRIES = 1000;

/** What may stand in a header, as the query's id does in the answer's. */
const QUERY_ID = /^[\x21-\x7e]{1,200}$/;
const FORMAT_NAME = /^[A-Za-z0-9_]{1,100}$/;

/** The query's id if the request names one that a header can carry. */
export function readQueryId(url: URLSearchParams): string | undefined {
  const value = url.get('query_id') ?? '';
  return QUERY_ID.test(value) ? value : undefined;
}

/** Reads URL parameters and headers; `form` are the fields of a multipart body. Throws ClickHouseError. */
export function readParameters(
  url: URLSearchParams,
  headers: IncomingMessage['headers'],
  form: ReadonlyMap<string, string> = new Map(),
): HttpParameters {
  const given = new Map([...url, ...form]);
  if (given.size > MAX_ENTRIES) {
    throw new ClickHouseError(36, 'BAD_ARGUMENTS', `More than ${MAX_ENTRIES} parameters in a request`);
  }
  refuseUnsupported(given);
  refuseUnprintable(given, headers);
  const parameters = new Map<string, string>();
  const settings = new Map<string, string>();
  for (const [name, value] of given) {
    if (name.startsWith(PARAMETER_PREFIX)) parameters.set(name.slice(PARAMETER_PREFIX.length), value);
    else if (!INTERFACE_PARAMETERS.has(name)) settings.set(name, value);
  }
  return {
    query: given.get('query') ?? '',
    database: present(given.get('database')) ?? present(header(headers, 'x-clickhouse-database')),
    defaultFormat: present(given.get('default_format')) ?? present(header(headers, 'x-clickhouse-format')),
    queryId: present(given.get('query_id')),
    mayCompress: isOn(given.get('enable_http_compression')),
    parameters,
    settings,
  };
}

function refuseUnsupported(given: ReadonlyMap<string, string>): void {
  if (isOn(given.get('compress')) || isOn(given.get('decompress'))) {
    throw new ClickHouseError(
      48,
      'NOT_IMPLEMENTED',
      'The embedded engine does not speak the native block compression (compress=1, decompress=1); use HTTP compression',
    );
  }
  if (given.has('role')) {
    throw new ClickHouseError(512, 'SET_NON_GRANTED_ROLE', 'The embedded engine has no roles to choose from');
  }
}

function refuseUnprintable(given: ReadonlyMap<string, string>, headers: IncomingMessage['headers']): void {
  const queryId = present(given.get('query_id'));
  if (queryId !== undefined && !QUERY_ID.test(queryId)) {
    throw new ClickHouseError(
      36,
      'BAD_ARGUMENTS',
      'A query_id is 1 to 200 printable ASCII characters without blanks',
    );
  }
  const format = present(given.get('default_format')) ?? present(header(headers, 'x-clickhouse-format'));
  if (format !== undefined && !FORMAT_NAME.test(format)) {
    throw new ClickHouseError(73, 'UNKNOWN_FORMAT', `Unknown format ${JSON.stringify(format.slice(0, 100))}`);
  }
}

function isOn(value: string | undefined): boolean {
  return value === '1' || value === 'true';
}

function present(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/** A header's first value. */
export function header(headers: IncomingMessage['headers'], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
