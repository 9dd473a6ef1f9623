/**
 * ClickHouse's lexical rules, as far as telling statements apart needs them: words, quoted names, strings, heredocs, comments, symbols.
 *
 * Input is latin1 text: one character per byte, so that offsets are byte offsets and binary data behind an INSERT stays intact.
 * Tokens are made on demand, because what follows `FORMAT Native` is not SQL.
 */
type SqlTokenKind = 'word' | 'quoted' | 'string' | 'number' | 'symbol';

export interface SqlToken {
  readonly kind: SqlTokenKind;
  /** Words as written; quoted names and strings without their quotes, escapes kept; symbols one character each. */
  readonly text: string;
  /** Byte offsets, `end` exclusive. */
  readonly start: number;
  readonly end: number;
}

/** A dollar sign may stand inside a word; taken for the start of a heredoc it would hide what follows. */
const WORD = /[A-Za-z_][A-Za-z0-9_$]*/y;
const NUMBER = /[0-9][A-Za-z0-9_$.]*/y;
const HEREDOC_TAG = /\$[A-Za-z0-9_]*\$/y;
const BLANK = /\s/;
const COMMENT_MARK = /\/\*|\*\//g;
/** Typographic quotes, which ClickHouse accepts too, as the bytes of their UTF-8 form. */
const UNICODE_QUOTES = [
  { open: '\xe2\x80\x98', close: '\xe2\x80\x99', kind: 'string' },
  { open: '\xe2\x80\x9c', close: '\xe2\x80\x9d', kind: 'quoted' },
] as const;

/** Yields tokens from `from` on; ends at the end of the text or of an unterminated quote. */
export function* sqlTokens(sql: string, from = 0): Generator<SqlToken, void, undefined> {
  let offset = from;
  while (offset < sql.length) {
    const blankEnd = skipBlank(sql, offset);
    if (blankEnd > offset) {
      offset = blankEnd;
      continue;
    }
    const token = tokenAt(sql, offset);
    yield token;
    offset = token.end;
  }
}

function skipBlank(sql: string, offset: number): number {
  if (BLANK.test(sql.charAt(offset)) || sql.charAt(offset) === '\0') return offset + 1;
  if (sql.startsWith('--', offset) || /^#[\s!]/.test(sql.slice(offset, offset + 2))) {
    const lineEnd = sql.indexOf('\n', offset);
    return lineEnd === -1 ? sql.length : lineEnd + 1;
  }
  if (sql.startsWith('/*', offset)) return commentEnd(sql, offset);
  return offset;
}

/** Comments nest: each opening one needs a closing one of its own. */
function commentEnd(sql: string, start: number): number {
  COMMENT_MARK.lastIndex = start;
  let depth = 0;
  for (let mark = COMMENT_MARK.exec(sql); mark !== null; mark = COMMENT_MARK.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return COMMENT_MARK.lastIndex;
  }
  return sql.length;
}

function tokenAt(sql: string, start: number): SqlToken {
  const first = sql.charAt(start);
  if (first === "'" || first === '"' || first === '`') {
    const end = quoteEnd(sql, start, first);
    return token(sql, first === "'" ? 'string' : 'quoted', { start, end, quote: 1 });
  }
  for (const quote of UNICODE_QUOTES) {
    if (!sql.startsWith(quote.open, start)) continue;
    const close = sql.indexOf(quote.close, start + 3);
    return token(sql, quote.kind, { start, end: close === -1 ? sql.length : close + 3, quote: 3 });
  }
  const tag = match(HEREDOC_TAG, sql, start);
  if (tag !== undefined) {
    const close = sql.indexOf(tag, start + tag.length);
    const end = close === -1 ? sql.length : close + tag.length;
    return token(sql, 'string', { start, end, quote: tag.length });
  }
  const word = match(WORD, sql, start);
  if (word !== undefined) return { kind: 'word', text: word, start, end: start + word.length };
  const number = match(NUMBER, sql, start);
  if (number !== undefined) return { kind: 'number', text: number, start, end: start + number.length };
  return { kind: 'symbol', text: first, start, end: start + 1 };
}

function token(
  sql: string,
  kind: SqlTokenKind,
  span: { readonly start: number; readonly end: number; readonly quote: number },
): SqlToken {
  const text = sql.slice(span.start + span.quote, Math.max(span.start + span.quote, span.end - span.quote));
  return { kind, text, start: span.start, end: span.end };
}

/** A quote ends at the first one that is neither escaped by a backslash nor doubled. */
function quoteEnd(sql: string, start: number, quote: string): number {
  let offset = start + 1;
  while (offset < sql.length) {
    const character = sql.charAt(offset);
    if (character === '\\') offset += 2;
    else if (character !== quote) offset += 1;
    else if (sql.charAt(offset + 1) === quote) offset += 2;
    else return offset + 1;
  }
  return sql.length;
}

function match(pattern: RegExp, sql: string, start: number): string | undefined {
  pattern.lastIndex = start;
  return pattern.exec(sql)?.[0];
}

/** Whether the token is this unquoted keyword, in any case. */
export function isWord(candidate: SqlToken | undefined, ...words: readonly string[]): boolean {
  return candidate?.kind === 'word' && words.includes(candidate.text.toUpperCase());
}

export function isSymbol(candidate: SqlToken | undefined, symbol: string): boolean {
  return candidate?.kind === 'symbol' && candidate.text === symbol;
}

/** A ClickHouse string literal holding exactly this text. */
export function stringLiteral(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** A ClickHouse quoted name holding exactly this text. */
export function quotedName(text: string): string {
  return `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}
