import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRecordBatch } from '../records/encode-batch.ts';
import { splitRecordSet } from '../records/decode-batches.ts';
import { Lz4Memory } from '../records/lz4/lz4-memory.ts';
import { FetchedQueue } from './fetched-queue.ts';

const record = fc.record({
  value: fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 30 }))
    .map(([unit, count]) => Buffer.alloc(unit.length * count, unit)),
  timestampMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
});
const batch = fc.record({
  records: fc.array(record, { minLength: 1, maxLength: 30 }),
  compression: fc.constantFrom('lz4', 'lz4', 'lz4', 'gzip', 'none'),
} as const);

async function encoded(
  batches: readonly {
    readonly records: readonly { readonly value: Buffer; readonly timestampMs: number }[];
  }[],
  compressionOf: (index: number) => 'lz4' | 'gzip' | 'none',
): Promise<Buffer> {
  const sets: Buffer[] = [];
  let baseOffset = 0;
  for (const [index, { records }] of batches.entries()) {
    const bytes = await encodeRecordBatch(records, compressionOf(index));
    bytes.writeBigInt64BE(BigInt(baseOffset), 0);
    baseOffset += records.length;
    sets.push(bytes);
  }
  return Buffer.concat(sets);
}

const queueAt = (position: number): FetchedQueue =>
  new FetchedQueue({ topic: 't', partition: 0 }, { position, endOffset: 0 });

describe('what was fetched', () => {
  it('is given out in order and within the bytes asked for, in lent memory as in its own, from any offset on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(batch, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 12_000 }),
        fc.nat(40),
        fc.boolean(),
        async (batches, bytesMax, start, isLent) => {
          const all = batches.flatMap(({ records }) => records).map((one, offset) => ({ offset, ...one }));
          const fromOffset = Math.min(start, all.length);
          const queue = queueAt(fromOffset);
          const set = await encoded(batches, (index) => batches[index]?.compression ?? 'none');
          queue.put(splitRecordSet(set, { topic: 't', partition: 0, fromOffset }));
          expect(queue.fetchOffset).toBe(all.length);
          const lent = isLent ? new Lz4Memory(bytesMax) : null;
          const given = [];
          while (!queue.isEmpty) {
            const messages = queue.take(bytesMax, lent);
            const bytes = messages.reduce((sum, { value }) => sum + value.byteLength, 0);
            expect(messages.length === 1 || bytes <= bytesMax).toBe(true);
            expect(messages.length).toBeGreaterThan(0);
            // Good until the next call.
            given.push(...messages.map((message) => ({ ...message, value: Buffer.from(message.value) })));
          }
          expect(given).toEqual(all.slice(fromOffset));
          expect(queue.error).toBeNull();
          expect(queue.queuedBytes).toBe(0);
          expect(queue.position).toBe(all.length);
        },
      ),
      { numRuns: 80, seed: 20_261_129 },
    );
  });

  it('stands in the same memory each time, where it is lent', async () => {
    const batches = Array.from({ length: 20 }, (_, index) => ({
      records: [{ value: Buffer.alloc(3_000, `value ${index}`), timestampMs: 1 }],
    }));
    const queue = queueAt(0);
    queue.put(
      splitRecordSet(await encoded(batches, () => 'lz4'), { topic: 't', partition: 0, fromOffset: 0 }),
    );
    const lent = new Lz4Memory(4_000);
    const buffers = new Set<ArrayBufferLike>();
    while (!queue.isEmpty) for (const { value } of queue.take(4_000, lent)) buffers.add(value.buffer);
    expect(buffers.size).toBe(1);
  });

  it('that cannot be read is told after what stands before it, and nothing behind it is given out', async () => {
    const batches = Array.from({ length: 3 }, () => ({
      records: [{ value: Buffer.alloc(500, 'a'), timestampMs: 1 }],
    }));
    const set = await encoded(batches, () => 'lz4');
    const { batches: split, nextOffset } = splitRecordSet(set, { topic: 't', partition: 0, fromOffset: 0 });
    // Behind the checksum's look: a writer that compresses wrongly signs what it wrote.
    split[1]?.bytes.fill(0xff, 70);
    for (const lent of [null, new Lz4Memory(100_000)]) {
      const queue = queueAt(0);
      queue.put({ batches: split, nextOffset });
      expect(queue.take(100_000, lent).map(({ offset }) => offset)).toEqual([0]);
      expect(queue.take(100_000, lent)).toEqual([]);
      expect(queue.error).toMatchObject({ code: 'LOG_CORRUPT', details: { fromOffset: 1 } });
      expect(queue.isEmpty).toBe(true);
    }
  });

  it('keeps no more than eight times its own bytes of an answer', async () => {
    const small = await encoded([{ records: [{ value: Buffer.from('a'), timestampMs: 1 }] }], () => 'none');
    const answer = Buffer.concat([small, Buffer.alloc(8_000_000)]);
    const queue = queueAt(0);
    queue.put(splitRecordSet(answer.subarray(0, small.length), { topic: 't', partition: 0, fromOffset: 0 }));
    const [message] = queue.take(1_000, null);
    expect(message?.value.buffer.byteLength).toBeLessThan(100_000);
  });
});
