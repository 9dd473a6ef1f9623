import { AppError } from '@burnline/core';
import { createMemoryDisk, type QueryParams, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  emptyTables,
  evaluatedThrough,
  failingAt,
  insertBurn,
  newDecider,
  openLog,
  plan,
  said,
  tier,
  withMethod,
} from './bench.ts';

/** Goal: wherever the decider dies, the log says in the end what it would have said undisturbed, once. */
let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await startTestDatabase();
  store = database.store;
});
afterAll(() => database.close());
beforeEach(() => emptyTables(store));

describe('crashes', () => {
  const plans = [
    plan('a'),
    plan('b', { tiers: [tier('fast', { holdMs: 60_000 }), tier('slow', { severity: 'ticket' })] }),
  ];
  const rows = [
    { slo: 'a', at: 100, bad: 50 },
    { slo: 'b', at: 100, bad: 50 },
    { slo: 'a', at: 150, bad: 0 },
    { slo: 'b', at: 200, bad: 0 },
    { slo: 'a', at: 220, bad: 50 },
  ];
  const expected = [
    'fire@100 fast',
    'fire@100 slow',
    'resolve@150 fast',
    'fire@160 fast',
    'resolve@200 slow',
    'resolve@200 fast',
    'fire@220 fast',
  ];
  const steps = [
    ['reading what is undecided', 'query', 1, false],
    ['reading burn rates', 'query', 2, false],
    ['the append', 'append', 1, false],
    ['after the append', 'append', 1, true],
    ['the second append', 'append', 2, false],
    ['after the second append', 'append', 2, true],
    ['writing what waits', 'insertRows', 1, false],
    ['after writing what waits', 'insertRows', 1, true],
    ['writing again', 'insertRows', 2, false],
    ['after writing again', 'insertRows', 2, true],
    ['writing once more', 'insertRows', 3, false],
  ] as const;

  it('leaves a stream as it is until it knows what is judged there', async () => {
    const log = await openLog();
    await insertBurn(store, rows.slice(0, 1));
    await evaluatedThrough(store, 120);
    await newDecider(store, log, plans).run();
    await insertBurn(store, rows.slice(2));
    await evaluatedThrough(store, 300);
    let known: typeof plans | null = null;
    const restarted = newDecider(store, log, plans, () => known);
    expect(await restarted.run()).toBe(0);
    expect(await said(log)).toEqual(['fire@100 fast']);
    known = plans;
    await restarted.run();
    expect(await said(log)).toEqual(['fire@100 fast', 'resolve@150 fast', 'fire@220 fast']);
  });

  it.each(steps)('decides the same over a crash at %s', async (_name, method, call, isAfter) => {
    for (const restarts of [true, false]) {
      await emptyTables(store);
      const log = await openLog();
      await insertBurn(store, rows);
      // What is looked up beside decisions may fail at any time: nobody waits for it.
      const matches = (table: unknown): boolean => table !== 'alert_contexts';
      const when = { call, isAfter, ...(method === 'insertRows' && { matches }) };
      const parts =
        method === 'append'
          ? { store, log: failingAt(log, 'append', when) }
          : { store: failingAt(store, method, when), log };
      let decider = newDecider(parts.store, parts.log, plans);
      let crashCount = 0;
      for (const second of [120, 300, 300]) {
        await evaluatedThrough(store, second);
        try {
          await decider.run();
        } catch {
          crashCount += 1;
          if (restarts) decider = newDecider(store, log, plans);
          await decider.run();
        }
      }
      expect(crashCount).toBe(1);
      expect(await said(log)).toEqual(expected);
    }
  });

  it.each(['fails', 'is slow'])(
    'decides at once where what is looked up beside a decision %s',
    async (how) => {
      const log = await openLog();
      await insertBurn(store, rows.slice(0, 1));
      await evaluatedThrough(store, 120);
      let answer = (): void => undefined;
      const slow = new Promise<never[]>((resolve) => {
        answer = () => resolve([]);
      });
      const ailing = withMethod(store, 'query', (sql: string, params?: QueryParams) => {
        if (!sql.includes('AS labelled')) return store.query(sql, params);
        return how === 'fails'
          ? Promise.reject(new AppError('STORE_REFUSED', 'no', { outcome: 'halt' }))
          : slow;
      });
      const decider = newDecider(ailing, log, plans);
      expect(await decider.run()).toBe(1);
      expect(await said(log)).toEqual(['fire@100 fast']);
      answer();
      await decider.settled();
      const [row] = await store.query<{ error: string }>('SELECT error FROM alert_contexts');
      expect(row).toEqual({ error: how === 'fails' ? 'STORE_REFUSED' : '' });
    },
  );

  it('says the rest where only a part of an append is in the log', { timeout: 240_000 }, async () => {
    for (const keptCount of [1, 2, 3, 4, 5, 6]) {
      await emptyTables(store);
      const log = await openLog(createMemoryDisk());
      await insertBurn(store, rows);
      await evaluatedThrough(store, 300);
      const torn = withMethod(log, 'append', async (batches) => {
        await log.append(
          batches.map((batch) => ({ ...batch, messages: batch.messages.slice(0, keptCount) })),
        );
        throw new AppError('LOG_BUSY', 'half of it', { outcome: 'halt' });
      });
      await expect(newDecider(store, torn, plans).run()).rejects.toThrow('half of it');
      await newDecider(store, log, plans).run();
      expect(await said(log)).toEqual(expected);
    }
  });
});
