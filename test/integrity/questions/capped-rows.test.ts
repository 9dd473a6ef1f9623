import { loadSpecs } from '@burnline/specs';
import { readCountedEvents } from '@burnline/queries';
import { dateTime64OfMs } from '@burnline/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';
import { SPECS } from './recorded-events.ts';

/** Goal: rows behind a series' figure say that its figure may lack some of them, once groups have overflowed the cap. */
const AT_MS = Date.UTC(2026, 5, 1);
const { plans } = loadSpecs([{ file: 'slos.yaml', text: SPECS }], { mode: 'strict' });
let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

it('rows of an SLO that has the series __other__ may be counted there', async () => {
  const plan = plans.find(({ slo }) => slo === 'availability')!.sli;
  const place = { slo: plan.slo, spec_rev: plan.specRev };
  const labels = { provider: 'a', model: 'm' };
  const row = { stream: 'live', service: 'chat', provider: 'a', model_served: 'm', status: 'ok' };
  await database.store.insertRows('inference_events', [
    { ...row, occurred_at: dateTime64OfMs(AT_MS), kept_since: Math.floor(Date.now() / 1_000) },
  ]);
  await database.store.insertRows('series', [{ ...place, series: '7', labels }]);
  const range = { fromMs: AT_MS, toMs: AT_MS + 1_000, limit: 10 };
  const ask = () => readCountedEvents(database.store, { stream: 'live', plan, labels, ...range });
  expect(await ask()).toMatchObject({ events: [{ countedAs: 'good' }], mayBeOther: false });
  const other = { provider: '__other__', model: '__other__' };
  await database.store.insertRows('series', [{ ...place, series: '8', labels: other }]);
  expect(await ask()).toMatchObject({ events: [{ countedAs: 'good' }], mayBeOther: true });
});
