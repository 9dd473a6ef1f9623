import { createLogger, systemClock, type Clock, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { JudgedBook } from '../../services/console/dist/api/reading/judged-book.js';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/**
 * Goal: what stands, or stood at a moment, is read once for all who ask within seconds, and nobody is told what is older than is promised
 * or of another moment.
 *
 * Method: a console's book over a real database by a clock of the test; every reading of the series is counted, and rows are written
 * between them.
 */
const HOUR_MS = 3_600_000;
const END_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 24 * HOUR_MS;
const EARLY_MS = END_MS - 5 * HOUR_MS;
const KEY = { stream: 'live', slo: 'one', spec_rev: 'r', series: '0' };

const logger = createLogger({ name: 'test', level: 'silent' });

let database: TestDatabase;
let readings = 0;
let nowMs = END_MS + 12 * HOUR_MS;

/** A row of the budget: with so many events it tells which writing of them an answer is of. */
const write = (atMs: number, total: number): Promise<void> =>
  database.store.insertRows('budgets', [
    {
      ...{ ...KEY, evaluated_at: atMs / 1_000, coverage: 1, good: total, bad: 0, total, state: 'ok' },
      remaining_ratio: 1,
    },
  ]);

/** How long a reading of the series takes by the clock of the test. */
let tookMs = 0;

/** Whether the database is away. */
let isBroken = false;

function bookOf({ sleep = () => Promise.resolve() }: Partial<Pick<Clock, 'sleep'>> = {}): {
  readonly book: JudgedBook;
  readonly totalAt: (asOfMs?: number) => Promise<number>;
} {
  const { store: own } = database;
  const counted: Store = {
    ...{ command: own.command.bind(own), insertRows: own.insertRows.bind(own) },
    ...{ insertBytes: own.insertBytes.bind(own), close: own.close.bind(own) },
    query: (sql, params, options) =>
      (isBroken ? Promise.reject(new Error('no database')) : own.query(sql, params, options)).then((rows) => {
        if (!sql.includes('slo_status')) return rows as never;
        readings += 1;
        nowMs += tookMs;
        return rows as never;
      }),
  };
  readings = 0;
  const book = new JudgedBook(counted, { ...systemClock, sleep, nowMs: () => nowMs });
  const totalAt = async (asOfMs?: number): Promise<number> =>
    (await book.at(asOfMs, counted)).rows[0]!.row.total;
  return { book, totalAt };
}

beforeAll(async () => {
  database = await startTestDatabase();
  const { slo, spec_rev } = KEY;
  await database.store.insertRows('series', [{ slo, spec_rev, series: KEY.series, labels: {} }]);
  await database.store.insertRows('slos', [
    {
      ...{ slo, spec_rev, display_name: slo, service: 's', track: '', criticality: '', period: '28d' },
      ...{ target_numerator: 99, target_denominator: 100, dimensions: [], tiers: '[]', loaded_at: 0 },
    },
  ]);
  await database.store.insertRows('active_specs', [
    { stream: 'live', slo, spec_rev, activated_at: EARLY_MS / 1_000 - 1 },
  ]);
  await write(EARLY_MS, 1);
  await write(END_MS, 2);
});
afterAll(() => database.close());

it('what stood at a moment is read once for who asks at once, and for each moment by itself', async () => {
  const { totalAt } = bookOf();
  expect(await Promise.all([EARLY_MS, EARLY_MS, END_MS].map(totalAt))).toEqual([1, 1, 2]);
  expect(readings).toBe(2);
  // A millisecond before there was something else, and is no part of what is kept.
  expect(await totalAt(END_MS - 1)).toBe(1);
  expect(readings).toBe(3);
});

it('as many moments are kept as there is room for', async () => {
  const { totalAt } = bookOf();
  for (const asOfMs of [EARLY_MS, END_MS, EARLY_MS + 1_000, EARLY_MS]) await totalAt(asOfMs);
  expect(readings).toBe(4);
  await totalAt(EARLY_MS + 1_000);
  expect(readings).toBe(4);
});

it('a history that was judged anew shows within half a minute, and one that is being judged within seconds', async () => {
  const { totalAt } = bookOf();
  nowMs = Math.ceil(nowMs / 60_000) * 60_000;
  expect(await totalAt(END_MS)).toBe(2);
  await write(END_MS, 3);
  nowMs += 29_000;
  expect(await totalAt(END_MS)).toBe(2);
  nowMs += 1_000;
  expect(await totalAt(END_MS)).toBe(3);
  nowMs = END_MS + 10_000;
  expect(await totalAt(END_MS + 1)).toBe(3);
  await write(END_MS, 4);
  nowMs += 2_000;
  expect(await totalAt(END_MS + 1)).toBe(4);
});

it('what stands now is told again within two seconds, and waited for beyond a minute', async () => {
  const { book, totalAt } = bookOf();
  expect(await Promise.all([totalAt(), totalAt()])).toEqual([4, 4]);
  expect(readings).toBe(1);
  await write(END_MS + HOUR_MS, 5);
  nowMs += 1_999;
  expect(await totalAt()).toBe(4);
  expect(readings).toBe(1);
  nowMs += 1;
  // The last one is told, with its time, while the next is read.
  const told = await book.page();
  expect([told.rows[0]!.row.total, told.readAtMs]).toEqual([4, nowMs - 2_000]);
  await expect.poll(() => totalAt(), { timeout: 30_000 }).toBe(5);
  await write(END_MS + 2 * HOUR_MS, 6);
  nowMs += 60_000;
  expect(await totalAt()).toBe(6);
});

it.each([
  [undefined, 60_000],
  [30_000, 30_000],
  // Three readings.
  [10_000, 24_000],
])(
  'who takes what is %s ms old, where a reading takes 8 s, waits for what is %s ms old',
  async (staleMs, waitedMs) => {
    const given = staleMs === undefined ? {} : { staleMs };
    for (const isTold of [true, false]) {
      const { book } = bookOf();
      tookMs = 8_000;
      const { readAtMs } = await book.page();
      tookMs = 0;
      nowMs = readAtMs + waitedMs - (isTold ? 1 : 0);
      expect((await book.page(given)).readAtMs).toBe(isTold ? readAtMs : nowMs);
      // What is read meanwhile is of this moment.
      await expect.poll(async () => (await book.page()).readAtMs, { timeout: 30_000 }).toBe(nowMs);
    }
  },
);

it('where nobody asks it is read at once, and every quarter of a minute, or as seldom as its length asks for, until the end', async () => {
  for (const [takesMs, beatMs] of [
    [0, 15_000],
    [2_000, 40_000],
    [20_000, 40_000],
  ] as const) {
    const ended = new AbortController();
    const sleptMs: number[] = [];
    const { book } = bookOf({
      sleep: (delayMs) => {
        sleptMs.push(delayMs);
        nowMs += delayMs;
        if (sleptMs.length === 3) ended.abort();
        return Promise.resolve();
      },
    });
    tookMs = takesMs;
    await book.keep(logger, ended.signal);
    tookMs = 0;
    expect(readings).toBe(3);
    expect(sleptMs).toEqual(Array.from({ length: 3 }, () => beatMs - takesMs));
    // Whoever comes now is answered without a reading, of which the next one comes.
    const told = await book.page();
    expect(told.rows[0]!.row.total).toBe(6);
    expect(nowMs - told.readAtMs).toBe(beatMs);
    await expect.poll(async () => (await book.page()).readAtMs, { timeout: 30_000 }).toBe(nowMs);
  }
});

it('a reading that fails is tried again, and whoever asks meanwhile is told what failed', async () => {
  const ended = new AbortController();
  isBroken = true;
  const { book } = bookOf({
    sleep: () => {
      if (isBroken) isBroken = false;
      else ended.abort();
      return Promise.resolve();
    },
  });
  const asked = book.page();
  const kept = book.keep(logger, ended.signal);
  await expect(asked).rejects.toThrow('no database');
  await kept;
  expect(isBroken).toBe(false);
  expect((await book.page()).rows[0]!.row.total).toBe(6);
});
