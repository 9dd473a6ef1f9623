import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEngine } from '@burnline/engine';
import { openStore } from '@burnline/runtime';
import type { Store } from '@burnline/runtime';
import type { PeerRun, Stretch } from '../peer-run.ts';
import { cpuSecondsOf, rssPeakBytesOf } from '../resources.ts';
import type { PaneCount, PeerSlo } from '../slos.ts';
import { startRegistry } from './registry.ts';
import { DROP_TABLES, panesQuery, peerTables } from './tables.ts';
import type { KafkaTableSettings } from './tables.ts';

export interface ClickHouseRunOptions {
  /** host:port, with commas between. */
  readonly brokers: string;
  /** Messages of one event each: the format takes no arrays. */
  readonly topic: string;
  /** How many events the topic holds. */
  readonly eventCount: number;
  readonly slos: readonly PeerSlo[];
  readonly settings?: Partial<KafkaTableSettings>;
  readonly deadlineSeconds?: number;
}

/**
 * One consumer for each partition of the topic, in one pipeline. docs/performance.md says what else was tried. Blocks are
 * full long before the interval ends.
 */
const SETTINGS_DEFAULT: KafkaTableSettings = {
  consumerCount: 4,
  threadPerConsumer: false,
  maxBlockSize: 65_536,
  pollMaxBatchSize: 65_536,
  flushIntervalMs: 1_000,
};
const DEADLINE_SECONDS_DEFAULT = 300;
/** Often enough that the first block's visibility is known to a hundredth of a run; a sum over some hundred rows. */
const POLL_MS = 100;

interface Sample {
  readonly ms: number;
  readonly cpuSeconds: number;
  readonly events: number;
}

/**
 * Lets ClickHouse's Kafka engine and a materialized view count the topic, in an engine of its own that has stopped when
 * this resolves. The clock starts when the first block is visible, and that block's events do not count: the engine takes
 * 10 to 25 s until it first polls.
 */
export async function runClickHousePeer(options: ClickHouseRunOptions): Promise<PeerRun> {
  const folder = await mkdtemp(path.join(tmpdir(), 'burnline-clickhouse-peer-'));
  const registry = await startRegistry();
  try {
    const user = { name: 'peer', password: randomUUID(), role: 'pipeline' } as const;
    const engine = await startEngine({
      dataDirectory: path.join(folder, 'clickhouse'),
      port: 0,
      users: [user],
    });
    try {
      const store = openStore({
        url: engine.url,
        user: user.name,
        password: user.password,
        database: 'default',
      });
      try {
        return await countTopic(store, { ...options, pid: engine.pid, registryUrl: registry.url });
      } finally {
        await store.close();
      }
    } finally {
      await engine.stop();
    }
  } finally {
    registry.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function countTopic(
  store: Store,
  options: ClickHouseRunOptions & { readonly pid: number; readonly registryUrl: string },
): Promise<PeerRun> {
  const { brokers, topic, slos, registryUrl, pid } = options;
  const settings = { ...SETTINGS_DEFAULT, ...options.settings };
  const group = `clickhouse-peer-${randomUUID()}`;
  for (const sql of peerTables({ brokers, topic, group, registryUrl, slos, settings }))
    await store.command(sql);
  const samples = await samplesUntilEnd(store, options);
  const rssPeakBytes = rssPeakBytesOf(pid);
  const rows = await store.query<Record<string, unknown>>(panesQuery(slos));
  for (const sql of DROP_TABLES) await store.command(sql);
  return { panes: rows.map(paneOf), ...stretchesOf(samples), rssPeakBytes };
}

/** The last block is not full and waits for the flush interval, so the clock ends with the one before it. */
function stretchesOf(samples: readonly Sample[]): Pick<PeerRun, 'whole' | 'warm'> {
  const first = samples[0]!;
  const last = samples.at(-2) ?? first;
  const half = samples.find(({ events }) => events >= (first.events + last.events) / 2) ?? first;
  return { whole: between(first, last), warm: between(half === last ? first : half, last) };
}

/** From the first visible block to the last, one for each change. */
async function samplesUntilEnd(
  store: Store,
  options: ClickHouseRunOptions & { readonly pid: number },
): Promise<readonly Sample[]> {
  const deadlineMs = performance.now() + (options.deadlineSeconds ?? DEADLINE_SECONDS_DEFAULT) * 1_000;
  const samples: Sample[] = [];
  let events = 0;
  while (events < options.eventCount) {
    if (performance.now() > deadlineMs)
      throw new Error(`ClickHouse's Kafka engine counted ${events} of ${options.eventCount} events in time.`);
    await sleep(POLL_MS);
    const [row] = await store.query<{ events: string }>('SELECT sum(events) AS events FROM peer_panes');
    const seen = Number(row?.events ?? 0);
    if (seen > events)
      samples.push({ ms: performance.now(), cpuSeconds: cpuSecondsOf(options.pid), events: seen });
    events = seen;
  }
  return samples;
}

function between(from: Sample, to: Sample): Stretch {
  return {
    events: to.events - from.events,
    seconds: (to.ms - from.ms) / 1_000,
    cpuSeconds: to.cpuSeconds - from.cpuSeconds,
  };
}

function paneOf(row: Readonly<Record<string, unknown>>): PaneCount {
  return {
    slo: String(row['slo']),
    pane: Number(row['pane']),
    group: String(row['group']),
    good: Number(row['good']),
    total: Number(row['total']),
  };
}
