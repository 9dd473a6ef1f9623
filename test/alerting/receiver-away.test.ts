import { webhookReceiver } from '@burnline/alerter';
import { systemClock } from '@burnline/runtime';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  emptyTables,
  evaluatedThrough,
  insertBurn,
  newDecider,
  notifications,
  openLog,
  plan,
  startNotifier,
  startReceiver,
  until,
} from './bench.ts';

/** Goal: whoever waits for a replay does not wait for a dead receiver at every alert. */
let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());
beforeEach(() => emptyTables(database.store));

it('a receiver that is away delays a replay once, and is only looked for until it is back', async () => {
  const { store } = database;
  const log = await openLog();
  const ats = Array.from({ length: 40 }, (_, index) => 100 + index * 10);
  await insertBurn(
    store,
    ats.map((at, index) => ({ slo: 'a', at, bad: index % 2 === 0 ? 50 : 0 })),
  );
  await evaluatedThrough(store, 1_000);
  await newDecider(store, log, [plan('a')]).run();
  // Eight requests of the first, one of each of 19 others; the 21st is taken; then one that fails for a moment.
  const receiver = await startReceiver(({ count }) => (count < 28 || count === 30 ? 503 : 204));
  let sleptMs = 0;
  const clock = {
    ...systemClock,
    sleep: (delayMs: number) => {
      sleptMs += delayMs;
      return systemClock.sleep(0);
    },
  };
  const notifier = startNotifier(store, log, [webhookReceiver('r', { url: receiver.url })], clock);
  await until(async () => (await notifications(store)).length === 40);
  expect((await notifications(store)).map(({ outcome, attempts }) => `${outcome} ${attempts}`)).toEqual([
    'failed 8',
    ...Array.from({ length: 19 }, () => 'failed 1'),
    'delivered 1',
    'delivered 1',
    'delivered 2',
    ...Array.from({ length: 17 }, () => 'delivered 1'),
  ]);
  // Once, not once for each: 51.5 s, and half a second for the other.
  expect(sleptMs).toBe(52_000);
  await notifier.stop();
  await receiver.close();
});
