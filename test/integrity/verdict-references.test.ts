import {
  createBatchDecoder,
  loadPackageSchemas,
  partitionOf,
  uuidFromBytes,
  uuidFromContent,
} from '@burnline/contracts';
import { AppError, type InferenceEvent, type VerdictReference } from '@burnline/core';
import { SpecCatalog } from '@burnline/counting';
import { readKeptHistory, readWatermarks } from '@burnline/queries';
import { Supervision, createLogger, openStream, systemClock, type EventLog } from '@burnline/runtime';
import { resolverGroupOf, startSink } from '@burnline/sink';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventNumber } from '../support/events.ts';
import { ReferenceRig, SETTINGS, WAIT_MS, dyingLog, type VerdictRow } from '../support/reference-rig.ts';

/**
 * Goal: a verdict that names what it judges by an id counts once, with the time and dimensions of that event, or is a dead letter
 * that says why; whenever the event comes, whatever crashes, however late a repeat is.
 *
 * Method: the sink's own work over the real database and a log whose clock the test moves; what must come out is computed here from
 * the events and references alone.
 */
const schemas = loadPackageSchemas();
const logger = createLogger({ name: 'test', level: 'silent' });
let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(async () => {
  await database.close();
});

/** Each test has a stream of its own. */
let streamCount = 0;
let rig: ReferenceRig;
beforeEach(async () => {
  streamCount += 1;
  rig = await ReferenceRig.open(database.store, `s${streamCount}`);
});

const refOf = (number: number, over: Partial<VerdictReference> = {}): VerdictReference => ({
  event_id: uuidFromContent('verdict', String(number)).slice(),
  judged_at: Date.now() * 1_000,
  response_id: null,
  span_id: null,
  request_id: null,
  trace_id: null,
  evaluator: 'judge',
  evaluator_version: '',
  kind: 'online_judge',
  dimension: 'quality',
  passed: number % 2 === 0,
  score: null,
  attributes: {},
  ...over,
});

/** What counts of a verdict, by its event. */
function rowOf(reference: VerdictReference, event: InferenceEvent): VerdictRow {
  const { response_id: answer, ...attributes } = event.attributes;
  expect(answer).toBeDefined();
  return {
    id: uuidFromBytes(reference.event_id),
    inference_at: event.occurred_at,
    request_id: event.request_id,
    service: event.service,
    tenant: event.tenant,
    model_served: event.model_served,
    evaluator: reference.evaluator,
    dimension: reference.dimension,
    passed: reference.passed,
    attributes: { ...attributes, ...reference.attributes },
  };
}
const sorted = (rows: readonly VerdictRow[]): readonly VerdictRow[] =>
  rows.toSorted((one, other) => (one.id < other.id ? -1 : 1));
const call = (number: number, over: Partial<InferenceEvent> = {}): InferenceEvent =>
  eventNumber(number, {
    occurred_at: rig.nowMs * 1_000 + number,
    trace_id: `trace-${number}`,
    span_id: `span-${number}`,
    attributes: { response_id: `answer-${number}`, team: 'search' },
    ...over,
  });

describe('a verdict takes time and dimensions from its event', () => {
  it.each([
    ['response', (number: number) => ({ response_id: `answer-${number}` })],
    ['span', (number: number) => ({ span_id: `span-${number}` })],
    ['request', (number: number) => ({ request_id: `request-${number}` })],
    ['trace', (number: number) => ({ trace_id: `trace-${number}` })],
  ])('by the id of its %s', async (_, idsOf) => {
    const events = [1, 2, 3].map((number) => call(number, { model_served: `model-${number}` }));
    const references = [1, 2, 3].map((number) =>
      refOf(number, { ...idsOf(number), attributes: { label: 'x' } }),
    );
    await rig.addEvents(...events);
    await rig.addReferences(...references);
    await rig.addMarks();
    await rig.sink();
    await rig.resolve(async () => (await rig.settled()) === 3);
    await rig.sink();
    expect(await rig.verdicts()).toEqual(sorted(references.map((one, at) => rowOf(one, events[at]!))));
    expect(await rig.letters()).toEqual([]);
  });

  it('of a request with several attempts from the final one, of a trace from its last call', async () => {
    const over = { request_id: 'r', trace_id: 't' };
    const [first, final, later] = [
      call(1, { ...over, is_final: false, attempt: 0 }),
      call(2, { ...over, attempt: 1 }),
      call(3, { trace_id: 't' }),
    ];
    const [ofRequest, ofTrace] = [refOf(1, { request_id: 'r' }), refOf(2, { trace_id: 't' })];
    await rig.addEvents(first, final, later);
    await rig.addReferences(ofRequest, ofTrace);
    await rig.addMarks();
    await rig.sink();
    await rig.resolve(async () => (await rig.settled()) === 2);
    await rig.sink();
    expect(await rig.verdicts()).toEqual(sorted([rowOf(ofRequest, final), rowOf(ofTrace, later)]));
  });

  it('of a trace that went on from the last call before each verdict, however late it is looked at', async () => {
    const callsOf = async (first: number): Promise<InferenceEvent> => {
      const calls = Array.from({ length: 20 }, (_, at) => call(first + at, { trace_id: 't' }));
      await rig.addEvents(...calls);
      return calls.at(-1)!;
    };
    const [early, late, outside] = [1, 2, 3].map((number) => refOf(number, { trace_id: 't' }));
    const before = await callsOf(100);
    await rig.addReferences(early!);
    rig.nowMs += 1_000;
    const between = await callsOf(200);
    await rig.addReferences(late!);
    rig.nowMs += 1_000;
    await callsOf(300);
    rig.nowMs += WAIT_MS;
    await callsOf(400);
    rig.nowMs += 8 * 86_400_000;
    await rig.addReferences(outside!);
    await rig.addMarks();
    rig.nowMs += WAIT_MS + 1;
    await rig.addMarks();
    await rig.sink();
    await rig.resolve(async () => (await rig.settled()) === 3);
    await rig.sink();
    expect(await rig.verdicts()).toEqual(sorted([rowOf(early!, before), rowOf(late!, between)]));
    expect(await rig.letters()).toHaveLength(1);
  });
});

describe('a verdict that comes before its event', () => {
  it('waits for it', async () => {
    const [early, settledAtOnce] = [
      refOf(1, { response_id: 'answer-1' }),
      refOf(2, { response_id: 'answer-2' }),
    ];
    await rig.addEvents(call(2));
    await rig.addReferences(early, settledAtOnce);
    await rig.sink();
    let isAdded = false;
    await rig.resolve(async () => {
      if (!isAdded) {
        isAdded = true;
        await systemClock.sleep(200);
        await rig.addEvents(call(1));
        await rig.sink();
      }
      return (await rig.settled()) === 2;
    });
    await rig.sink();
    expect(await rig.verdicts()).toEqual(sorted([rowOf(early, call(1)), rowOf(settledAtOnce, call(2))]));
  });

  it('is a dead letter that says why, once all is written that came in time, and not before', async () => {
    await rig.addReferences(refOf(1, { response_id: 'nowhere', trace_id: 'nowhere' }));
    rig.nowMs += WAIT_MS - 1_000;
    await rig.addMarks();
    await rig.sink();
    const untilMs = performance.now() + 1_000;
    await rig.resolve(() => Promise.resolve(performance.now() > untilMs));
    expect(await rig.settled()).toBe(0);
    expect(await rig.letters()).toEqual([]);
    rig.nowMs += 2_000;
    // Too late to count.
    await rig.addEvents(call(1, { attributes: { response_id: 'nowhere' } }));
    await rig.addMarks();
    await rig.sink();
    await rig.resolve(async () => (await rig.settled()) === 1);
    expect(await rig.letters()).toEqual([
      {
        code: 'VERDICT_WITHOUT_EVENT',
        reason: expect.stringMatching(/response_id, trace_id.*1 minutes/) as string,
      },
    ]);
    await rig.sink();
    expect(await rig.verdicts()).toEqual([]);
  });

  it('takes a call of its trace where the surer id never came', async () => {
    const reference = refOf(1, { span_id: 'span-of-the-agent', trace_id: 'trace-1' });
    const event = call(1);
    await rig.addEvents(event);
    await rig.addReferences(reference);
    rig.nowMs += WAIT_MS + 1_000;
    await rig.addMarks();
    await rig.sink();
    await rig.resolve(async () => (await rig.settled()) === 1);
    await rig.sink();
    expect(await rig.verdicts()).toEqual([rowOf(reference, event)]);
  });
});

it('what is no reference is a dead letter, and the others go on', async () => {
  await rig.addRaw(Buffer.from('{'));
  await rig.addRaw(Buffer.from('{"event_id":"00000000-0000-4000-8000-000000000001"}'));
  await rig.addEvents(call(1));
  await rig.addReferences(refOf(1, { response_id: 'answer-1' }));
  await rig.sink();
  await rig.resolve(async () => (await rig.settled()) === 3);
  await rig.sink();
  expect((await rig.letters()).map(({ code }) => code)).toEqual([
    'CONTRACT_DECODE_FAILED',
    'CONTRACT_EVENT_INVALID',
  ]);
  expect(await rig.verdicts()).toEqual([rowOf(refOf(1), call(1))]);
});

it('holds back nothing that is read of the history while no other comes', async () => {
  await rig.addEvents(call(1));
  await rig.addReferences(refOf(1, { response_id: 'answer-1' }));
  await rig.sink();
  await rig.resolve(async () => (await rig.settled()) === 1);
  rig.nowMs += 3 * 86_400_000;
  await rig.addMarks();
  await rig.sink();
  const { name: stream, topics } = rig.stream;
  const kept = await readKeptHistory(database.store, { stream, toMs: rig.nowMs });
  expect(kept.reachedMs).toBe(rig.nowMs);
  const own = (await readWatermarks(database.store)).filter((one) => one.stream === stream);
  const { inference, references, verdicts } = topics;
  expect(own.map(({ topic }) => topic)).toEqual(
    [inference, inference, references, verdicts, verdicts].map(({ name }) => name),
  );
});

it('is appended once while dead letters beside it cannot be kept', async () => {
  let [appends, failures] = [0, 0];
  const { deadLetters, verdicts } = rig.stream.topics;
  const failing: EventLog = {
    ...dyingLog(rig.log, { at: Infinity, isMade: false }),
    append: (batches) => {
      const [topic] = batches.map((batch) => batch.topic);
      if (topic === verdicts.name) appends += 1;
      if (topic !== deadLetters.name || failures === 3) return rig.log.append(batches);
      failures += 1;
      return Promise.reject(new AppError('LOG_BUSY', 'full', { outcome: 'retry' }));
    },
  };
  const event = call(1);
  const [reference, wrong] = [refOf(1, { response_id: 'answer-1' }), Buffer.from('{')];
  await rig.addEvents(event);
  await rig.addReferences(reference);
  await rig.addRaw(wrong, partitionOf(reference.event_id, rig.stream.partitionCount));
  await rig.sink();
  await rig.resolve(async () => (await rig.settled()) === 2, failing);
  expect([appends, failures]).toEqual([1, 3]);
  await rig.sink();
  expect(await rig.verdicts()).toEqual([rowOf(reference, event)]);
});

it('is resolved by a resolver that begins again, and the sink beside it goes on', async () => {
  const { name, topics, partitionCount } = rig.stream;
  const supervision = new Supervision(logger);
  let failures = 0;
  const log: EventLog = {
    ...dyingLog(rig.log, { at: Infinity, isMade: false }),
    consume: (options) => {
      if (options.group !== resolverGroupOf(name) || failures === 2) return rig.log.consume(options);
      failures += 1;
      return Promise.reject(new AppError('LOG_UNREACHABLE', 'gone', { outcome: 'retry' }));
    },
  };
  const { store } = database;
  const decoder = createBatchDecoder(schemas);
  const host = { log, store, schemas, decoder, catalog: new SpecCatalog(store), supervision, logger };
  await log.ensureTopics([topics.reports]);
  startSink(host, await openStream(host, { name, kind: 'live', partitionCount }));
  const [event, reference] = [call(1), refOf(1, { response_id: 'answer-1' })];
  await rig.addEvents(event);
  await rig.addReferences(reference);
  await vi.waitFor(async () => expect(await rig.verdicts()).toEqual([rowOf(reference, event)]), {
    timeout: 30_000,
    interval: 200,
  });
  expect([failures, supervision.failure]).toEqual([2, null]);
  await supervision.stop();
});

it('counts once whatever crashes, however long a restart takes and however late a reference comes again', async () => {
  const deaths = fc.array(
    fc.record({ at: fc.integer({ min: 1, max: 4 }), isMade: fc.boolean(), isSinkBehind: fc.boolean() }),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  await fc.assert(
    fc.asyncProperty(
      deaths,
      fc.uniqueArray(fc.nat({ max: 11 }), { minLength: 3, maxLength: 9 }),
      fc.nat({ max: 3 }),
      async (crashes, numbers, missing) => {
        streamCount += 1;
        rig = await ReferenceRig.open(database.store, `s${streamCount}`);
        const events = numbers.slice(missing).map((number) => call(number));
        const references = numbers.map((number) => refOf(number, { response_id: `answer-${number}` }));
        const half = Math.ceil(events.length / 2);
        await rig.addEvents(...events.slice(0, half));
        await rig.addReferences(...references);
        await rig.addMarks();
        await rig.sink();
        await rig.addEvents(...events.slice(half));
        let isSinkDue = false;
        const soon = (untilMs: number) => async (): Promise<boolean> => {
          if (isSinkDue && performance.now() > untilMs - 150) {
            isSinkDue = false;
            await rig.sink();
          }
          return performance.now() > untilMs;
        };
        for (const death of crashes) {
          const over = soon(performance.now() + 300);
          await rig.resolve(over, dyingLog(rig.log, death)).catch((error: unknown) => {
            if (!(error instanceof AppError) || error.code !== 'CRASH') throw error;
          });
          // More than repeats are remembered for, and their sender sends one again.
          await rig.addMarks(SETTINGS.repeatWindowMessages + 1);
          await rig.addReferences(references[0]!);
          isSinkDue = death.isSinkBehind;
          if (!isSinkDue) await rig.sink();
        }
        rig.nowMs += WAIT_MS + 1_000;
        await rig.addMarks();
        if (isSinkDue) await rig.resolve(soon(performance.now() + 300));
        await rig.sink();
        const all = references.length + crashes.length;
        await rig.resolve(async () => (await rig.settled()) === all);
        await rig.sink();
        expect(await rig.verdicts()).toEqual(
          sorted(events.map((event, at) => rowOf(references[missing + at] ?? references[0]!, event))),
        );
        const lost = references.slice(0, missing).length + (missing > 0 ? crashes.length : 0);
        expect(await rig.letters()).toHaveLength(lost);
      },
    ),
    { numRuns: Number(process.env['BURNLINE_REFERENCE_RUNS'] ?? 8) },
  );
});
