import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { Notifier, alertmanagerReceiver, webhookReceiver, type NotifierParts } from '@burnline/alerter';
import { CHECKPOINTS_TOPIC, DECISIONS_TOPIC, encodeDecision, type DecisionRecord } from '@burnline/contracts';
import { DECISION_KINDS, alertKeyOf } from '@burnline/core';
import {
  createLogger,
  createMemoryDisk,
  type EventLog,
  type MemoryDisk,
  type Store,
} from '@burnline/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeLatest, encodeCheckpoint } from '../../services/alerter/dist/checkpoints/checkpoint-parts.js';
import { readCheckpoint, writeCheckpoint } from '../../services/alerter/dist/checkpoints/checkpoint-log.js';
import { AlertBook } from '../../services/alerter/dist/deciding/alert-book.js';
import { Speakers } from '../../services/alerter/dist/notifying/speakers.js';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { randomFrom } from '../support/random.ts';
import {
  T0_S,
  emptyTables,
  evaluatedThrough,
  hurriedClock,
  insertBurn,
  newDecider,
  openLog,
  plan,
  said,
  startReceiver,
  tier,
  withMethod,
} from './bench.ts';

/**
 * Goal: what a start reads of the decision log is bounded by its last checkpoint, however many decisions there are, and a
 * start from a checkpoint comes to what reading all of them comes to.
 */
let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await startTestDatabase();
  store = database.store;
});
afterAll(() => database.close());
beforeEach(() => emptyTables(store));

const logger = createLogger({ name: 'test', level: 'silent' });
const TIERS = ['fast', 'middle', 'slow'];

function decisionOf(
  {
    series,
    tierIndex,
    kind,
    at,
  }: { series: string; tierIndex: number; kind: DecisionRecord['kind']; at: number },
  isInhibited = false,
): DecisionRecord {
  const tierName = TIERS[tierIndex] ?? '';
  return {
    version: 1,
    alertKey: alertKeyOf({ stream: 'live', slo: 'a', seriesKey: series, tier: tierName }),
    kind,
    at: T0_S * 1_000 + at,
    isInhibited,
    evidence: {
      stream: 'live',
      slo: 'a',
      displayName: 'a',
      service: 'chat',
      specRev: '00000000000000aa',
      series,
      labels: {},
      tier: tierName,
      severity: tierIndex === 0 ? 'SEV-1' : 'SEV-2',
      target: '0.99',
      factor: 10 - tierIndex,
      long: { windowMs: 3_600_000 * (tierIndex + 1), bad: at % 97, total: 100 },
      short: { windowMs: 300_000, bad: at % 89, total: 100 },
      coverage: 1,
      attribution: [],
    },
  };
}

/** Decisions of three tiers of some series: those that apply, those that do not, repeats and late ones. */
function randomHistory(random: () => number, length: number): readonly DecisionRecord[] {
  const history: DecisionRecord[] = [];
  const pick = (count: number): number => Math.floor(random() * count);
  for (let at = 1; history.length < length; at += 1 + pick(3)) {
    const kind = random() < 0.4 ? 'fire' : (DECISION_KINDS[pick(DECISION_KINDS.length)] ?? 'fire');
    const record = decisionOf(
      { series: String(pick(4)), tierIndex: pick(3), kind, at: random() < 0.1 ? pick(at) : at },
      random() < 0.4,
    );
    history.push(record);
    if (random() < 0.1) history.push(record);
  }
  return history;
}

describe('a fold that goes on from a checkpoint', () => {
  it('says what the fold of the whole log says', () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = randomFrom(seed);
      const history = randomHistory(random, 60);
      const cut = Math.floor(random() * history.length);
      const whole = new Speakers();
      for (const decision of history.slice(0, cut)) whole.hear(decision);
      const written = encodeCheckpoint({
        checkpoint: { offset: cut, ...whole.checkpoint(), tellings: [] },
        fingerprint: 'f',
      });
      const checkpoint = decodeLatest(written)?.checkpoint;
      if (checkpoint === undefined) throw new Error('no checkpoint');
      const restored = new Speakers();
      restored.restore(checkpoint);
      const rest = history.slice(cut);
      expect(rest.map((one) => restored.hear(one))).toEqual(rest.map((one) => whole.hear(one)));

      const [book, other] = [new AlertBook(), new AlertBook()];
      book.hear(history);
      other.restore(checkpoint);
      other.hear(rest);
      expect(other.firing('live').toSorted(byKey)).toEqual(book.firing('live').toSorted(byKey));
      for (const { alertKey } of history) expect(other.stateOf(alertKey)).toEqual(book.stateOf(alertKey));
    }
  });
});

const byKey = (left: { alertKey: string }, right: { alertKey: string }): number =>
  left.alertKey < right.alertKey ? -1 : 1;

describe('the latest checkpoint', () => {
  const some = decisionOf({ series: '0', tierIndex: 0, kind: 'fire', at: 1 });
  const append = async (log: EventLog, ...records: readonly DecisionRecord[]): Promise<void> => {
    const messages = records.map((record) => ({ value: encodeDecision(record) }));
    await log.append([{ topic: DECISIONS_TOPIC, partition: 0, messages }]);
  };
  /** Of as many alerts as make several messages: their keys do not compress well. */
  const large = (offset: number): Parameters<typeof writeCheckpoint>[1] => {
    const random = randomFrom(offset);
    const states = Array.from({ length: 60_000 }, () => {
      const times = { evaluatedAt: Math.floor(random() * 1e12), decidedAt: Math.floor(random() * 1e12) };
      return [`${random()}`, { kind: 'inactive', ...times }] as const;
    });
    return { offset, states, alerts: [], tellings: [] };
  };

  it('is the last that is whole, whatever of a later one is there', async () => {
    const log = await openLog();
    await append(log, some, some, some);
    await writeCheckpoint(log, large(2));
    expect((await readCheckpoint(log))?.offset).toBe(2);
    const torn = withMethod(log, 'append', (batches) =>
      log.append(batches.map((batch) => ({ ...batch, messages: batch.messages.slice(0, -1) }))),
    );
    await writeCheckpoint(torn, large(3));
    const [bounds] = await log.bounds([CHECKPOINTS_TOPIC]);
    expect(bounds?.endOffset).toBeGreaterThan(2);
    expect((await readCheckpoint(log))?.offset).toBe(2);
    await writeCheckpoint(log, large(3));
    expect((await readCheckpoint(log))?.offset).toBe(3);
  });

  it('is none of another log, of an unknown kind, or where the topic is not', async () => {
    const log = await openLog();
    await append(log, some, some);
    await writeCheckpoint(log, { offset: 2, states: [], alerts: [], tellings: [] });
    const messages = await log.read({ topic: CHECKPOINTS_TOPIC, partition: 0, fromOffset: 0, bytesMax: 1e6 });
    const move = async (to: EventLog): Promise<void> => {
      const values = messages.map(({ value }) => ({ value }));
      await to.append([{ topic: CHECKPOINTS_TOPIC, partition: 0, messages: values }]);
    };
    const shorter = await openLog();
    await append(shorter, some);
    await move(shorter);
    expect(await readCheckpoint(shorter)).toBeNull();
    const other = await openLog();
    await append(other, some, { ...some, at: some.at + 1 });
    await move(other);
    expect(await readCheckpoint(other)).toBeNull();
    const value = new TextEncoder().encode('{"version":2}\n');
    await log.append([{ topic: CHECKPOINTS_TOPIC, partition: 0, messages: [{ value }] }]);
    expect(await readCheckpoint(log)).toBeNull();
    const bare = withMethod(log, 'bounds', (topics) =>
      log.bounds(topics.map((topic) => (topic === CHECKPOINTS_TOPIC ? 'no.such.topic' : topic))),
    );
    expect(await readCheckpoint(bare)).toBeNull();
  });
});

/** Messages that were read of a topic, outside groups. */
function counting(log: EventLog): { readonly log: EventLog; readonly count: () => number } {
  let count = 0;
  const read: EventLog['read'] = async (from) => {
    const messages = await log.read(from);
    count += messages.length;
    return messages;
  };
  return { log: withMethod(log, 'read', read), count: () => count };
}

function startNotifier(
  log: EventLog,
  {
    receivers = [],
    every,
  }: { readonly receivers?: NotifierParts['receivers']; readonly every?: number } = {},
): { stop: () => Promise<void> } {
  const controller = new AbortController();
  const interval = every === undefined ? {} : { checkpointDecisionsMin: every };
  const notifier = new Notifier({ store, log, clock: hurriedClock, logger, receivers, ...interval });
  const ended = notifier.run(controller.signal);
  ended.catch(() => undefined);
  return {
    stop: async () => {
      controller.abort();
      await ended;
    },
  };
}

async function until(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 20));
}

it(
  'is all that a start reads after 200,000 decisions, and what came behind it',
  { timeout: 300_000 },
  async () => {
    const log = await openLog();
    const seriesCount = 100;
    const decisionCount = 200_000;
    for (let first = 0; first < decisionCount; first += 1_000) {
      const messages = Array.from({ length: 1_000 }, (_, index) => {
        const number = first + index;
        const round = Math.floor(number / seriesCount);
        const kind = round % 2 === 0 ? 'fire' : 'resolve';
        const series = String(number % seriesCount);
        return { value: encodeDecision(decisionOf({ series, tierIndex: 0, kind, at: round * 60_000 })) };
      });
      await log.append([{ topic: DECISIONS_TOPIC, partition: 0, messages }]);
    }
    const committed = async (): Promise<number | undefined> =>
      (await log.committed('burnline-notifier', [DECISIONS_TOPIC]))[0]?.offset;
    const first = startNotifier(log);
    await until(async () => (await committed()) === decisionCount);
    await first.stop();

    // Of the decisions one to know the log by, and less than an interval; of the checkpoints one message, and once more.
    const readMax = 1 + 1_000 + 2;
    const decider = counting(log);
    await newDecider(store, decider.log, [plan('a')]).run();
    expect(decider.count()).toBeLessThanOrEqual(readMax);
    const notifier = counting(log);
    const second = startNotifier(notifier.log);
    await until(() => Promise.resolve(notifier.count() > 0));
    await second.stop();
    expect(notifier.count()).toBeLessThanOrEqual(readMax);
  },
);

it('knows what Alertmanager was told of and has not ended', async () => {
  const log = await openLog();
  const kinds = ['fire', 'freeze', 'resolve', 'fire'] as const;
  const messages = kinds.map((kind, index) => ({
    value: encodeDecision(decisionOf({ series: '0', tierIndex: 0, kind, at: index * 1_000 })),
  }));
  await log.append([{ topic: DECISIONS_TOPIC, partition: 0, messages }]);
  const first = startNotifier(log, { every: 1 });
  await until(async () => (await readCheckpoint(log))?.offset === kinds.length);
  await first.stop();

  const posts: { startsAt: string; labels: Record<string, string> }[][] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      posts.push(JSON.parse(Buffer.concat(chunks).toString()) as (typeof posts)[number]);
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const counted = counting(log);
  const second = startNotifier(counted.log, { receivers: [alertmanagerReceiver(url)] });
  await until(() => Promise.resolve(posts.length > 0));
  await second.stop();
  server.close();
  expect(posts[0]).toHaveLength(1);
  expect(posts[0]?.[0]).toMatchObject({
    startsAt: new Date(T0_S * 1_000 + 3_000).toISOString(),
    labels: { slo: 'a', tier: 'fast' },
  });
  // The checkpoint, twice where it is looked for, and the decision that it is known by.
  expect(counted.count()).toBeLessThanOrEqual(3);
});

/** What some evaluations lead to, started anew now and then: the decisions, and what became of their notifications. */
async function outcomeOf(
  rounds: readonly Parameters<typeof insertBurn>[1][],
  { isRestarted, disk }: { readonly isRestarted: (round: number) => boolean; readonly disk: MemoryDisk },
): Promise<{
  readonly decided: readonly string[];
  readonly told: unknown;
  readonly checkpointCount: number;
}> {
  await emptyTables(store);
  const tiers = [tier('fast', { holdMs: 5_000 }), tier('slow', { severity: 'ticket', resolveHoldMs: 8_000 })];
  const plans = ['a', 'b'].map((slo) => plan(slo, { tiers }));
  const receiver = await startReceiver();
  const receivers = [webhookReceiver('r', { url: receiver.url })];
  let log = await openLog(disk);
  let decider = newDecider(store, log, plans);
  let notifier = startNotifier(log, { receivers, every: 1 });
  for (const [round, rows] of rounds.entries()) {
    await insertBurn(store, rows);
    await evaluatedThrough(store, (round + 1) * 10);
    await decider.run();
    if (!isRestarted(round)) continue;
    await notifier.stop();
    await log.close();
    log = await openLog(disk);
    decider = newDecider(store, log, plans);
    notifier = startNotifier(log, { receivers, every: 1 });
  }
  const decisionCount = (await said(log)).length;
  const committed = async (): Promise<number | undefined> =>
    (await log.committed('burnline-notifier', [DECISIONS_TOPIC]))[0]?.offset;
  await until(async () => (await committed()) === decisionCount || decisionCount === 0);
  await notifier.stop();
  const [bounds] = await log.bounds([CHECKPOINTS_TOPIC]);
  const told = await store.query(
    `SELECT decision_key, outcome FROM alert_notifications FINAL ORDER BY decision_key, outcome`,
  );
  const decided = await said(log);
  await log.close();
  await receiver.close();
  return { decided, told, checkpointCount: bounds?.endOffset ?? 0 };
}

it(
  'changes nothing of what is decided and told, started anew at random moments',
  { timeout: 300_000 },
  async () => {
    let decisionCount = 0;
    let checkpointCount = 0;
    for (let seed = 1; seed <= 4; seed += 1) {
      const random = randomFrom(seed);
      const rounds = Array.from({ length: 14 }, (_, round) =>
        ['a', 'b'].flatMap((slo) =>
          ['0', '1'].map((series) => ({
            slo,
            series,
            at: round * 10 + 5,
            bad: random() < 0.5 ? 50 : 0,
            coverage: random() < 0.15 ? 0.5 : 1,
          })),
        ),
      );
      const restarts = rounds.map(() => random() < 0.5);
      const undisturbed = await outcomeOf(rounds, { isRestarted: () => false, disk: createMemoryDisk() });
      const restarted = await outcomeOf(rounds, {
        isRestarted: (round) => restarts[round] === true,
        disk: createMemoryDisk(),
      });
      expect(restarted.decided, `seed ${seed}`).toEqual(undisturbed.decided);
      expect(restarted.told, `seed ${seed}`).toEqual(undisturbed.told);
      decisionCount += restarted.decided.length;
      checkpointCount += restarted.checkpointCount;
    }
    expect(decisionCount).toBeGreaterThan(50);
    expect(checkpointCount).toBeGreaterThan(10);
  },
);
