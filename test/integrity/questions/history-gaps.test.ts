import {
  readBudgetHistory,
  readBurnRateHistory,
  readEventCounts,
  stepOf,
  type HistoryQuery,
} from '@burnline/queries';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';

/**
 * Goal: a history of a series shows what is known and no more: a time that nobody evaluated is a gap, one in which nothing
 * changed is not, and an hour whose panes are gone is an hour.
 *
 * Method: rows as the parts write them, put into a real engine by hand.
 */
const MINUTE_S = 60;
const DAY_S = 86_400;
const HOUR_S = Math.floor(Date.now() / 3_600_000) * 3_600;
const SERIES = { slo: 'gaps', spec_rev: 'r', series: '7' };
const LABELS = { provider: 'a' };
/** Shard of `gaps` of two: CRC32 of the name is odd. */
const [OWN_SHARD, OTHER_SHARD] = [1, 0];
let database: TestDatabase;

const evaluated = (atS: number, shard: number): object => ({
  stream: 'live',
  shard,
  evaluated_through: atS,
  data_start: HOUR_S,
  coverage: 1,
});
const query = (fromS: number, toS: number, stepMs = MINUTE_S * 1_000): HistoryQuery => ({
  ...{ stream: 'live', slo: 'gaps', labels: LABELS, stepMs },
  ...{ fromMs: fromS * 1_000, toMs: toS * 1_000 },
});
const starts = (points: readonly { readonly fromMs: number }[], fromS: number): readonly number[] =>
  points.map(({ fromMs }) => (fromMs / 1_000 - fromS) / MINUTE_S);

describe('a live stream that was evaluated, and then was not for a while', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
    const { store } = database;
    const moment = { stream: 'live', ...SERIES, coverage: 1 };
    await store.insertRows('series', [{ ...SERIES, labels: LABELS }]);
    await store.insertRows('evaluations', [
      ...Array.from({ length: 30 }, (_, index) => evaluated(HOUR_S + index * 5, OWN_SHARD)),
      ...Array.from({ length: 240 }, (_, index) => evaluated(HOUR_S + index * 5, OTHER_SHARD)),
      ...Array.from({ length: 12 }, (_, index) => evaluated(HOUR_S + 900 + index * 5, OWN_SHARD)),
    ]);
    await store.insertRows('budgets', [
      { ...moment, evaluated_at: HOUR_S + 5, good: 10, bad: 0, total: 10, remaining_ratio: 1, state: 'ok' },
      {
        ...moment,
        evaluated_at: HOUR_S + 30,
        good: 10,
        bad: 1,
        total: 11,
        remaining_ratio: 0.5,
        state: 'ok',
      },
    ]);
    await store.insertRows('burn_rates', [
      {
        ...moment,
        evaluated_at: HOUR_S + 30,
        window_s: [3_600, 300],
        bad: [1, 2],
        total: [10, 20],
        burn_rate: [3, 4],
      },
    ]);
  });
  afterAll(() => database.close());

  it('has a point where its shard was evaluated, with what holds there, and none where it was not', async () => {
    const points = await readBudgetHistory(database.store, query(HOUR_S, HOUR_S + 1_200));
    expect(starts(points, HOUR_S)).toEqual([0, 1, 2, 15]);
    expect(new Set(points.map(({ bad, evaluatedAtMs }) => `${bad} ${evaluatedAtMs}`))).toEqual(
      new Set([`1 ${(HOUR_S + 30) * 1_000}`]),
    );
    const rates = await readBurnRateHistory(database.store, query(HOUR_S, HOUR_S + 1_200));
    expect(starts(rates, HOUR_S)).toEqual([0, 1, 2, 15]);
    expect(rates[3]!.windows).toEqual([
      { windowMs: 300_000, bad: 2, total: 20, burnRate: 4 },
      { windowMs: 3_600_000, bad: 1, total: 10, burnRate: 3 },
    ]);
  });

  it('knows what holds at its begin from before, and nothing from before the first row', async () => {
    const later = await readBudgetHistory(database.store, query(HOUR_S + 120, HOUR_S + 180));
    expect(later).toMatchObject([{ bad: 1, remainingRatio: 0.5 }]);
    const fine = await readBudgetHistory(database.store, query(HOUR_S, HOUR_S + 60, 10_000));
    expect(fine.map(({ bad }) => bad)).toEqual([0, 0, 0, 1, 1, 1]);
    const unknown = { ...query(HOUR_S, HOUR_S + 1_200), labels: { provider: 'b' } };
    expect(await readBudgetHistory(database.store, unknown)).toEqual([]);
  });
});

describe('hours of which panes are there, were there and are there in part', () => {
  const [wholeS, goneS, partlyS] = [HOUR_S - 3_600, HOUR_S - 7_200, HOUR_S - 10 * DAY_S];

  beforeAll(async () => {
    database = await startTestDatabase();
    const { store } = database;
    const row = (level: string, bucketS: number, total: number): object => ({
      ...{ stream: 'live', stream_epoch: 'e', ...SERIES, level, bucket: bucketS, source_kind: 'backfill' },
      ...{ source: bucketS, version: 1, good: total - 1, total, excluded: 0, sums: {}, missing: {} },
      ...{ histogram: {}, zero_count: 0, first_pane: bucketS, kept_since: HOUR_S },
    });
    await store.insertRows('series', [{ ...SERIES, labels: LABELS }]);
    await store.insertRows('active_specs', [
      { stream: 'live', slo: 'gaps', spec_rev: 'r', activated_at: HOUR_S - 20 * DAY_S },
    ]);
    await store.insertRows('backfills', [
      { stream: 'live', slo: 'gaps', spec_rev: 'r', events: 1, completed_at: HOUR_S - DAY_S },
    ]);
    await store.insertRows('sli_archive', [
      row('1h', wholeS, 30),
      row('pane', wholeS + 120, 10),
      row('pane', wholeS + 130, 20),
      row('1h', goneS, 7),
      row('1h', partlyS, 9),
      row('pane', partlyS + 600, 4),
    ]);
  });
  afterAll(() => database.close());

  const counts = async (fromS: number, toS: number, stepMs?: number): Promise<readonly number[][]> =>
    (await readEventCounts(database.store, query(fromS, toS, stepMs))).map(({ fromMs, toMs, total, bad }) => [
      fromMs / 1_000 - fromS,
      (toMs - fromMs) / 1_000,
      total,
      bad,
    ]);

  it('are shown as fine as they are known', async () => {
    expect(await counts(goneS, HOUR_S)).toEqual([
      [0, 3_600, 7, 1],
      [3_720, 60, 30, 2],
    ]);
    expect(await counts(partlyS, partlyS + 3_600)).toEqual([[0, 3_600, 9, 1]]);
    expect(await counts(goneS, HOUR_S, 3_600_000)).toEqual([
      [0, 3_600, 7, 1],
      [3_600, 3_600, 30, 1],
    ]);
  });

  it('that the range only touches are whole too', async () => {
    expect(await counts(goneS + 1_800, goneS + 1_860)).toEqual([[-1_800, 3_600, 7, 1]]);
    expect(await counts(wholeS + 120, wholeS + 130, 10_000)).toEqual([[0, 10, 10, 1]]);
  });
});

it('the step is the narrowest in which a range has some hundred points', () => {
  const stepFor = (lengthS: number): number => stepOf({ fromMs: 0, toMs: lengthS * 1_000 }) / 1_000;
  expect([3_600, 4 * 3_600, DAY_S, 7 * DAY_S, 28 * DAY_S, 400 * DAY_S, 4_000 * DAY_S].map(stepFor)).toEqual([
    10, 60, 300, 3_600, 10_800, 86_400, 604_800,
  ]);
});
