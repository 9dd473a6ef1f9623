import { readInsert, type InsertShape } from './insert-statement.ts';
import { isSymbol, isWord, sqlTokens, type SqlToken } from './sql-tokens.ts';

/** What a request's text asks for, as far as choosing a pool, splitting data off and labelling the answer needs it. */
export interface Statement {
  /** Upper-case first word; `SELECT` for a parenthesised one; empty for an empty text. */
  readonly verb: string;
  readonly isRead: boolean;
  /** Changes the session it runs in, which must then not serve anybody else. */
  readonly changesSession: boolean;
  readonly insert: InsertShape | undefined;
  /** The statement's own FORMAT clause. */
  readonly format: string | undefined;
  /** Names in `{name:Type}` placeholders. */
  readonly placeholders: ReadonlySet<string>;
  readonly hasSecondStatement: boolean;
  readonly hasOutfile: boolean;
}

const READ_VERBS = ['SELECT', 'FROM', 'SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN', 'EXISTS', 'USE', 'SET'];
const SESSION_VERBS = ['USE', 'SET', 'BEGIN', 'COMMIT', 'ROLLBACK', 'EXECUTE'];

/**
 * Classifies one request text (latin1, see sql-tokens.ts).
 *
 * For a trusted user only: what decides about rights is the engine and, for analysts, `analyst-guard.ts` on the engine's own
 * rendering of the statement.
 */
export function readStatement(sql: string): Statement {
  const tokens = sqlTokens(sql);
  const leading = firstWord(tokens);
  if (leading === undefined) return { ...EMPTY, placeholders: new Set() };
  if (isWord(leading, 'INSERT')) return insertStatement(sql, readInsert(sql, tokens), 'INSERT');
  const verb = leading.text.toUpperCase();
  const rest = scanRest(tokens);
  if (verb === 'WITH' && rest.insertToken !== undefined) {
    const shape = readInsert(sql, sqlTokens(sql, rest.insertToken.end));
    return insertStatement(sql, shape, 'INSERT');
  }
  const isTemporary = rest.words.slice(0, 3).includes('TEMPORARY');
  return {
    verb: verb === 'WITH' ? 'SELECT' : verb,
    isRead: verb === 'WITH' || READ_VERBS.includes(verb),
    changesSession: SESSION_VERBS.includes(verb) || isTemporary,
    insert: undefined,
    format: rest.format,
    placeholders: rest.placeholders,
    hasSecondStatement: rest.hasSecondStatement,
    hasOutfile: rest.hasOutfile,
  };
}

const EMPTY = {
  verb: '',
  isRead: true,
  changesSession: false,
  insert: undefined,
  format: undefined,
  hasSecondStatement: false,
  hasOutfile: false,
} as const;

/** Skips opening parentheses: `(SELECT 1) UNION ALL (SELECT 2)`. */
function firstWord(tokens: Iterator<SqlToken, void, undefined>): SqlToken | undefined {
  for (let step = tokens.next(); step.done !== true; step = tokens.next()) {
    if (step.value.kind === 'word') return step.value;
    if (!isSymbol(step.value, '(')) return { ...step.value, text: '' };
  }
  return undefined;
}

function insertStatement(sql: string, insert: InsertShape, verb: string): Statement {
  const end = 'dataStart' in insert ? insert.dataStart : sql.length;
  const rest = scanRest(sqlTokens(sql.slice(0, end)));
  return {
    verb,
    isRead: false,
    changesSession: false,
    insert,
    format: 'format' in insert ? insert.format : undefined,
    placeholders: rest.placeholders,
    hasSecondStatement: rest.hasSecondStatement,
    hasOutfile: false,
  };
}

function endsFormatClause(token: SqlToken): boolean {
  return isWord(token, 'SETTINGS', 'INTO') || isSymbol(token, ';');
}

interface Rest {
  readonly words: string[];
  readonly placeholders: Set<string>;
  format: string | undefined;
  insertToken: SqlToken | undefined;
  hasSecondStatement: boolean;
  hasOutfile: boolean;
}

/** One pass over what follows the first word. Only the first few words are kept. */
function scanRest(tokens: Iterable<SqlToken>): Rest {
  const rest: Rest = {
    words: [],
    placeholders: new Set(),
    format: undefined,
    insertToken: undefined,
    hasSecondStatement: false,
    hasOutfile: false,
  };
  let before: SqlToken | undefined;
  let previous: SqlToken | undefined;
  let depth = 0;
  let isTerminated = false;
  for (const token of tokens) {
    if (isTerminated && !isSymbol(token, ';')) rest.hasSecondStatement = true;
    if (isSymbol(token, '(')) depth += 1;
    if (isSymbol(token, ')')) depth -= 1;
    if (depth === 0 && isSymbol(token, ';')) isTerminated = true;
    if (depth === 0 && isWord(token, 'INSERT')) rest.insertToken ??= token;
    // A column may be called format: the clause is the one that only SETTINGS, INTO or the end follows.
    if (rest.format !== undefined && isWord(before, 'FORMAT') && !endsFormatClause(token))
      rest.format = undefined;
    if (token.kind === 'word' && isWord(previous, 'FORMAT')) rest.format = token.text;
    if (isWord(token, 'OUTFILE') && isWord(previous, 'INTO')) rest.hasOutfile = true;
    if (isSymbol(token, ':') && previous?.kind === 'word' && isSymbol(before, '{')) {
      rest.placeholders.add(previous.text);
    }
    if (token.kind === 'word' && rest.words.length < 4) rest.words.push(token.text.toUpperCase());
    before = previous;
    previous = token;
  }
  return rest;
}
