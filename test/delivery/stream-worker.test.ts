import { createBatchDecoder } from '@burnline/contracts';
import { AppError } from '@burnline/core';
import { createPaneWork, SpecCatalog } from '@burnline/counting';
import { createLogger, createMemoryDisk, type EventLog, type LogConsumer } from '@burnline/runtime';
import { createRawWork } from '@burnline/sink';
import { describe, expect, it } from 'vitest';
import { withConsumer } from './model/with-consumer.ts';
import { OffsetsWork, Rig, TOPIC, schemas } from './model/rig.ts';
import { eventNumber, messageOf } from '../support/events.ts';
import { SETTINGS } from './model/slos.ts';

/** One promise of StreamWorker at a time, in virtual time; the random histories beside this file hold all of them at once. */
const never = new Promise<never>(() => undefined);
const unreachable = (): AppError => new AppError('STORE_UNREACHABLE', 'away', { outcome: 'retry' });

async function openRig(options: ConstructorParameters<typeof Rig>[0] = {}): Promise<Rig> {
  const rig = new Rig(options);
  await rig.open();
  return rig;
}

describe('stream worker: the order', () => {
  it('a crash after the very first rows and before their commit is only a restart', async () => {
    const rig = await openRig();
    await rig.append(['a', 'b']);
    let inner: LogConsumer | null = null;
    const log = withConsumer(rig.log, (consumer) => {
      inner = consumer;
      return { commit: (positions) => (positions[0]?.offset === 0 ? consumer.commit(positions) : never) };
    });
    rig.start(new OffsetsWork(), { log });
    await rig.time.pass(1_000);
    expect(rig.store.watermarks.get('sink|0')).toMatchObject({ position: 2 });
    await inner!.close();
    const work = new OffsetsWork();
    const heir = rig.start(work);
    await rig.time.pass(1_000);
    expect(heir.outcome).toBeNull();
    expect(work.written).toEqual([[0, 1]]);
    expect(await rig.committed()).toBe(2);
  });

  it('a flush that fails is written again whole, and only then committed', async () => {
    const rig = await openRig();
    const work = new OffsetsWork();
    let failures = 3;
    work.onWrite = () => {
      if ((failures -= 1) >= 0) throw unreachable();
    };
    await rig.append(['a', 'b']);
    const worker = rig.start(work);
    await rig.time.pass(250);
    await rig.append(['c']);
    await rig.time.pass(5_000);
    expect(work.written.slice(0, 4)).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
    expect(work.written.slice(4)).toEqual([[2]]);
    expect(await rig.committed()).toBe(3);
    expect(worker.outcome).toBeNull();
  });

  it('watermarks that cannot be written keep the commit back', async () => {
    const rig = await openRig();
    rig.store.onInsert = (table) => {
      if (table === 'watermarks') throw unreachable();
    };
    await rig.append(['a']);
    rig.start(new OffsetsWork());
    await rig.time.pass(5_000);
    expect(await rig.committed()).toBe(0);
  });

  it('a database that is away at the start or at an assignment is waited for', async () => {
    const rig = await openRig();
    const query = rig.store.query.bind(rig.store);
    let failures = 6;
    rig.store.query = (sql, params) =>
      (failures -= 1) >= 0 ? Promise.reject(unreachable()) : query(sql, params);
    await rig.append(['a']);
    const worker = rig.start(new OffsetsWork());
    await rig.time.pass(30_000);
    expect(worker.outcome).toBeNull();
    expect(await rig.committed()).toBe(1);
  });

  it('a stop while the database is away ends soon, with its error and without a commit', async () => {
    const rig = await openRig();
    const work = new OffsetsWork();
    work.onWrite = () => {
      throw unreachable();
    };
    await rig.append(['a']);
    const inRetry = rig.start(work);
    await rig.time.pass(3_000);
    inRetry.stop.abort();
    await rig.time.pass(1_000);
    expect(inRetry.outcome).toMatchObject({ code: 'STORE_UNREACHABLE' });
    const atTheEnd = rig.start(work, { over: { flushIntervalMs: 60_000 } });
    await rig.time.pass(1_000);
    atTheEnd.stop.abort();
    await rig.time.pass(10_000);
    expect(atTheEnd.outcome).toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(await rig.committed()).toBe(0);
  });

  it.each([
    ['soon after a short flush', 10, 500],
    ['four times as long after one as it took', 200, 800],
    ['and never later than that', 600, 1_000],
  ])('writes again %s', async (_, tookMs, everyMs) => {
    const rig = await openRig();
    const work = new OffsetsWork();
    const atMs: number[] = [];
    work.onWrite = () => {
      atMs.push(rig.time.nowMs);
      return rig.time.clock.sleep(tookMs);
    };
    let writtenCount = 0;
    const onWritten = (): void => void (writtenCount += 1);
    rig.start(work, { over: { flushIntervalMs: 500, flushIntervalMsMax: 1_000, onWritten } });
    for (let step = 0; step < 200; step += 1) {
      await rig.append([String(step)]);
      await rig.time.pass(50);
    }
    const gapsMs = atMs.slice(3).map((at, index) => at - atMs[index + 2]!);
    expect(gapsMs.length).toBeGreaterThan(4);
    // A look at the log may take as long as it waits.
    for (const gapMs of gapsMs) expect(gapMs - everyMs).toBeLessThanOrEqual(100);
    for (const gapMs of gapsMs) expect(gapMs).toBeGreaterThanOrEqual(everyMs);
    expect(atMs.length - writtenCount).toBeLessThanOrEqual(1);
  });

  it('reading waits while a full memory is not written', async () => {
    const rig = await openRig();
    const work = new OffsetsWork({ heldMax: 5 });
    work.onWrite = () => never;
    const log = withConsumer(rig.log, () => ({}));
    const small: EventLog = {
      ...log,
      consume: (options) => log.consume({ ...options, deliveryBytesMax: 1 }),
    };
    await rig.append(Array.from({ length: 100 }, (_, number) => String(number)));
    rig.start(work, { log: small });
    await rig.time.pass(60_000);
    // One flush on its way and one full memory beside it, each at most a delivery above the bound.
    expect(work.appliedCount).toBeLessThanOrEqual(12);
  });

  it('raw rows take no more memory while the database hangs than a flush and what is read beside it', async () => {
    const rig = await openRig();
    let [insertCount, deliveredBytes] = [0, 0];
    rig.store.insertBytes = () => {
      insertCount += 1;
      return never;
    };
    const [heldBytesMax, deliveryBytesMax] = [100_000, 10_000];
    const log = withConsumer(rig.log, (consumer) => ({
      next: async (waitMsMax) => {
        const delivery = await consumer.next(waitMsMax);
        const messages = delivery.kind === 'messages' ? delivery.messages : [];
        deliveredBytes += messages.reduce((sum, { value }) => sum + value.length, 0);
        return delivery;
      },
    }));
    const small: EventLog = { ...log, consume: (options) => log.consume({ ...options, deliveryBytesMax }) };
    const value = messageOf(
      schemas,
      Array.from({ length: 50 }, (_, number) => eventNumber(number)),
    );
    for (let count = 0; count * value.length < 10 * heldBytesMax; count += 1)
      await rig.log.append([{ topic: TOPIC, partition: 0, messages: [{ value }] }]);
    const decoder = createBatchDecoder(schemas);
    const parts = {
      store: rig.store,
      log: rig.log,
      logger: createLogger({ name: 't', level: 'silent' }),
      decoder,
      schemas,
    };
    rig.start(createRawWork({ ...parts, repeatWindowMessages: 9, heldBytesMax }), { log: small });
    await rig.time.pass(60_000);
    expect(insertCount).toBeGreaterThan(0);
    expect(insertCount).toBeLessThanOrEqual(2);
    // Each of the two may go a delivery above the bound; the log gives one message at least.
    expect(deliveredBytes).toBeLessThan(2 * (heldBytesMax + deliveryBytesMax + value.length));
    expect(deliveredBytes).toBeGreaterThan(heldBytesMax);
    expect(await rig.committed()).toBe(0);
  });
});

describe('stream worker: rebalances', () => {
  it('one that is not heard of yet costs no more than the commit of what was lost', async () => {
    const rig = await openRig({ partitionCount: 2 });
    const work = new OffsetsWork();
    let release: () => void = () => undefined;
    work.onWrite = () => new Promise<void>((resolve) => (release = resolve));
    await rig.append(['a', 'b'], 0);
    await rig.append(['c'], 1);
    const worker = rig.start(work);
    await rig.time.pass(150);
    // The flush waits in the database while another member takes one of the two partitions.
    await rig.time.pass(200);
    const other = await rig.log.consume({ group: 'g', topics: [TOPIC] });
    release();
    await rig.time.pass(0);
    expect(worker.outcome).toBeNull();
    const assigned = await other.next(0);
    const taken = assigned.kind === 'assigned' ? assigned.partitions.map((one) => one.partition) : [];
    expect(taken).toHaveLength(1);
    for (const partition of [0, 1])
      expect(await rig.committed(partition)).toBe(taken.includes(partition) ? 0 : 2 - partition);
  });

  it('a partition that is taken and given back during a flush is not committed by the work that lost it', async () => {
    const rig = await openRig();
    await rig.append(['a', 'b']);
    const commits: number[] = [];
    const deliveries: (() => void)[] = [];
    let isTaken = false;
    const log = withConsumer(rig.log, (consumer) => ({
      next: async (waitMsMax) => {
        const delivery = await consumer.next(waitMsMax);
        if (!isTaken || delivery.kind !== 'idle') return delivery;
        isTaken = false;
        deliveries[0]!();
        return { kind: 'revoked', partitions: [{ topic: TOPIC, partition: 0 }] };
      },
      commit: (positions) => {
        commits.push(...positions.map((one) => one.offset));
        return consumer.commit(positions);
      },
    }));
    const work = new OffsetsWork();
    work.onWrite = () => new Promise<void>((resolve) => deliveries.push(resolve));
    const worker = rig.start(work, { log });
    await rig.time.pass(300);
    expect(work.written).toEqual([[0, 1]]);
    isTaken = true;
    await rig.time.pass(1_000);
    expect(worker.outcome).toBeNull();
    expect(commits).toEqual([0]);
  });
});

describe('stream worker: a log and a database that do not belong together', () => {
  const codeOf = async (rig: Rig): Promise<unknown> => {
    const worker = rig.start(new OffsetsWork());
    await rig.time.pass(1_000);
    worker.stop.abort();
    await rig.time.pass(1_000);
    return worker.outcome instanceof AppError ? worker.outcome.code : worker.outcome;
  };
  const begun = async (): Promise<{ rig: Rig; disk: ReturnType<typeof createMemoryDisk> }> => {
    const disk = createMemoryDisk();
    const rig = await openRig({ disk });
    await rig.append(['a', 'b', 'c']);
    expect(await codeOf(rig)).toBe('ended');
    return { rig, disk };
  };

  it('go on if they do', async () => {
    const { rig } = await begun();
    expect(await codeOf(rig)).toBe('ended');
  });

  it('halt on a database that was replaced', async () => {
    const { rig } = await begun();
    rig.store.watermarks.clear();
    rig.store.epochs = [];
    expect(await codeOf(rig)).toBe('EPOCH_POSITION_LOST');
  });

  it('halt on a database that was restored from an older copy', async () => {
    const { rig } = await begun();
    const older = rig.store.watermarks.get('sink|0')!;
    rig.store.watermarks.set('sink|0', { ...older, position: 1 });
    expect(await codeOf(rig)).toBe('EPOCH_POSITION_LOST');
  });

  it('halt on a log that was replaced, empty or not', async () => {
    for (const texts of [[], ['x', 'y', 'z', 'w']]) {
      const { rig, disk } = await begun();
      disk.topics.clear();
      disk.positions.clear();
      await rig.open();
      await rig.append(texts);
      expect(await codeOf(rig)).toBe('EPOCH_POSITION_LOST');
    }
  });

  it('halt on a topic that was made anew under its committed positions', async () => {
    const { rig, disk } = await begun();
    disk.topics.clear();
    await rig.open();
    await rig.append(['x', 'y', 'z', 'w']);
    expect(await codeOf(rig)).toBe('EPOCH_FINGERPRINT_DIFFERS');
  });

  it('halt on other settings and on another number of partitions', async () => {
    const { rig } = await begun();
    const worker = rig.start(new OffsetsWork(), { over: { settings: { ...SETTINGS, paneMs: 500 } } });
    await rig.time.pass(100);
    expect(worker.outcome).toMatchObject({ code: 'EPOCH_SETTINGS_DIFFER' });
    const topics = [{ ...rig.topic, partitionCount: 2 }];
    const grown = rig.start(new OffsetsWork(), { over: { topics } });
    await rig.time.pass(100);
    expect(grown.outcome).toMatchObject({ code: 'EPOCH_PARTITIONS_DIFFER' });
  });

  it('go on where a former owner has read and written beyond the end that the assignment tells', async () => {
    const rig = await openRig();
    await rig.append(['a']);
    expect(await codeOf(rig)).toBe('ended');
    const log = withConsumer(rig.log, (consumer) => ({
      next: async (waitMsMax) => {
        const delivery = await consumer.next(waitMsMax);
        if (delivery.kind !== 'assigned') return delivery;
        const partitions = delivery.partitions.map((one) => ({ ...one, endOffset: one.endOffset - 1 }));
        return { kind: 'assigned', partitions };
      },
    }));
    const worker = rig.start(new OffsetsWork(), { log });
    await rig.time.pass(500);
    expect(worker.outcome).toBeNull();
  });
});

describe('stream worker: marks', () => {
  const endsOf = async (rig: Rig): Promise<number[]> =>
    (await rig.log.bounds([TOPIC])).map((one) => one.endOffset);

  it('come once a second into each silent partition, however many there are', async () => {
    const rig = await openRig({ partitionCount: 64 });
    rig.start(new OffsetsWork({ writesMarks: true }));
    await rig.time.pass(10_500);
    for (const count of await endsOf(rig)) {
      expect(count).toBeGreaterThanOrEqual(8);
      expect(count).toBeLessThanOrEqual(10);
    }
  });

  it('never come into a replay, nor before a partition is read to its end', async () => {
    const replay = await openRig({ clock: 'replay' });
    replay.start(new OffsetsWork({ writesMarks: true }));
    await replay.time.pass(10_000);
    expect(await endsOf(replay)).toEqual([0]);
    const rig = await openRig();
    await rig.append(['a', 'b', 'c']);
    const log = withConsumer(rig.log, (consumer) => ({
      // The broker gives one message and then cannot be reached.
      next: async (waitMsMax) => {
        const delivery = await consumer.next(waitMsMax);
        if (delivery.kind === 'messages') consumer.pause([{ topic: TOPIC, partition: 0 }]);
        return delivery;
      },
    }));
    const small: EventLog = {
      ...log,
      consume: (options) => log.consume({ ...options, deliveryBytesMax: 1 }),
    };
    rig.start(new OffsetsWork({ writesMarks: true }), { log: small });
    await rig.time.pass(10_000);
    expect(await endsOf(rig)).toEqual([3]);
  });

  it('go on after a log that was too busy for one', async () => {
    const rig = await openRig();
    let failures = 2;
    const log: EventLog = {
      ...withConsumer(rig.log, () => ({})),
      append: (batches) =>
        (failures -= 1) >= 0
          ? Promise.reject(new AppError('LOG_BUSY', 'busy', { outcome: 'retry' }))
          : rig.log.append(batches),
    };
    const worker = rig.start(new OffsetsWork({ writesMarks: true }), { log });
    await rig.time.pass(6_500);
    expect(worker.outcome).toBeNull();
    expect((await endsOf(rig))[0]).toBeGreaterThanOrEqual(3);
  });

  it('and watermarks move without a single SLO', async () => {
    const rig = await openRig();
    const decoder = createBatchDecoder(schemas);
    const catalog = new SpecCatalog(rig.store);
    const work = createPaneWork({ store: rig.store, settings: SETTINGS, catalog, schemas, decoder });
    const worker = rig.start(work);
    await rig.time.pass(5_000);
    const first = rig.store.watermarks.get('processor|0')!;
    await rig.time.pass(5_000);
    const second = rig.store.watermarks.get('processor|0')!;
    expect(worker.outcome).toBeNull();
    expect(String(second['log_time']) > String(first['log_time'])).toBe(true);
  });
});
