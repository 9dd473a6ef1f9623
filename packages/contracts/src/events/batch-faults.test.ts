import { AppError } from '@burnline/core';
import avsc from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inferenceEvents } from '@burnline/testing';
import { createBatchDecoder } from './batch-decoder.ts';
import type { BatchDecoder } from './batch-decoder.ts';
import { createBatchEncoder } from './batch-encoder.ts';
import { MAX_EVENTS_PER_MESSAGE } from './batch-format.ts';
import { loadPackageSchemas } from './schema-source.ts';
import type { AvroComplexJson, SchemaSource } from './schema-source.ts';

const schemas = loadPackageSchemas();
const OWN_ID = schemas.idOf('inference');
const decoder = createBatchDecoder(schemas);
const [event] = fc.sample(inferenceEvents, { numRuns: 1, seed: 11 });
const REFUSED = 'CONTRACT_DECODE_FAILED dead-letter';

const LONG = avsc.Type.forSchema('long');
const longBytes = (value: number): Buffer => LONG.toBuffer(value);
const ownSchema = schemas.schemaOf(schemas.idOf('inference'))!;
const frame = (id: number): Buffer => Buffer.from([0, 0, 0, 0, id]);

function message(count: number): Uint8Array {
  const encoder = createBatchEncoder({ kind: 'inference', schemas });
  for (let index = 0; index < count; index += 1) encoder.append(event!);
  return encoder.finish();
}

function datum(): Uint8Array {
  const whole = message(1);
  const layout = decoder.walkBatch(whole);
  return whole.subarray(layout.starts[0], layout.ends[0]);
}

function outcomeOf(bytes: Uint8Array, by: BatchDecoder = decoder): string {
  try {
    by.decodeBatch(bytes);
  } catch (error) {
    if (error instanceof AppError) return `${error.code} ${error.outcome}`;
    throw error;
  }
  return 'accepted';
}

describe('messages of other Avro writers', () => {
  it('may have several blocks, with and without sizes, and each block is reported', () => {
    const one = datum();
    const [plainBlock, sizedBlock] = [
      Buffer.concat([longBytes(2), one, one]),
      Buffer.concat([longBytes(-1), longBytes(one.length), one]),
    ];
    const bytes = Buffer.concat([frame(OWN_ID), plainBlock, sizedBlock, longBytes(0)]);
    const layout = decoder.walkBatch(bytes);
    expect(layout.count).toBe(3);
    expect(layout.blocks.map((block) => block.count)).toEqual([2, 1]);
    for (const [index, start] of layout.starts.entries()) {
      expect(Buffer.from(one).equals(bytes.subarray(start, layout.ends[index]))).toBe(true);
    }
    expect(decoder.decodeBatch(bytes).records).toHaveLength(3);
  });

  it('may be empty', () => {
    expect(decoder.decodeBatch(Buffer.concat([frame(OWN_ID), longBytes(0)])).records).toEqual([]);
  });
});

describe('a broken message', () => {
  const one = datum();
  it.each<[string, Uint8Array]>([
    ['without bytes', new Uint8Array()],
    ['without a batch', frame(OWN_ID)],
    ['with another magic byte', Buffer.concat([Buffer.from([1]), message(1).subarray(1)])],
    ['with a byte too many', Buffer.concat([message(1), Buffer.from([0])])],
    ['with a byte too few', message(1).subarray(0, -1)],
    ['that announces more than it holds', Buffer.concat([frame(OWN_ID), longBytes(2), one, longBytes(0)])],
    [
      'that announces less than it holds',
      Buffer.concat([frame(OWN_ID), longBytes(1), one, one, longBytes(0)]),
    ],
    [
      'with more events than allowed',
      Buffer.concat([
        frame(OWN_ID),
        longBytes(MAX_EVENTS_PER_MESSAGE + 1),
        ...Array<Uint8Array>(101).fill(one),
        longBytes(0),
      ]),
    ],
    [
      'with a block of another size',
      Buffer.concat([frame(OWN_ID), longBytes(-1), longBytes(one.length - 1), one, longBytes(0)]),
    ],
    [
      'with a block of negative size',
      Buffer.concat([frame(OWN_ID), longBytes(-1), longBytes(-1), one, longBytes(0)]),
    ],
    ['with a count of 2^52', Buffer.concat([frame(OWN_ID), longBytes(2 ** 52), one])],
    ['with an endless integer', Buffer.concat([frame(OWN_ID), Buffer.alloc(40, 0xff)])],
  ])('%s is set aside', (_, bytes) => {
    expect(outcomeOf(bytes)).toBe(REFUSED);
  });

  it('of an unknown schema halts the reader: the message may be good', () => {
    expect(outcomeOf(Buffer.concat([frame(99), longBytes(0)]))).toBe('CONTRACT_SCHEMA_UNKNOWN halt');
  });

  it('with an integer beyond 2^53 is refused, not rounded', () => {
    // A mark: kind, then marked_at as the varint of 2^53 + 1.
    const zigzag = (2n ** 53n + 1n) * 2n;
    const varint = Array.from(
      { length: 8 },
      (_, index) => Number((zigzag >> BigInt(7 * index)) & 127n) | (index < 7 ? 128 : 0),
    );
    const bytes = Buffer.concat([frame(4), longBytes(1), longBytes(0), Buffer.from(varint), longBytes(0)]);
    expect(outcomeOf(bytes)).toBe(REFUSED);
  });

  it('never crashes, hangs or yields more events than it announces, however it was damaged', () => {
    const damage = fc.record({
      count: fc.integer({ min: 1, max: 5 }),
      cut: fc.option(fc.nat()),
      flips: fc.array(fc.record({ at: fc.nat(), mask: fc.integer({ min: 1, max: 255 }) }), { maxLength: 6 }),
    });
    const project = decoder.createProjectedDecoder('inference', ['event_id', 'measures']);
    fc.assert(
      fc.property(damage, ({ count, cut, flips }) => {
        const whole = message(count);
        const bytes = whole.slice(0, cut === null ? whole.length : cut % whole.length);
        for (const { at, mask } of flips) if (bytes.length > 0) bytes[at % bytes.length]! ^= mask;
        for (const read of [project, (value: Uint8Array) => decoder.decodeBatch(value)]) {
          try {
            expect(read(bytes).records).toHaveLength(decoder.walkBatch(bytes).count);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
          }
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('refuses every truncation', () => {
    const whole = message(2);
    for (let length = 0; length < whole.length; length += 1) {
      expect(outcomeOf(whole.subarray(0, length)), `${length} bytes`).toBe(REFUSED);
    }
  });
});

/** A source that knows one more schema, of another version of this program. */
function withOther(id: number, schema: AvroComplexJson): SchemaSource {
  return {
    schemaOf: (wanted) => (wanted === id ? { id, kind: 'inference', schema } : schemas.schemaOf(wanted)),
    idOf: (kind) => schemas.idOf(kind),
  };
}

function messageOf(id: number, schema: AvroComplexJson, record: object): Uint8Array {
  const type = avsc.Type.forSchema(schema as avsc.Schema);
  const bytes = type.toBuffer({ ...record, event_id: Buffer.from(event!.event_id) });
  return Buffer.concat([frame(id), longBytes(1), bytes, longBytes(0)]);
}

describe('messages of other versions', () => {
  it('an old writer without newer fields is read with their defaults', () => {
    const newer = ['confidence', 'verdicts', 'sample_weight', 'measures', 'is_final', 'user_hash'];
    const old = {
      ...ownSchema.schema,
      fields: ownSchema.schema.fields!.filter(({ name }) => !newer.includes(name)),
    };
    const [record] = createBatchDecoder(withOther(60, old)).decodeBatch(messageOf(60, old, event!)).records;
    expect(record).toEqual({
      ...event,
      event_id: Buffer.from(event!.event_id),
      confidence: null,
      verdicts: [],
      sample_weight: 1,
      measures: {},
      is_final: true,
      user_hash: null,
    });
  });

  it("a newer writer's extra field is skipped and its extra symbol reads as the enum's default", () => {
    const fields = ownSchema.schema.fields!.map((field) =>
      field.name === 'status'
        ? { ...field, type: { ...(field.type as AvroComplexJson), symbols: ['ok', 'throttled', 'error'] } }
        : field,
    );
    const extra = { name: 'shard_ms', type: ['null', 'double'], default: null };
    const newer: AvroComplexJson = {
      ...ownSchema.schema,
      fields: [...fields.slice(0, 9), extra, ...fields.slice(9)],
    };
    const reader = createBatchDecoder(withOther(61, newer));
    const bytes = messageOf(61, newer, { ...event, status: 'throttled', shard_ms: 12.5 });
    expect(reader.decodeBatch(bytes).records).toEqual([
      { ...event, event_id: Buffer.from(event!.event_id), status: 'error' },
    ]);
    const project = reader.createProjectedDecoder('inference', ['status', 'tenant']);
    expect(project(bytes).records).toEqual([{ status: 'error', tenant: event!.tenant }]);
  });

  it('a writer without an id cannot be read: the reader halts', () => {
    const fields = ownSchema.schema.fields!.filter(({ name }) => name !== 'event_id');
    const other = { ...ownSchema.schema, fields };
    const bytes = messageOf(62, other, event!);
    expect(outcomeOf(bytes, createBatchDecoder(withOther(62, other)))).toBe('CONTRACT_SCHEMA_UNKNOWN halt');
  });
});
