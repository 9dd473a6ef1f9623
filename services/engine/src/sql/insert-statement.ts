import { isSymbol, isWord, type SqlToken } from './sql-tokens.ts';

/** An INSERT whose rows follow the statement: what to put around `FROM INFILE`. Offsets are bytes of the request. */
export interface InsertWithData {
  readonly kind: 'insert-data';
  /** End of the target: table and column list, or table function. */
  readonly targetEnd: number;
  /** `SETTINGS ...` as written, between the target and FORMAT; empty when there is none. */
  readonly settings: string;
  readonly format: string;
  readonly dataStart: number;
}

/** `INSERT ... SELECT ... FROM input('structure') FORMAT X`: the rows pass through a SELECT. */
export interface InsertThroughSelect {
  readonly kind: 'insert-input';
  /** Where `input(` starts and its closing parenthesis ends, and the bytes between the parentheses. */
  readonly inputStart: number;
  readonly inputEnd: number;
  readonly structure: string;
  readonly statementEnd: number;
  readonly format: string;
  readonly dataStart: number;
}

/** `incomplete`: the text ends before the statement shows what it is. */
export type InsertShape =
  | InsertWithData
  | InsertThroughSelect
  | { readonly kind: 'insert-select' }
  | { readonly kind: 'insert-infile' }
  | { readonly kind: 'incomplete' };

type Tokens = Iterator<SqlToken, void, undefined>;

const INCOMPLETE = { kind: 'incomplete' } as const;

/** Reads on behind the word INSERT, and no further than to the first byte of data. */
export function readInsert(sql: string, tokens: Tokens): InsertShape {
  const target = readTarget(tokens);
  if (target === undefined) return INCOMPLETE;
  let token: SqlToken | undefined = target.next;
  let targetEnd = target.end;
  let depth = 0;
  while (token !== undefined) {
    if (isSymbol(token, '(')) {
      depth += 1;
      const first = next(tokens);
      if (depth === 1 && isWord(first, 'SELECT', 'WITH')) return readInputSelect(sql, tokens);
      token = first;
      continue;
    }
    if (isSymbol(token, ')')) depth -= 1;
    if (depth === 0) {
      if (isWord(token, 'FORMAT')) return withData(sql, { targetEnd, format: token, name: next(tokens) });
      if (isWord(token, 'VALUES')) return withData(sql, { targetEnd, format: token, name: undefined });
      if (isWord(token, 'SELECT', 'WITH')) return readInputSelect(sql, tokens);
      if (isWord(token, 'FROM')) return { kind: 'insert-infile' };
      if (isWord(token, 'SETTINGS')) return readSettings(sql, tokens, targetEnd);
      targetEnd = token.end;
    }
    token = next(tokens);
  }
  return INCOMPLETE;
}

/** `[INTO] [TABLE] [FUNCTION] name`: the first name is a name, whatever word it is. */
function readTarget(
  tokens: Tokens,
): { readonly end: number; readonly next: SqlToken | undefined } | undefined {
  let token = next(tokens);
  if (isWord(token, 'INTO')) token = next(tokens);
  if (isWord(token, 'TABLE')) token = next(tokens);
  if (isWord(token, 'FUNCTION')) token = next(tokens);
  if (token === undefined) return undefined;
  if (isSymbol(token, '{')) {
    while (token !== undefined && !isSymbol(token, '}')) token = next(tokens);
    if (token === undefined) return undefined;
  }
  let end = token.end;
  let following = next(tokens);
  while (isSymbol(following, '.')) {
    const part = next(tokens);
    if (part === undefined) return undefined;
    end = part.end;
    following = next(tokens);
    if (isSymbol(part, '{')) {
      while (following !== undefined && !isSymbol(following, '}')) following = next(tokens);
      end = following?.end ?? end;
      following = next(tokens);
    }
  }
  return { end, next: following };
}

function readSettings(sql: string, tokens: Tokens, targetEnd: number): InsertShape {
  for (let token = next(tokens); token !== undefined; token = next(tokens)) {
    if (isWord(token, 'FORMAT')) return withData(sql, { targetEnd, format: token, name: next(tokens) });
    if (isWord(token, 'VALUES')) return withData(sql, { targetEnd, format: token, name: undefined });
    if (isWord(token, 'SELECT', 'WITH')) return readInputSelect(sql, tokens);
  }
  return INCOMPLETE;
}

function withData(
  sql: string,
  parts: {
    readonly targetEnd: number;
    readonly format: SqlToken;
    readonly name: SqlToken | undefined;
  },
): InsertShape {
  const isValues = isWord(parts.format, 'VALUES');
  if (!isValues && parts.name?.kind !== 'word') return INCOMPLETE;
  const end = parts.name?.end ?? parts.format.end;
  return {
    kind: 'insert-data',
    targetEnd: parts.targetEnd,
    settings: sql.slice(parts.targetEnd, parts.format.start).trim(),
    format: parts.name?.text ?? 'Values',
    dataStart: skipToData(sql, end),
  };
}

/** Finds `input(...)` and a closing FORMAT in the SELECT; without both the SELECT brings its own rows. */
function readInputSelect(sql: string, tokens: Tokens): InsertShape {
  let input: { start: number; open: number; close: number } | undefined;
  let depth = 0;
  let inputDepth = -1;
  let previous: SqlToken | undefined;
  for (let token = next(tokens); token !== undefined; previous = token, token = next(tokens)) {
    if (isSymbol(token, ')')) {
      depth -= 1;
      if (input !== undefined && depth === inputDepth && input.close === 0) input.close = token.start;
    }
    if (isSymbol(token, '(')) {
      if (input === undefined && previous?.kind === 'word' && previous.text.toLowerCase() === 'input') {
        input = { start: previous.start, open: token.end, close: 0 };
        inputDepth = depth;
      }
      depth += 1;
    }
    if (input !== undefined && input.close > 0 && depth <= 0 && isWord(token, 'FORMAT')) {
      const name = next(tokens);
      if (name?.kind !== 'word') return INCOMPLETE;
      return {
        kind: 'insert-input',
        inputStart: input.start,
        inputEnd: input.close + 1,
        structure: sql.slice(input.open, input.close).trim(),
        statementEnd: token.start,
        format: name.text,
        dataStart: skipToData(sql, name.end),
      };
    }
  }
  return { kind: 'insert-select' };
}

/** ClickHouse's rule: blanks, then one line end, then data. */
function skipToData(sql: string, end: number): number {
  let offset = end;
  while (sql.charAt(offset) === ' ' || sql.charAt(offset) === '\t' || sql.charAt(offset) === '\f')
    offset += 1;
  if (sql.charAt(offset) === '\r') offset += 1;
  if (sql.charAt(offset) === '\n') offset += 1;
  return offset;
}

function next(tokens: Tokens): SqlToken | undefined {
  const step = tokens.next();
  return step.done === true ? undefined : step.value;
}
