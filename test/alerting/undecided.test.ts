import type { Store } from '@burnline/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables, evaluatedThrough, insertBurn, newDecider, openLog, plan } from './bench.ts';

/** Goal: a decider that finds nothing to decide costs the database next to nothing, and misses nothing for that. */
let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await startTestDatabase();
  store = database.store;
  await emptyTables(store);
});
afterAll(() => database.close());

it('asks one small table while nothing was evaluated since all was judged, and hears of what is', async () => {
  const log = await openLog();
  const asked: string[] = [];
  const counting: Store = {
    query: (sql, params) => {
      asked.push(sql);
      return store.query(sql, params);
    },
    command: (sql, params) => store.command(sql, params),
    insertRows: (table, rows) => store.insertRows(table, rows),
    insertBytes: (insert) => store.insertBytes(insert),
    close: () => Promise.resolve(),
  };
  const decider = newDecider(counting, log, [plan('a')]);
  await insertBurn(store, [{ slo: 'a', at: 100, bad: 50 }]);
  await evaluatedThrough(store, 100);
  expect(await decider.run()).toBe(1);
  // What this one has decided is what it reads once more to know that all is judged.
  await decider.run();
  asked.length = 0;
  for (let look = 0; look < 5; look += 1) expect(await decider.run()).toBe(0);
  expect(asked.length).toBe(5);
  for (const sql of asked) expect(sql).not.toMatch(/JOIN|burn_rates/);
  await insertBurn(store, [{ slo: 'a', at: 105, bad: 0 }]);
  await evaluatedThrough(store, 105);
  expect(await decider.run()).toBe(1);
});
