import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli, runCliJson } from '../support/burnline-cli.ts';

/**
 * Goal: what the cap on series left in `__other__` makes no series look whole that may have lost events to it.
 *
 * Method: three models take turns in being the first of their minute, so that with two series each of them is admitted in
 * some minutes and not in others; one of them is counted for a while before the others crowd it out.
 */
const SPECS = new URL('./silence/cap.slos.yaml', import.meta.url).pathname;
const START_MS = Date.UTC(2026, 5, 1);

interface Row {
  readonly at: string;
  readonly model: string;
  readonly total: number;
  readonly coverage: number;
  readonly state: string;
  readonly unassigned: number;
}

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-cap-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const line = (model: string, second: number, status: string): string =>
  JSON.stringify({
    occurred_at: new Date(START_MS + second * 1_000).toISOString(),
    service: 'chat',
    model_requested: model,
    status,
    duration_ms: 1,
  });

async function rowsOf(name: string, lines: readonly string[]): Promise<readonly Row[]> {
  const [file, data] = [path.join(root, `${name}.ndjson`), path.join(root, name)];
  await writeFile(file, `${lines.join('\n')}\n`);
  const replayed = await runCli(['replay', file, '--specs', SPECS, '--data-dir', data]);
  expect(replayed.exitCode, replayed.stderr).toBe(0);
  const result = await runCli([
    '--json',
    'query',
    `SELECT toString(b.evaluated_at) AS at, s.labels['model_requested'] AS model, toUInt32(b.total) AS total, b.coverage AS coverage,
            b.state AS state, toUInt32(b.unassigned) AS unassigned
     FROM budgets AS b FINAL INNER JOIN series AS s ON s.series = b.series AND s.spec_rev = b.spec_rev ORDER BY at, model`,
    '--data-dir',
    data,
  ]);
  expect(result.exitCode, result.stderr).toBe(0);
  return result.stdout
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as Row);
}

it('a series that is crowded out of some minutes never looks whole', { timeout: 240_000 }, async () => {
  const lines = Array.from({ length: 60 }, (_, minute) => {
    const order = ['a', 'b', 'c'].map((_model, index, all) => all[(index + minute) % 3]!);
    return order.flatMap((model, place) =>
      Array.from({ length: 10 }, (_event, second) =>
        line(model, minute * 60 + place * 15 + second, model === 'a' && place === 2 ? 'error' : 'ok'),
      ),
    );
  }).flat();
  const rows = await rowsOf('turns', lines);
  const last = new Map(rows.map((row) => [row.model, row]));
  const other = last.get('__other__')!;
  expect(other).toMatchObject({ unassigned: 0, coverage: 1 });
  for (const model of ['a', 'b', 'c']) {
    const { total, coverage, state, unassigned } = last.get(model)!;
    expect({ total: total < 600, state, unassigned }).toEqual({
      total: true,
      state: 'no_data',
      unassigned: other.total,
    });
    expect(coverage).toBeCloseTo(total / (total + other.total), 9);
  }
  const whole = rows.filter((row) => row.model !== '__other__' && row.coverage >= 0.9);
  expect(whole).toEqual([]);
  const status = await runCliJson<{ readonly series: readonly { readonly unassigned: number }[] }>([
    'status',
    '--data-dir',
    path.join(root, 'turns'),
  ]);
  const unassigned = status.series.map((one) => one.unassigned);
  expect(unassigned.sort((x, y) => x - y)).toEqual([0, other.total, other.total, other.total]);
});

it(
  'one that was whole does not look so from the moment on at which it may have lost',
  { timeout: 240_000 },
  async () => {
    const early = Array.from({ length: 100 }, (_, index) => line('a', (index % 10) * 60, 'ok'));
    const late = Array.from({ length: 20 }, (_, minute) =>
      ['b', 'c', 'a'].flatMap((model, place) =>
        Array.from({ length: 10 }, () => line(model, 900 + minute * 60 + place * 15, 'ok')),
      ),
    ).flat();
    const rows = (await rowsOf('late', [...early, ...late])).filter(({ model }) => model === 'a');
    const crowdedOut = rows.findIndex(({ unassigned }) => unassigned > 0);
    expect(rows[crowdedOut - 1]).toMatchObject({ total: 100, coverage: 1 });
    // Its own counts have not changed since.
    expect(rows[crowdedOut]).toMatchObject({ at: '2026-06-01 00:16:00', total: 100, unassigned: 10 });
    expect(rows.at(-1)!.coverage).toBeLessThan(0.4);
    expect(rows.slice(crowdedOut).every(({ coverage }) => coverage < 1)).toBe(true);
  },
);
