/** Draws statements that might look different to a guard and to the engine: pieces of calls, quotes, comments and placeholders. */
export type Random = () => number;

export interface Canaries {
  /** A file of the host that no analyst may read. */
  readonly file: string;
  /** A file that must never come into being. */
  readonly written: string;
  /** A port of loopback that nobody may be made to call. */
  readonly port: number;
}

export interface DrawnRequest {
  readonly statement: string;
  /** URL parameters: settings and `param_*` values. */
  readonly parameters: Readonly<Record<string, string>>;
}

const QUOTES = ["'", '"', '`', '‘', '’', '“', '”', '$$', '$x$', '$', '\\', "\\'", "''", '``', '\\x27'];
const COMMENTS = [
  '/*',
  '*/',
  '/* /* */',
  '*/ */',
  '/*/',
  '/**/',
  '--',
  '\n',
  '#',
  '# ',
  '#!',
  '\r',
  '\u2028',
];
const BLANKS = [' ', '\t', '\0', '\u00a0', '\u200b', '\ufeff', '\u3000', '\f', '\v', ''];
const WORDS = [
  'SELECT',
  'FROM',
  'AS',
  'WITH',
  'UNION ALL SELECT',
  'FORMAT TSV',
  'SETTINGS',
  'x ->',
  '(',
  ')',
  ',',
  ';',
  '.',
  '[',
  ']',
  '{',
  '}',
  ':',
  '::',
  '*',
  '1',
  'a',
  'NULL',
  '= 0',
];
const FORMATS = [
  'TSV',
  'JSON',
  'Null',
  'Template',
  'Protobuf',
  'RawBLOB',
  'CapnProto',
  'SQLInsert',
  'Values',
  'Native',
];
const SETTINGS = [
  'readonly',
  'allow_ddl',
  'dialect',
  'param_p',
  'profile',
  'format_schema',
  'implicit_select',
  'max_parser_depth',
  'allow_introspection_functions',
  'default_format',
  'limit',
  'final',
  'max_query_size',
  'additional_result_filter',
  'http_response_headers',
  'session_id',
  'log_comment',
];
const NAMES = [
  'file',
  'FILE',
  '`file`',
  '"file"',
  '“file”',
  '`fi\\x6ce`',
  '`f\\ile`',
  'f/**/ile',
  '{p:Identifier}',
  '{ p : Identifier }',
  '{p:`Identifier`}',
  '{p:identifier}',
  '{/* /* */ */p:Identifier}',
  '{p:String}',
  '{q:Identifier}',
  'url',
  'executable',
  'sqlite',
  'filesystem',
  'catboostEvaluate',
  'hasColumnInTable',
];

function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error('there is nothing to pick from');
  return value;
}

/** One request: usually a known attack in a disguise, sometimes mere noise. */
export function drawStatement(random: Random, canaries: Canaries): DrawnRequest {
  const statement = random() < 0.7 ? disguised(random, attack(random, canaries)) : noise(random, canaries);
  return { statement, parameters: drawParameters(random, canaries) };
}

function attack(random: Random, { file, written, port }: Canaries): string {
  const name = pick(random, NAMES);
  const url = `http://127.0.0.1:${port}/canary`;
  return pick(random, [
    `SELECT ${name}('${file}')`,
    `SELECT arrayMap(${name}, ['${file}'])`,
    `SELECT arrayMap(x -> ${name}(x), ['${file}'])`,
    `SELECT arrayFold((a, x) -> concat(a, ${name}(x)), ['${file}'], '')`,
    `SELECT * APPLY(${name}) FROM (SELECT '${file}')`,
    `SELECT * APPLY ${name} FROM (SELECT '${file}')`,
    `SELECT * REPLACE (${name}(x) AS x) FROM (SELECT '${file}' AS x)`,
    `WITH ${name} AS f SELECT f('${file}')`,
    `WITH (x -> ${name}(x)) AS f SELECT f('${file}')`,
    `WITH t AS (SELECT ${name}('${file}') AS c) SELECT c FROM t`,
    `SELECT * FROM ${name}('${file}', 'LineAsString', 's String')`,
    `SELECT * FROM '${file}'`,
    `SELECT * FROM \`${file}\``,
    `SELECT * FROM default.\`${file}\``,
    `SELECT * FROM merge('default', '.*')`,
    `SELECT * FROM loop(default, '${file}')`,
    `SELECT * FROM view(SELECT ${name}('${file}'))`,
    `SELECT * FROM viewExplain('EXPLAIN', '', (SELECT ${name}('${file}')))`,
    `DESCRIBE TABLE ${name}('${file}')`,
    `DESCRIBE (SELECT ${name}('${file}') AS c)`,
    `EXPLAIN PLAN SELECT ${name}('${file}')`,
    `EXPLAIN QUERY TREE SELECT ${name}('${file}')`,
    `EXPLAIN SYNTAX SELECT ${name}('${file}')`,
    `EXPLAIN TABLE OVERRIDE ${name}('${file}') COLUMNS (a String)`,
    `EXISTS TABLE \`${file}\``,
    `SHOW CREATE TABLE \`${file}\``,
    `SHOW TABLES FROM default LIKE '${file}'`,
    `SELECT '${file}' IN (SELECT ${name}('${file}'))`,
    `SELECT 1 WHERE ${name}('${file}') != ''`,
    `SELECT throwIf(1, ${name}('${file}'))`,
    `SELECT 1 INTO OUTFILE '${written}'`,
    `SELECT 1 INTO OUTFILE '${written}' TRUNCATE AND STDOUT`,
    `INSERT INTO FUNCTION ${name}('${written}', 'TSV', 'a String') SELECT 'x'`,
    `INSERT INTO canary SELECT 1`,
    `INSERT INTO canary FORMAT TSV 1`,
    `CREATE TABLE u ENGINE = File(TSV, '${written}') AS SELECT 1`,
    `CREATE TEMPORARY TABLE canary AS SELECT 1`,
    `CREATE FUNCTION f AS x -> ${name}(x)`,
    `SELECT 1 PARALLEL WITH INSERT INTO canary SELECT 1`,
    `SELECT 1; INSERT INTO canary SELECT 1`,
    `DROP TABLE canary`,
    `TRUNCATE TABLE canary`,
    `SET ROLE pipeline`,
    `SET param_p = 'file'`,
    `SET readonly = 0`,
    `EXECUTE AS default SELECT 1`,
    `GRANT pipeline TO default`,
    `BACKUP TABLE canary TO File('${written}')`,
    `SYSTEM SHUTDOWN`,
    `SELECT * FROM url('${url}', 'TSV', 'a String')`,
    `SELECT * FROM remote('127.0.0.1:${port}', system.one)`,
    `SELECT * FROM s3('${url}', 'TSV', 'a String')`,
    `SELECT hasColumnInTable('127.0.0.1:${port}', 'default', 't', 'a')`,
    `SELECT * FROM executable('cat ${file}', 'TSV', 'a String')`,
    `SELECT ${name}('/proc/self/environ')`,
    `SELECT arrayStringConcat(arrayMap(${name}, ['/proc/self/environ', '/proc/self/cmdline']))`,
    `SELECT 1 FORMAT ${pick(random, FORMATS)} SETTINGS ${pick(random, SETTINGS)} = '${file}'`,
  ]);
}

/** Puts comments, blanks and quotes where they may or may not change the meaning. */
function disguised(random: Random, statement: string): string {
  if (random() < 0.25) return statement;
  const parts = statement.split(/(?<=[ (,])/);
  const hideCount = 1 + Math.floor(random() * 3);
  for (let count = 0; count < hideCount; count += 1) {
    const index = Math.floor(random() * parts.length);
    const part = parts[index] ?? '';
    parts[index] = pick<() => string>(random, [
      () => `/* /* */ ${pick(random, QUOTES)} */${part}`,
      () => `/* ${pick(random, QUOTES)} */${part}`,
      () => `/*/* ${pick(random, COMMENTS)} */*/${part}`,
      () => `-- ${pick(random, QUOTES)}\n${part}`,
      () => `${pick(random, BLANKS)}${part}`,
      () => `${part}${pick(random, COMMENTS)}`,
      () => `${part}${pick(random, QUOTES)}`,
      () => `$x$ ' $x$, ${part}`,
      () => `'/*', ${part}`,
      () => part.toUpperCase(),
    ])();
  }
  return parts.join('');
}

function noise(random: Random, canaries: Canaries): string {
  const pieces = [
    ...QUOTES,
    ...COMMENTS,
    ...BLANKS,
    ...WORDS,
    ...NAMES,
    `'${canaries.file}'`,
    `file('${canaries.file}')`,
  ];
  const pieceCount = 1 + Math.floor(random() * 12);
  const text = Array.from({ length: pieceCount }, () => pick(random, pieces) + pick(random, ['', ' '])).join(
    '',
  );
  return `SELECT ${text}${random() < 0.5 ? `, file('${canaries.file}')` : ''}`;
}

function drawParameters(random: Random, { file }: Canaries): Readonly<Record<string, string>> {
  const parameters: Record<string, string> = {};
  if (random() < 0.4) parameters['param_p'] = pick(random, ['file', '`file`', 'x', '', file, "a'b\\"]);
  if (random() < 0.1) parameters['param_q'] = 'file';
  if (random() < 0.2) parameters[pick(random, SETTINGS)] = pick(random, ['0', '1', 'kusto', 'file', file]);
  if (random() < 0.2) parameters['default_format'] = pick(random, FORMATS);
  if (random() < 0.1) parameters['database'] = pick(random, ['default', 'system', file, '`']);
  return parameters;
}
