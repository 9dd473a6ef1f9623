import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  createBatchDecoder,
  createBatchEncoder,
  loadPackageSchemas,
  parseInferenceEvent,
  parseUniqueJson,
  uuidFromBytes,
  type IntakeIssue,
} from '@burnline/contracts';
import { isAppError, type AppError, type InferenceEvent } from '@burnline/core';
import { createPublisher, type EventInput } from '@burnline/publisher';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReplay } from '../../services/burnline/dist/replay/reader/index.js';
import { eventNumber } from '../support/events.ts';
import { EVENT_CASES } from './event-cases.ts';

/**
 * One set of rules: what a publisher takes, the intake takes as JSON and in a batch, and a replay takes.
 *
 * Method: each case goes through all of them, and random events, most of them wrong somewhere, must be taken by all or
 * refused by all, for the same fields.
 */
const NOW_MICROS = 1_795_910_400_000_000;
const ID = Uint8Array.from({ length: 16 }, (_, index) => index);
const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-rules-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** Fields that a refusal names; null: taken. */
type Refusal = readonly string[] | null;

function refusalOf(error: unknown): Refusal {
  if (!isAppError(error)) throw error;
  return (error.details['issues'] as readonly IntakeIssue[]).map((issue) => issue.path);
}

function attempt(take: () => unknown): Refusal {
  try {
    take();
    return null;
  } catch (error) {
    return refusalOf(error);
  }
}

/** The text that a client would send. */
function viaJson(body: object): Refusal {
  const options = { newEventId: () => ID, now: () => NOW_MICROS };
  return attempt(() => parseInferenceEvent(parseUniqueJson(JSON.stringify(body)), options));
}

async function viaEmit(body: object): Promise<Refusal> {
  const errors: AppError[] = [];
  const publisher = createPublisher({
    transport: { send: () => Promise.resolve() },
    partitionCount: 1,
    service: 'chat',
    environment: '',
    reportIntervalMs: 0,
    onDrop: ({ error }) => errors.push(error as AppError),
  });
  publisher.emit(body as EventInput);
  await publisher.close();
  return errors[0] === undefined ? null : refusalOf(errors[0]);
}

/** A batch from a publisher that has no rules of its own. */
function viaBatch(event: InferenceEvent): Refusal {
  const encoder = createBatchEncoder({ kind: 'inference', schemas });
  encoder.append(event);
  const message = encoder.finish();
  return attempt(() => decoder.checkBatch(message))?.map((field) => field.replace('[0].', '')) ?? null;
}

/** Which of the bodies a replay takes, in their order. */
async function viaReplay(bodies: readonly object[]): Promise<readonly boolean[]> {
  const file = path.join(root, 'events.ndjson');
  const named = bodies.map((body, index) => ({ occurred_at: NOW_MICROS, ...body, request_id: `${index}` }));
  await writeFile(file, named.map((body) => JSON.stringify(body)).join('\n'));
  const source = await openReplay({ file, onBadRow: 'skip' });
  const taken = new Set<string>();
  for await (const records of source.records())
    for (const record of records) if ('event' in record) taken.add(record.event.request_id);
  return bodies.map((_, index) => taken.has(`${index}`));
}

const UNKNOWN_COUNTS = {
  input_tokens: null,
  cached_input_tokens: null,
  cache_write_input_tokens: null,
  output_tokens: null,
  reasoning_tokens: null,
  tool_calls: null,
  tool_errors: null,
};

/** What the intake would make of a body if it refused nothing. */
function wholeEvent(body: Readonly<Record<string, unknown>>): InferenceEvent {
  const cost_source = body['cost_nano_usd'] === undefined ? 'unknown' : 'reported';
  const unstated = { model_served: '', ttft_ms: null, cost_source, ...UNKNOWN_COUNTS };
  return { ...eventNumber(1), ...unstated, ...body } as InferenceEvent;
}

describe('every way in', () => {
  it.each(EVENT_CASES.map((one) => [one.name, one] as const))('%s', async (_, { body, field, inAvro }) => {
    const expected = field === null ? null : [field];
    expect(viaJson(body)).toEqual(expected);
    expect(await viaEmit(body)).toEqual(expected);
    if (inAvro) expect(viaBatch(wholeEvent(body))).toEqual(expected);
  });

  it('replays take and refuse the same', async () => {
    const taken = await viaReplay(EVENT_CASES.map((one) => one.body));
    const wrong = EVENT_CASES.filter((one, index) => taken[index] !== (one.field === null));
    expect(wrong.map((one) => one.name)).toEqual([]);
  });

  it('random events are refused for the same fields by all', async () => {
    // What Avro's longs hold.
    const long = (value: number) => Math.abs(value) < 2 ** 52;
    const near = (...values: readonly number[]) =>
      fc.oneof(fc.constantFrom(...values), fc.integer({ min: -2, max: 1e7 }), fc.double({ noNaN: true }));
    const whole = (...values: readonly number[]) =>
      fc
        .oneof(fc.constantFrom(...values), fc.integer({ min: -2, max: 300 }), fc.maxSafeInteger())
        .filter(long);
    const text = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('', 'x'.repeat(512), 'x'.repeat(513)));
    const keyed = fc.dictionary(fc.oneof(text, fc.constantFrom('k'.repeat(65))), text, { maxKeys: 40 });
    const overrides = fc.record(
      {
        occurred_at: fc.oneof(fc.constant(NOW_MICROS), whole(0, 1e15, 1e16 - 1, 1e16)),
        status: fc.constantFrom('ok', 'error'),
        http_status: whole(0, 99, 100, 599, 600),
        model_requested: text,
        model_served: text,
        service: text,
        is_final: fc.boolean(),
        ttft_ms: fc.option(near(0, 9, 10)),
        duration_ms: near(10, 366 * 86_400_000).filter(Number.isFinite),
        request_ttft_ms: fc.option(near(10, 20)),
        request_elapsed_ms: fc.option(near(10, 20)),
        input_tokens: fc.option(whole(1e9, 1e9 + 1)),
        cached_input_tokens: fc.option(whole(1e9)),
        cache_write_input_tokens: fc.option(whole(1e9)),
        refused_by: fc.constantFrom('none', 'provider', 'gateway'),
        output_tokens: fc.option(whole(1e9)),
        reasoning_tokens: fc.option(whole(0)),
        tool_calls: fc.option(whole(1e6)),
        tool_errors: fc.option(whole(1e6)),
        cost_nano_usd: fc.option(whole(0)),
        cost_source: fc.constantFrom('reported', 'computed', 'unknown'),
        confidence: fc.option(near(0, 1)),
        sample_weight: near(0, 1, 1e6, 1e6 + 1).filter(Number.isFinite),
        attributes: keyed,
      },
      { requiredKeys: [] },
    );
    const isJson = (body: object) =>
      JSON.stringify(body) === JSON.stringify(JSON.parse(JSON.stringify(body)));
    await fc.assert(
      fc.asyncProperty(overrides.filter(isJson), async (more) => {
        const event = { ...eventNumber(1), ...more };
        const finite = Object.values(event).every(
          (value) => typeof value !== 'number' || Number.isFinite(value),
        );
        fc.pre(finite);
        const byBatch = viaBatch(event)?.toSorted() ?? null;
        expect(viaJson({ ...event, event_id: uuidFromBytes(event.event_id) })?.toSorted() ?? null).toEqual(
          byBatch,
        );
        expect((await viaEmit(event))?.toSorted() ?? null).toEqual(byBatch);
      }),
      { numRuns: 300 },
    );
  });
});
