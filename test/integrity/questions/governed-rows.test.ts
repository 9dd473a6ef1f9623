import { DEFAULT_POLICIES, decideGate, type BudgetMoment, type GovernedSlo } from '@burnline/core';
import { readBudgetSpecs, readGovernedSlos, readGovernedThrough } from '@burnline/queries';
import { dateTime64OfMs } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';
import { randomFrom } from '../../support/random.ts';

/**
 * Goal: what the gate goes by is what is judged at a moment, and nothing that was before: no series of another revision, no SLO that
 * was removed or that another stream has, no shard that is dead.
 *
 * Method: rows as rollout and burn stage write them, in a real engine.
 */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** On a whole hour, so that rows of one minute after another are of one hour. */
const BEGIN_MS = Math.floor((Date.now() - 2 * DAY_MS) / HOUR_MS) * HOUR_MS;
const END_MS = BEGIN_MS + 6 * HOUR_MS;
const seconds = (atMs: number): number => atMs / 1_000;
let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

const insert = (table: string, ...rows: readonly object[]): Promise<void> =>
  database.store.insertRows(table, rows);
const loaded = (slo: string, revision: string, over: object = {}): Promise<void> =>
  insert('slos', {
    ...{ slo, spec_rev: revision, display_name: slo, service: 'chat', track: 'model', criticality: 'high' },
    ...{ target_numerator: 9, target_denominator: 10, period: '28d', dimensions: [], tiers: '[]' },
    ...{ budget_period: '', within: '', loaded_at: dateTime64OfMs(BEGIN_MS), ...over },
  });
const activate = (slo: string, revision: string, atMs: number, stream = 'live'): Promise<void> =>
  insert('active_specs', { stream, slo, spec_rev: revision, activated_at: dateTime64OfMs(atMs) });
const named = (slo: string, revision: string, series: number, labels: object): Promise<void> =>
  insert('series', { slo, spec_rev: revision, series, labels });

/** A row of a budget of which this share is spent; null: of no events. */
const spent = (
  { slo, revision, series }: { readonly slo: string; readonly revision: string; readonly series: number },
  share: number | null,
  atMs: number,
): object => ({
  ...{ stream: 'live', slo, spec_rev: revision, series, evaluated_at: seconds(atMs) },
  ...{ period_start: seconds(BEGIN_MS - DAY_MS), good: 0, bad: 0, total: share === null ? 0 : 1_000 },
  ...{ unassigned: 0, bad_seen: 0, total_seen: 0, projected_remaining_ratio: null, is_estimated: false },
  ...{ remaining_ratio: share === null ? null : 1 - share, state: 'ok', coverage: 1 },
  written_at: dateTime64OfMs(atMs + 1_000),
});

const governed = (asOfMs = END_MS) =>
  readGovernedSlos(database.store, {
    ...{ stream: 'live', service: 'chat', asOfMs },
    known: { writtenMs: asOfMs, givenMs: asOfMs, isReplay: false },
    policies: DEFAULT_POLICIES,
  });
const ofSlo = async (name: string, asOfMs = END_MS) =>
  (await governed(asOfMs)).find(({ slo }) => slo === name);

describe('budgets that are governed', () => {
  it('are those of series that the revision of then has judged', async () => {
    const [slo, old, next] = ['regrouped', 'r1', 'r2'];
    await loaded(slo, old);
    await loaded(slo, next);
    await activate(slo, old, BEGIN_MS);
    await activate(slo, next, BEGIN_MS + 2 * HOUR_MS);
    await named(slo, old, 1, { region: 'eu' });
    await named(slo, old, 3, { region: 'us' });
    await named(slo, next, 2, { model: 'm' });
    await named(slo, next, 3, { region: 'us' });
    await insert(
      'budgets',
      spent({ slo, revision: old, series: 1 }, 1.5, BEGIN_MS + HOUR_MS),
      spent({ slo, revision: old, series: 3 }, 0.3, BEGIN_MS + HOUR_MS),
      // A series that a revision ends is ended under the next one's name.
      spent({ slo, revision: next, series: 1 }, null, BEGIN_MS + 3 * HOUR_MS),
      spent({ slo, revision: next, series: 2 }, 0.2, BEGIN_MS + 3 * HOUR_MS),
    );
    const series = async (asOfMs: number) => (await ofSlo(slo, asOfMs))!.series.map(({ labels }) => labels);
    expect(await series(BEGIN_MS + 2 * HOUR_MS - 1_000)).toEqual([{ region: 'eu' }, { region: 'us' }]);
    expect(await series(END_MS)).toEqual([{ model: 'm' }]);
  });

  it('come to moments without events, also within an hour', async () => {
    const row = { slo: 'retired', revision: 'r1', series: 7 };
    await loaded('retired', 'r1');
    await activate('retired', 'r1', BEGIN_MS);
    await named('retired', 'r1', 7, { model: 'old' });
    const shares = [0.5, 1.4, null, 0.7, 0.9, 0.8];
    await insert(
      'budgets',
      ...shares.map((share, index) => spent(row, share, BEGIN_MS + HOUR_MS + index * MINUTE_MS)),
    );
    const { series } = (await ofSlo('retired'))!;
    // Most, none, least and last of the hour.
    expect(series[0]!.moments.map((one) => [one.spent, one.total])).toEqual([
      [expect.closeTo(0.5), 1_000],
      [expect.closeTo(1.4), 1_000],
      [null, 0],
      [expect.closeTo(0.8), 1_000],
    ]);
  });

  it('leave out moments that no policy could tell from those before: levels and their times are those of all rows', async () => {
    const slo = 'long';
    const random = randomFrom(20_261);
    await loaded(slo, 'r1');
    await activate(slo, 'r1', BEGIN_MS);
    const hours = Array.from({ length: 30 }, (_, index) => BEGIN_MS - DAY_MS + index * HOUR_MS);
    const walks = Array.from({ length: 40 }, () => {
      let share = random();
      return hours.map((atMs): BudgetMoment => {
        share = Math.max(0, share + (random() - 0.5) * 0.3);
        const total = random() < 0.05 ? 0 : random() < 0.2 ? 99 : 1_000;
        return { atMs, spent: total === 0 ? null : share, total };
      });
    });
    const labelsOf = (index: number): Record<string, string> => ({ region: String(index).padStart(2, '0') });
    await insert(
      'series',
      ...walks.map((_, index) => ({
        ...{ slo, spec_rev: 'r1' },
        series: 100 + index,
        labels: labelsOf(index),
      })),
    );
    await insert(
      'budgets',
      ...walks.flatMap((walk, index) =>
        walk.map(({ atMs, spent: share, total }) => ({
          ...spent({ slo, revision: 'r1', series: 100 + index }, share, atMs),
          total,
        })),
      ),
    );
    const states = (one: GovernedSlo) =>
      decideGate({
        ...{ service: 'chat', change: 'feature', asOfMs: END_MS, policies: DEFAULT_POLICIES, slos: [one] },
        ...{ evaluatedMs: END_MS, overrides: [], comparison: null },
      }).states;
    const found = (await ofSlo(slo))!;
    const all = walks.map((moments, index) => ({ labels: labelsOf(index), moments, coverage: 1 }));
    expect(states(found)).toEqual(
      states({ ...found, series: all }).map((state) => ({
        ...state,
        spent: state.spent === null ? null : (expect.closeTo(state.spent, 9) as unknown),
      })),
    );
    expect(new Set(states(found).map(({ level }) => level)).size).toBe(4);
    const count = found.series.reduce((sum, { moments }) => sum + moments.length, 0);
    expect(count).toBeLessThan(0.8 * walks.length * hours.length);
  });

  it('are of SLOs as they were given, whenever the process started and whatever another stream has', async () => {
    await loaded('kept', 'r1', { loaded_at: dateTime64OfMs(END_MS + DAY_MS) });
    await activate('kept', 'r1', BEGIN_MS);
    await loaded('kept', 'other', {
      service: 'search',
      track: 'infrastructure',
      loaded_at: dateTime64OfMs(END_MS),
    });
    await activate('kept', 'other', BEGIN_MS, 'replay');
    await database.store.command('OPTIMIZE TABLE slos FINAL');
    expect(await ofSlo('kept')).toEqual({ slo: 'kept', track: 'model', series: [] });
  });

  it('are of no SLO that was removed by then, and compared by none', async () => {
    const slo = 'removed';
    await loaded(slo, 'r1');
    await insert('spec_revisions', { slo, spec_rev: 'r1', plan: '{}' });
    await activate(slo, 'r1', BEGIN_MS + HOUR_MS);
    await activate(slo, '', BEGIN_MS + 3 * HOUR_MS);
    await named(slo, 'r1', 9, {});
    await insert('budgets', spent({ slo, revision: 'r1', series: 9 }, 0.1, BEGIN_MS + 2 * HOUR_MS));
    expect(await ofSlo(slo)).toBeUndefined();
    expect((await ofSlo(slo, BEGIN_MS + 2 * HOUR_MS + MINUTE_MS))!.series).toHaveLength(1);
    const specs = async (givenMs?: number) =>
      (
        await readBudgetSpecs(database.store, {
          ...{ stream: 'live', asOfMs: null },
          ...(givenMs !== undefined && { givenMs }),
        })
      ).map((one) => one.slo);
    expect(await specs()).toEqual([slo]);
    expect(await specs(BEGIN_MS + 2 * HOUR_MS)).toEqual([slo]);
    expect(await specs(END_MS)).toEqual([]);
    expect(await specs(BEGIN_MS)).toEqual([]);
    // One that was given later and is judged now can be asked about the time before.
    await activate(slo, 'r1', BEGIN_MS + 4 * HOUR_MS);
    expect(await specs(BEGIN_MS)).toEqual([slo]);
  });
});

describe('the last evaluation', () => {
  it('is that of the shard that is behind, unless nothing was heard of it for a day', async () => {
    const evaluated = (shard: number, atMs: number): Promise<void> =>
      insert('evaluations', {
        ...{ stream: 'live', shard, evaluated_through: seconds(atMs), data_start: seconds(BEGIN_MS) },
        ...{ coverage: 1, written_at: dateTime64OfMs(atMs + 1_000) },
      });
    const through = (asOfMs: number): Promise<number | null> =>
      readGovernedThrough(database.store, {
        ...{ stream: 'live', asOfMs },
        known: { writtenMs: asOfMs, givenMs: asOfMs, isReplay: false },
      });
    expect(await through(END_MS)).toBeNull();
    await evaluated(0, BEGIN_MS + HOUR_MS);
    await evaluated(1, BEGIN_MS + HOUR_MS + MINUTE_MS);
    await evaluated(0, BEGIN_MS + 5 * HOUR_MS);
    expect(await through(BEGIN_MS + 2 * HOUR_MS)).toBe(BEGIN_MS + HOUR_MS);
    expect(await through(END_MS)).toBe(BEGIN_MS + HOUR_MS + MINUTE_MS);
    await evaluated(0, BEGIN_MS + 30 * HOUR_MS);
    expect(await through(BEGIN_MS + 31 * HOUR_MS)).toBe(BEGIN_MS + 30 * HOUR_MS);
  });
});
