import {
  createBatchDecoder,
  loadPackageSchemas,
  type AvroComplexJson,
  type SchemaSource,
} from '@burnline/contracts';
import type { BytesInsert, LogMessage } from '@burnline/runtime';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  evalVerdicts,
  inferenceEvents,
  USUAL,
  writeMessage,
  writersOf,
  type Manner,
  type Writer,
} from '@burnline/testing';
import { IdentityReader } from '../../services/sink/dist/identity-walk.js';
import { MessageReader } from '../../services/sink/dist/message-reader.js';
import { RawBlock } from '../../services/sink/dist/native/raw-block.js';
import { RAW_TABLES } from '../../services/sink/dist/native/raw-columns.js';
import { PlainRows } from '../../services/sink/dist/plain-rows.js';
import type { RawItem } from '../../services/sink/dist/raw-item.js';
import { readNativeRows } from '../delivery/model/native-rows.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventNumber, messageOf } from '../support/events.ts';

/**
 * Goal: whatever writers send, the generated way stores the rows that the plain way stores, and bytes that are no message
 * store none.
 *
 * Method: random messages of random writers go both ways into two tables of the real engine, which compares all columns.
 */
const RUN_COUNT = Number(process.env['BURNLINE_RAW_ROWS_RUNS'] ?? 25);
const NOW_MS = Date.now();
const EVOLVED_ID = 300;
type Kind = 'inference' | 'verdict';
type Fields = Readonly<Record<string, unknown>>;

const packaged = loadPackageSchemas();
const ownSchema = (kind: Kind): AvroComplexJson => packaged.schemaOf(packaged.idOf(kind))!.schema;

function schemasWith(kind: Kind, writer: Writer): SchemaSource {
  return {
    idOf: (one) => packaged.idOf(one),
    schemaOf: (id) => (id === EVOLVED_ID ? { id, kind, schema: writer.schema } : packaged.schemaOf(id)),
  };
}

const text = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<string | Uint8Array>('', 'openai', 'ünïcode ✓', '\0', '__proto__'),
  },
  { weight: 2, arbitrary: fc.nat({ max: 400 }).map((number) => `word-${number}`) },
  // Bytes that are no UTF-8, and texts whose lengths take two and three bytes.
  { weight: 1, arbitrary: fc.constantFrom(new Uint8Array([0xff, 0x61]), 'é'.repeat(70), 'x'.repeat(20_000)) },
);
const entriesOf = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<readonly (readonly [string, Value])[]> =>
  fc.array(fc.tuple(fc.constantFrom('', 'team', 'é', '__proto__', 'key'), value), { maxLength: 4 });
const number = fc.oneof(
  fc.constantFrom(0, -0, 0.1, -1e300, 5e-324, Infinity, -Infinity),
  fc.double({ noNaN: true }),
);
const identity = fc.nat({ max: 30 }).map((last) => new Uint8Array(16).fill(7).fill(last, 15));
const time = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: -9_000_000, max: 9_000_000 }).map((at) => NOW_MS * 1_000 + at) },
  { weight: 1, arbitrary: fc.constantFrom(-5, 0, 2 ** 52) },
);
const chosen = { event_id: identity, attributes: entriesOf(text), is_odd_symbol: fc.boolean() };

const recordsOf: Readonly<Record<Kind, fc.Arbitrary<Fields>>> = {
  inference: fc
    .tuple(
      inferenceEvents,
      fc.record({
        ...chosen,
        occurred_at: time,
        tenant: text,
        request_id: text,
        feature: fc.option(text),
        agent_id: fc.option(text),
        duration_ms: number,
        ttft_ms: fc.option(number),
        step: fc.option(fc.integer({ min: -(2 ** 52), max: 2 ** 52 })),
        measures: entriesOf(number),
      }),
    )
    .map(([event, over]) => ({ ...event, ...over })),
  verdict: fc
    .tuple(
      evalVerdicts,
      fc.record({
        ...chosen,
        inference_at: time,
        evaluator: text,
        request_id: fc.option(text),
        score: fc.option(number),
      }),
    )
    .map(([verdict, over]) => ({ ...verdict, ...over })),
};
const manners: fc.Arbitrary<Manner> = fc.oneof(
  { weight: 9, arbitrary: fc.constant(USUAL) },
  {
    weight: 1,
    arbitrary: fc.record({
      blocks: fc.constantFrom('one', 'several', 'inner', 'sized'),
      hasLongVarints: fc.boolean(),
    }),
  },
);

const histories = fc.constantFrom<Kind>('inference', 'inference', 'verdict').chain((kind) =>
  fc.record({
    kind: fc.constant(kind),
    writer: writersOf(ownSchema(kind)),
    messages: fc.array(
      fc.record({
        isEvolved: fc.boolean(),
        manner: manners,
        records: fc.array(recordsOf[kind], { minLength: 1, maxLength: 6 }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  }),
);

const WHERE = {
  stream: 'live',
  topic: 't',
  clock: 'live',
  partitionCount: 9,
  startOffsets: [0],
  createdAtMs: 0,
} as const;

/** What a reader makes of messages, as items of partition 3 and an epoch of their own. */
let epochCount = 0;
function itemsOf(schemas: SchemaSource, values: readonly Uint8Array[]): RawItem[] {
  epochCount += 1;
  const epoch = `t@${epochCount}`;
  const decoder = createBatchDecoder(schemas);
  const reader = new MessageReader({
    topic: 't',
    decoder,
    schemas,
    identities: new IdentityReader(),
    repeatWindowMessages: 3,
  });
  return values.map((value, offset) => {
    const message: LogMessage = { offset, timestampMs: NOW_MS - 7 + offset, value };
    const pending = reader.read(message);
    if (pending?.kind !== 'inference' && pending?.kind !== 'verdict') throw new Error('no events');
    return { pending, where: { partition: 3, epoch: { ...WHERE, epoch } } };
  });
}

/** How often the generated way was taken: a test in which it never is proves nothing. */
const taken = { generated: 0, plain: 0 };

function generatedInserts(schemas: SchemaSource, kind: Kind, items: readonly RawItem[]): BytesInsert[] {
  const block = new RawBlock(kind, schemas);
  const left = items.filter((item) => !block.add(item));
  taken.generated += items.length - left.length;
  taken.plain += left.length;
  const plain = new PlainRows(schemas, createBatchDecoder(schemas)).inserts(left);
  return block.rowCount === 0 ? [...plain] : [block.finish(), ...plain];
}

let database: TestDatabase;

/** Writes items both ways and lets the engine compare the rows. */
async function compare(schemas: SchemaSource, kind: Kind, items: readonly RawItem[]): Promise<void> {
  const { table } = RAW_TABLES[kind];
  const epoch = items[0]?.where.epoch.epoch ?? '';
  for (const insert of generatedInserts(schemas, kind, items)) await database.store.insertBytes(insert);
  for (const insert of new PlainRows(schemas, createBatchDecoder(schemas)).inserts(items)) {
    await database.store.insertBytes({ ...insert, table: `plain_${table}` });
  }
  const sums = await database.store.query<{ rows: number; hash: string }>(
    [table, `plain_${table}`]
      .map(
        (one) =>
          `SELECT count() AS rows, hex(groupBitXor(sipHash64(formatRow('RowBinary', *)))) AS hash FROM ${one} WHERE stream_epoch = {epoch:String}`,
      )
      .join(' UNION ALL '),
    { epoch },
  );
  if (sums[0]?.hash !== sums[1]?.hash) await showDifference(table, epoch);
  expect(sums[0]).toEqual(sums[1]);
  expect(sums[0]?.rows).toBe(items.reduce((sum, { pending }) => sum + pending.count, 0));
}

async function showDifference(table: string, epoch: string): Promise<void> {
  const rows = (one: string): Promise<Fields[]> =>
    database.store.query<Fields>(
      `SELECT * FROM ${one} WHERE stream_epoch = {epoch:String} ORDER BY offset, event_index`,
      { epoch },
    );
  expect(await rows(table)).toEqual(await rows(`plain_${table}`));
}

describe('raw rows', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
    for (const { table } of Object.values(RAW_TABLES)) {
      await database.store.command(`CREATE TABLE plain_${table} AS ${table}`);
    }
  });
  afterAll(() => database.close());

  it('have the columns and types of the tables', async () => {
    for (const kind of ['inference', 'verdict'] as const) {
      const { table, columns } = RAW_TABLES[kind];
      const block = readHeaders(kind);
      const written = await database.store.query<{ name: string; type: string }>(
        `SELECT name, type FROM system.columns WHERE table = '${table}' AND database = currentDatabase() ORDER BY name`,
      );
      expect(block.toSorted()).toEqual(written.map(({ name }) => name));
      const types = new Map(written.map(({ name, type }) => [name, type]));
      for (const { name, type } of columns) expect([name, types.get(name)]).toEqual([name, type]);
    }
  });

  it('are the same by the generated way and the plain way, whatever writers send', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async ({ kind, writer, messages }) => {
        const schemas = schemasWith(kind, writer);
        const values = messages.map(({ isEvolved, manner, records }) =>
          isEvolved
            ? writeMessage(EVOLVED_ID, writer.schema, records.map(writer.adapt), manner)
            : writeMessage(packaged.idOf(kind), ownSchema(kind), records, manner),
        );
        await compare(schemas, kind, itemsOf(schemas, values));
      }),
      { numRuns: RUN_COUNT },
    );
    expect(taken.generated).toBeGreaterThan(taken.plain);
    expect(taken.plain).toBeGreaterThan(0);
  });

  it('hold more distinct words in a block than two bytes can number', async () => {
    const values = Array.from({ length: 660 }, (_, message) =>
      messageOf(
        packaged,
        Array.from({ length: 100 }, (_unused, index) => {
          const word = message * 100 + index;
          return eventNumber(word, { tenant: `t${word}`, feature: word % 3 === 0 ? null : `f${word % 500}` });
        }),
      ),
    );
    const items = itemsOf(packaged, values);
    const [insert, ...others] = generatedInserts(packaged, 'inference', items);
    expect(others).toEqual([]);
    await database.store.insertBytes(insert!);
    // The number stands in the request id too, which is no word.
    const [found] = await database.store.query(
      `WITH toUInt32(replaceOne(request_id, 'request-', '')) AS number
       SELECT uniqExact(tenant) AS tenants, countIf(tenant = concat('t', toString(number))) AS right,
         countIf(feature IS NULL AND number % 3 = 0 OR feature = concat('f', toString(number % 500))) AS features
       FROM inference_events WHERE stream_epoch = {epoch:String}`,
      { epoch: items[0]!.where.epoch.epoch },
    );
    expect(found).toEqual({ tenants: 66_000, right: 66_000, features: 66_000 });
  });

  it('are never made of a message that breaks off, and the rows around it stay right', () => {
    const schemas = packaged;
    const whole = messageOf(schemas, [
      eventNumber(1, { attributes: { a: 'b' }, verdicts: [inlineVerdict], step: 300 }),
      eventNumber(2, { measures: { m: 0.5 }, feature: 'f' }),
    ]);
    const [first, second] = itemsOf(schemas, [whole, messageOf(schemas, [eventNumber(3)])]) as [
      RawItem,
      RawItem,
    ];
    const block = new RawBlock('inference', schemas);
    const wanted = blockOf(block, [first, second]);
    const decoder = createBatchDecoder(schemas);
    const reader = new MessageReader({
      topic: 't',
      decoder,
      schemas,
      identities: new IdentityReader(),
      repeatWindowMessages: 3,
    });
    for (let length = 0; length < whole.length; length += 1) {
      const value = whole.slice(0, length);
      expect(reader.read({ offset: length, timestampMs: NOW_MS, value })?.kind).toBe('bad');
      // Should a reader ever let such a message through, it still makes no row.
      const cut = { ...first, pending: { ...first.pending, message: { ...first.pending.message, value } } };
      expect(block.add(first)).toBe(true);
      expect(block.add(cut)).toBe(false);
      expect(block.add(second)).toBe(true);
      expect(readNativeRows(block.finish().body)).toEqual(wanted);
    }
  });
});

const inlineVerdict = {
  evaluator: 'judge',
  evaluator_version: '1',
  kind: 'guardrail',
  dimension: 'safety',
  passed: true,
  score: 0.25,
} as const;

function blockOf(block: RawBlock, items: readonly RawItem[]): Fields[] {
  for (const item of items) expect(block.add(item)).toBe(true);
  return readNativeRows(block.finish().body);
}

function readHeaders(kind: Kind): string[] {
  return [...new RawBlock(kind, packaged).finish().columns];
}
