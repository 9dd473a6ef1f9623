import { Session } from 'chdb';
import { invariant } from '@burnline/core';
import { ClickHouseError, fromEngine } from '../http/clickhouse-error.ts';
import { quotedName, stringLiteral } from '../sql/sql-tokens.ts';

/** What a session may do: `pipeline` everything, `analyst` only read. Both are roles in the engine's own access control. */
export type SessionRole = 'pipeline' | 'analyst';

interface EngineStatement {
  readonly sql: string;
  /** Output format unless the statement names one. */
  readonly format: string;
  readonly database: string | undefined;
  readonly settings: ReadonlyMap<string, string>;
  readonly parameters: ReadonlyMap<string, string>;
}

export interface EngineResult {
  readonly bytes: Uint8Array;
  readonly elapsedMs: number;
  /** Rows and bytes of the result; for an insert from a file, the rows and bytes read from it. */
  readonly rows: number;
  readonly rowBytes: number;
}

export interface EngineSession {
  /** False once the session could not be brought back to its first state; it must not serve another request. */
  readonly isClean: boolean;
  /** Names of earlier requests' `param_*` values: the engine can forget a value, but no name. */
  readonly staleParameters: ReadonlySet<string>;
  /**
   * Runs statements one after the other under the same database, settings and parameters, then undoes those.
   * Throws ClickHouseError.
   */
  run<T>(context: Omit<EngineStatement, 'sql' | 'format'>, work: (query: RunQuery) => Promise<T>): Promise<T>;
  /** Says that a statement changed the session in a way that nothing undoes. */
  retire(): void;
  close(): void;
}

type RunQuery = (sql: string, format: string) => Promise<EngineResult>;

export interface SessionOptions {
  readonly databasePath: string;
  readonly connectionArguments: readonly string[];
  readonly role: SessionRole;
  /** Role in the engine's access control; that of the same name by default. */
  readonly grants?: string;
  /** Set when the session opens; part of what a request's settings are undone to. */
  readonly settings: ReadonlyMap<string, string>;
}

const SETTING_NAME = /^[A-Za-z_][A-Za-z0-9_.]*$/;
const PARAMETER_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Each stale name is remembered for the life of a session; clients that invent names get a fresh session instead. */
const MAX_STALE_PARAMETERS = 10_000;

/**
 * Opens a session with one role. Settings are fixed before anything else runs, and checked: a session that did not
 * get its role must not exist.
 */
export async function openSession(options: SessionOptions): Promise<EngineSession> {
  const session = new Session(options.databasePath, { connectionArgs: options.connectionArguments });
  const query: RunQuery = async (sql, format) => runQuery(session, sql, format);
  const { grants = options.role } = options;
  await query(`SET ROLE ${grants}`, 'Null');
  await query(setStatement(options.settings), 'Null');
  // The profile brings its constraints only: values are what the session has set, so `readonly` is set once more.
  await query(`SET profile = ${stringLiteral(options.role)}`, 'Null');
  if (options.role === 'analyst') await query('SET readonly = 2', 'Null');
  const check = await query(
    "SELECT arrayStringConcat(currentRoles(), ','), getSetting('readonly')",
    'TabSeparated',
  );
  const expected = `${grants}\t${options.role === 'analyst' ? 2 : 0}\n`;
  invariant(Buffer.from(check.bytes).toString() === expected, `a session of role ${grants} has its rights`);
  return createSession(session, query, await readBaseline(query));
}

function createSession(
  session: Session,
  query: RunQuery,
  baseline: ReadonlyMap<string, string>,
): EngineSession {
  const staleParameters = new Set<string>();
  let isClean = true;
  return {
    get isClean() {
      return isClean && staleParameters.size <= MAX_STALE_PARAMETERS;
    },
    staleParameters,
    async run(context, work) {
      let isFailed = true;
      try {
        await applyContext(query, context, staleParameters);
        const result = await work(query);
        isFailed = false;
        return result;
      } finally {
        isClean = isClean && (await undoContext(query, context, { baseline, isFailed }));
      }
    },
    retire: () => {
      isClean = false;
    },
    close: () => {
      session.close();
    },
  };
}

async function runQuery(session: Session, sql: string, format: string): Promise<EngineResult> {
  try {
    const result = await session.queryAsync(sql, { format });
    return {
      bytes: result.bytes(),
      elapsedMs: result.elapsed * 1000,
      rows: result.rowsRead,
      rowBytes: result.bytesRead,
    };
  } catch (error) {
    throw fromEngine(error);
  }
}

/** Every setting's value, to which a request's own are undone (`SET x = DEFAULT` would skip the role's limits). */
async function readBaseline(query: RunQuery): Promise<ReadonlyMap<string, string>> {
  const result = await query('SELECT name, value FROM system.settings', 'JSONCompactEachRow');
  const lines = Buffer.from(result.bytes).toString().trimEnd().split('\n');
  return new Map(lines.map((line) => JSON.parse(line) as [string, string]));
}

async function applyContext(
  query: RunQuery,
  context: Omit<EngineStatement, 'sql' | 'format'>,
  staleParameters: Set<string>,
): Promise<void> {
  if (context.database !== undefined) await query(`USE ${quotedName(context.database)}`, 'Null');
  for (const name of context.settings.keys()) {
    if (!SETTING_NAME.test(name))
      throw new ClickHouseError(115, 'UNKNOWN_SETTING', `Unknown setting '${name}'`);
  }
  if (context.settings.size > 0) await query(setStatement(context.settings), 'Null');
  for (const name of context.parameters.keys()) {
    if (!PARAMETER_NAME.test(name))
      throw new ClickHouseError(36, 'BAD_ARGUMENTS', `Bad parameter name '${name}'`);
    staleParameters.add(name);
  }
  if (context.parameters.size > 0) {
    const entries = [...context.parameters].map(([name, value]) => [`param_${name}`, value] as const);
    await query(setStatement(new Map(entries)), 'Null');
  }
}

async function undoContext(
  query: RunQuery,
  context: Omit<EngineStatement, 'sql' | 'format'>,
  before: { readonly baseline: ReadonlyMap<string, string>; readonly isFailed: boolean },
): Promise<boolean> {
  const changed = new Map<string, string>();
  let isKnown = true;
  for (const name of context.settings.keys()) {
    const value = before.baseline.get(name);
    if (value !== undefined) changed.set(name, value);
    else isKnown = false;
  }
  for (const name of context.parameters.keys()) changed.set(`param_${name}`, '');
  try {
    if (changed.size > 0) await query(setStatement(changed), 'Null');
    // A failed query keeps its place in system.processes, and what it holds, until the session runs another statement.
    if (context.database !== undefined || before.isFailed) await query('USE default', 'Null');
    return isKnown;
  } catch {
    return false;
  }
}

/** Names are checked by the caller; values travel as string literals, which the engine converts. */
function setStatement(values: ReadonlyMap<string, string>): string {
  return `SET ${[...values].map(([name, value]) => `${name} = ${stringLiteral(value)}`).join(', ')}`;
}
