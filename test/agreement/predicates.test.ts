import { fieldsOf, type PredicateNode, type SliStream } from '@burnline/core';
import {
  loadPackageSchemas,
  rawColumnSql,
  type AvroComplexJson,
  type SchemaSource,
} from '@burnline/contracts';
import type { LogMessage, StreamEpoch } from '@burnline/runtime';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecodedRecord } from '../../packages/counting/dist/counting/record.js';
import { writeMessage, writersOf, USUAL, NOW_MS, recordsOf, predicatesOver } from '@burnline/testing';
import { Random } from '../delivery/model/random.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  closureHolds,
  createReader,
  inlineVerdictsOf,
  kernelHolds,
  planOf,
  sqlHolds,
  type Holds,
} from './predicate-forms.ts';
import { writeRawRows } from './raw-feed.ts';

/**
 * Goal: a predicate means the same of every event in its three forms: the closure over decoded records (the definition),
 * the kernel over the bytes, and SQL over the raw rows that the sink made of the same bytes.
 *
 * Method: random expressions over random events and verdicts of several writers, nulls, words of the future and odd texts
 * included. BURNLINE_SEED draws others; a failure prints the seed and the smallest event and expression that differ.
 */
const SEED = Number(process.env['BURNLINE_SEED'] ?? 1);
const MESSAGE_COUNTS = { inference: 7_000, verdict: 3_000 } as const;
const EXPRESSION_COUNTS = { inference: 90, verdicts: 50 } as const;
const KINDS = ['inference', 'verdict'] as const;
type Kind = (typeof KINDS)[number];

const packaged = loadPackageSchemas();
const schemaOf = (kind: Kind) => packaged.schemaOf(packaged.idOf(kind))!.schema;
const columnOf = {
  inference: rawColumnSql(schemaOf('inference')),
  verdict: rawColumnSql(schemaOf('verdict')),
};
const epochOf = (kind: Kind): StreamEpoch => ({
  epoch: `${kind}@1`,
  stream: 'agreement',
  topic: kind,
  // Rows of a replay are kept from the epoch's start on, however old their events are.
  clock: 'replay',
  partitionCount: 1,
  startOffsets: [0],
  createdAtMs: Date.now(),
});

/** A field that the tables have no column for is a migration's business: the sink halts. */
function knownFieldsOf(kind: Kind, schema: AvroComplexJson): AvroComplexJson {
  const names = new Set(schemaOf(kind).fields?.map(({ name }) => name));
  return { ...schema, fields: schema.fields?.filter(({ name }) => names.has(name)) ?? [] };
}

const writers = KINDS.flatMap((kind) => [
  { kind, id: packaged.idOf(kind), schema: schemaOf(kind), adapt: (record: DecodedRecord) => record },
  ...fc.sample(writersOf(schemaOf(kind)), { numRuns: 3, seed: SEED }).map(({ schema, adapt }, index) => ({
    kind,
    id: (kind === 'inference' ? 300 : 400) + index,
    schema: knownFieldsOf(kind, schema),
    adapt,
  })),
]);
const schemas: SchemaSource = {
  idOf: (kind) => packaged.idOf(kind),
  schemaOf: (id) => writers.find((writer) => writer.id === id) ?? packaged.schemaOf(id),
};

/**
 * Avro's texts are UTF-8 and a map has a key once. Where a writer breaks that, the stream reads U+FFFD and a key's last
 * value; the raw rows keep the bytes as they came, and read a key's first value.
 */
function wellFormed(record: DecodedRecord): DecodedRecord {
  const text = (value: unknown): unknown =>
    value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => {
      const isMap = name === 'attributes' || name === 'measures';
      if (!isMap) return [name, text(value)];
      const entries = (value as readonly (readonly [string, unknown])[]).map(
        ([key, item]) => [key, text(item)] as const,
      );
      return [name, [...new Map(entries)]];
    }),
  );
}

/** Messages of one event each, so that what a form says of a message it says of the event. */
function randomMessages(kind: Kind, random: Random): readonly LogMessage[] {
  const pool = fc.sample(recordsOf[kind], { numRuns: 600, seed: SEED });
  const names = Object.keys(pool[0]!);
  const own = writers.filter((writer) => writer.kind === kind);
  return Array.from({ length: MESSAGE_COUNTS[kind] }, (_, offset) => {
    const mixed = Object.fromEntries(names.map((name) => [name, random.pick(pool)[name]]));
    const eventId = new Uint8Array(16);
    new DataView(eventId.buffer).setUint32(0, offset);
    const record = { ...wellFormed(mixed), event_id: eventId, request_id: `${kind}-${offset}` };
    const { id, schema, adapt } = random.pick(own);
    return { offset, timestampMs: NOW_MS, value: writeMessage(id, schema, [adapt(record)], USUAL) };
  });
}

interface Difference {
  readonly subject: string;
  readonly index: number;
  readonly counts: readonly (number | undefined)[];
}

/** Where a form says something else than the closures; the smallest expression first. */
function differences(nodes: readonly PredicateNode[], expected: Holds, found: Holds): readonly Difference[] {
  const all = [...new Set([...expected.keys(), ...found.keys()])].flatMap((subject) =>
    nodes.flatMap((_, index): Difference[] => {
      const counts = [expected.get(subject)?.[index], found.get(subject)?.[index]];
      return counts[0] === counts[1] ? [] : [{ subject, index, counts }];
    }),
  );
  const size = ({ index }: Difference): number => JSON.stringify(nodes[index]).length;
  return all.sort((a, b) => size(a) - size(b));
}

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

describe(`predicates, seed ${SEED}`, () => {
  const nodesOf = (stream: SliStream): readonly PredicateNode[] =>
    fc.sample(predicatesOver(stream), { numRuns: EXPRESSION_COUNTS[stream], seed: SEED });
  // The view of verdicts is compared by request id, so the reader has to decode it.
  const requestId = { kind: 'field', name: 'request_id', type: 'string', nullable: true } as const;
  const nodes = {
    inference: nodesOf('inference'),
    verdicts: [...nodesOf('verdicts'), { kind: 'has', operand: requestId } as const],
  };
  const plans = {
    inference: nodes.inference.map((node, index) => planOf('inference', node, index)),
    verdicts: nodes.verdicts.map((node, index) => planOf('verdicts', node, index)),
  };
  const random = new Random(SEED);
  const messages = {
    inference: randomMessages('inference', random),
    verdict: randomMessages('verdict', random),
  };
  const read = createReader(schemas, [...plans.inference, ...plans.verdicts]);
  const recordsByOffset = (kind: Kind) =>
    messages[kind].flatMap((message): [string, readonly DecodedRecord[]][] => {
      const decoded = read(message);
      return decoded === null ? [] : [[`${message.offset}`, decoded.records]];
    });
  const records = { inference: recordsByOffset('inference'), verdict: recordsByOffset('verdict') };

  function expectAgreement(
    stream: SliStream,
    subjects: readonly (readonly [string, readonly DecodedRecord[]])[],
    found: Holds,
  ): void {
    const [smallest, ...others] = differences(nodes[stream], closureHolds(nodes[stream], subjects), found);
    if (smallest === undefined) return;
    const node = nodes[stream][smallest.index]!;
    const fields = fieldsOf([node]);
    const read = subjects
      .filter(([subject]) => subject === smallest.subject)
      .flatMap(([, all]) => all.map((one) => fields.map((field) => [field, one[field]])))
      .slice(0, 3);
    const text = JSON.stringify({ ...smallest, seed: SEED, others: others.length, read, node }, null, 1);
    expect.fail(`the forms differ: ${text}`);
  }

  beforeAll(async () => {
    for (const kind of KINDS) await writeRawRows(database.store, schemas, epochOf(kind), messages[kind]);
  });

  it('hold of something and not of everything', () => {
    const holds = [...closureHolds(nodes.inference, records.inference).values()];
    const shares = nodes.inference.map((_, index) => holds.filter((one) => one[index] === 1).length);
    const telling = shares.filter((count) => count > 0 && count < holds.length);
    expect(telling.length).toBeGreaterThan(nodes.inference.length / 3);
  });

  it('mean the same to the kernel', () => {
    const events = kernelHolds(schemas, plans, messages.inference);
    const verdicts = kernelHolds(schemas, plans, messages.verdict);
    expect(events.kernelMessageCount).toBeGreaterThan(MESSAGE_COUNTS.inference / 2);
    expect(verdicts.kernelMessageCount).toBeGreaterThan(MESSAGE_COUNTS.verdict / 2);
    expectAgreement('inference', records.inference, events.holds.inference);
    expectAgreement('verdicts', records.verdict, verdicts.holds.verdicts);
    const carried = records.inference.map(
      ([subject, all]) => [subject, all.flatMap(inlineVerdictsOf)] as const,
    );
    expectAgreement(
      'verdicts',
      carried.filter(([, all]) => all.length > 0),
      events.holds.verdicts,
    );
  });

  it.each([
    ['inference', 'inference_events FINAL', 'inference'],
    ['verdicts', 'eval_verdicts FINAL', 'verdict'],
  ] as const)('mean the same in SQL over raw rows: %s', async (stream, rows, kind) => {
    const found = await sqlHolds(database.store, nodes[stream], {
      rows,
      subject: 'offset',
      column: columnOf[kind],
    });
    expectAgreement(stream, records[kind], found);
  });

  it('mean the same in SQL over the views that analysts read', async () => {
    const from = { rows: 'inferences', subject: 'offset', column: columnOf.inference };
    expectAgreement('inference', records.inference, await sqlHolds(database.store, nodes.inference, from));
    // The view has no positions. A writer without request ids has all of its verdicts under one.
    const verdicts = [
      ...records.verdict.flatMap(([, all]) => all),
      ...records.inference.flatMap(([, all]) => all.flatMap(inlineVerdictsOf)),
    ].map((one) => [(one['request_id'] as string | null) ?? '', [one]] as const);
    const over = { rows: 'verdicts', subject: `ifNull(request_id, '')`, column: columnOf.verdict };
    expectAgreement('verdicts', verdicts, await sqlHolds(database.store, nodes.verdicts, over));
  });
});
