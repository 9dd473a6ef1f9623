import {
  DEAD_LETTERS_TOPIC,
  createBatchDecoder,
  decodeDeadLetter,
  loadPackageSchemas,
  topicsOf,
} from '@burnline/contracts';
import { AppError } from '@burnline/core';
import {
  StreamWorker,
  createLogger,
  createMemoryDisk,
  openMemoryLog,
  systemClock,
  type EventLog,
  type LogConsumer,
} from '@burnline/runtime';
import { createRawWork } from '@burnline/sink';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SETTINGS } from '../delivery/model/slos.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventNumber, messageOf } from '../support/events.ts';

/** Topic and table have the same letters after a crash between the append of a letter and the commit of its position. */
const schemas = loadPackageSchemas();
const logger = createLogger({ name: 't', level: 'silent' });
const topics = topicsOf('live', { partitionCount: 1, kind: 'live' });
const topic = topics.inference.name;

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(async () => {
  await database.close();
});

function startTimer(waitMs: number, done: () => void): () => void {
  const timer = setTimeout(done, waitMs);
  return () => {
    clearTimeout(timer);
  };
}

function runSink(log: EventLog, signal: AbortSignal): Promise<void> {
  const { store } = database;
  const decoder = createBatchDecoder(schemas);
  const { repeatWindowMessages } = SETTINGS;
  const work = createRawWork({ store, log, logger, decoder, schemas, repeatWindowMessages });
  return new StreamWorker(
    work,
    { log, store, clock: systemClock, logger, schemas },
    {
      group: 'sink',
      topics: [{ stream: 'live', topic, clock: 'live', partitionCount: 1 }],
      settings: SETTINGS,
      flushIntervalMs: 100,
    },
  ).run(signal);
}

/** A log whose commits fail for good once there is something to commit: as a process that dies before them. */
function withoutCommits(log: EventLog): EventLog {
  const consume: EventLog['consume'] = async (options) => {
    const inner = await log.consume(options);
    const consumer: LogConsumer = {
      next: (waitMsMax) => inner.next(waitMsMax),
      commit: (positions) =>
        positions.some(({ offset }) => offset > 0)
          ? Promise.reject(new AppError('CRASH', 'before the commit'))
          : inner.commit(positions),
      pause: (partitions) => {
        inner.pause(partitions);
      },
      resume: (partitions) => {
        inner.resume(partitions);
      },
      close: () => inner.close(),
    };
    return consumer;
  };
  return {
    ensureTopics: (specs) => log.ensureTopics(specs),
    append: (batches) => log.append(batches),
    consume,
    read: (from) => log.read(from),
    bounds: (names) => log.bounds(names),
    committed: (group, names) => log.committed(group, names),
    close: () => log.close(),
  };
}

it('a crash before the commit leaves each letter once in the table and at least once in the topic', async () => {
  const log = openMemoryLog({ nowMs: Date.now, disk: createMemoryDisk(), startTimer });
  await log.ensureTopics([topics.inference, topics.deadLetters]);
  const values = [
    Uint8Array.of(0x7b),
    messageOf(schemas, [eventNumber(1)]),
    Uint8Array.of(0, 0, 0, 0, 1, 0xff),
  ];
  await log.append([{ topic, partition: 0, messages: values.map((value) => ({ value })) }]);
  await expect(runSink(withoutCommits(log), new AbortController().signal)).rejects.toMatchObject({
    code: 'CRASH',
  });
  const stop = new AbortController();
  const running = runSink(log, stop.signal);
  while ((await log.committed('sink', [topic]))[0]?.offset !== 3) await systemClock.sleep(20);
  stop.abort();
  await running;

  const from = { topic: DEAD_LETTERS_TOPIC, partition: 0, fromOffset: 0, bytesMax: 1_000_000 };
  const inTopic = (await log.read(from)).map(({ value }) => decodeDeadLetter(value));
  // Before the crash and after it.
  expect(inTopic.map(({ offset }) => offset)).toEqual([0, 2, 0, 2]);
  const inTable = await database.store.query(
    `SELECT stream_epoch, topic, partition, offset, toUnixTimestamp64Milli(log_time) AS log_time, code, reason,
            length(l.value) AS value_bytes, hex(l.value) AS value
     FROM dead_letters AS l FINAL ORDER BY offset`,
  );
  const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex').toUpperCase();
  for (const half of [inTopic.slice(0, 2), inTopic.slice(2)])
    expect(half.map((letter) => ({ ...letter, value: hex(letter.value) }))).toEqual(inTable);
});
