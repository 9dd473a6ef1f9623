import { isAppError, RepeatWindow, type PredicateNode, type SliPlan } from '@burnline/core';
import {
  MAX_EVENTS_PER_MESSAGE,
  SEED_HI,
  SEED_LO,
  createBatchDecoder,
  hashEventId,
  hashIdAt,
  loadPackageSchemas,
  type SchemaSource,
} from '@burnline/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Manner,
  USUAL,
  writeMessage,
  type Writer,
  writersOf,
  NOW_MS,
  recordsOf,
  sliSets,
  spreadRecords,
} from '@burnline/testing';
import { Chunk } from '../counting/chunk.ts';
import { copyRow, type PaneRow } from '../counting/pane-row.ts';
import { SpecSet } from '../specs/spec-set.ts';
import { createMessageDecoder } from '../counting/message-decoder.ts';
import { SliSet } from '../counting/sli-set.ts';
import { PlainEventCounter, type EventCounter, type FindRepeats } from '../counting/event-counter.ts';
import { KernelEventCounter } from './kernel-event-counter.ts';

/**
 * Goal: whatever the SLIs, the writers' schemas and the messages, broken and unusual ones included, the kernel and the
 * plain path hold the same rows at the same versions, find the same ids repeated and throw the same errors.
 *
 * Method: random logs by writers whose schemas evolved from the current ones, counted by both, compared at every flush.
 */
const packaged = loadPackageSchemas();
const SETTINGS = { paneMs: 500 };
const WINDOW_MESSAGES = 3;
const KINDS = ['inference', 'verdict'] as const;
type Kind = (typeof KINDS)[number];

const currentSchema = (kind: Kind) => packaged.schemaOf(packaged.idOf(kind))!.schema;
/** Ids of the test's own writers, one of each kind. */
const EVOLVED_IDS = { inference: 300, verdict: 301 } as const;

function schemasWith(writers: Readonly<Record<Kind, Writer>>): SchemaSource {
  const evolved = new Map(
    KINDS.map((kind) => [EVOLVED_IDS[kind], { id: EVOLVED_IDS[kind], kind, schema: writers[kind].schema }]),
  );
  return {
    idOf: (kind) => packaged.idOf(kind),
    schemaOf: (id) => evolved.get(id as 300) ?? packaged.schemaOf(id),
  };
}

interface LogMessage {
  readonly kind: Kind;
  readonly isEvolved: boolean;
  readonly records: readonly Readonly<Record<string, unknown>>[];
  readonly manner: Manner;
  /** Where the message breaks off, or a byte is another: shares of its length. */
  readonly fault: { readonly kind: 'cut' | 'flip'; readonly at: number; readonly mask: number } | null;
  readonly timestampMs: number;
  readonly before: 'nothing' | 'flush' | 'chunk' | 'warm';
}

/** Up to as many as a message takes, and now and then more than that, which is refused. */
function largeMessages(kind: Kind): fc.Arbitrary<readonly Readonly<Record<string, unknown>>[]> {
  const size = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: MAX_EVENTS_PER_MESSAGE }) },
    { weight: 1, arbitrary: fc.constantFrom(31, 32, 33, 64, 96, 97, 99, 100, 101, 300) },
  );
  return fc
    .tuple(fc.array(recordsOf[kind], { minLength: 1, maxLength: 4 }), size, fc.nat())
    .map(([records, count, seed]) => spreadRecords(records, { count, seed }));
}

const logMessages: fc.Arbitrary<LogMessage> = fc
  .constantFrom<Kind>('inference', 'inference', 'inference', 'verdict')
  .chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      isEvolved: fc.boolean(),
      records: fc.oneof(fc.array(recordsOf[kind], { maxLength: 5 }), largeMessages(kind)),
      manner: fc.oneof(
        { weight: 9, arbitrary: fc.constant(USUAL) },
        {
          weight: 1,
          arbitrary: fc.record({
            blocks: fc.constantFrom('one', 'several', 'inner', 'inner', 'sized'),
            hasLongVarints: fc.boolean(),
          }),
        },
      ),
      fault: fc.oneof(
        { weight: 5, arbitrary: fc.constant(null) },
        {
          weight: 1,
          arbitrary: fc.record({
            kind: fc.constantFrom('cut', 'flip'),
            at: fc.double({ min: 0, max: 0.999, noNaN: true }),
            mask: fc.integer({ min: 1, max: 255 }),
          }),
        },
      ),
      timestampMs: fc.integer({ min: NOW_MS - 2_000, max: NOW_MS }),
      before: fc.constantFrom('nothing', 'nothing', 'flush', 'chunk', 'warm'),
    }),
  );

function bytesOf(message: LogMessage, writers: Readonly<Record<Kind, Writer>>): Uint8Array {
  const { kind, isEvolved, records, fault } = message;
  const writer = isEvolved ? writers[kind] : { schema: currentSchema(kind), adapt: (one: object) => one };
  const id = isEvolved ? EVOLVED_IDS[kind] : packaged.idOf(kind);
  const bytes = writeMessage(
    id,
    writer.schema,
    records.map((record) => writer.adapt(record) as Record<string, unknown>),
    message.manner,
  );
  if (fault === null) return bytes;
  const position = Math.floor(fault.at * bytes.length);
  if (fault.kind === 'cut') return bytes.slice(0, position);
  bytes[position] = bytes[position]! ^ fault.mask;
  return bytes;
}

const chunkAt = (firstOffset: number): Chunk =>
  new Chunk({ firstOffset, runningMaxBeforeMs: -1, intervalNumber: 0, specSetBefore: SpecSet.EMPTY });

/** What a partition's owner does with a counter; `trace` has everything that can be seen of it. */
class Driver {
  readonly trace: unknown[] = [];
  readonly #counter: EventCounter;
  readonly #repeats = new RepeatWindow(WINDOW_MESSAGES);
  #chunk = chunkAt(0);

  constructor(counter: EventCounter) {
    this.#counter = counter;
  }

  take(bytes: Uint8Array, offset: number, { before, timestampMs }: LogMessage): void {
    if (before === 'flush' || before === 'chunk') this.flush();
    if (before === 'chunk') this.#chunk = chunkAt(offset);
    const findRepeats: FindRepeats = (ids, repeated) => {
      this.#repeats.observeAll(ids, offset, repeated);
      for (let index = 0; index < ids.count; index += 1) {
        this.trace.push([ids.highs[index], ids.lows[index], repeated[index]]);
      }
    };
    try {
      if (before === 'warm') this.#counter.rememberMessage(bytes, findRepeats);
      else {
        const target = { chunk: this.#chunk, timestampMs, nextOffset: offset + 1, findRepeats };
        this.trace.push(this.#counter.countMessage(bytes, target));
      }
    } catch (error) {
      if (!isAppError(error)) throw error;
      this.trace.push([error.code, error.outcome, error.message, error.details]);
    }
    bytes.fill(0xff); // As a log may that lends its memory.
  }

  flush(): void {
    // Their order is not part of what rows mean; the kernel adds ungrouped ones at the end of a message.
    const rows = this.#chunk.takeDirty().map(copyOf);
    this.trace.push(this.#chunk.rowCount, new Map(rows.sort(([a], [b]) => (a < b ? -1 : 1))));
  }
}

function copyOf(row: PaneRow): readonly [string, object] {
  const { sli, ...copy } = copyRow(row);
  return [`${sli.slo} ${row.identity.series} ${row.pane}`, copy];
}

function countersOf(plans: readonly SliPlan[], schemas: SchemaSource) {
  const decoder = createBatchDecoder(schemas);
  const slis = new SliSet(plans);
  const decode = createMessageDecoder(decoder, slis);
  return {
    kernel: new KernelEventCounter({ plans, schemas, decoder, settings: SETTINGS }),
    plain: new PlainEventCounter({ decode, slis, settings: SETTINGS }),
  };
}

function expectEqualTraces(
  counters: { readonly kernel: EventCounter; readonly plain: EventCounter },
  log: readonly { readonly bytes: Uint8Array; readonly message: LogMessage }[],
): void {
  const [kernel, plain] = [new Driver(counters.kernel), new Driver(counters.plain)];
  for (const driver of [kernel, plain]) {
    log.forEach(({ bytes, message }, offset) => driver.take(bytes.slice(), offset, message));
    driver.flush();
  }
  expect(kernel.trace).toEqual(plain.trace);
}

const plainMessage = (records: readonly Readonly<Record<string, unknown>>[]): LogMessage => ({
  kind: 'inference',
  isEvolved: false,
  records,
  manner: USUAL,
  fault: null,
  timestampMs: NOW_MS,
  before: 'nothing',
});
const asIs = (kind: Kind): Writer => ({ schema: currentSchema(kind), adapt: (record) => record });
const unchanged = { inference: asIs('inference'), verdict: asIs('verdict') };

const [sampleEvent] = fc.sample(recordsOf.inference, { numRuns: 1, seed: 3 });
const planOver = (over: Partial<SliPlan>): SliPlan => ({
  slo: 'availability',
  specRev: '0123456789abcdef',
  stream: 'inference',
  scope: null,
  total: null,
  verdict: { kind: 'good', where: { kind: 'field', name: 'is_final', type: 'bool', nullable: false } },
  groupBy: { dimensions: [], seriesCountMax: 1 },
  sums: ['output_tokens'],
  histogram: { field: 'ttft_ms', scale: 5 },
  ...over,
});

/** Each operator with a literal on either side, and whether there is a value at all. */
const comparisonsOfNumbers = [
  { kind: 'field', name: 'ttft_ms', type: 'double', nullable: true } as const,
  { kind: 'field', name: 'output_tokens', type: 'int', nullable: true } as const,
  { kind: 'entry', map: 'measures', key: 'k', type: 'double' } as const,
].flatMap((operand): PredicateNode[] => [
  { kind: 'has', operand },
  ...(['==', '!=', '<', '<=', '>', '>='] as const).flatMap((operator): PredicateNode[] =>
    [0, 1, 800].flatMap((value): PredicateNode[] => {
      const literal = { kind: 'literal', type: operand.type, value } as const;
      return [
        { kind: 'compare', operator, left: operand, right: literal },
        { kind: 'compare', operator, left: literal, right: operand },
      ];
    }),
  ),
]);

describe('the kernel', () => {
  it('counts whatever the plain path counts, and fails as it fails', () => {
    let [messageCount, kernelMessageCount] = [0, 0];
    fc.assert(
      fc.property(
        sliSets,
        fc.record({
          inference: writersOf(currentSchema('inference')),
          verdict: writersOf(currentSchema('verdict')),
        }),
        fc.array(logMessages, { minLength: 3, maxLength: 12 }),
        (plans, writers, messages) => {
          const counters = countersOf(plans, schemasWith(writers));
          expectEqualTraces(
            counters,
            messages.map((message) => ({ bytes: bytesOf(message, writers), message })),
          );
          messageCount += messages.length;
          kernelMessageCount += counters.kernel.kernelMessageCount;
        },
      ),
      { numRuns: 300 },
    );
    // The rest: first messages of a schema, broken, unusual, empty or only remembered ones.
    expect(kernelMessageCount / messageCount).toBeGreaterThan(0.2);
  });

  it('decides numbers at their edges in large messages as in small ones', () => {
    const plans = comparisonsOfNumbers.map((where, index) =>
      planOver({
        slo: `slo-${index}`,
        total: index % 3 === 0 ? null : { kind: 'not', operand: where },
        verdict: { kind: 'bad', where },
      }),
    );
    const values = [0, -0, 0.5, 1, 800, 801, NaN, Infinity, -Infinity, null];
    const messages = [3, 31, 32, 33, 64, 77, 100, 100].map((count, message) =>
      plainMessage(
        Array.from({ length: count }, (_, index) => {
          const eventId = new Uint8Array(16);
          new DataView(eventId.buffer).setUint32(0, message * 100 + index);
          const tokens = [0, 1, 800, 801, null][(index + message) % 5];
          const entry = values[(index * 3 + message) % 10] ?? null;
          return {
            ...sampleEvent,
            event_id: eventId,
            occurred_at: NOW_MS * 1_000 - (index % 5) * 400_000,
            ttft_ms: values[(index + message) % 10],
            output_tokens: tokens,
            measures: entry === null ? [] : [['k', entry]],
            sample_weight: index % 7 === 0 ? 2.5 : 1,
          };
        }),
      ),
    );
    const counters = countersOf(plans, packaged);
    expectEqualTraces(
      counters,
      messages.map((message) => ({ bytes: bytesOf(message, unchanged), message })),
    );
    expect(counters.kernel.kernelMessageCount).toBe(7);
  });

  it('goes on when more texts, numbers and pairs were seen than it numbers', () => {
    const plans = [['request_id'], ['tenant', 'request_id'], ['measures.k']].map((dimensions, index) =>
      planOver({
        slo: `slo-${index}`,
        groupBy: { dimensions, seriesCountMax: 3_000 },
        // What is known of a text must be forgotten with its number.
        verdict: {
          kind: 'good',
          where: {
            kind: 'text',
            test: 'endsWith',
            operand: { kind: 'field', name: 'request_id', type: 'string', nullable: false },
            argument: { kind: 'literal', type: 'string', value: '7' },
          },
        },
      }),
    );
    const messages = Array.from({ length: 120 }, (_, message) =>
      plainMessage(
        Array.from({ length: 80 }, (_, index) => {
          const number = message * 80 + index;
          // Half of them are new; the others come back, some after the ids were given anew.
          const shown = number % 2 === 0 ? number : Math.floor(number / 7);
          const eventId = new Uint8Array(16);
          new DataView(eventId.buffer).setUint32(0, number);
          return {
            ...sampleEvent,
            event_id: eventId,
            occurred_at: NOW_MS * 1_000 - (number % 3) * 600_000,
            request_id: `request-${shown}`,
            measures: [['k', shown]],
          };
        }),
      ),
    );
    const counters = countersOf(plans, packaged);
    expectEqualTraces(
      counters,
      messages.map((message) => ({ bytes: bytesOf(message, unchanged), message })),
    );
    expect(counters.kernel.kernelMessageCount).toBe(119);
  });

  it('counts more SLIs than one generated function takes', () => {
    const plans = Array.from({ length: 150 }, (_, index) => planOver({ slo: `slo-${index}` }));
    const messages = [sampleEvent!, sampleEvent!].map((event, index) =>
      plainMessage([{ ...event, event_id: new Uint8Array(16).fill(index) }]),
    );
    const counters = countersOf(plans, packaged);
    expectEqualTraces(
      counters,
      messages.map((message) => ({ bytes: bytesOf(message, unchanged), message })),
    );
    expect(counters.kernel.kernelMessageCount).toBe(1);
  });

  it('finds every cut of a message before anything of it is counted', () => {
    const message = plainMessage([sampleEvent!, sampleEvent!]);
    const whole = bytesOf(message, unchanged);
    const cuts = Array.from({ length: whole.length }, (_, length) => whole.slice(0, length));
    const log = (): readonly { readonly bytes: Uint8Array; readonly message: typeof message }[] =>
      [whole, ...cuts, whole].map((bytes) => ({ bytes: bytes.slice(), message }));
    expectEqualTraces(countersOf([planOver({})], packaged), log());
    const driver = new Driver(countersOf([planOver({})], packaged).kernel);
    log().forEach(({ bytes }, offset) => driver.take(bytes, offset, message));
    const codes = driver.trace.filter((one) => Array.isArray(one) && typeof one[0] === 'string');
    expect(codes).toHaveLength(cuts.length);
  });

  it('leaves SLIs that it cannot compile to the plain path', () => {
    const plans = [planOver({ groupBy: { dimensions: ['attributes.__proto__'], seriesCountMax: 2 } })];
    const counters = countersOf(plans, packaged);
    const message = plainMessage([sampleEvent!]);
    const bytes = bytesOf(message, unchanged);
    expectEqualTraces(counters, [
      { bytes, message },
      { bytes, message },
    ]);
    expect(counters.kernel.kernelMessageCount).toBe(0);
  });

  it('hashes ids where they lie as hashEventId does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 40 }), (bytes) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        const start = bytes.length - 16;
        const { hi, lo } = hashEventId(bytes.subarray(start));
        expect([hashIdAt(view, start, SEED_HI), hashIdAt(view, start, SEED_LO)]).toEqual([hi, lo]);
      }),
    );
  });
});
