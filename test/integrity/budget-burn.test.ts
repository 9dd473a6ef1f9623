import { readBudgetBurn } from '@burnline/queries';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dateTime64OfMs } from '../../packages/runtime/dist/clickhouse/timestamps.js';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/** Goal: what a window has eaten of its budget is said by rate and by volume, and the two differ by its traffic. */
let database: TestDatabase;
const AT_S = Date.UTC(2026, 5, 30) / 1_000;
const PERIOD_S = 30 * 86_400;
const KEY = { stream: 'live', slo: 'availability', spec_rev: 'a', series: 1 };

async function write(
  atS: number,
  windows: readonly { s: number; bad: number; total: number }[],
  periodTotal: number,
) {
  await database.store.insertRows('burn_rates', [
    {
      ...{ ...KEY, evaluated_at: atS, coverage: 1, is_heard: true, lost_at: 0 },
      window_s: windows.map(({ s }) => s),
      bad: windows.map(({ bad }) => bad),
      total: windows.map(({ total }) => total),
      bad_seen: windows.map(({ bad }) => bad),
      total_seen: windows.map(({ total }) => total),
      burn_rate: windows.map(({ bad, total }) => (total === 0 ? 0 : bad / total / 0.05)),
    },
  ]);
  await database.store.insertRows('budgets', [
    {
      ...{ ...KEY, evaluated_at: atS, coverage: 1, period_start: atS - PERIOD_S, good: periodTotal, bad: 0 },
      ...{ total: periodTotal, bad_seen: 0, total_seen: periodTotal, unassigned: 0 },
      ...{ remaining_ratio: 1, projected_remaining_ratio: null, is_estimated: false, state: 'ok' },
    },
  ]);
}

beforeAll(async () => {
  database = await startTestDatabase();
  const { slo, spec_rev, series } = KEY;
  await database.store.insertRows('series', [{ slo, spec_rev, series, labels: { provider: 'a' } }]);
  await database.store.insertRows('slos', [
    {
      ...{ slo: KEY.slo, spec_rev: KEY.spec_rev, display_name: 'Availability', service: 'chat' },
      ...{ track: 'infrastructure', criticality: 'high', target_numerator: 19, target_denominator: 20 },
      ...{ period: '30d', dimensions: [], tiers: '[]', loaded_at: dateTime64OfMs(0) },
    },
  ]);
});
afterAll(() => database.close());

it('is 2.31 % by rate and 2.22 % by volume, of an hour with 100 bad of 120 where 125 are usual (sloth PR#459)', async () => {
  await write(AT_S - 60, [{ s: 3_600, bad: 0, total: 0 }], 0);
  await write(
    AT_S,
    [
      { s: 3_600, bad: 100, total: 120 },
      { s: 300, bad: 0, total: 10 },
    ],
    90_000,
  );
  const [fine, hour] = await readBudgetBurn(database.store, { asOfMs: AT_S * 1_000, stream: 'live' });
  expect(fine).toMatchObject({ windowMs: 300_000, bad: 0, budgetBurn: 0, burnRate: 0, dispersion: 1 });
  expect(hour).toMatchObject({ windowMs: 3_600_000, bad: 100, total: 120, periodTotal: 90_000 });
  expect((hour!.burnRate * 3_600) / PERIOD_S).toBeCloseTo(0.023148, 6);
  expect(hour!.budgetBurn).toBeCloseTo(0.022222, 6);
});

it('is nothing where there is no event in the period, and holds until the next row', async () => {
  const [before] = await readBudgetBurn(database.store, { asOfMs: (AT_S - 1) * 1_000, slo: 'availability' });
  expect(before).toMatchObject({ total: 0, periodTotal: 0, budgetBurn: null });
  expect(await readBudgetBurn(database.store, { asOfMs: AT_S * 1_000, slo: 'other' })).toEqual([]);
});
