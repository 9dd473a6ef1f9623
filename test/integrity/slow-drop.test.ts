import { openStore, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ClickHouseSealTables } from '../../packages/judging/dist/sealing/clickhouse-seal-tables.js';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/**
 * Goal: a database that takes longer to drop sealed rows than a statement may take gets one drop and not another each time
 * somebody looks, and nobody ends for it.
 *
 * Method: a real engine whose merges stand still, so that its mutations do.
 */
const HOUR_S = 3_600;
const START_S = Date.UTC(2026, 0, 1) / 1_000;

let database: TestDatabase;
let impatient: Store;
beforeAll(async () => {
  database = await startTestDatabase();
  impatient = openStore({
    url: database.url,
    user: 'burnline',
    password: 'test',
    database: 'burnline',
    requestTimeoutMs: 2_000,
  });
});
afterAll(async () => {
  await impatient.close();
  await database.close();
});

it('drops once, however long it takes', { timeout: 180_000 }, async () => {
  const { store } = database;
  await store.insertRows(
    'sli_panes',
    [0, 1, 2].map((hour) => ({
      stream: 'live',
      stream_epoch: 'live@1',
      slo: 'a',
      spec_rev: 'r',
      series: 0,
      pane: START_S + hour * HOUR_S,
      partition: 0,
      chunk: hour,
      version: 1,
      log_interval: START_S + hour * HOUR_S,
      good: 1,
      total: 1,
      excluded: 0,
      sums: {},
      histogram: {},
      zero_count: 0,
      kept_since: START_S + hour * HOUR_S,
    })),
  );
  const count = async (sql: string): Promise<number> =>
    (await store.query<{ n: number }>(`SELECT count() AS n FROM ${sql}`))[0]!.n;
  const unfinished = `system.mutations WHERE table = 'sli_panes' AND NOT is_done`;
  await store.command('SYSTEM STOP MERGES sli_panes');
  const tables = new ClickHouseSealTables(impatient);
  for (const hours of [1, 2, 2])
    await tables.dropRows({ epoch: 'live@1', throughMs: (START_S + hours * HOUR_S) * 1_000 });
  expect(await count(unfinished)).toBe(1);
  await store.command('SYSTEM START MERGES sli_panes');
  while ((await count(unfinished)) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await count('sli_panes')).toBe(2);
  await new ClickHouseSealTables(store).dropRows({
    epoch: 'live@1',
    throughMs: (START_S + 2 * HOUR_S) * 1_000,
  });
  expect(await count('sli_panes')).toBe(1);
});
