import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecordSet } from './decode-batches.ts';
import { encodeRecordBatch } from './encode-batch.ts';

const CORRUPT = expect.objectContaining({ code: 'LOG_CORRUPT' }) as Error;

function from(fromOffset: number) {
  return { topic: 't', partition: 0, fromOffset };
}

/** As a writer does that means what it wrote. */
function sign(batch: Buffer): void {
  batch.writeUInt32BE(byBits(batch.subarray(21)), 17);
}

describe('record batches', () => {
  it('are read back as they were written, from any offset, several in a row and one cut off', async () => {
    const record = fc.record({
      value: fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value)),
      timestampMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    });
    const batches = fc.array(fc.array(record, { minLength: 1, maxLength: 200 }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(
        batches,
        fc.constantFrom('lz4', 'gzip', 'none'),
        fc.nat(400),
        fc.integer({ min: 1, max: 70 }),
        async (written, compression, fromOffset, cutBytes) => {
          const encoded: Buffer[] = [];
          let baseOffset = 0;
          for (const records of written) {
            const batch = await encodeRecordBatch(records, compression);
            // As the broker does.
            batch.writeBigInt64BE(BigInt(baseOffset), 0);
            baseOffset += records.length;
            encoded.push(batch);
          }
          const all = written.flat().map((one, offset) => ({ offset, ...one }));
          const set = Buffer.concat(encoded);
          const nextOffset = Math.max(fromOffset, all.length);
          expect(decodeRecordSet(set, from(fromOffset))).toEqual({
            messages: all.slice(fromOffset),
            nextOffset,
          });
          const lastCount = written.at(-1)?.length ?? 0;
          const cut = set.subarray(0, set.length - cutBytes);
          const whole = all.slice(0, all.length - lastCount);
          expect(decodeRecordSet(cut, from(0))).toEqual({ messages: whole, nextOffset: whole.length });
        },
      ),
      { numRuns: 60, seed: 20_261_121 },
    );
  });

  it('are left uncompressed where compression would make them larger', async () => {
    const value = Buffer.from(Array.from({ length: 1_000 }, (_, index) => (index * 7919) % 251));
    const plain = await encodeRecordBatch([{ value, timestampMs: 1 }], 'none');
    expect((await encodeRecordBatch([{ value, timestampMs: 1 }], 'lz4')).length).toBeLessThanOrEqual(
      plain.length,
    );
  });

  it('with a codec that is not known are refused, not skipped', async () => {
    const batch = await encodeRecordBatch([{ value: Buffer.from('a'), timestampMs: 1 }], 'none');
    batch.writeInt16BE(4, 21);
    sign(batch);
    expect(() => decodeRecordSet(batch, from(0))).toThrow(CORRUPT);
  });

  it('that were altered on a disk or on the way are told, wherever a bit was flipped, and never read', async () => {
    const records = Array.from({ length: 3 }, (_, index) => ({
      value: Buffer.from(`m${index}`),
      timestampMs: 5,
    }));
    const sound = await encodeRecordBatch(records, 'none');
    const altered = await encodeRecordBatch(records, 'none');
    for (const batch of [sound, altered]) batch.writeBigInt64BE(BigInt(batch === sound ? 0 : 3), 0);
    // What stands before is the broker's own: offset, length, leader's epoch.
    for (let bit = 16 * 8; bit < altered.length * 8; bit += 1) {
      const damaged = Buffer.from(altered);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const set = Buffer.concat([sound, damaged]);
      // What is sound before it is given first; the fault is told when it is its turn.
      expect(decodeRecordSet(set, from(0)).messages).toHaveLength(3);
      expect(() => decodeRecordSet(set, from(3))).toThrow(CORRUPT);
    }
  });

  it.each([-12, -13, 0, 48])(
    'whose length is said to be %d are told, and are no endless loop',
    async (length) => {
      const batch = await encodeRecordBatch([{ value: Buffer.from('a'), timestampMs: 1 }], 'none');
      batch.writeInt32BE(length, 8);
      expect(() => decodeRecordSet(batch, from(0))).toThrow(CORRUPT);
    },
  );

  it('that mark the end of a transaction are messages without a value: no reader waits for an offset in vain', async () => {
    const batch = await encodeRecordBatch(
      [{ value: Buffer.from([0, 0, 0, 0, 0, 7]), timestampMs: 9 }],
      'none',
    );
    batch.writeBigInt64BE(41n, 0);
    batch.writeInt16BE(0x30, 21);
    sign(batch);
    expect(decodeRecordSet(batch, from(41))).toEqual({
      messages: [{ offset: 41, timestampMs: 9, value: Buffer.alloc(0) }],
      nextOffset: 42,
    });
  });

  it('that lost their records to compaction still say where the next fetch begins', async () => {
    const batch = await encodeRecordBatch([{ value: Buffer.from('a'), timestampMs: 9 }], 'none');
    const empty = batch.subarray(0, 61);
    empty.writeInt32BE(empty.length - 12, 8);
    empty.writeInt32BE(4, 23);
    empty.writeInt32BE(0, 57);
    sign(empty);
    expect(decodeRecordSet(empty, from(2))).toEqual({ messages: [], nextOffset: 5 });
  });

  it('carry the checksum of RFC 3720 over what follows it, whatever the length', async () => {
    expect(byBits(Buffer.from('123456789'))).toBe(0xe306_9283);
    expect(byBits(Buffer.alloc(32))).toBe(0x8a91_36aa);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const batch = await encodeRecordBatch([{ value: Buffer.from(bytes), timestampMs: 1 }], 'none');
        expect(batch.readUInt32BE(17)).toBe(byBits(batch.subarray(21)));
      }),
      { seed: 20_261_121 },
    );
  });
});

function byBits(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}
