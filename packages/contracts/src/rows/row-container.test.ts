import avsc from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AvroComplexJson } from '../events/schema-source.ts';
import { RowContainer } from './row-container.ts';

const writerSchema: AvroComplexJson = {
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'id', type: { type: 'fixed', name: 'Id', size: 4 } },
    { name: 'text', type: 'string' },
    { name: 'amount', type: ['null', 'long'] },
  ],
};
const writer = avsc.Type.forSchema(writerSchema as avsc.Schema);

function readAll(container: Buffer): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    const rows: Record<string, unknown>[] = [];
    const decoder = new avsc.streams.BlockDecoder();
    decoder.on('data', (row: Record<string, unknown>) => rows.push(row));
    decoder.on('end', () => resolve(rows));
    decoder.on('error', reject);
    decoder.end(container);
  });
}

describe('row container', () => {
  it('gives every datum back behind its prefix, whatever their sizes (read by avsc)', async () => {
    const event = fc.record({
      id: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
      text: fc.string({ maxLength: 400 }),
      // avsc reads longs exactly up to 2^52.
      amount: fc.option(fc.integer({ min: -(2 ** 52) + 1, max: 2 ** 52 - 1 })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 50 }), async (events) => {
        const container = new RowContainer<{ offset: number; name: string }>({
          writerSchema,
          prefix: [
            { name: 'offset', type: 'long' },
            { name: 'name', type: 'string' },
          ],
          replaced: ['id'],
        });
        expect(container.columns).toEqual(['offset', 'name', 'text', 'amount']);
        events.forEach((one, index) => {
          const bytes = Buffer.concat([Buffer.from('xx'), writer.toBuffer(one), Buffer.from('yy')]);
          container.add({ offset: index, name: `n${index}` }, bytes, { start: 2, end: bytes.length - 2 });
        });
        expect(container.rowCount).toBe(events.length);
        const rows = await readAll(container.finish());
        expect(rows).toHaveLength(events.length);
        rows.forEach((row, index) => {
          expect(row).toMatchObject({
            offset: index,
            name: `n${index}`,
            text: events[index]!.text,
            amount: events[index]!.amount,
          });
        });
        expect(container.rowCount).toBe(0);
      }),
    );
  });

  it('grows past its first buffer', async () => {
    const container = new RowContainer<{ offset: number }>({
      writerSchema,
      prefix: [{ name: 'offset', type: 'long' }],
      replaced: [],
    });
    const datum = writer.toBuffer({ id: Buffer.alloc(4), text: 'x'.repeat(5_000), amount: null });
    for (let offset = 0; offset < 300; offset += 1)
      container.add({ offset }, datum, { start: 0, end: datum.length });
    const rows = await readAll(container.finish());
    expect(rows.map((row) => row['offset'])).toEqual(Array.from({ length: 300 }, (_, index) => index));
  });
});
