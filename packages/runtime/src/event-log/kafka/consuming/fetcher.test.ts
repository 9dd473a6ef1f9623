import { crc32c } from '@node-rs/crc32';
import { describe, expect, it, vi } from 'vitest';
import { settingsOf } from '../kafka-options.ts';
import { encodeRecordBatch } from '../records/encode-batch.ts';
import { KAFKA_CODE, type FetchedPartition, type FetchFrom } from '../wire/index.ts';
import { FetchedQueue } from './fetched-queue.ts';
import { Fetcher } from './fetcher.ts';

const { logger } = settingsOf({ brokers: [] });
const NOT_LEADER = 6;
const never = new Promise<never>(() => undefined);

interface Script {
  readonly answer: (from: FetchFrom, request: number) => Partial<FetchedPartition>;
  readonly topic?: (name: string) => Promise<object | null>;
  readonly leaderOf?: (topic: string) => number | null;
}

/** One broker that answers each request by the script, some milliseconds later, until the caller ends it. */
function fetching(queues: readonly FetchedQueue[], script: Script) {
  const state = { isClosed: false, requests: 0 };
  const topicOf = script.topic ?? (() => Promise.resolve({}));
  const fetcher = new Fetcher(
    {
      brokers: {
        bounds: (asked) => Promise.resolve(asked.map((one) => ({ ...one, startOffset: 0, endOffset: 100 }))),
        retrying: (_doing, work) => work(),
        wire: {
          get isClosed() {
            return state.isClosed;
          },
          leaderOf: ({ topic }) => (script.leaderOf === undefined ? 1 : script.leaderOf(topic)),
          forget: () => undefined,
          refresh: () => Promise.resolve(),
          topic: (name) => topicOf(name) as never,
          fetch: async (_leader, from) => {
            await new Promise((resolve) => setTimeout(resolve, 5));
            state.requests += 1;
            return from.map((one) => ({
              topic: one.topic,
              partition: one.partition,
              errorCode: KAFKA_CODE.none,
              endOffset: 100,
              records: Buffer.alloc(0),
              ...script.answer(one, state.requests),
            }));
          },
        },
      },
      settings: { logger },
    },
    () => queues,
    () => undefined,
  );
  fetcher.run();
  return { state, close: () => (state.isClosed = true) };
}

function queueOf(topic: string): FetchedQueue {
  return new FetchedQueue({ topic, partition: 0 }, { position: 0, endOffset: 0 });
}

async function batchAt(baseOffset: number): Promise<Buffer> {
  const batch = await encodeRecordBatch([{ value: Buffer.from('a'), timestampMs: 1 }], 'none');
  batch.writeBigInt64BE(BigInt(baseOffset), 0);
  return batch;
}

function signed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

/** Offsets of what a queue has given out, taken from it whenever this is asked. */
function offsetsOf(queue: FetchedQueue): readonly number[] {
  const given = TAKEN.get(queue) ?? [];
  TAKEN.set(queue, given);
  given.push(...queue.take(1_000, null).map(({ offset }) => offset));
  return given;
}
const TAKEN = new WeakMap<FetchedQueue, number[]>();

describe('fetching', () => {
  it.each([
    ['nobody answers where it is', () => never, false],
    ['the look-up is refused', () => Promise.reject(new Error('refused')), true],
    ['it is gone', () => Promise.resolve(null), true],
  ])(
    'goes on with the other partitions of a leader while a topic is not known and %s',
    async (_what, topic, isLasting) => {
      const [gone, other] = [queueOf('gone'), queueOf('other')];
      const batches = await Promise.all([0, 1, 2].map(batchAt));
      const run = fetching([gone, other], {
        topic,
        answer: ({ topic: name, offset }) =>
          name === 'gone'
            ? { errorCode: KAFKA_CODE.unknownTopic }
            : { records: batches[offset] ?? Buffer.alloc(0) },
      });
      await vi.waitFor(() => {
        expect(offsetsOf(other)).toEqual([0, 1, 2]);
      });
      run.close();
      expect(gone.error !== null).toBe(isLasting);
    },
  );

  it('tells that a topic is gone when the look at leaders has noticed it first', async () => {
    const gone = queueOf('gone');
    const run = fetching([gone], {
      leaderOf: () => null,
      topic: () => Promise.resolve(null),
      answer: () => ({}),
    });
    await vi.waitFor(() => {
      expect(gone.error).toMatchObject({ code: 'LOG_TOPIC_UNKNOWN' });
    });
    run.close();
  });

  it('asks again for what was damaged on the way, and tells what is damaged on the disk after what is sound', async () => {
    const [onTheWay, onDisk] = [queueOf('way'), queueOf('disk')];
    const [first, second] = [await batchAt(0), await batchAt(1)];
    const damaged = Buffer.from(second);
    damaged[30] = (damaged[30] ?? 0) ^ 1;
    const run = fetching([onTheWay, onDisk], {
      answer: ({ topic, offset }, request) => {
        if (topic === 'disk') return { records: offset === 0 ? Buffer.concat([first, damaged]) : damaged };
        return {
          records: offset > 1 ? Buffer.alloc(0) : request === 1 ? damaged : Buffer.concat([first, second]),
        };
      },
    });
    await vi.waitFor(() => {
      expect(onDisk.error).toMatchObject({ code: 'LOG_CORRUPT', details: { topic: 'disk', fromOffset: 1 } });
      expect(offsetsOf(onTheWay)).toEqual([0, 1]);
    });
    expect(offsetsOf(onDisk)).toEqual([0]);
    expect(onTheWay.error).toBeNull();
    run.close();
  });

  it('tells a gap at once where a batch has lost its records, instead of asking for it for ever', async () => {
    const queue = queueOf('t');
    const empty = (await batchAt(0)).subarray(0, 61);
    empty.writeInt32BE(empty.length - 12, 8);
    empty.writeInt32BE(0, 57);
    const run = fetching([queue], {
      answer: ({ offset }) => ({ records: offset === 0 ? signed(empty) : Buffer.alloc(0) }),
    });
    await vi.waitFor(() => {
      expect(offsetsOf(queue)).toEqual([]);
      expect(queue.error).toMatchObject({ code: 'LOG_GAP' });
    });
    run.close();
  });

  it('rests after errors that pass, and after an answer that leaves the partition out', async () => {
    const queue = queueOf('t');
    const records = await batchAt(0);
    const run = fetching([queue], {
      answer: ({ offset }, request) => {
        if (request === 1) return { errorCode: NOT_LEADER };
        if (request === 2) return { topic: 'another' };
        return { records: offset === 0 ? records : Buffer.alloc(0) };
      },
    });
    await vi.waitFor(() => {
      expect(offsetsOf(queue)).toEqual([0]);
    });
    expect(queue.error).toBeNull();
    run.close();
  });
});
