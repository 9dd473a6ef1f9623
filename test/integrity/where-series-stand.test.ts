import { MIGRATIONS_DIRECTORY, dateTime64OfMs, readMigrations } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { randomFrom } from '../support/random.ts';

/**
 * Goal: where series stand, now or at any moment, is what their history says, though the history is not read for it.
 *
 * Method: rows of several streams, SLOs, revisions and series as the burn stage writes them, some judged again, some long ago, in a real
 * engine; every answer is held against the newest row of the views over the whole history.
 */
const DAY_MS = 86_400_000;
const HOUR_S = 3_600;
const HOURS = 5;
const END_S = Math.floor(Date.now() / 1_000 / HOUR_S) * HOUR_S - HOUR_S;
const START_S = END_S - HOURS * HOUR_S;
const PAIRS = [
  ['budget_rows_at', 'budget_rows'],
  ['burn_rate_rows_at', 'burn_rate_rows'],
] as const;

const random = randomFrom(66);
const below = (count: number): number => Math.floor(random() * count);

interface Written {
  readonly key: object;
  readonly atS: number;
  readonly writtenMs: number;
  readonly total: number;
}

/** A batch as it is written at once: one row at most of a series at an instant. */
function batchOf(number: number, batches: number): readonly Written[] {
  // The first half was written long ago: of it the last row of every hour counts alone.
  const writtenMs = Date.now() - (number < batches / 2 ? 9 * DAY_MS : DAY_MS) + number * 1_000;
  const rows = new Map<string, Written>();
  for (let count = 0; count < 60; count += 1) {
    const key = { stream: ['live', 'replay'][below(2)], slo: `slo-${below(3)}`, series: String(below(4)) };
    const atS = START_S + below((HOURS * HOUR_S) / 300) * 300;
    const spec_rev = atS > START_S + 2 * HOUR_S ? 'b' : 'a';
    rows.set(JSON.stringify([key, atS]), {
      key: { ...key, spec_rev },
      atS,
      writtenMs,
      total: number * 100 + count,
    });
  }
  return [...rows.values()];
}

async function write({ store }: TestDatabase, rows: readonly Written[]): Promise<void> {
  const shared = ({ key, atS, writtenMs }: Written): object => ({
    ...{ ...key, evaluated_at: atS, coverage: 1, written_at: dateTime64OfMs(writtenMs) },
  });
  await store.insertRows(
    'budgets',
    rows.map((row) => ({ ...shared(row), good: row.total, bad: 0, total: row.total, state: 'ok' })),
  );
  await store.insertRows(
    'burn_rates',
    rows.map((row) => ({
      ...{ ...shared(row), window_s: [300, 3_600], bad: [1, 2], total: [row.total, row.total + 1] },
      burn_rate: [0, 1],
    })),
  );
}

describe('where series stand', () => {
  let database: TestDatabase;
  const ORDER = 'ORDER BY stream, slo, series';

  beforeAll(async () => {
    database = await startTestDatabase();
    for (let number = 0; number < 16; number += 1) await write(database, batchOf(number, 16));
  });
  afterAll(() => database.close());

  const momentsS = [
    ...[START_S - 1, START_S, START_S + HOUR_S, START_S + HOUR_S - 1, END_S - 300, END_S, END_S + 7 * HOUR_S],
    ...Array.from({ length: 12 }, () => START_S + below(HOURS * HOUR_S)),
  ];

  async function expectHistory(): Promise<void> {
    let seen = 0;
    for (const [at, rows] of PAIRS)
      for (const atS of momentsS) {
        const moment = `fromUnixTimestamp(${atS})`;
        const told = await database.store.query(`SELECT * FROM ${at}(as_of = ${moment}) ${ORDER}`);
        const newest = await database.store.query(
          `SELECT * FROM (SELECT * FROM ${rows} WHERE evaluated_at <= ${moment}
             ORDER BY evaluated_at DESC, written_at DESC LIMIT 1 BY stream, slo, series) ${ORDER}`,
        );
        expect(told).toEqual(newest);
        seen += told.length;
      }
    expect(seen).toBeGreaterThan(500);
  }

  it('is the newest row of the history at every moment', expectHistory);

  it('is the same once the engine has merged what it holds', async () => {
    for (const table of ['budget_hours', 'burn_rate_hours', 'latest_budgets', 'latest_burn_rates'])
      await database.store.command(`OPTIMIZE TABLE ${table} FINAL`);
    await expectHistory();
  });

  it('is the same in a database whose history is older than the tables of newest rows', async () => {
    for (const table of ['latest_budgets', 'latest_burn_rates'])
      await database.store.command(`TRUNCATE TABLE ${table}`);
    const { all } = await readMigrations(MIGRATIONS_DIRECTORY);
    const own = all.find(({ name }) => name === 'where_series_stand');
    for (const statement of own?.statements.filter((one) => one.startsWith('INSERT')) ?? [])
      await database.store.command(statement);
    await expectHistory();
  });

  it('goes by the revision that was judged last', async () => {
    const labels = { provider: 'a' };
    const slos = ['slo-0', 'slo-1', 'slo-2'];
    await database.store.insertRows(
      'slos',
      slos.flatMap((slo) =>
        ['a', 'b'].map((spec_rev) => ({
          ...{ slo, spec_rev, display_name: slo, service: 's', track: '', criticality: '', period: '28d' },
          ...{
            target_numerator: 99,
            target_denominator: 100,
            dimensions: ['provider'],
            tiers: '[]',
            loaded_at: START_S,
          },
        })),
      ),
    );
    await database.store.insertRows('series', [{ slo: 'slo-0', spec_rev: 'b', series: '1', labels }]);
    for (const [atS, revision] of [
      [START_S + HOUR_S, 'a'],
      [END_S, 'b'],
    ] as const) {
      const standing = await database.store.query<{
        spec_rev: string;
        window_total: number[];
        total: number;
      }>(`SELECT spec_rev, window_total, total FROM slo_status_at(as_of = fromUnixTimestamp(${atS}))`);
      expect(new Set(standing.map(({ spec_rev }) => spec_rev))).toEqual(new Set([revision]));
      // Only of the series that has a name there are counts of windows.
      const counted = standing.filter(({ window_total: totals }) => totals.length > 0);
      expect(counted.length > 0).toBe(revision === 'b');
    }
  });
});
