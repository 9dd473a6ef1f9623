import { readBudgetHistory, readBurnRateHistory, type HistoryQuery } from '@burnline/queries';
import { dateTime64OfMs } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../../support/random.ts';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';

/**
 * Goal: once full rows have expired, a history is what the last row of every hour says, nothing more and nothing else; what
 * is newer is as fine as ever; and where an SLO stood at a moment is answered from both. Expiry itself changes no answer.
 *
 * Method: rows as the burn stage writes them, half of them written nine days ago, in a real engine; answers are held against
 * a recount over the list of rows, before and after the engine has removed what expired.
 */
const MINUTE_S = 60;
const HOUR_S = 3_600;
const HOURS = 12;
const STEP_S = 10 * MINUTE_S;
const END_S = Math.floor(Date.now() / 1_000 / HOUR_S) * HOUR_S - 20 * 24 * HOUR_S;
const START_S = END_S - HOURS * HOUR_S;
const LABELS = { provider: 'a' };
const SERIES = { slo: 'kept', spec_rev: 'r', series: '7' };

interface Row {
  readonly atS: number;
  readonly total: number;
  readonly isExpired: boolean;
}

/** Rows of every half minute or so: a history that was judged long after it happened, in two sittings. */
function rowsOf(random: () => number): readonly Row[] {
  const rows: Row[] = [];
  for (let atS = START_S; atS < END_S; atS += 5 + Math.floor(random() * 60))
    rows.push({ atS, total: rows.length + 1, isExpired: atS < START_S + 7.5 * HOUR_S });
  return rows;
}

const hourOf = (atS: number): number => Math.floor(atS / HOUR_S);

/** What is left of expired rows: the last of every hour, unless a newer one of that hour lives. */
function keptRows(rows: readonly Row[]): readonly Row[] {
  return rows.filter(
    (row, index) =>
      !row.isExpired || rows[index + 1] === undefined || hourOf(rows[index + 1]!.atS) !== hourOf(row.atS),
  );
}

describe('a history whose older rows have expired', () => {
  let database: TestDatabase;
  const rows = rowsOf(randomFrom(11));
  const kept = keptRows(rows);

  beforeAll(async () => {
    database = await startTestDatabase();
    const { store } = database;
    await store.insertRows('series', [{ ...SERIES, labels: LABELS }]);
    await store.insertRows('slos', [
      {
        ...{ slo: 'kept', spec_rev: 'r', display_name: 'kept', service: 's', track: '', criticality: '' },
        ...{ target_numerator: 99, target_denominator: 100, period: '28d', dimensions: ['provider'] },
        ...{ tiers: '[]', loaded_at: START_S },
      },
    ]);
    const lifeOf = ({ isExpired }: Row): object => ({
      written_at: dateTime64OfMs(Date.now() - (isExpired ? 9 * 24 * HOUR_S * 1_000 : 0)),
    });
    const moment = { stream: 'live', ...SERIES, coverage: 1 };
    // Batch after batch, as they come: an hour's rows are not all in one.
    for (let from = 0; from < rows.length; from += 37) {
      const batch = rows.slice(from, from + 37);
      await store.insertRows(
        'evaluations',
        batch.map((row) => ({
          ...{ stream: 'live', shard: 0, evaluated_through: row.atS, data_start: START_S, coverage: 1 },
          ...lifeOf(row),
        })),
      );
      await store.insertRows(
        'budgets',
        batch.map((row) => ({
          ...{ ...moment, evaluated_at: row.atS, good: row.total, bad: 0, total: row.total },
          ...{ remaining_ratio: 1, state: 'ok', ...lifeOf(row) },
        })),
      );
      await store.insertRows(
        'burn_rates',
        batch.map((row) => ({
          ...{ ...moment, evaluated_at: row.atS, window_s: [300], bad: [0], total: [row.total] },
          ...{ burn_rate: [0], ...lifeOf(row) },
        })),
      );
    }
  });
  afterAll(() => database.close());

  const query = (stepS: number): HistoryQuery => ({
    ...{ stream: 'live', slo: 'kept', labels: LABELS, stepMs: stepS * 1_000 },
    ...{ fromMs: START_S * 1_000, toMs: END_S * 1_000 },
  });

  /** By bucket in which something kept was evaluated: the last row at its end. */
  function recount(stepS: number): readonly { readonly fromS: number; readonly total: number }[] {
    // Evaluations live as long in this test as the rows that they speak of; in truth their hours have no end.
    const buckets = new Set(kept.map(({ atS }) => Math.floor(atS / stepS) * stepS));
    return [...buckets]
      .sort((a, b) => a - b)
      .map((fromS) => ({ fromS, total: kept.findLast(({ atS }) => atS < fromS + stepS)!.total }));
  }

  async function expectRecount(): Promise<void> {
    for (const stepS of [MINUTE_S, STEP_S, HOUR_S]) {
      const expected = recount(stepS);
      const budgets = await readBudgetHistory(database.store, query(stepS));
      const rates = await readBurnRateHistory(database.store, query(stepS));
      const told = (points: readonly { readonly fromMs: number }[], fromS: number): number =>
        points.findIndex(({ fromMs }) => fromMs === fromS * 1_000);
      for (const { fromS, total } of expected) {
        expect(budgets[told(budgets, fromS)]).toMatchObject({ total });
        expect(rates[told(rates, fromS)]?.windows).toMatchObject([{ total }]);
      }
    }
    expect(recount(HOUR_S).length).toBe(HOURS);
    for (const atS of [START_S + 2 * HOUR_S - 1, START_S + 5 * HOUR_S + 1_800, END_S]) {
      const [standing] = await database.store.query<{ total: number }>(
        `SELECT total FROM slo_status_at(as_of = fromUnixTimestamp(${atS})) WHERE slo = 'kept'`,
      );
      expect(standing?.total).toBe(kept.findLast((row) => row.atS <= atS)!.total);
    }
  }

  it('is as fine as its rows are kept', expectRecount);

  it('is the same when they are gone', async () => {
    const { store } = database;
    for (const table of ['burn_rates', 'budgets', 'evaluations']) {
      await store.command(`OPTIMIZE TABLE ${table} FINAL`);
      const [left] = await store.query<{ count: number }>(
        `SELECT count() AS count FROM ${table} WHERE written_at < now() - INTERVAL 8 DAY`,
      );
      expect(left?.count).toBe(0);
    }
    await expectRecount();
    const points = await readBudgetHistory(store, query(MINUTE_S));
    expect(points.map(({ fromMs, total }) => ({ fromS: fromMs / 1_000, total }))).toEqual(recount(MINUTE_S));
    const [last] = await store.query<{ at: number }>(
      "SELECT toUnixTimestamp(max(evaluated_through)) AS at FROM evaluation_hours WHERE stream = 'live'",
    );
    expect(last?.at).toBe(rows.at(-1)!.atS);
  });
});
