import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../console/asking.ts';
import { runCli, type RunningCli } from '../support/burnline-cli.ts';
import { postRecords, sqlRows, startReadyUp, type Ready } from '../support/embedded-up.ts';

/**
 * Goal: an analyst of some tenants sees of tables and views that have a tenant the rows of these alone, whatever is asked and in whatever
 * order others ask, and nothing of what has none. What there is, the analyst of everything says.
 */
const SPECS = new URL('../../examples/quickstart/slos.yaml', import.meta.url).pathname;
const ODD = `o'dd <&>\\ "t`;
const TENANTS = ['acme', 'globex', ODD, ''];
const ANALYSTS = [
  { name: 'of-acme', password: 'acme-secret', tenants: ['acme'] },
  { name: 'of-two', password: 'two-secret-2', tenants: ['globex', ODD] },
  { name: 'of-nobody', password: 'nobody-secret', tenants: ['nobody'] },
  { name: 'of-all', password: 'all-secret-1' },
] as const;
type Analyst = (typeof ANALYSTS)[number];

let root: string;
let running: RunningCli;
let ready: Ready;

const mayRead = (analyst: Analyst, tenant: string): boolean =>
  !('tenants' in analyst) || (analyst.tenants as readonly string[]).includes(tenant);

async function ask(
  { name, password }: Pick<Analyst, 'name' | 'password'>,
  statement: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly text: string }> {
  const query = new URLSearchParams({ database: 'burnline', ...settings });
  const response = await fetch(`${ready.sql}/?${query.toString()}`, {
    method: 'POST',
    headers: { 'x-clickhouse-user': name, 'x-clickhouse-key': password },
    body: statement,
  });
  return { status: response.status, text: await response.text() };
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-tenants-'));
  const file = path.join(root, 'analysts.json');
  await writeFile(file, JSON.stringify(ANALYSTS), { mode: 0o600 });
  ({ running, ready } = await startReadyUp(
    { specs: SPECS, dataDir: path.join(root, 'data') },
    ...['--analysts-file', file],
  ));
  const events = Array.from({ length: 60 }, (_, index) => ({
    ...{ service: 'chat', provider: 'openai', model_requested: 'm', tenant: TENANTS[index % 4]! },
    ...{ status: index % 5 === 0 ? 'error' : 'ok', duration_ms: 100 + index, request_id: `r-${index}` },
  }));
  await postRecords(`${ready.intake}/v1/events`, events);
  await postRecords(
    `${ready.intake}/v1/verdicts`,
    events.map(({ request_id }, index) => ({
      ...{ request_id, evaluator: 'judge', dimension: 'quality', passed: index % 3 > 0 },
    })),
  );
  for (const table of ['inferences', 'verdicts'])
    await eventually(async () => {
      const [row] = await sqlRows<{ n: number }>(ready.sql, `SELECT count() AS n FROM ${table}`);
      return row!.n === 60 ? row : undefined;
    });
}, 120_000);
afterAll(async () => {
  running.child.kill('SIGTERM');
  await running.ended;
  await rm(root, { recursive: true, force: true });
}, 60_000);

const RELATIONS = ['inference_events', 'inferences', 'eval_verdicts', 'verdicts'];

describe('an analyst of some tenants', () => {
  it.each(RELATIONS)('sees of %s what the administrator sees of these tenants', async (relation) => {
    const byTenant = `SELECT tenant, count() AS n FROM ${relation} GROUP BY tenant ORDER BY tenant`;
    const all = await sqlRows<{ tenant: string; n: number }>(ready.sql, byTenant);
    expect(all.map(({ tenant }) => tenant)).toEqual([...TENANTS].sort());
    // In turns, with what the engine keeps of conditions and without: nothing of one is another's.
    for (const use_query_condition_cache of ['1', '0', '1'])
      for (const analyst of ANALYSTS) {
        const wanted = all.filter(({ tenant }) => mayRead(analyst, tenant));
        const { status, text } = await ask(analyst, `${byTenant} FORMAT JSONEachRow`, {
          use_query_condition_cache,
          output_format_json_quote_64bit_integers: '0',
        });
        expect(status, text).toBe(200);
        const rows = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as object]));
        expect(rows, analyst.name).toEqual(wanted);
        const failed = await ask(analyst, `SELECT count() FROM ${relation} WHERE tenant = 'acme'`, {
          use_query_condition_cache,
        });
        expect(failed.text, analyst.name).toBe(mayRead(analyst, 'acme') ? '15\n' : '0\n');
      }
  });

  it('finds no way around: joins, subqueries, samples of parts, functions over tables', async () => {
    const [acme] = ANALYSTS;
    for (const statement of [
      `SELECT count() FROM inferences AS a INNER JOIN inference_events AS b ON a.request_id = b.request_id`,
      `SELECT count() FROM inference_events PREWHERE tenant != 'acme' OR tenant = 'acme'`,
      `SELECT (SELECT count() FROM inference_events)`,
      `SELECT count() FROM (SELECT * FROM inferences UNION ALL SELECT * FROM inferences WHERE 0)`,
      `WITH x AS (SELECT * FROM inferences) SELECT count() FROM x`,
      `SELECT count() FROM viewExplain('EXPLAIN', '', (SELECT count() FROM inferences)) WHERE 0`,
      `SELECT count() FROM merge('burnline', '^inference_events$')`,
    ]) {
      const { status, text } = await ask(acme, statement);
      expect(status === 200 ? Number(text) : 0, `${statement}: ${text}`).toBeLessThanOrEqual(15);
    }
    // What the engine knows without reading rows: counts and bounds of parts.
    for (const settings of [{ optimize_trivial_count_query: '1' }, { optimize_use_projections: '1' }])
      expect((await ask(acme, 'SELECT count() FROM inference_events', settings)).text).toBe('15\n');
    expect(
      (await ask(acme, 'SELECT uniqExact(tenant), min(tenant), max(tenant) FROM inference_events')).text,
    ).toBe('1\tacme\tacme\n');
  });

  it.each([
    'SELECT count() FROM budgets',
    'SELECT labels FROM series',
    'SELECT * FROM slo_status',
    'SELECT raw FROM dead_letters',
    'SET ROLE pipeline',
    'SET ROLE ALL',
    "SELECT count() FROM mergeTreeIndex('burnline', 'inference_events')",
    'INSERT INTO inference_events (tenant) VALUES (1)',
  ])('is refused "%s"', async (statement) => {
    const { status, text } = await ask(ANALYSTS[0], statement);
    expect(status, text).toBeGreaterThanOrEqual(400);
    for (const other of TENANTS.slice(1, 3)) expect(text).not.toContain(other);
  });

  it.each([
    'SELECT query FROM system.processes',
    'SHOW PROCESSLIST',
    'SELECT * FROM system.parts',
    'SELECT * FROM system.parts_columns',
    'SELECT * FROM system.query_cache',
  ])('learns nothing from "%s"', async (statement) => {
    expect(await ask(ANALYSTS[0], statement)).toEqual({ status: 200, text: '' });
  });

  it('may not log in with the password of another', async () => {
    expect((await ask({ ...ANALYSTS[0], password: ANALYSTS[1].password }, 'SELECT 1')).status).toBe(403);
  });
});

describe('a file of analysts', () => {
  it.each([
    ['[{"name":"analyst","password":"long-enough"}]', /this name is taken/],
    ['[{"name":"ann","password":"short"}]', /8 characters/],
    ['[{"name":"ann","password":"sesame-12","tenants":[]}]', /tenants/],
    ['[{"name":"ann","password":"sesame-12","tenant":"acme"}]', /tenant/],
    ['sesame-12', /no JSON/],
  ])('%s is refused before anything starts, without a password in the message', async (text, why) => {
    const file = path.join(root, 'wrong.json');
    await writeFile(file, text);
    const refused = await runCli(['up', '--data-dir', path.join(root, 'other'), '--analysts-file', file]);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(why);
    expect(refused.stderr).not.toContain('sesame');
  });
});
