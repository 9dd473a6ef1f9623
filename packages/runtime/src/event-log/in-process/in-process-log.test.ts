import { afterEach, expect, it } from 'vitest';
import type { CommittedPosition, TopicSpec } from '../event-log.ts';
import { createMemoryDisk } from '../memory/memory-disk.ts';
import { MemoryStorage } from '../memory/memory-storage.ts';
import { openMemoryLog } from '../memory/open-memory-log.ts';
import { InProcessLog } from './in-process-log.ts';

const SPEC: TopicSpec = {
  name: 'events',
  partitionCount: 1,
  timestamps: 'append',
  retentionMs: null,
  retentionBytes: null,
  messagesKeptMin: 0,
  messageBytesMax: 1000,
};
const OPTIONS = { group: 'g', topics: ['events'] };
const P0 = { topic: 'events', partition: 0 };

/** Storage whose commits are durable when the test says so. */
class SlowStorage extends MemoryStorage {
  readonly pending: (() => void)[] = [];

  override async commit(group: string, positions: readonly CommittedPosition[]): Promise<void> {
    await new Promise<void>((resolve) => this.pending.push(resolve));
    await super.commit(group, positions);
  }
}

let log: InProcessLog | undefined;
afterEach(() => log?.close());

it('tells a new owner its start only after the commits of the former one have settled', async () => {
  const storage = new SlowStorage(createMemoryDisk(), () => 0);
  log = new InProcessLog({ storage, startTimer: () => () => undefined });
  await log.ensureTopics([SPEC]);
  await log.append([{ ...P0, messages: [{ value: Buffer.from('a') }, { value: Buffer.from('b') }] }]);
  const former = await log.consume(OPTIONS);
  expect(await former.next(0)).toMatchObject({ kind: 'assigned' });
  const commit = former.commit([{ ...P0, offset: 1, metadata: 'm' }]);
  await former.close();
  const heir = await log.consume(OPTIONS);
  const order: string[] = [];
  const assigned = heir.next(0).then((delivery) => {
    order.push('assigned');
    return delivery;
  });
  void commit.then(() => order.push('committed'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual([]);
  storage.pending[0]!();
  expect(await assigned).toMatchObject({
    kind: 'assigned',
    partitions: [{ position: 1, committed: { offset: 1, metadata: 'm' } }],
  });
  expect(order).toEqual(['committed', 'assigned']);
});

it('does not let calls of next on one consumer overlap', async () => {
  log = new InProcessLog({
    storage: new MemoryStorage(createMemoryDisk(), () => 0),
    startTimer: () => () => undefined,
  });
  await log.ensureTopics([SPEC]);
  const consumer = await log.consume(OPTIONS);
  await consumer.next(0);
  const waiting = consumer.next(1000);
  await expect(consumer.next(0)).rejects.toMatchObject({ code: 'INVARIANT' });
  await consumer.close();
  expect(await waiting).toEqual({ kind: 'idle' });
});

it('refuses topics that no log could keep', async () => {
  const memory = openMemoryLog({ nowMs: () => 0 });
  const bad: Partial<TopicSpec>[] = [
    { name: '' },
    { name: 'a/b' },
    { partitionCount: 0 },
    { partitionCount: 1.5 },
    { messageBytesMax: 0 },
    { messageBytesMax: 64 * 1024 * 1024 },
    { retentionMs: 0 },
    { retentionBytes: -1 },
    { messagesKeptMin: -1 },
  ];
  for (const changed of bad) {
    await expect(memory.ensureTopics([{ ...SPEC, ...changed }])).rejects.toMatchObject({
      code: 'LOG_TOPIC_INVALID',
    });
  }
  await expect(memory.ensureTopics([SPEC, SPEC])).rejects.toMatchObject({ code: 'LOG_TOPIC_INVALID' });
});

it('never waits in memory unless it is given a timer', async () => {
  const memory = openMemoryLog({ nowMs: () => 0 });
  await memory.ensureTopics([SPEC]);
  const consumer = await memory.consume(OPTIONS);
  expect((await consumer.next(60_000)).kind).toBe('assigned');
  const idle = consumer.next(60_000);
  expect(await idle).toEqual({ kind: 'idle' });
});
