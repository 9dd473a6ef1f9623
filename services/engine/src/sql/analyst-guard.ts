import { ClickHouseError } from '../http/clickhouse-error.ts';
import { isSymbol, isWord, sqlTokens, type SqlToken } from './sql-tokens.ts';

/**
 * Functions that an ordinary SELECT may call and that reach beyond the database.
 *
 * A server confines `file()` to its user_files folder; the embedded engine lets it read any file of the host without asking for
 * a grant, so no role or setting can take it away. The others need files, hosts or services that an analyst has no business with.
 */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set([
  'file',
  'catboostEvaluate',
  'hasColumnInTable',
  'reverseDNSQuery',
  'aiClassify',
  'aiEmbed',
  'aiExtract',
  'aiGenerate',
  'aiTranslate',
]);

const ALLOWED_VERBS = ['SELECT', 'WITH', 'SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN', 'EXISTS'];

/**
 * Checks what an analyst may run, on the engine's own one-line rendering of the statement: comments, heredocs, odd quotes and
 * second statements are gone from it, and it is this text that runs afterwards.
 *
 * `parameters` are the names of the request's `param_*` values. A placeholder needs one of them (a session may remember those of
 * others), and none may stand for a name: `{p:Identifier}` names a function where one is passed as an argument.
 * `isLimited`: by an analyst who may read rows of some tenants alone.
 * Throws ClickHouseError 164 (READONLY), 358 (INTO_OUTFILE_NOT_ALLOWED), 456 (UNKNOWN_QUERY_PARAMETER) or 497 (ACCESS_DENIED).
 */
export function checkAnalystStatement(
  sql: string,
  parameters: ReadonlySet<string>,
  { isLimited = false }: { readonly isLimited?: boolean } = {},
): void {
  const tokens = [...sqlTokens(sql)];
  const verb = tokens.find((token) => !isSymbol(token, '('));
  if (!isWord(verb, ...ALLOWED_VERBS)) throw readOnlyError();
  tokens.forEach((token, index) => {
    const previous = tokens[index - 1];
    if (isSymbol(token, '$')) throw readOnlyError();
    if (isWord(token, 'OUTFILE') && isWord(previous, 'INTO')) {
      throw new ClickHouseError(358, 'INTO_OUTFILE_NOT_ALLOWED', 'INTO OUTFILE is not allowed');
    }
    if (isWord(token, 'WITH') && isWord(previous, 'PARALLEL')) throw readOnlyError();
    if (isForbiddenName(token, previous)) throw accessError(token.text);
    if (isLimited && isPartReader(token)) throw closedError(token.text);
    if (isSymbol(token, '{')) checkPlaceholder(tokens, index, parameters);
  });
}

/** Names behind a dot or AS are columns and aliases, never functions. */
function isForbiddenName(token: SqlToken, previous: SqlToken | undefined): boolean {
  if (token.kind !== 'word' && token.kind !== 'quoted') return false;
  return FORBIDDEN_NAMES.has(plainName(token.text)) && !isSymbol(previous, '.') && !isWord(previous, 'AS');
}

/** Table functions over what parts hold beside rows, such as bounds of keys: no policy of rows holds there. */
const isPartReader = (token: SqlToken): boolean =>
  (token.kind === 'word' || token.kind === 'quoted') && plainName(token.text).startsWith('mergeTree');

/** Escapes inside a quoted name may spell any letter; none of the forbidden names needs one. */
function plainName(text: string): string {
  return text
    .replaceAll(/\\x([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll('\\', '');
}

/** `{name:Type}`, and nothing else that begins with a brace: the engine renders maps as function calls. */
function checkPlaceholder(tokens: readonly SqlToken[], open: number, parameters: ReadonlySet<string>): void {
  const [name, colon, type] = tokens.slice(open + 1, open + 4);
  if (name === undefined || !isSymbol(colon, ':') || type === undefined) throw readOnlyError();
  if (plainName(type.text).toLowerCase() === 'identifier') {
    throw new ClickHouseError(
      497,
      'ACCESS_DENIED',
      `Not enough privileges. A parameter may be a value, not a name ({${name.text}:Identifier} is closed to analysts)`,
    );
  }
  if (!parameters.has(plainName(name.text))) {
    throw new ClickHouseError(456, 'UNKNOWN_QUERY_PARAMETER', `Substitution \`${name.text}\` is not set`);
  }
}

function readOnlyError(): ClickHouseError {
  return new ClickHouseError(164, 'READONLY', 'Cannot execute query in readonly mode');
}

function closedError(name: string): ClickHouseError {
  return new ClickHouseError(
    497,
    'ACCESS_DENIED',
    `Not enough privileges. ${name} is closed to analysts who may read rows of some tenants`,
  );
}

function accessError(name: string): ClickHouseError {
  return new ClickHouseError(
    497,
    'ACCESS_DENIED',
    `Not enough privileges. To execute this query, it's necessary to have the grant READ ON FILE (${name} is closed to analysts)`,
  );
}
