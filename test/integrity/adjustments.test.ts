import type { SloPlan } from '@burnline/core';
import { BurnStage, addAdjustment, revokeAdjustment, type EvaluationClock } from '@burnline/judging';
import { readAdjustedBudgets, readAdjustmentRows } from '@burnline/queries';
import { loadSpecs } from '@burnline/specs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, type CliResult } from '../support/burnline-cli.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { startToldSeries, type ToldSeries } from '../support/told-series.ts';

/**
 * Goal: what is left out of budgets is left out from then on and counts again once that is revoked, whoever judges, and whoever
 * reads sees that it is so. What was judged before stays.
 */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START_MS = Date.UTC(2026, 2, 28, 20, 0, 0);

const ratio = (name: string, by: string): string => `
      metadata: { name: ${name} }
      spec:
        ratioMetric:
          counter: false
          good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
          total: { metricSource: { type: burnline, spec: {${by}} } }`;
const slo = (name: string, rest: string): string => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  service: chat
  timeWindow: [{ duration: 7d, isRolling: true }]
${rest}`;
const SPECS = [
  slo(
    'plain',
    `  indicator:${ratio('plain', ' by: [tenant], seriesMax: 10 ')}
  budgetingMethod: Occurrences
  objectives: [{ target: 0.9 }]`,
  ),
  slo(
    'sliced',
    `  indicator:${ratio('sliced', '')}
  budgetingMethod: Timeslices
  objectives: [{ target: 0.9, timeSliceTarget: 0.8, timeSliceWindow: 10m }]`,
  ),
  slo(
    'both',
    `  budgetingMethod: Occurrences
  objectives:
    - { displayName: one, target: 0.9, indicator: { metadata: { name: one }, spec: { ratioMetric: { counter: false, good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }, total: { metricSource: { type: burnline, spec: {} } } } } }, compositeWeight: 1 }
    - { displayName: two, target: 0.9, indicator: { metadata: { name: two }, spec: { ratioMetric: { counter: false, good: { metricSource: { type: burnline, spec: { where: "provider == 'a'" } } }, total: { metricSource: { type: burnline, spec: {} } } } } }, compositeWeight: 1 }`,
  ),
].join('\n---');

interface LastBudget {
  readonly slo: string;
  readonly series_text: string;
  readonly good: number;
  readonly total: number;
}

let database: TestDatabase;
let plans: readonly SloPlan[];

/** One row a minute of every counted SLO, one event in five of them bad; of `plain` two series. */
async function fill(stream: string, minutes: number, from = 0): Promise<void> {
  const counted = plans.filter(({ sli }) => sli.composite === undefined);
  await database.store.insertRows(
    'sli_panes',
    Array.from({ length: minutes }, (_, index) => from + index).flatMap((minute) =>
      counted.flatMap(({ sli }) =>
        (sli.slo === 'plain' ? [5, 6] : [0]).map((series) => ({
          ...{ stream, stream_epoch: stream, slo: sli.slo, spec_rev: sli.specRev, series },
          ...{ pane: START_MS / 1_000 + minute * 60, partition: 0, chunk: minute, version: 1 },
          ...{ log_interval: START_MS / 1_000 + minute * 60, good: 4, total: 5, excluded: 0 },
          ...{ sums: {}, histogram: {}, zero_count: 0, kept_since: Math.floor(Date.now() / 1_000) },
        })),
      ),
    ),
  );
}

function stageOf(stream: string, kind: 'live' | 'replay', until: () => number): BurnStage {
  const clock: EvaluationClock = {
    due(lastMs) {
      const toMs = until();
      if (kind === 'live') return Promise.resolve({ fromMs: toMs, toMs, coverage: 1 });
      const fromMs = lastMs ?? START_MS;
      return Promise.resolve(fromMs >= toMs ? null : { fromMs, toMs, coverage: 1 });
    },
  };
  return new BurnStage(database.store, clock, {
    ...{ stream, kind, judged: () => plans, paneMs: 10_000, tickMs: MINUTE_MS },
  });
}

/** By SLO and series, good and total as they hold at an instant, of those that count anything. */
async function budgetsAt(stream: string, atMs: number): Promise<Readonly<Record<string, string>>> {
  const rows = await database.store.query<LastBudget>(
    `SELECT slo, toString(series) AS series_text, good, total FROM budgets FINAL
     WHERE stream = {stream:String} AND evaluated_at <= fromUnixTimestamp({at:UInt32})
     ORDER BY evaluated_at DESC LIMIT 1 BY slo, series`,
    { stream, at: atMs / 1_000 },
  );
  return Object.fromEntries(
    rows
      .filter(({ total }) => total > 0)
      .map((row) => [`${row.slo} ${row.series_text}`, `${row.good} of ${row.total}`] as const)
      .sort(),
  );
}

const by = { author: 'ann', reason: 'moved the database' };
const minute = (count: number): number => START_MS + count * MINUTE_MS;
const add = (request: object, nowMs = minute(0)): Promise<{ readonly id: string }> =>
  addAdjustment(database.store, { ...by, ...request }, nowMs);
const revoke = (id: string): Promise<unknown> =>
  revokeAdjustment(database.store, { id, author: 'bob', reason: 'it was not' });

beforeAll(async () => {
  database = await startTestDatabase();
  const loaded = loadSpecs([{ file: 'slos.yaml', text: SPECS }], { mode: 'tolerant' });
  expect(loaded.plans).toHaveLength(5);
  ({ plans } = loaded);
  await database.store.insertRows(
    'slos',
    plans.map(({ slo: name, service, sli }) => ({
      ...{ slo: name, spec_rev: sli.specRev, display_name: name, service, period: '7d', loaded_at: 1 },
      ...{ target_numerator: 9, target_denominator: 10, dimensions: sli.groupBy.dimensions },
    })),
  );
  const { specRev } = plans.find(({ slo: name }) => name === 'plain')!.sli;
  await database.store.insertRows(
    'series',
    ['x', 'y'].map((tenant, index) => ({
      ...{ slo: 'plain', spec_rev: specRev, series: 5 + index, labels: { tenant } },
    })),
  );
});
afterAll(() => database.close());

describe('a live stream', () => {
  it('leaves out from the next tick on, and counts again once that is revoked', async () => {
    await fill('live', 60);
    let atMs = minute(60);
    const stage = stageOf('live', 'live', () => atMs);
    const tick = async (): Promise<Readonly<Record<string, string>>> => {
      await stage.tick();
      atMs += 5_000;
      return budgetsAt('live', atMs);
    };
    const before = await tick();
    expect(before).toMatchObject({ 'plain 5': '240 of 300', 'plain 6': '240 of 300', 'sliced 0': '6 of 6' });

    const one = await add({ slos: ['plain'], labels: { tenant: 'x' }, fromMs: minute(10), toMs: minute(30) });
    expect(await tick()).toEqual({ ...before, 'plain 5': '160 of 200' });

    const all = await add({ all: true, fromMs: minute(25), toMs: minute(45) });
    const less = await tick();
    expect(less).toMatchObject({
      ...{ 'plain 5': '100 of 125', 'plain 6': '160 of 200' },
      // Slices of 20 to 30 and 40 to 50 overlap it too.
      'sliced 0': '3 of 3',
      'both/one 0': '160 of 200',
    });
    expect(less['both 0']).not.toBe(undefined);
    expect(await readAdjustedBudgets(database.store)).toEqual(
      [
        ['both', {}, [all.id], 20],
        ['both/one', {}, [all.id], 20],
        ['both/two', {}, [all.id], 20],
        ['plain', { tenant: 'x' }, [one.id, all.id].sort(), 35],
        ['plain', { tenant: 'y' }, [all.id], 20],
        ['sliced', {}, [all.id], 20],
      ].map(([name, labels, adjustments, minutes]) => ({
        ...{ stream: 'live', slo: name, labels, adjustments },
        ...{ leftOutMs: (minutes as number) * MINUTE_MS, periodStartMs: expect.any(Number) as number },
      })),
    );
    await revoke(one.id);
    await revoke(all.id);
    expect(await tick()).toEqual(before);
    expect(await budgetsAt('live', minute(60))).toEqual(before);
    expect(await readAdjustedBudgets(database.store)).toEqual([]);
    await expect(revoke(all.id)).rejects.toMatchObject({ code: 'ADJUSTMENT_UNKNOWN' });
  });

  it('leaves a stretch that was planned ahead out as it comes', async () => {
    await fill('ahead', 10);
    const planned = await add({ service: 'chat', fromMs: minute(10), toMs: minute(20) });
    let atMs = minute(10);
    const stage = stageOf('ahead', 'live', () => atMs);
    await stage.tick();
    await fill('ahead', 15, 10);
    atMs = minute(25);
    await stage.tick();
    expect(await budgetsAt('ahead', atMs)).toMatchObject({ 'plain 5': '60 of 75', 'sliced 0': '1 of 1' });
    await revoke(planned.id);
  });
});

it('a history is judged by what is left out from the tick after on, as if it had been from the start', async () => {
  await fill('cut', 20);
  await fill('whole', 20);
  let untilMs = minute(20);
  const cut = stageOf('cut', 'replay', () => untilMs);
  await cut.tick();
  const before = await budgetsAt('cut', untilMs);
  expect(before).toMatchObject({ 'plain 5': '80 of 100' });
  // All of one series, and a part of everything.
  const some = await add({ slos: ['plain'], labels: { tenant: 'x' }, fromMs: minute(0), toMs: minute(20) });
  const part = await add({ all: true, fromMs: minute(5), toMs: minute(10) });
  await fill('cut', 30, 21);
  await fill('whole', 30, 21);
  untilMs = minute(60);
  await cut.tick();
  await stageOf('whole', 'replay', () => untilMs).tick();
  expect(await budgetsAt('cut', minute(20))).toEqual(before);
  for (let at = 21; at <= 60; at += 1)
    expect(await budgetsAt('cut', minute(at)), `${at}`).toEqual(await budgetsAt('whole', minute(at)));
  const after = await budgetsAt('cut', minute(21));
  expect(after).toMatchObject({ 'plain 6': '60 of 75' });
  expect(after).not.toHaveProperty('plain 5');
  await revoke(some.id);
  await revoke(part.id);
  untilMs = minute(62);
  await cut.tick();
  expect(await budgetsAt('cut', untilMs)).toMatchObject({ 'plain 5': '200 of 250', 'plain 6': '200 of 250' });
});

describe('what cannot be left out is refused', () => {
  const stretch = { fromMs: minute(0), toMs: minute(5) };

  it.each([
    ['no scope', stretch, 'ADJUSTMENT_INVALID', 'Name SLOs, a service, or all'],
    ['two scopes', { ...stretch, all: true, service: 'chat' }, 'ADJUSTMENT_INVALID', 'Name SLOs'],
    ['an unknown SLO', { ...stretch, slos: ['plaim'] }, 'ADJUSTMENT_SCOPE_UNKNOWN', '"plain"'],
    ['an unknown service', { ...stretch, service: 'chta' }, 'ADJUSTMENT_SCOPE_UNKNOWN', '"chat"'],
    [
      'a label nobody has',
      { ...stretch, all: true, labels: { tenat: 'x' } },
      'ADJUSTMENT_SCOPE_UNKNOWN',
      '"tenant"',
    ],
    [
      'odd edges',
      { all: true, fromMs: minute(1), toMs: minute(6) },
      'ADJUSTMENT_INVALID',
      '--from 2026-03-28T20:00:00.000Z --to 2026-03-28T20:10:00.000Z',
    ],
    ['nothing', { all: true, fromMs: minute(5), toMs: minute(5) }, 'ADJUSTMENT_INVALID', 'Check both times'],
    [
      'years',
      { all: true, fromMs: minute(0), toMs: minute(0) + 401 * 24 * HOUR_MS },
      'ADJUSTMENT_INVALID',
      'shorter',
    ],
    ['no reason', { ...stretch, all: true, reason: ' ' }, 'ADJUSTMENT_INVALID', 'Give reason'],
  ])('%s', async (_, request, code, remedy) => {
    await expect(add(request)).rejects.toMatchObject({
      code,
      remedy: expect.stringContaining(remedy) as string,
    });
  });

  it('and one more than may be in force', async () => {
    await database.store.command('TRUNCATE TABLE budget_adjustments');
    const row = {
      ...by,
      action: 'add',
      slos: [],
      service: '',
      labels: {},
      left_out_from: 300,
      left_out_to: 600,
    };
    await database.store.insertRows(
      'budget_adjustments',
      Array.from({ length: 1_000 }, (_, index) => ({ ...row, id: `full${index}` })),
    );
    await expect(add({ all: true, ...stretch })).rejects.toMatchObject({ code: 'ADJUSTMENTS_FULL' });
    await revoke('full7');
    await revoke((await add({ all: true, ...stretch })).id);
    // A statement has room for as many scopes as there may be.
    const now = { left_out_from: minute(-60) / 1_000, left_out_to: minute(-55) / 1_000 };
    await database.store.command('TRUNCATE TABLE budget_adjustments');
    await database.store.insertRows(
      'budget_adjustments',
      Array.from({ length: 100 }, (_, index) => ({
        ...{ ...row, ...now, id: `full${index}`, labels: { tenant: `t${index}` } },
      })),
    );
    const known = { all: true, ...stretch, labels: { tenant: 't7' } };
    await revoke((await add(known)).id);
    await expect(add({ ...known, labels: { tenant: 'x' } })).rejects.toMatchObject({
      code: 'ADJUSTMENTS_FULL',
      remedy: expect.stringContaining('wider') as string,
    });
    await fill('full', 5);
    await stageOf('full', 'live', () => minute(5)).tick();
    expect(await budgetsAt('full', minute(5))).toMatchObject({ 'plain 5': '20 of 25' });
    await database.store.command('TRUNCATE TABLE budget_adjustments');
  });
});

describe('burnline adjust', () => {
  let told: ToldSeries;
  beforeAll(async () => {
    told = await startToldSeries();
  });
  afterAll(() => told.close());
  const run = (...args: readonly string[]): Promise<CliResult> => runCli(args, { env: told.env });

  it('adds, lists and revokes; status says what is left out', async () => {
    const times = ['--from', '2026-01-01T00:00:00Z', '--to', '2026-01-01T00:05:00Z'];
    const odd = await run(
      'adjust',
      'add',
      '--all',
      '--from',
      '2026-01-01T00:01:00Z',
      '--to',
      '2026-01-01T00:04:00Z',
      '--reason',
      'x',
    );
    expect(odd.exitCode).toBe(2);
    expect(odd.stderr).toContain('Take --from 2026-01-01T00:00:00.000Z --to 2026-01-01T00:05:00.000Z');
    const added = await run('--json', 'adjust', 'add', '--slo', 'chat-ttft', ...times, '--reason', 'drill');
    expect(added.exitCode, added.stderr).toBe(0);
    const { added: id } = JSON.parse(added.stdout) as { readonly added: string };
    const listed = await run('adjust', 'list');
    expect(listed.stdout).toContain(id);
    expect(listed.stdout).toContain('drill');
    await told.database.store.insertRows('evaluations', [
      { stream: 'live', evaluated_through: Date.UTC(2026, 0, 1, 0, 10) / 1_000, data_start: 0, coverage: 1 },
    ]);
    const status = await run('status');
    expect(status.stdout.replaceAll(/\s+/g, ' ')).toContain(`5m of the period left out by ${id}`);
    expect((await run('adjust', 'revoke', id, '--reason', 'was none', '--author', 'eve')).exitCode).toBe(0);
    expect((await run('status')).stdout).not.toContain('left out');
    expect(await readAdjustmentRows(told.database.store)).toMatchObject([
      { id, reason: 'drill', slos: ['chat-ttft'], revoked: { author: 'eve', reason: 'was none' } },
    ]);
    expect((await run('adjust', 'revoke', id, '--reason', 'again')).exitCode).not.toBe(0);
  });
});
