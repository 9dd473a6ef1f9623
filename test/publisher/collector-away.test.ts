import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { partitionOf, uuidToBytes } from '@burnline/contracts';
import { createPublisher, httpTransport, type DropNotice, type Publisher } from '@burnline/publisher';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RunningCli } from '../support/burnline-cli.ts';
import { queryRows, startUp } from '../support/embedded-up.ts';
import { freePort } from '../support/kafka/ports.ts';

/**
 * Goal: a collector that is not there yet, is stopped and started, or killed, loses nothing of 1,000 events a second; and
 * what a publisher believes of partitions decides nothing.
 */
const AWAY_MS = 1_000 * Number(process.env['PUBLISHER_AWAY_SECONDS'] ?? 3);
const EVENTS_PER_SECOND = 1_000;
const TICK_MS = 20;
/** As `burnline up` makes its topics. */
const PARTITION_COUNT = 2;

let root: string;
let dataDir: string;
let port: number;
let running: RunningCli | null = null;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-away-'));
  dataDir = path.join(root, 'data');
  port = await freePort();
});
afterEach(async () => {
  running?.killAll();
  await running?.ended;
  await rm(root, { recursive: true, force: true });
});

async function up(): Promise<RunningCli> {
  running = await startUp({ dataDir, port });
  return running;
}

const query = <Row>(sql: string): Promise<readonly Row[]> => queryRows<Row>(dataDir, sql);

/** Emits at an even rate, shared by the publishers, until it is told to end. */
function load(publishers: readonly Publisher[]): { readonly stop: () => number } {
  const startedAtMs = performance.now();
  let emitted = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAtMs) / 1_000) * EVENTS_PER_SECOND);
    for (; emitted < due; emitted += 1)
      publishers[emitted % publishers.length]!.emit({
        model_requested: 'model-a',
        status: 'ok',
        duration_ms: 900,
      });
  }, TICK_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return emitted;
    },
  };
}

const publisherOf = (drops: DropNotice[], partitionCount?: number): Publisher =>
  createPublisher({
    transport: httpTransport({ url: `http://127.0.0.1:${port}` }),
    ...(partitionCount !== undefined && { partitionCount }),
    service: 'chat',
    environment: 'test',
    onDrop: (notice) => drops.push(notice),
  });

it(
  'emitted equals stored, over absence, a restart and kill -9',
  { timeout: 300_000 + 5 * AWAY_MS },
  async () => {
    const drops: DropNotice[] = [];
    // One knows nothing of partitions, one is wrong.
    const publishers = [publisherOf(drops), publisherOf(drops, 7)];
    const emitting = load(publishers);
    await sleep(AWAY_MS);
    const first = await up();
    await sleep(2_000);
    first.child.kill('SIGTERM');
    expect((await first.ended).exitCode).toBe(0);
    const second = await up();
    await sleep(2_000);
    second.killAll();
    await second.ended;
    await up();
    await sleep(2_000);
    const emitted = emitting.stop();
    await Promise.all(publishers.map((publisher) => publisher.flush()));
    const counters = publishers.map((publisher) => publisher.counters());
    expect(drops).toEqual([]);
    expect(counters.reduce((sum, { acknowledged }) => sum + acknowledged, 0)).toBe(emitted);
    expect(counters.every(({ retried }) => retried > 0)).toBe(true);
    await Promise.all(publishers.map((publisher) => publisher.close({ timeoutMs: 20_000 })));

    const stored = 'SELECT toUInt32(count()) AS count, toUInt32(uniqExact(event_id)) AS ids FROM inferences';
    let rows: readonly { count: number; ids: number }[] = [];
    while ((rows[0]?.ids ?? 0) < emitted) {
      rows = await query<{ count: number; ids: number }>(stored);
      await sleep(200);
    }
    expect(rows).toEqual([{ count: emitted, ids: emitted }]);
    const places = await query<{ event_id: string; partition: number }>(
      'SELECT toString(event_id) AS event_id, partition FROM inference_events LIMIT 3000',
    );
    expect(new Set(places.map(({ partition }) => partition)).size).toBe(PARTITION_COUNT);
    for (const { event_id, partition } of places)
      expect(partitionOf(uuidToBytes(event_id), PARTITION_COUNT)).toBe(partition);
  },
);

it('events that are emitted again are repeats, whatever number of partitions either publisher knew', async () => {
  await up();
  const drops: DropNotice[] = [];
  const ids = Array.from({ length: 50 }, () => uuidToBytes(crypto.randomUUID()));
  for (const partitionCount of [undefined, 2, 7, 64]) {
    const publisher = publisherOf(drops, partitionCount);
    for (const event_id of ids)
      publisher.emit({ event_id, model_requested: 'model-a', status: 'ok', duration_ms: 900 });
    await publisher.close({ timeoutMs: 20_000 });
    expect(publisher.counters()).toMatchObject({ emitted: 50, acknowledged: 50 });
  }
  expect(drops).toEqual([]);
  const sql =
    'SELECT toUInt32(count()) AS rows, toUInt32(countIf(is_repeat)) AS repeats FROM inference_events FINAL';
  let found: readonly { rows: number; repeats: number }[] = [];
  while ((found[0]?.rows ?? 0) < 200) {
    found = await query<{ rows: number; repeats: number }>(sql);
    await sleep(200);
  }
  expect(found).toEqual([{ rows: 200, repeats: 150 }]);
});
