import {
  createBatchDecoder,
  createBatchEncoder,
  encodeSpecMark,
  loadPackageSchemas,
  partitionOf,
  topicsOf,
} from '@burnline/contracts';
import type { EvalVerdict, SliPlan } from '@burnline/core';
import { createPaneWork, SpecCatalog } from '@burnline/counting';
import { type RawBackfillJob, runBackfill } from '@burnline/judging';
import {
  StreamWorker,
  createLogger,
  ensureEpoch,
  openMemoryLog,
  systemClock,
  type EpochSettings,
  type Snapshot,
  type Store,
  type StreamWork,
} from '@burnline/runtime';
import { createRawWork } from '@burnline/sink';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../delivery/model/random.ts';
import { PLANS, planOf } from '../support/backfill-plans.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventNumber } from '../support/events.ts';

/**
 * Goal: what is counted from raw rows equals what the processor counted of the same stretch of the log, series by series and
 * pane by pane, at every level, however it is sliced and wherever it broke off before.
 *
 * Method: random events and verdicts through the real log, processor and sink; repeats, late and future times, bad messages,
 * groups beyond the cap. The processor stops at random positions, the sink goes on. BURNLINE_SEED draws others.
 */
const SEED = Number(process.env['BURNLINE_SEED'] ?? 1);
const SETTINGS: EpochSettings = {
  intervalMs: 10_000,
  chunkEventsMax: 40,
  repeatWindowMessages: 16,
  paneMs: 10_000,
};
const PARTITION_COUNT = 2;
const HOUR_MS = 3_600_000;
const AGES_MS = [0, 0, 0, 400, 5_000, 60_000, HOUR_MS, 30 * HOUR_MS, 12 * 24 * HOUR_MS, -5_000];
const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);
const logger = createLogger({ name: 'test', level: 'silent' });
const random = new Random(SEED);

function judgement(): EvalVerdict['passed'] extends boolean
  ? Pick<EvalVerdict, 'passed' | 'score' | 'evaluator' | 'evaluator_version' | 'kind' | 'dimension'>
  : never {
  return {
    evaluator: random.pick(['judge', 'guard', 'thumbs', '__other__']),
    evaluator_version: '1',
    kind: 'online_judge',
    dimension: 'quality',
    passed: random.chance(0.7),
    score: random.pick([null, 0, 0.5, random.next() * 10, -1]),
  };
}

function randomEvent(number: number, nowMs: number) {
  return eventNumber(number, {
    occurred_at: (nowMs - random.pick(AGES_MS)) * 1_000 + random.below(1_000),
    status: random.pick(['ok', 'ok', 'error', 'timeout']),
    provider: random.pick(['a', 'b', 'ünï', 'a=\nb', '__other__']),
    tenant: random.pick(['x', 'y', '😀']),
    feature: random.pick([null, '', 'f']),
    attributes: random.pick([{}, { team: 't' }, { team: '' }]),
    is_final: random.chance(0.8),
    step: random.pick([null, 0, 7]),
    region: random.pick(['eu', 'eu', 'us']),
    measures: random.pick([
      {},
      { 'queue.ms': 0 },
      { 'queue.ms': random.next() * 100, other: 1 },
      { 'queue.ms': -1 },
      { 'queue.ms': random.pick([0.2, 0.2001, 0.9, 1, random.next()]) },
    ]),
    schema_valid: random.pick([null, true, true, false]),
    ttft_ms: random.pick([null, 0, 1, 2, 100.5, random.next() * 5_000]),
    input_tokens: random.below(5_000),
    output_tokens: random.pick([null, random.below(100)]),
    model_requested: random.pick(['m-1', 'm-2']),
    model_served: random.pick(['', 'm-1', 'm-1-2026']),
    // What no way in takes counts as it does in the stream.
    sample_weight: random.pick([1, 1, 1, 19, 2.5, 10 / 3, 1.0005, 1e6, 3e6, 0.5, -2]),
    cost_nano_usd: random.pick([null, 5, 9_007_199_254, 2 ** 53 - 2]),
    verdicts: random.chance(0.4) ? [judgement(), judgement()] : [],
  });
}

let database: TestDatabase;
let nowMs = Math.floor((Date.now() - 5 * HOUR_MS) / HOUR_MS) * HOUR_MS;
const log = openMemoryLog({
  nowMs: () => nowMs,
  startTimer: (waitMs, done) => {
    const timer = setTimeout(done, Math.min(waitMs, 5));
    return () => clearTimeout(timer);
  },
});
const topics = topicsOf('live', { partitionCount: PARTITION_COUNT, kind: 'live' });
const TOPICS = [topics.inference.name, topics.verdicts.name];
const streamTopics = TOPICS.map((topic) => ({
  stream: 'live',
  topic,
  clock: 'live' as const,
  partitionCount: PARTITION_COUNT,
}));

async function announce(begun: readonly string[]): Promise<void> {
  const mark = { marked_at: nowMs * 1_000, begun_specs: begun, ended_specs: [] };
  const messages = [{ value: encodeSpecMark(mark, schemas) }];
  for (const topic of TOPICS)
    for (let partition = 0; partition < PARTITION_COUNT; partition += 1)
      await log.append([{ topic, partition, messages }]);
}

/** Appends messages, the clock going on between them, now and then stepping back. */
async function appendTraffic(messageCount: number, firstNumber: number): Promise<void> {
  for (let message = 0; message < messageCount; message += 1) {
    nowMs += random.pick([0, 100, 1_000, 4_000, 15_000, -3_000]);
    const number = (): number => firstNumber + random.below(messageCount * 3);
    const isVerdict = random.chance(0.25);
    const topic = TOPICS[isVerdict ? 1 : 0]!;
    if (random.chance(0.03)) {
      await log.append([{ topic, partition: 0, messages: [{ value: Buffer.from('not a message') }] }]);
      continue;
    }
    const events = Array.from({ length: 1 + random.below(6) }, () => randomEvent(number(), nowMs));
    const partition = partitionOf(events[0]!.event_id, PARTITION_COUNT);
    let value: Uint8Array;
    if (isVerdict) {
      const encoder = createBatchEncoder({ kind: 'verdict', schemas });
      for (const event of events)
        encoder.append({
          ...event,
          ...judgement(),
          judged_at: nowMs * 1_000,
          inference_at: event.occurred_at,
        });
      value = encoder.finish();
    } else {
      const encoder = createBatchEncoder({ kind: 'inference', schemas });
      for (const event of events) encoder.append(event);
      value = encoder.finish();
    }
    await log.append([{ topic, partition, messages: [{ value }] }]);
  }
}

/** Runs a worker until it has read the log to its end. */
async function readToEnd<S extends Snapshot>(work: StreamWork<S>): Promise<void> {
  const stop = new AbortController();
  const parts = { log, store: database.store, clock: systemClock, logger, schemas };
  const options = { group: work.consumer, topics: streamTopics, settings: SETTINGS, flushIntervalMs: 200 };
  const running = new StreamWorker({ ...work, writesMarks: false }, parts, options).run(stop.signal);
  const ends = await log.bounds(TOPICS);
  for (;;) {
    const rows = await database.store.query<{ topic: string; partition: number; position: number }>(
      `SELECT topic, partition, position FROM watermarks FINAL WHERE consumer = '${work.consumer}'`,
    );
    const isBehind = ends.some(
      (end) =>
        end.endOffset > 0 &&
        !rows.some(
          (row) =>
            row.topic === end.topic && row.partition === end.partition && row.position >= end.endOffset,
        ),
    );
    if (!isBehind) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  stop.abort();
  await running;
}

let epochs: RawBackfillJob['epochs'];
const jobOf = (plan: SliPlan, specRev: string): RawBackfillJob => ({
  stream: 'live',
  plan: { ...plan, specRev },
  epochs,
  paneMs: SETTINGS.paneMs,
  sliceRecordsMax: 1_000_000,
});
const backfill = (job: RawBackfillJob, run = {}) => runBackfill({ store: database.store, logger }, job, run);

const NUMBERS = [
  'good',
  'total',
  'excluded',
  'zero_count',
  'good_extra',
  'total_extra',
  'excluded_extra',
  'zero_extra',
];
const MAPS = ['sums', 'missing', 'histogram', 'sums_extra', 'missing_extra', 'histogram_extra'];
const COUNTS = [
  ...NUMBERS.map((column) => `sum(${column}) AS ${column}_all`),
  // As text: sums are far beyond what JSON's numbers hold.
  ...MAPS.map((column) => `toString(mapFilter((k, v) -> v != 0, sumMap(${column}))) AS ${column}_all`),
].join(', ');
const rowsBy = (widthS: number, time: string, from: string) =>
  database.store.query(
    `SELECT labels, toUnixTimestamp(intDiv(toUnixTimestamp(${time}), ${widthS}) * ${widthS}) AS bucket, ${COUNTS}
     FROM (SELECT * FROM ${from}) AS p
     LEFT JOIN (SELECT DISTINCT slo, spec_rev, series, labels FROM series) AS s USING (slo, spec_rev, series)
     GROUP BY labels, bucket ORDER BY toString(labels), bucket`,
  );

async function expectEqual(plan: SliPlan, specRev: string): Promise<void> {
  const of = (rev: string): string => `FINAL WHERE slo = '${plan.slo}' AND spec_rev = '${rev}'`;
  const newest = await database.store.query<{ s: number }>(
    `SELECT toUnixTimestamp(max(pane)) AS s FROM sli_panes ${of(plan.specRev)}`,
  );
  const recent = newest[0]!.s - 26 * 3_600;
  for (const [level, widthS, fromS] of [
    ['pane', 10, recent],
    ['5m', 300, 0],
    ['1h', 3_600, 0],
    ['1d', 86_400, 0],
  ] as const) {
    const counted = await rowsBy(widthS, 'pane', `sli_panes ${of(plan.specRev)} AND pane >= ${fromS}`);
    const archived = `sli_archive ${of(specRev)} AND level = '${level}' AND bucket >= ${fromS}`;
    expect(counted.length).toBeGreaterThan(0);
    expect(await rowsBy(widthS, 'bucket', archived)).toEqual(counted);
    if (level === '1h')
      expect(await rowsBy(widthS, 'bucket', `sli_hours ${of(specRev)}`), 'hours by series').toEqual(counted);
  }
}

beforeAll(async () => {
  database = await startTestDatabase();
  const { store } = database;
  await log.ensureTopics([topics.inference, topics.verdicts, topics.deadLetters]);
  const catalog = new SpecCatalog(store);
  await catalog.record(PLANS);
  await announce(PLANS.map(({ specRev }) => specRev));
  const paneWork = () => createPaneWork({ store, settings: SETTINGS, catalog, schemas, decoder });
  const rawWork = () =>
    createRawWork({
      store,
      log,
      logger,
      decoder,
      schemas,
      repeatWindowMessages: SETTINGS.repeatWindowMessages,
    });
  await appendTraffic(400, 0);
  await readToEnd(paneWork());
  const begins = await log.bounds(TOPICS);
  const found = await Promise.all(
    streamTopics.map((topic) => ensureEpoch({ store, log, nowMs: nowMs }, topic, SETTINGS)),
  );
  epochs = found.map((epoch) => ({
    epoch,
    beginOffsets: begins.filter(({ topic }) => topic === epoch.topic).map(({ endOffset }) => endOffset),
  }));
  // What comes after the revision began is in the raw rows too.
  await appendTraffic(100, 1_000_000);
  await readToEnd(rawWork());
});
afterAll(async () => {
  await log.close();
  await database.close();
});

describe(`backfill, seed ${SEED}`, () => {
  it.each(PLANS)('of $slo equals what the processor counted', async (plan) => {
    const result = await backfill(jobOf(plan, 'whole'));
    expect(result.sliceCount).toBeGreaterThan(0);
    await expectEqual(plan, 'whole');
    const again = await backfill(jobOf(plan, 'whole'));
    expect(again).toEqual({ events: result.events, sliceCount: 0 });
    await expectEqual(plan, 'whole');
  });

  it.each(PLANS.slice(1))('of $slo in many slices is the same', async (plan) => {
    const shares: number[] = [];
    const job = { ...jobOf(plan, 'sliced'), sliceRecordsMax: 250 };
    const result = await backfill(job, { onProgress: (share: number) => shares.push(share) });
    expect(result.sliceCount).toBeGreaterThan(2);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    await expectEqual(plan, 'sliced');
  });

  it('breaks off between slices and begins anew, with other slices', async () => {
    const [, plan] = PLANS;
    const stop = new AbortController();
    let sliceCount = 0;
    const onProgress = (): void => {
      sliceCount += 1;
      if (sliceCount === 2) stop.abort();
    };
    const job = { ...jobOf(plan, 'broken'), sliceRecordsMax: 200 };
    await expect(backfill(job, { signal: stop.signal, onProgress })).rejects.toMatchObject({
      code: 'BACKFILL_STOPPED',
    });
    expect(await database.store.query(`SELECT 1 FROM backfills WHERE spec_rev = 'broken'`)).toEqual([]);
    await backfill({ ...job, sliceRecordsMax: 300 });
    await expectEqual(plan, 'broken');
  });

  it('breaks off within a slice and begins anew', async () => {
    const [, plan] = PLANS;
    const { store } = database;
    let commandCount = 0;
    const failing: Store = {
      query: (sql, params) => store.query(sql, params),
      insertRows: (table, rows) => store.insertRows(table, rows),
      insertBytes: (insert) => store.insertBytes(insert),
      close: () => Promise.resolve(),
      command: async (sql, params) => {
        await store.command(sql, params);
        commandCount += 1;
        if (commandCount === 4) throw new Error('the process ends here');
      },
    };
    const job = { ...jobOf(plan, 'crashed'), sliceRecordsMax: 200 };
    await expect(runBackfill({ store: failing, logger }, job)).rejects.toThrow('the process ends here');
    await backfill(job);
    await expectEqual(plan, 'crashed');
  });

  it('refuses a plan whose labels SQL would write otherwise', async () => {
    const plan = planOf('doubles', { groupBy: { dimensions: ['ttft_ms'], seriesCountMax: 5 } });
    await expect(backfill(jobOf(plan, 'whole'))).rejects.toMatchObject({ code: 'BACKFILL_PLAN_UNSUPPORTED' });
  });
});
