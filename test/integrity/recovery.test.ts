import {
  createBatchDecoder,
  encodeReference,
  loadPackageSchemas,
  topicsOf,
  uuidFromContent,
} from '@burnline/contracts';
import { loadSpecs } from '@burnline/specs';
import type { AppError, InferenceEvent } from '@burnline/core';
import { processorGroupOf, SpecCatalog } from '@burnline/counting';
import { createSealer, startRollout } from '@burnline/judging';
import { startProcessor } from '@burnline/processor';
import { diagnoseTopic } from '../../services/burnline/dist/recovery/diagnosis.js';
import { recoverTopic } from '../../services/burnline/dist/recovery/recover-topic.js';
import { planRecovery } from '../../services/burnline/dist/recovery/recovery-plan.js';
import {
  Supervision,
  countedTopics,
  createLogger,
  keptTopics,
  openMemoryLog,
  openStream,
  referencesTopic,
  systemClock,
  type InProcessEventLog,
} from '@burnline/runtime';
import { resolverGroupOf, sinkGroupOf, startSink } from '@burnline/sink';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventNumber, messageOf } from '../support/events.ts';

/**
 * Goal: whatever the log cannot give back, a recovery goes on without it: nothing is counted twice, what is missing is
 * said, and what was counted before goes on to be counted.
 *
 * Method: real processor, sink, rollout and engine; messages expire, or the log is replaced, while services are stopped.
 */
const STREAM = { name: 'live', kind: 'live', partitionCount: 2 } as const;
const HOUR_MS = 3_600_000;
const schemas = loadPackageSchemas();
const logger = createLogger({ name: 'test', level: 'silent' });
const topics = topicsOf(STREAM.name, STREAM);
const TOPIC = countedTopics(STREAM)[0]!;
const READERS = [
  { consumer: 'processor', group: processorGroupOf(STREAM.name) },
  { consumer: 'sink', group: sinkGroupOf(STREAM.name) },
] as const;
const SPEC = `
apiVersion: openslo/v1
kind: SLO
metadata: { name: works }
spec:
  service: chat
  budgetingMethod: Occurrences
  timeWindow: [{ duration: 30d, isRolling: true }]
  indicator:
    metadata: { name: works }
    spec:
      ratioMetric:
        good: { metricSource: { type: burnline, spec: { where: 'status == "ok"' } } }
        total: { metricSource: { type: burnline, spec: { where: 'true' } } }
  objectives: [{ target: 0.9 }]
`;

let database: TestDatabase;
let log: InProcessEventLog;
let nowMs: number;
let sent: number;

beforeEach(async () => {
  database = await startTestDatabase();
  nowMs = Date.now() - 10 * HOUR_MS;
  sent = 0;
  log = await newLog();
  // The SLO is announced before the first event, as every pipeline does.
  await run([], () => Promise.resolve(true));
});
afterEach(async () => {
  await log.close();
  await database.close();
});

async function newLog(): Promise<InProcessEventLog> {
  const fresh = openMemoryLog({
    nowMs: () => nowMs,
    startTimer: (waitMs, done) => {
      const timer = setTimeout(done, Math.min(waitMs, 5));
      return () => clearTimeout(timer);
    },
  });
  await fresh.ensureTopics(
    [topics.inference, topics.verdicts, topics.reports, topics.references].map((topic) => ({
      ...topic,
      retentionMs: HOUR_MS,
      messagesKeptMin: 0,
    })),
  );
  return fresh;
}

/** Appends messages of three events to each partition. */
async function publish(messageCount: number): Promise<void> {
  for (let message = 0; message < messageCount; message += 1) {
    for (const partition of [0, 1]) {
      const events: InferenceEvent[] = [];
      for (let event = 0; event < 3; event += 1) {
        events.push(eventNumber(sent, { occurred_at: nowMs * 1_000 }));
        sent += 1;
      }
      await log.append([
        { topic: TOPIC.topic, partition, messages: [{ value: messageOf(schemas, events) }] },
      ]);
    }
    nowMs += 1_000;
  }
}

type Part = 'processor' | 'sink';

/** Runs services until the condition holds, then stops them in order; throws what one halted with. */
async function run(parts: readonly Part[], holds: () => Promise<boolean>): Promise<void> {
  const supervision = new Supervision(logger);
  const { store } = database;
  const catalog = new SpecCatalog(store);
  const decoder = createBatchDecoder(schemas);
  const host = { log, store, schemas, decoder, catalog, supervision, logger };
  try {
    const stream = await openStream(host, STREAM);
    const { plans } = loadSpecs([{ file: 'spec.yaml', text: SPEC }], { mode: 'tolerant' });
    await startRollout(host, stream, plans);
    if (parts.includes('processor')) startProcessor(host, stream);
    if (parts.includes('sink')) startSink(host, stream);
    while (!supervision.signal.aborted && !(await holds())) await systemClock.sleep(20);
  } finally {
    await supervision.stop();
  }
}

const haltOf = (running: Promise<void>): Promise<string> =>
  running.then(
    () => 'went on',
    (error: unknown) => (error as AppError).code,
  );

async function one<Row>(sql: string): Promise<Row> {
  const [row] = await database.store.query<Row>(sql);
  return row!;
}

const counted = async (): Promise<number> =>
  (await one<{ total: number }>('SELECT sum(total) AS total FROM slo_panes')).total;
const kept = async (): Promise<number> =>
  (await one<{ total: number }>('SELECT count() AS total FROM inferences')).total;
const never = () => Promise.resolve(false);

/** Every topic that something is wrong with, as the command does; gives the plan of the events' topic. */
async function recover(): Promise<ReturnType<typeof planRecovery>> {
  const parts = { log, store: database.store };
  const plans = [];
  for (const topic of keptTopics(STREAM)) {
    const isCounted = topic.topic !== topics.reports.name;
    const plan = planRecovery(await diagnoseTopic(parts, topic, isCounted ? READERS : READERS.slice(1)));
    plans.push(plan);
    if (plan.diagnosis.isFaulty) await recoverTopic({ ...parts, nowMs, by: 'somebody@here' }, plan);
  }
  return plans[0]!;
}

const auditRows = () =>
  database.store.query<{ consumer: string; partition: number; code: string; lost: number | null }>(
    `SELECT toString(consumer) AS consumer, partition, code, lost_messages AS lost FROM recoveries FINAL
     WHERE topic = '${TOPIC.topic}' ORDER BY consumer, partition`,
  );

describe('a recovery', () => {
  it('goes on behind what expired while services were stopped, and says how much that is', async () => {
    await publish(10);
    await run(['processor', 'sink'], async () => (await counted()) === sent && (await kept()) === sent);
    const before = sent;
    await publish(5);
    nowMs += 2 * HOUR_MS;
    await log.expire();
    const lostEvents = sent - before;
    await publish(4);
    expect(await haltOf(run(['processor'], never))).toMatch(/EXPIRED/);
    expect(await haltOf(run(['sink'], never))).toMatch(/EXPIRED/);

    const { diagnosis } = await recover();
    expect(diagnosis.isSameLog).toBe(true);
    const whole = sent - lostEvents;
    await run(['processor', 'sink'], async () => (await counted()) === whole && (await kept()) === whole);
    await publish(3);
    const later = sent - lostEvents;
    await run(['processor', 'sink'], async () => (await counted()) >= later && (await kept()) >= later);
    expect([await counted(), await kept()]).toEqual([later, later]);
    expect(await auditRows()).toEqual(
      ['processor', 'sink'].flatMap((consumer) =>
        [0, 1].map((partition) => ({
          consumer,
          partition,
          code: expect.stringMatching(/EXPIRED/) as string,
          lost: 5,
        })),
      ),
    );
    const gap = await one<{ uncovered: number }>(
      `SELECT count() AS uncovered FROM recoveries FINAL
       WHERE topic = '${TOPIC.topic}' AND uncovered_to > uncovered_from + INTERVAL 1 HOUR`,
    );
    expect(gap.uncovered).toBe(4);
  });

  it('counts nothing twice where one service was further than the other', async () => {
    await publish(10);
    await run(['processor', 'sink'], async () => (await counted()) === sent && (await kept()) === sent);
    await publish(6);
    await run(['sink'], async () => (await kept()) === sent);
    const notCounted = 6 * 2 * 3;
    nowMs += 2 * HOUR_MS;
    await publish(2);
    await log.expire();
    expect(await haltOf(run(['processor'], never))).toMatch(/EXPIRED/);
    await recover();
    await run(
      ['processor', 'sink'],
      async () => (await kept()) >= sent && (await counted()) >= sent - notCounted,
    );
    await publish(1);
    await run(
      ['processor', 'sink'],
      async () => (await kept()) >= sent && (await counted()) >= sent - notCounted,
    );
    expect([await counted(), await kept()]).toEqual([sent - notCounted, sent]);
  });

  it('reads a log that was replaced from its start, beside what was counted of the one before', async () => {
    await publish(10);
    await run(['processor', 'sink'], async () => (await counted()) === sent && (await kept()) === sent);
    await log.close();
    log = await newLog();
    await publish(4);
    expect(await haltOf(run(['processor'], never))).toMatch(/^EPOCH_/);
    const { diagnosis } = await recover();
    expect(diagnosis.isSameLog).toBe(false);
    await run(['processor', 'sink'], async () => (await counted()) >= sent && (await kept()) >= sent);
    expect([await counted(), await kept()]).toEqual([sent, sent]);
    expect((await auditRows()).map(({ lost }) => lost)).toContain(null);
  });

  it('goes on at verdicts that still wait for their events, which were read and not written', async () => {
    await log.ensureTopics([topics.deadLetters]);
    const references = referencesTopic(STREAM);
    const append = (number: number): Promise<unknown> => {
      const value = encodeReference({
        ...{ event_id: uuidFromContent('verdict', String(number)), judged_at: nowMs * 1_000 },
        ...{ response_id: 'nowhere', span_id: null, request_id: null, trace_id: null },
        ...{ evaluator: 'judge', evaluator_version: '', kind: 'online_judge', dimension: 'quality' },
        ...{ passed: true, score: null, attributes: {} },
      });
      return log.append([{ topic: references.topic, partition: 0, messages: [{ value }] }]);
    };
    await append(0);
    nowMs += 5 * 60_000;
    await append(1);
    await append(2);
    const read = async (): Promise<number> =>
      (
        await one<{ position: number }>(
          `SELECT max(position) AS position FROM watermarks WHERE topic = '${references.topic}'`,
        )
      ).position;
    await run(['sink'], async () => (await read()) === 3);
    nowMs += HOUR_MS - 4 * 60_000;
    await log.expire();
    const resolver = { consumer: 'sink', group: resolverGroupOf(STREAM.name), keepsWaiting: true } as const;
    const parts = { log, store: database.store };
    const plan = planRecovery(await diagnoseTopic(parts, references, [resolver]));
    expect(plan.diagnosis.isFaulty).toBe(true);
    expect(plan.starts[0]).toMatchObject({ startOffset: 1, lostMessageCount: 1 });
    await recoverTopic({ ...parts, nowMs, by: 'somebody@here' }, plan);
    // Marks of the other topics have expired as well.
    await recover();
    const letters = async (): Promise<string> => {
      const rows = await database.store.query<{ offset: number }>(
        `SELECT offset FROM dead_letters FINAL WHERE topic = '${references.topic}' ORDER BY offset`,
      );
      return rows.map(({ offset }) => offset).join();
    };
    await run(['sink'], async () => (await letters()) === '1,2');
  });

  it('leaves hours that can be sealed, and a log in which nothing is wrong alone', async () => {
    await publish(10);
    await run(['processor', 'sink'], async () => (await counted()) === sent && (await kept()) === sent);
    const parts = { log, store: database.store };
    expect((await diagnoseTopic(parts, TOPIC, READERS)).isFaulty).toBe(false);
    await publish(5);
    const lost = 5 * 2 * 3;
    nowMs += 2 * HOUR_MS;
    await log.expire();
    await publish(1);
    await recover();
    await run(['processor', 'sink'], async () => (await counted()) === sent - lost);
    const sealer = createSealer({ store: database.store, logger, clock: systemClock });
    while (await sealer.step());
    const { sealed } = await one<{ sealed: number }>(
      `SELECT count() AS sealed FROM seal_pointers WHERE stream_epoch = '${TOPIC.topic}@1' AND source_kind = 'hour'`,
    );
    expect(sealed).toBeGreaterThan(0);
    const archived = await one<{ total: number }>(
      `SELECT sum(total) AS total FROM sli_archive FINAL WHERE stream_epoch = '${TOPIC.topic}@1' AND level = '1h'`,
    );
    expect(archived.total).toBe(10 * 2 * 3);
  });

  it('is refused while a service still reads', async () => {
    await publish(2);
    await run(['processor', 'sink'], async () => (await counted()) === sent);
    nowMs += 2 * HOUR_MS;
    await publish(1);
    await log.expire();
    const held = await log.consume({ group: READERS[0].group, topics: [TOPIC.topic] });
    try {
      await held.next(0);
      const parts = { log, store: database.store };
      const plan = planRecovery(await diagnoseTopic(parts, TOPIC, READERS));
      await expect(recoverTopic({ ...parts, nowMs, by: 'x', joinWaitMs: 300 }, plan)).rejects.toMatchObject({
        code: 'RECOVERY_GROUP_IN_USE',
      });
    } finally {
      await held.close();
    }
    expect(await auditRows()).toEqual([]);
  });
});
