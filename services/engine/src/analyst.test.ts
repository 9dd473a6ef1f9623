import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIXED_SETTINGS, LIMITED_SETTINGS } from './engine/analyst-profile.ts';
import { ANALYST, send, sql, startEngineFixture, type EngineFixture } from './testing/engine-fixture.ts';

const SECRET = '/etc/passwd';

/** What an analyst may try, and the code of the refusal. */
const REFUSED: readonly (readonly [code: number, statement: string])[] = [
  // Writing, in every disguise.
  [164, 'INSERT INTO t VALUES (9)'],
  [164, 'INSERT INTO t SELECT 9'],
  [164, 'WITH x AS (SELECT 9) INSERT INTO t SELECT * FROM x'],
  [164, '/* a */ -- b\n insert /* c */ into t values (9)'],
  [164, '# comment\nINSERT INTO t FORMAT JSONEachRow {"a":9}'],
  [164, "INSERT INTO FUNCTION file('x.tsv') SELECT 1"],
  [164, 'CREATE TABLE u (a UInt8) ENGINE = MergeTree ORDER BY a'],
  [164, 'CREATE TEMPORARY TABLE u (a UInt8)'],
  [164, 'CREATE FUNCTION f AS x -> file(x)'],
  [164, 'DROP TABLE t'],
  [164, 'TRUNCATE TABLE t'],
  [164, 'ALTER TABLE t DELETE WHERE 1'],
  [164, 'DELETE FROM t WHERE 1'],
  [164, 'UPDATE t SET a = 1 WHERE 1'],
  [164, 'OPTIMIZE TABLE t FINAL'],
  [164, 'SELECT 1 PARALLEL WITH DROP TABLE t'],
  [62, 'SELECT 1; DROP TABLE t'],
  [62, 'SELECT 1;; /* */ INSERT INTO t VALUES (9)'],
  // Rights.
  [164, 'SET readonly = 0'],
  [164, 'SET ROLE ALL'],
  [164, 'SET ROLE pipeline'],
  [164, 'SET DEFAULT ROLE ALL TO default'],
  [164, "SET profile = 'pipeline'"],
  [164, 'GRANT pipeline TO default'],
  [164, 'EXECUTE AS default SELECT 1'],
  [164, 'KILL QUERY WHERE 1'],
  [164, 'SYSTEM SHUTDOWN'],
  [164, 'USE system'],
  [164, 'SELECT 1 SETTINGS readonly = 0'],
  [164, 'SELECT 1 SETTINGS readonly = 1'],
  [164, "SELECT 1 SETTINGS profile = 'pipeline'"],
  [164, "SELECT 1 SETTINGS profile = 'default'"],
  // Files of the host.
  [497, `SELECT file('${SECRET}')`],
  [497, `SELECT \`file\`('${SECRET}')`],
  [497, `SELECT "file"('${SECRET}')`],
  [497, `SELECT \`fi\\x6ce\`('${SECRET}')`],
  [497, `SELECT “file”('${SECRET}')`],
  [497, `SELECT file /* x */ ('${SECRET}')`],
  [497, `SELECT arrayMap(file, ['${SECRET}'])`],
  [497, `SELECT arrayMap(x -> file(x), ['${SECRET}'])`],
  [497, `WITH (x -> file(x)) AS f SELECT f('${SECRET}')`],
  [497, `SELECT * APPLY(file) FROM (SELECT '${SECRET}' AS x)`],
  [497, `SELECT * APPLY file FROM (SELECT '${SECRET}' AS x)`],
  [497, `EXPLAIN SELECT file('${SECRET}')`],
  [497, `SELECT 1 AS a$x$, file('${SECRET}') AS b$x$`],
  [497, `SELECT $x$ ' $x$, file('${SECRET}'), $x$ ' $x$`],
  [497, `SELECT * FROM file('${SECRET}', 'LineAsString')`],
  [497, `DESCRIBE TABLE file('${SECRET}')`],
  [60, `SELECT * FROM '${SECRET}'`],
  [60, `SELECT * FROM \`${SECRET}\``],
  [497, "SELECT * FROM filesystem('/etc')"],
  [497, "SELECT * FROM sqlite('/x', 't')"],
  [497, "SELECT * FROM deltaLakeLocal('/etc')"],
  [358, "SELECT 1 INTO OUTFILE 'out.tsv'"],
  [358, "SHOW TABLES INTO OUTFILE 'out.tsv'"],
  [452, `SELECT 1 FORMAT Template SETTINGS format_template_resultset = '${SECRET}'`],
  [452, `SELECT 1 SETTINGS additional_result_filter = 'length(file(\\'${SECRET}\\')) > 0'`],
  [452, "SELECT 1 FORMAT Protobuf SETTINGS output_format_schema = 'out'"],
  // Other hosts.
  [497, "SELECT * FROM url('http://127.0.0.1:1/x', TSV, 'a String')"],
  [497, "SELECT * FROM s3('http://127.0.0.1:1/bucket/x')"],
  [497, "SELECT * FROM remote('127.0.0.1:1', system.one)"],
  [497, "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')"],
  [497, "SELECT * FROM executable('x', 'TSV', 'a String')"],
  [497, "SELECT aiGenerate('c', 'p')"],
  // Limits.
  [452, 'SELECT 1 SETTINGS max_execution_time = 0'],
  [452, 'SELECT 1 SETTINGS max_execution_time = 100000'],
  [452, 'SELECT 1 SETTINGS max_memory_usage = 0'],
  [452, 'SELECT 1 SETTINGS max_memory_usage = 100000000000'],
  [452, 'SELECT 1 SETTINGS max_untracked_memory = 100000000000'],
  [452, 'SELECT 1 SETTINGS max_threads = 64'],
  [452, 'SELECT 1 SETTINGS allow_introspection_functions = 1'],
  [452, "SELECT 1 SETTINGS compatibility = '20.1'"],
];

/** Whatever might make the statement look different to the guard and to the engine. */
const HOSTILE_PIECES = [
  ...[
    'file',
    '`file`',
    '"file"',
    `file('${SECRET}')`,
    `'${SECRET}'`,
    '{p:Identifier}',
    'APPLY(file)',
    'arrayMap(',
  ],
  ...[
    "'",
    '"',
    '`',
    '$$',
    '$x$',
    '$',
    '/*',
    '*/',
    '--',
    '\n',
    '#',
    '‘',
    '’',
    '“',
    '”',
    '\\',
    "\\'",
    '\0',
    '\u00a0',
  ],
  ...['(', ')', ',', ';', 'AS', 'a', '1', 'x ->', 'SELECT', 'WITH', 'FROM', 'UNION ALL SELECT', 'FORMAT TSV'],
];

/** What an analyst's client does every day. */
const ALLOWED: readonly (readonly [statement: string, answer: string])[] = [
  ['SELECT sum(a) FROM t', '6\n'],
  ['select a from t order by a limit 1;', '1\n'],
  ['-- comment\nWITH x AS (SELECT 1 AS one) SELECT one FROM x', '1\n'],
  ['(SELECT 1) UNION ALL (SELECT 1)', '1\n1\n'],
  ['FROM t SELECT count()', '3\n'],
  ["SELECT 'INSERT INTO t; SELECT file(1) INTO OUTFILE'", 'INSERT INTO t; SELECT file(1) INTO OUTFILE\n'],
  ["SELECT 'it''s', $$a$$, 'é'", "it\\'s\ta\té\n"],
  ['SELECT x.file FROM (SELECT 1 AS file) AS x', '1\n'],
  ['SELECT 1 SETTINGS max_threads = 1', '1\n'],
  ['EXISTS t', '1\n'],
  ['SHOW TABLES', 't\n'],
  ['SELECT count() FROM numbers(10)', '10\n'],
  ['SELECT 1 AS a FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 1', '{"a":1}\n'],
];

/** Statements whose column names and values depend on how they are written. */
const SAME_AS_PIPELINE: readonly string[] = [
  'SELECT 1+1, -1, - 1, -(-1), not 1, 1 == 1, 1 <> 2',
  "SELECT 1::UInt8, '2'::String, [1,2]::Array(UInt8), CAST(1 AS String), CAST('1', 'UInt8')",
  "SELECT interval 1 day, interval '2' hour, date '2020-01-01'",
  'SELECT 0.1, 1e10, 1e100, 0x1F, inf, nan, 18446744073709551615, -9223372036854775808',
  "SELECT 'it''s \\n \\\\ \\' \\t é 日本', $$heredoc$$",
  "SELECT CASE 1 WHEN 1 THEN 'a' ELSE 'b' END, 1 ? 2 : 3, 1 BETWEEN 0 AND 2, NULL IS NULL",
  'SELECT arrayMap(x->x+1,[1,2]), map(1,2)[1], tuple(1,2).1',
  'SELECT number, sum(number) OVER (ORDER BY number ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM numbers(3)',
  'SELECT * EXCEPT(b) REPLACE(a + 1 AS a) FROM (SELECT 1 AS a, 2 AS b)',
  'WITH 1 AS x, (SELECT 2) AS y SELECT x, y',
  'SELECT quantiles(0.5,0.9)(number), uniqExact(number) FILTER (WHERE number > 1) FROM numbers(10)',
  'SELECT a.x FROM (SELECT 1 AS x) a JOIN (SELECT 1 AS x) b USING x',
  'SELECT * FROM numbers(6) LIMIT 1 BY number % 2 LIMIT 2 OFFSET 1',
  'SELECT number % 2 AS k, count() FROM numbers(3) GROUP BY k WITH TOTALS ORDER BY k DESC NULLS LAST',
  'SELECT 1 AS format, 2 AS values, 3 AS `a b`, 4 AS "c"',
];

describe('an analyst', () => {
  let fixture: EngineFixture;
  let workDirectory: string;

  beforeAll(async () => {
    workDirectory = await mkdtemp(join(tmpdir(), 'burnline-analyst-'));
    fixture = await startEngineFixture();
    await sql(fixture.engine, 'CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a');
    await sql(fixture.engine, 'INSERT INTO t VALUES (1), (2), (3)');
  });
  afterAll(async () => {
    await fixture.remove();
    await rm(workDirectory, { recursive: true, force: true });
  });

  it.each(ALLOWED)('may run %s', async (statement, answer) => {
    expect(await sql(fixture.engine, statement, ANALYST)).toBe(answer);
  });

  it.each(SAME_AS_PIPELINE)('gets the same columns as the pipeline from %s', async (body) => {
    const parameters = { default_format: 'JSONCompact', output_format_write_statistics: '0' };
    const answer = await send(fixture.engine, { user: ANALYST, parameters, body });
    expect(answer.text).toBe((await send(fixture.engine, { parameters, body })).text);
    expect(answer.status).toBe(200);
  });

  it.each(REFUSED)('is refused with code %i: %s', async (code, statement) => {
    const answer = await send(fixture.engine, { user: ANALYST, body: statement });
    expect(answer.text).toMatch(new RegExp(`^Code: ${code}\\. `));
    expect(answer.headers.get('x-clickhouse-exception-code')).toBe(`${code}`);
    expect(answer.text).not.toContain('root:');
    expect(await sql(fixture.engine, 'SELECT sum(a), count() FROM t')).toBe('6\t3\n');
  });

  it.each([
    [{ readonly: '0' }, 164],
    [{ profile: 'pipeline' }, 164],
    [{ max_execution_time: '0' }, 452],
    [{ dialect: 'kusto', allow_experimental_kusto_dialect: '1' }, 452],
    [{ format_template_row: SECRET }, 452],
    [{ role: 'pipeline' }, 512],
    [{ 'a = 1, readonly': '0' }, 115],
  ])('cannot widen its rights with URL parameters %o', async (parameters, code) => {
    const answer = await send(fixture.engine, { user: ANALYST, parameters, body: 'SELECT 1' });
    expect(answer.headers.get('x-clickhouse-exception-code')).toBe(`${code}`);
  });

  it('cannot name a forbidden function through a parameter', async () => {
    const statement = `SELECT arrayMap({f:Identifier}, ['${SECRET}'])`;
    for (const name of ['file', '`file`', 'fi\\x6ce', ' file ']) {
      const answer = await send(fixture.engine, {
        user: ANALYST,
        parameters: { param_f: name },
        body: statement,
      });
      expect(answer.status).not.toBe(200);
      expect(answer.text).not.toContain('root:');
    }
  });

  it('cannot read a file of the host with any mixture of quotes, comments and calls', async () => {
    const pieces = fc.constantFrom(...HOSTILE_PIECES);
    const statement = fc.array(fc.tuple(pieces, fc.constantFrom('', ' ')), { minLength: 1, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(statement, fc.boolean(), async (parts, hasCall) => {
        const noise = parts.map(([piece, blank]) => piece + blank).join('');
        const body = `SELECT ${noise}${hasCall ? `, file('${SECRET}')` : ''}`;
        const answer = await send(fixture.engine, { user: ANALYST, parameters: { param_p: 'file' }, body });
        expect(answer.text).not.toContain('root:');
      }),
      { numRuns: 300, seed: 20_261_121 },
    );
  });

  it('writes no file with INTO OUTFILE, and neither does the pipeline', async () => {
    const path = join(workDirectory, 'out.tsv');
    for (const user of [ANALYST, undefined]) {
      const body = `SELECT 1 INTO OUTFILE '${path}'`;
      const answer = await send(fixture.engine, { body, ...(user === undefined ? {} : { user }) });
      expect(answer.headers.get('x-clickhouse-exception-code')).toBe('358');
    }
    await expect(access(path)).rejects.toThrow('ENOENT');
  });

  it('runs within its limits, and with FINAL unless it says otherwise', async () => {
    const names = ['readonly', 'max_threads', 'final', 'allow_ddl', 'implicit_select'];
    const list = names.map((name) => `getSetting('${name}')`).join(', ');
    expect(await sql(fixture.engine, `SELECT currentRoles(), ${list}`, ANALYST)).toBe(
      "['analyst']\t2\t1\ttrue\tfalse\tfalse\n",
    );
    const slow = await send(fixture.engine, {
      user: ANALYST,
      parameters: { max_execution_time: '1' },
      body: 'SELECT count() FROM numbers(1000000000000) WHERE number % 7 = 3',
    });
    expect(slow.headers.get('x-clickhouse-exception-code')).toBe('159');
    expect(slow.status).toBe(408);
    const large = await send(fixture.engine, {
      user: ANALYST,
      body: 'SELECT length(groupArray(number)) FROM numbers(1000000000)',
    });
    expect(large.headers.get('x-clickhouse-exception-code')).toBe('241');
  });

  it('has every setting that carries SQL, a path or an address fixed', async () => {
    // A setting that a later engine adds must be judged before it is left open.
    const harmless = [
      /^(input_)?format_(csv|custom|tsv|regexp|json|hive)/,
      /^output_format_(?!schema)/,
      /^input_format_(hive|mysql|orc)/,
      /^bool_/,
      /time_zone/,
    ];
    const judged = new Set([
      ...FIXED_SETTINGS,
      ...LIMITED_SETTINGS,
      'chdb_client_name',
      'column_names_for_schema_inference',
      'count_distinct_implementation',
      'distributed_plan_force_exchange_kind',
      'errors_output_format',
      'exclude_materialize_skip_indexes_on_insert',
      'force_data_skipping_indices',
      'force_optimize_projection_name',
      'format_schema_message_name',
      'format_template_resultset_format',
      'format_template_row_format',
      'format_template_rows_between_delimiter',
      'http_response_headers',
      'iceberg_metadata_compression_method',
      'ignore_data_skipping_indices',
      'insert_deduplication_token',
      'log_comment',
      'network_compression_method',
      'preferred_optimize_projection_name',
      'query_cache_tag',
      'schema_inference_hints',
    ]);
    const names = await sql(
      fixture.engine,
      "SELECT name FROM system.settings WHERE type IN ('String', 'Map', 'URI', 'Dialect') ORDER BY name",
    );
    const open = names
      .trim()
      .split('\n')
      .filter((name) => !judged.has(name) && !harmless.some((pattern) => pattern.test(name)));
    expect(open).toEqual([]);
  });
});
