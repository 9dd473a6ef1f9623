import {
  DEAD_LETTERS_TOPIC,
  createBatchDecoder,
  createBatchEncoder,
  decodeDeadLetter,
  loadPackageSchemas,
  topicsOf,
} from '@burnline/contracts';
import { AppError, type ErrorOutcome, type SourceReport } from '@burnline/core';
import {
  createLogger,
  openMemoryLog,
  type BytesInsert,
  type EventLog,
  type LogMessage,
  type Store,
  type StreamEpoch,
} from '@burnline/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdentityReader } from './identity-walk.ts';
import { MessageReader } from './message-reader.ts';
import type { RawSnapshot } from './raw-partition.ts';
import { RawWriter } from './raw-writer.ts';

/** A database that refuses some rows gets all the others, and nothing is lost: what it refuses is set aside whole. */
const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);
const EPOCH: StreamEpoch = {
  epoch: 't@1',
  stream: 'live',
  topic: 't',
  clock: 'live',
  partitionCount: 1,
  startOffsets: [0],
  createdAtMs: 0,
};
const POISON = 'poison-';

function refusal(outcome: ErrorOutcome): AppError {
  return new AppError(outcome === 'halt' ? 'STORE_REFUSED' : 'STORE_ROWS_BAD', 'refused', { outcome });
}

/** Refuses every insert in which the poison stands; keeps the instances or letters of the others. */
class PickyStore implements Store {
  readonly reports: string[] = [];
  readonly letters: number[] = [];
  readonly insertCounts: number[] = [];
  readonly #outcome: ErrorOutcome;

  constructor(outcome: ErrorOutcome = 'dead-letter') {
    this.#outcome = outcome;
  }

  insertRows(_table: string, rows: readonly object[]): Promise<void> {
    this.insertCounts.push(rows.length);
    if (JSON.stringify(rows).includes(POISON)) return Promise.reject(refusal(this.#outcome));
    this.reports.push(...rows.map((row) => (row as SourceReport).instance));
    return Promise.resolve();
  }

  insertBytes(insert: BytesInsert): Promise<void> {
    expect(insert.table).toBe('dead_letters');
    this.letters.push(insert.rowCount);
    return Promise.resolve();
  }

  query = () => Promise.resolve([]);
  command = () => Promise.resolve();
  close = () => Promise.resolve();
}

function reportMessage(offset: number, instance: string): LogMessage {
  const encoder = createBatchEncoder({ kind: 'report', schemas });
  encoder.append({
    instance,
    service: 's',
    environment: 'e',
    interval_start: 0,
    interval_end: 1,
    is_final: false,
    emitted_count: 1,
    acknowledged_count: 1,
    retried_count: 0,
    dropped_by_reason: {},
  });
  return { offset, timestampMs: 1_000, value: encoder.finish() };
}

function snapshotOf(messages: readonly LogMessage[]): RawSnapshot {
  const reader = new MessageReader({
    topic: 't',
    decoder,
    schemas,
    identities: new IdentityReader(),
    repeatWindowMessages: 6,
  });
  return {
    partition: { topic: 't', partition: 0 },
    messages: messages.map((message) => reader.read(message)!),
    position: messages.length,
    logTimeMs: 1_000,
    lastMessage: messages.at(-1)!,
    commit: { offset: messages.length, metadata: '' },
  };
}

async function openLog(): Promise<EventLog> {
  const log = openMemoryLog({ nowMs: () => 0 });
  await log.ensureTopics([topicsOf('live', { partitionCount: 1, kind: 'live' }).deadLetters]);
  return log;
}

async function write(store: Store, names: readonly string[], log?: EventLog): Promise<void> {
  const logger = createLogger({ name: 't', level: 'silent' });
  const writer = new RawWriter({ store, log: log ?? (await openLog()), logger, schemas, decoder });
  await writer.write([snapshotOf(names.map((name, offset) => reportMessage(offset, name)))], () => EPOCH);
}

async function lettersOf(log: EventLog): Promise<readonly number[]> {
  const from = { topic: DEAD_LETTERS_TOPIC, partition: 0, fromOffset: 0, bytesMax: 1_000_000 };
  return (await log.read(from)).map(({ value }) => decodeDeadLetter(value).offset);
}

describe('raw writer', () => {
  it('sets aside exactly the messages that the database refuses, wherever they stand', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 }), async (kinds) => {
        const names = kinds.map((kind, index) => `${kind === 0 ? POISON : 'fine-'}${index}`);
        const store = new PickyStore();
        const log = await openLog();
        await write(store, names, log);
        const poisoned = names.flatMap((name, offset) => (name.startsWith(POISON) ? [offset] : []));
        expect(await lettersOf(log)).toEqual(poisoned);
        expect(store.reports).toEqual(names.filter((name) => !name.startsWith(POISON)));
        expect(store.letters).toEqual(names.filter((name) => name.startsWith(POISON)).map(() => 1));
      }),
      { numRuns: 50 },
    );
  });

  it('finds one bad message among a thousand in a few inserts', async () => {
    const names = Array.from({ length: 1_000 }, (_, index) => (index === 617 ? POISON : 'fine'));
    const store = new PickyStore();
    await write(store, names);
    expect(store.reports).toHaveLength(999);
    expect(store.insertCounts.length).toBeLessThan(25);
  });

  it('sets nothing aside when the tables are at fault', async () => {
    const store = new PickyStore('halt');
    await expect(write(store, [POISON, 'fine'])).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    expect(store.letters).toEqual([]);
  });

  it('appends a letter once, however often its write is tried again', async () => {
    const [store, log] = [new PickyStore(), await openLog()];
    const logger = createLogger({ name: 't', level: 'silent' });
    const writer = new RawWriter({ store, log, logger, schemas, decoder });
    const snapshot = snapshotOf([{ offset: 7, timestampMs: 1_000, value: new Uint8Array([1, 2]) }]);
    const insertBytes = store.insertBytes.bind(store);
    store.insertBytes = () => Promise.reject(refusal('retry'));
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(writer.write([snapshot], () => EPOCH)).rejects.toMatchObject({ outcome: 'retry' });
    }
    store.insertBytes = insertBytes;
    await writer.write([snapshot], () => EPOCH);
    expect(store.letters).toEqual([1]);
    expect(await lettersOf(log)).toEqual([7]);
  });

  it('halts when the database refuses everything, whatever it says of the rows', async () => {
    const store = new PickyStore();
    const names = Array.from({ length: 1_000 }, () => POISON);
    await expect(write(store, names)).rejects.toMatchObject({ code: 'SINK_ROWS_REFUSED', outcome: 'halt' });
    expect(store.letters.length).toBeLessThan(100);
  });
});
