import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c } from './crc32c.ts';
import { decodeRecordSet, encodeRecordBatch } from './record-batches.ts';

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
          expect(decodeRecordSet(set, fromOffset)).toEqual(all.slice(fromOffset));
          const lastCount = written.at(-1)?.length ?? 0;
          const cut = set.subarray(0, set.length - cutBytes);
          expect(decodeRecordSet(cut, 0)).toEqual(all.slice(0, all.length - lastCount));
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
    expect(() => decodeRecordSet(batch, 0)).toThrow(
      expect.objectContaining({ code: 'LOG_CORRUPT' }) as Error,
    );
  });

  it('carry the checksum of RFC 3720, whatever the length and the start', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe306_9283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a91_36aa);
    const byBits = (bytes: Uint8Array): number => {
      let crc = ~0;
      for (const byte of bytes) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1;
      }
      return ~crc >>> 0;
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, start) => {
        expect(crc32c(bytes, start)).toBe(byBits(bytes.subarray(start)));
      }),
      { seed: 20_261_121 },
    );
  });
});
