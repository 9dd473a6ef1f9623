import { AppError } from '@burnline/core';
import type { StreamRecordKind } from '@burnline/core';
import avsc from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evalVerdicts, inferenceEvents, marks, sourceReports } from '@burnline/testing';
import { createBatchDecoder } from './batch-decoder.ts';
import { createBatchEncoder, encodeMark } from './batch-encoder.ts';
import { MAX_EVENTS_PER_MESSAGE, MESSAGE_BYTES_MAX } from './batch-format.ts';
import type { RecordByKind } from './batch-format.ts';
import { loadPackageSchemas } from './schema-source.ts';

const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);
const [sample] = fc.sample(inferenceEvents, { numRuns: 1, seed: 7 });

function encode<Kind extends StreamRecordKind>(
  kind: Kind,
  records: readonly RecordByKind[Kind][],
): Uint8Array {
  const encoder = createBatchEncoder({ kind, schemas });
  for (const record of records) expect(encoder.append(record)).toBe(true);
  const bytes = encoder.bytes;
  const message = encoder.finish();
  expect(message.length).toBe(bytes);
  return message;
}

/** The same message by avsc's own encoder: framing, then the array. */
function encodeByAvsc(kind: StreamRecordKind, records: readonly object[]): Uint8Array {
  const id = schemas.idOf(kind);
  const { schema } = schemas.schemaOf(id)!;
  const type = avsc.Type.forSchema({ type: 'array', items: schema as avsc.Schema });
  const framed = Buffer.alloc(5);
  framed.writeInt32BE(id, 1);
  return Buffer.concat([framed, type.toBuffer(records.map(withBufferId))]);
}

/** avsc's fixed type takes Buffers alone. */
function withBufferId(record: object): object {
  return 'event_id' in record ? { ...record, event_id: Buffer.from(record.event_id as Uint8Array) } : record;
}

function withPlainId(record: object): object {
  return 'event_id' in record
    ? { ...record, event_id: new Uint8Array(record.event_id as Uint8Array) }
    : { ...record };
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof AppError) return `${error.code} ${error.outcome}`;
    throw error;
  }
  return 'accepted';
}

const REFUSED = 'CONTRACT_DECODE_FAILED dead-letter';
const ARBITRARIES: { readonly [Kind in StreamRecordKind]: fc.Arbitrary<RecordByKind[Kind]> } = {
  inference: inferenceEvents,
  verdict: evalVerdicts,
  report: sourceReports,
  mark: marks,
};

describe.each(Object.keys(ARBITRARIES) as StreamRecordKind[])('batches of %s', (kind) => {
  const records = fc.array<RecordByKind[typeof kind]>(ARBITRARIES[kind], { minLength: 1, maxLength: 70 });

  it('are byte for byte what avsc writes, and come back as they were', () => {
    fc.assert(
      fc.property(records, (given) => {
        const message = encode(kind, given);
        expect(Buffer.from(message).equals(encodeByAvsc(kind, given))).toBe(true);
        const decoded = decoder.decodeBatch(message);
        expect(decoded.kind).toBe(kind);
        expect(decoded.records.map(withPlainId)).toEqual(given);
      }),
      { numRuns: 60 },
    );
  });

  it('are walked to exactly the datums, one block, without a byte left', () => {
    fc.assert(
      fc.property(records, (given) => {
        const message = encode(kind, given);
        const layout = decoder.walkBatch(message);
        expect(layout.blocks).toEqual([
          { count: given.length, datumsStart: layout.starts[0], datumsEnd: message.length - 1 },
        ]);
        const type = avsc.Type.forSchema(schemas.schemaOf(layout.schemaId)!.schema as avsc.Schema);
        given.forEach((record, index) => {
          const datum = message.subarray(layout.starts[index], layout.ends[index]);
          expect(type.toBuffer(withBufferId(record)).equals(datum)).toBe(true);
        });
      }),
      { numRuns: 40 },
    );
  });
});

describe('the encoder', () => {
  it('is full at the event bound and starts anew after finish', () => {
    const encoder = createBatchEncoder({ kind: 'inference', schemas });
    for (let index = 0; index < MAX_EVENTS_PER_MESSAGE; index += 1)
      expect(encoder.append(sample!)).toBe(true);
    expect(encoder.append(sample!)).toBe(false);
    expect(decoder.decodeBatch(encoder.finish()).records).toHaveLength(MAX_EVENTS_PER_MESSAGE);
    expect(encoder.count).toBe(0);
    expect(encoder.append(sample!)).toBe(true);
    expect(decoder.decodeBatch(encoder.finish()).records).toHaveLength(1);
  });

  it('never exceeds its bytes, and drops nothing when it cuts', () => {
    fc.assert(
      fc.property(
        fc.array(inferenceEvents, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 3_000, max: 9_000 }),
        (events, bytesMax) => {
          const encoder = createBatchEncoder({ kind: 'inference', schemas, bytesMax });
          const messages: Uint8Array[] = [];
          for (const event of events) {
            if (encoder.append(event)) continue;
            messages.push(encoder.finish());
            expect(encoder.append(event)).toBe(true);
          }
          messages.push(encoder.finish());
          for (const message of messages) expect(message.length).toBeLessThanOrEqual(bytesMax);
          const decoded = messages.flatMap((message) =>
            decoder.decodeBatch(message).records.map(withPlainId),
          );
          expect(decoded).toEqual(events);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('takes back the last record, once', () => {
    const encoder = createBatchEncoder({ kind: 'inference', schemas });
    encoder.append(sample!);
    const bytes = encoder.bytes;
    encoder.append({ ...sample!, service: 'another' });
    encoder.dropLast();
    expect([encoder.count, encoder.bytes]).toEqual([1, bytes]);
    expect(() => encoder.dropLast()).toThrow(expect.objectContaining({ code: 'INVARIANT' }));
    expect(decoder.decodeBatch(encoder.finish()).records.map(withPlainId)).toEqual([sample]);
  });

  it('refuses a record larger than a message and keeps the batch', () => {
    const encoder = createBatchEncoder({ kind: 'inference', schemas });
    const huge = { ...sample!, request_id: 'x'.repeat(MESSAGE_BYTES_MAX) };
    expect(codeOf(() => encoder.append(huge))).toBe('CONTRACT_RECORD_TOO_LARGE dead-letter');
    encoder.append(sample!);
    expect(encoder.append(huge)).toBe(false);
    expect(decoder.decodeBatch(encoder.finish()).records.map(withPlainId)).toEqual([sample]);
  });

  it.each<[string, Partial<Record<keyof RecordByKind['inference'], unknown>>]>([
    ['a number that is not finite', { duration_ms: Number.NaN }],
    ['an integer with a fraction', { input_tokens: 1.5 }],
    ['an integer beyond 2^53', { input_tokens: 2 ** 53 }],
    ['a missing text', { service: undefined }],
    ['an unknown status', { status: 'fine' }],
    ['a short id', { event_id: new Uint8Array(15) }],
    ['an array for a map', { attributes: [] }],
    ['a map of the wrong values', { measures: { share: 'half' } }],
    ['a map of nothing', { attributes: { team: undefined } }],
    ['an object for a list', { verdicts: {} }],
    ['a number for a flag', { streaming: 1 }],
  ])('refuses %s and keeps the batch as it was', (_, wrong) => {
    const encoder = createBatchEncoder({ kind: 'inference', schemas });
    encoder.append(sample!);
    const record = { ...sample!, ...wrong } as RecordByKind['inference'];
    expect(codeOf(() => encoder.append(record))).toBe('CONTRACT_ENCODE_FAILED dead-letter');
    encoder.append(sample!);
    expect(decoder.decodeBatch(encoder.finish()).records.map(withPlainId)).toEqual([sample, sample]);
  });

  it('replaces half of a surrogate pair, as UTF-8 demands', () => {
    const message = encode('inference', [{ ...sample!, service: 'a\ud800b' }]);
    const [record] = decoder.decodeBatch(message).records as [RecordByKind['inference']];
    expect(record.service).toBe('a\ufffdb');
  });

  it('writes a mark as a message of its own', () => {
    const message = encodeMark({ kind: 'idle', marked_at: 1_763_712_000_000_001 }, schemas);
    expect(decoder.decodeBatch(message)).toMatchObject({
      kind: 'mark',
      records: [{ kind: 'idle', marked_at: 1_763_712_000_000_001, begun_specs: [], ended_specs: [] }],
    });
  });
});

describe('projected decoding', () => {
  it('gives the named fields, with the bounds of each datum', () => {
    const fields = ['measures', 'event_id', 'status', 'ttft_ms'] as const;
    const project = decoder.createProjectedDecoder('inference', fields);
    fc.assert(
      fc.property(fc.array(inferenceEvents, { minLength: 1, maxLength: 20 }), (events) => {
        const batch = project(encode('inference', events));
        const expected = events.map(({ event_id, status, ttft_ms, measures }) => ({
          event_id,
          status,
          ttft_ms,
          measures,
        }));
        expect(batch.records.map(withPlainId)).toEqual(expected);
        expect(batch.ends).toHaveLength(events.length);
      }),
      { numRuns: 40 },
    );
  });

  it('refuses a batch of another kind', () => {
    const project = decoder.createProjectedDecoder('verdict', ['passed']);
    expect(codeOf(() => project(encode('inference', [sample!])))).toBe(REFUSED);
  });
});
