import type { EngineResult, EngineSession } from '../engine/engine-session.ts';
import { withIncomingFile } from '../engine/incoming-file.ts';
import { NO_CONTEXT } from '../engine/no-context.ts';
import { choosePool, type EnginePools } from '../engine/pools.ts';
import { checkAnalystStatement } from '../sql/analyst-guard.ts';
import { stringLiteral } from '../sql/sql-tokens.ts';
import { readStatement, type Statement } from '../sql/statement.ts';
import type { CheckedStatements } from './checked-statements.ts';
import { ClickHouseError } from './clickhouse-error.ts';
import { withPlainBody } from './engine-decompression.ts';
import { insertSql } from './insert-sql.ts';
import { DEFAULT_FORMAT } from './output-formats.ts';
import { readHead, tooLarge, type RequestText } from './request-body.ts';
import type { QueryLimits, QueryRequest } from './query-request.ts';

export interface QueryAnswer {
  readonly bytes: Uint8Array;
  readonly format: string;
  /** X-ClickHouse-Summary: what is known, and nothing that is not. */
  readonly summary: Readonly<Record<string, string>>;
}

/** An INSERT shows within this many bytes where its rows begin; so does a server's default max_query_size. */
const HEAD_BYTES = 256 * 1024;
/** A statement without rows is held in memory, several times while it is parsed. */
export const MAX_STATEMENT_BYTES = 16 * 1024 * 1024;

/** A server's default max_query_size. Each statement of an analyst is read in full several times, on the thread that serves all. */
const MAX_ANALYST_STATEMENT_BYTES = 256 * 1024;
/** Beyond what a statement needs; a session remembers every name. */
const MAX_ANALYST_PARAMETERS = 100;

/** Runs one request. Throws ClickHouseError. */
export async function executeQuery(
  pools: EnginePools,
  limits: QueryLimits,
  request: QueryRequest,
): Promise<QueryAnswer> {
  return withPlainBody(pools, limits, request, (body) => executePlain(pools, limits, request, body));
}

async function executePlain(
  pools: EnginePools,
  limits: QueryLimits,
  request: QueryRequest,
  body: AsyncIterable<Buffer>,
): Promise<QueryAnswer> {
  const maxBytes = request.user.role === 'analyst' ? MAX_ANALYST_STATEMENT_BYTES : MAX_STATEMENT_BYTES;
  const { text, statement } = await readRequest(request.parameters.query, body, maxBytes);
  refuseStatement(statement, request);
  request.takePlace();
  const pool = choosePool(pools, request.user, statement);
  const format = statement.format ?? request.parameters.defaultFormat ?? DEFAULT_FORMAT;
  const run = (sql: string): Promise<EngineResult> =>
    pool.use(request.signal, (session) =>
      runStatement(session, { sql, format, statement, request, checked: limits.checked }),
    );
  const shape = statement.insert;
  if (shape?.kind === 'insert-data' || shape?.kind === 'insert-input') {
    const rows = dataAfter(text, shape.dataStart);
    return withIncomingFile(limits.incomingPath, rows, async (path) => {
      const result = await run(insertSql(text.head, shape, path));
      return { bytes: result.bytes, format, summary: insertSummary(shape.kind === 'insert-data', result) };
    });
  }
  const result = await run(text.head.toString());
  const summary = statement.verb === 'INSERT' ? insertSummary(false, result) : readSummary(result);
  return { bytes: result.bytes, format, summary };
}

async function readRequest(
  query: string,
  body: AsyncIterable<Buffer>,
  maxBytes: number,
): Promise<{ text: RequestText; statement: Statement }> {
  const rest = body[Symbol.asyncIterator]();
  let text = await readHead(Buffer.from(query === '' ? '' : `${query}\n`), rest, HEAD_BYTES);
  let statement = readStatement(text.head.toString('latin1'));
  const hasData = statement.insert !== undefined && 'dataStart' in statement.insert;
  if (!text.isWhole && !hasData) {
    text = await readHead(text.head, rest, maxBytes + 1);
    if (!text.isWhole) throw tooLarge(maxBytes);
    statement = readStatement(text.head.toString('latin1'));
  }
  return { text, statement };
}

function refuseStatement(statement: Statement, request: QueryRequest): void {
  // An analyst's insert is refused before its rows are read; what else analysts may not do, the guard finds.
  const isRefusedInsert = request.user.role === 'analyst' && statement.verb === 'INSERT';
  const isRefusedMethod = request.isReadOnlyMethod && !statement.isRead;
  if (isRefusedInsert || isRefusedMethod) {
    const hint = request.isReadOnlyMethod
      ? '. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries'
      : '';
    throw new ClickHouseError(
      164,
      'READONLY',
      `${request.user.name}: Cannot execute query in readonly mode${hint}`,
    );
  }
  if (statement.verb === '') throw new ClickHouseError(62, 'SYNTAX_ERROR', 'Syntax error: Empty query');
  if (statement.hasSecondStatement) {
    throw new ClickHouseError(62, 'SYNTAX_ERROR', 'Syntax error (Multi-statements are not allowed)');
  }
  if (statement.hasOutfile) {
    throw new ClickHouseError(358, 'INTO_OUTFILE_NOT_ALLOWED', 'INTO OUTFILE is not allowed');
  }
  if (statement.insert?.kind === 'insert-infile') {
    throw new ClickHouseError(
      78,
      'UNKNOWN_TYPE_OF_QUERY',
      'Query has infile and was send directly to server',
    );
  }
  if (statement.insert?.kind === 'incomplete') {
    throw new ClickHouseError(
      62,
      'SYNTAX_ERROR',
      'Syntax error: expected VALUES, FORMAT or SELECT in INSERT',
    );
  }
}

async function runStatement(
  session: EngineSession,
  task: {
    readonly sql: string;
    readonly format: string;
    readonly statement: Statement;
    readonly request: QueryRequest;
    readonly checked: CheckedStatements;
  },
): Promise<EngineResult> {
  const { database, settings, parameters } = task.request.parameters;
  if (task.request.user.role === 'analyst') {
    if (parameters.size > MAX_ANALYST_PARAMETERS) throw tooManyParameters();
    const isLimited = task.request.user.tenants !== undefined;
    const checked = await task.checked.of(task.sql, { parameters: [...parameters.keys()], isLimited }, () =>
      renderChecked(session, task.sql, { parameters: new Set(parameters.keys()), isLimited }),
    );
    return session.run({ database, settings, parameters }, (query) => query(checked, task.format));
  }
  for (const name of task.statement.placeholders) {
    if (parameters.has(name) || !session.staleParameters.has(name)) continue;
    throw new ClickHouseError(456, 'UNKNOWN_QUERY_PARAMETER', `Substitution \`${name}\` is not set`);
  }
  if (task.statement.changesSession) session.retire();
  return session.run({ database, settings, parameters }, (query) => query(task.sql, task.format));
}

/**
 * The engine's own rendering of a statement, checked. It is rendered twice, because what runs is what the engine reads in the
 * rendering: should it read something else there than it had written, the second one shows it.
 *
 * Under the session's own settings: a request's `limit` or `offset` would apply to the rendering as well.
 */
async function renderChecked(
  session: EngineSession,
  sql: string,
  { parameters, isLimited }: { readonly parameters: ReadonlySet<string>; readonly isLimited: boolean },
): Promise<string> {
  return session.run(NO_CONTEXT, async (query) => {
    const render = async (text: string): Promise<Buffer> => {
      const result = await query(`SELECT formatQuerySingleLine(${stringLiteral(text)})`, 'RawBLOB');
      return Buffer.from(result.bytes);
    };
    const rendered = await render(sql);
    checkAnalystStatement(rendered.toString('latin1'), parameters, { isLimited });
    const again = await render(rendered.toString());
    if (!again.equals(rendered)) checkAnalystStatement(again.toString('latin1'), parameters, { isLimited });
    return rendered.toString();
  });
}

function tooManyParameters(): ClickHouseError {
  return new ClickHouseError(
    36,
    'BAD_ARGUMENTS',
    `More than ${MAX_ANALYST_PARAMETERS} query parameters in a request`,
  );
}

async function* dataAfter(text: RequestText, dataStart: number): AsyncGenerator<Buffer> {
  yield text.head.subarray(dataStart);
  for (let step = await text.rest.next(); step.done !== true; step = await text.rest.next()) yield step.value;
}

function insertSummary(isCounted: boolean, result: EngineResult): Readonly<Record<string, string>> {
  const elapsed = elapsedField(result);
  if (!isCounted) return elapsed;
  const [rows, bytes] = [`${result.rows}`, `${result.rowBytes}`];
  return { read_rows: rows, read_bytes: bytes, written_rows: rows, written_bytes: bytes, ...elapsed };
}

function readSummary(result: EngineResult): Readonly<Record<string, string>> {
  return { result_rows: `${result.rows}`, result_bytes: `${result.rowBytes}`, ...elapsedField(result) };
}

function elapsedField(result: EngineResult): Readonly<Record<string, string>> {
  return { elapsed_ns: `${Math.round(result.elapsedMs * 1e6)}` };
}
