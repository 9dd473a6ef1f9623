import { createBatchEncoder, uuidToBytes } from '@burnline/contracts';
import { isKept } from '@burnline/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BATCHES, TOPICS, framesOf, schemas } from '../../attack/support/events.ts';
import { RunningIntake } from '../../attack/support/running-intake.ts';
import { eventNumber } from '../../support/events.ts';
import { uuidOf } from './dialect-sample.ts';
import { payloadOf } from './litellm-sample.ts';
import { ENVOY } from './mapping-samples.ts';

/**
 * Goal: an intake that samples keeps whole what failed or was slow, of the rest as much as it says, all attempts of a request
 * alike, and gives what it keeps the weight by which sums come out as without it; whichever way events come in.
 */
const ONE_IN = 4;
const RULES = { oneIn: ONE_IN, slowMs: 5_000, slowTtftMs: 1_000 };
const EVENTS = 4_000;
const MAPPINGS = new URL('../../../examples/mappings/', import.meta.url).pathname;

interface Sent {
  readonly number: number;
  readonly request: string;
  readonly status: 'ok' | 'error';
  readonly durationMs: number;
  readonly ttftMs: number | null;
  readonly costNanoUsd: number;
  readonly weight: number;
}

const drawn = fc.record({
  request: fc.integer({ min: 0, max: 2_500 }),
  status: fc.constantFrom('ok', 'ok', 'ok', 'ok', 'ok', 'error'),
  durationMs: fc.constantFrom(10, 400, 4_999, 5_000, 9_000),
  ttftMs: fc.constantFrom(null, 5, 999, 1_000),
  costNanoUsd: fc.integer({ min: 0, max: 5_000_000 }),
  weight: fc.constantFrom(1, 1, 1, 3),
});

/** Each way in has requests of its own. */
const sentBy = (way: number): readonly Sent[] =>
  fc.sample(drawn, { numRuns: EVENTS, seed: 20_261_130 + way }).map((one, index) => ({
    ...one,
    number: way * EVENTS + index,
    request: `${way}-request-${one.request}`,
    ttftMs: one.status === 'ok' && one.ttftMs !== null ? Math.min(one.ttftMs, one.durationMs) : null,
  }));

const fieldsOf = ({ request, status, durationMs, ttftMs, costNanoUsd, weight }: Sent) => ({
  ...{
    request_id: request,
    status,
    duration_ms: durationMs,
    cost_nano_usd: costNanoUsd,
    sample_weight: weight,
  },
  ...(ttftMs !== null && { ttft_ms: ttftMs }),
});

let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start({ sampling: RULES, mappingsFolder: MAPPINGS });
});
afterAll(() => intake.stop());

async function sendJson(events: readonly Sent[]): Promise<Response> {
  const body = events.map((event) => ({
    ...{ event_id: uuidOf(event.number), service: 'chat', model_requested: 'm' },
    ...fieldsOf(event),
  }));
  return intake.post('/v1/events', JSON.stringify(body));
}

async function sendFrames(events: readonly Sent[]): Promise<Response> {
  const frames = [];
  for (let start = 0; start < events.length; start += 100) {
    const encoder = createBatchEncoder({ kind: 'inference', schemas });
    for (const event of events.slice(start, start + 100)) {
      const id = uuidToBytes(uuidOf(event.number));
      const record = { ...eventNumber(event.number), ...fieldsOf(event), event_id: id, trace_id: '' };
      encoder.append({ ...record, ttft_ms: event.ttftMs, cost_source: 'reported' });
    }
    frames.push({ topic: TOPICS.inference, value: encoder.finish() });
  }
  return intake.post('/v1/batches', framesOf(...frames), BATCHES);
}

const isWhole = ({ status, durationMs, ttftMs }: Sent): boolean =>
  status === 'error' || durationMs >= RULES.slowMs || (ttftMs ?? 0) >= RULES.slowTtftMs;

describe.each([
  ['JSON', 1, sendJson],
  ['batches of a publisher', 2, sendFrames],
] as const)('%s', (_, way, send) => {
  const sent = sentBy(way);
  const whole = sent.filter(isWhole);
  const kept = sent.filter((one) => isWhole(one) || isKept(one.request, ONE_IN, 'collector'));
  const weightOf = (one: Sent): number => one.weight * (isWhole(one) ? 1 : ONE_IN);

  it('keeps what is to be kept, with whole weights, and says how many it left out', async () => {
    const answer = await send(sent);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      accepted: kept.length,
      sampledOut: sent.length - kept.length,
    });
    const stored = (await intake.records('inference')).filter(({ request_id }) =>
      String(request_id).startsWith(`${way}-`),
    );
    const weights = new Map(stored.map(({ event_id, sample_weight }) => [event_id, sample_weight]));
    expect(weights).toEqual(new Map(kept.map((one) => [uuidOf(one.number), weightOf(one)])));
  });

  it('sent again, keeps and leaves out the same', async () => {
    const answer = await send(sent);
    expect(await answer.json()).toMatchObject({
      accepted: kept.length,
      sampledOut: sent.length - kept.length,
    });
  });

  it('comes to the sums of all that was sent: exactly for what is kept whole, else within what chance explains', () => {
    const sum = (events: readonly Sent[], of: (one: Sent) => number): number =>
      events.reduce((total, one) => total + of(one), 0);
    for (const value of [(): number => 1, (one: Sent) => one.costNanoUsd]) {
      const estimated = (one: Sent): number => value(one) * weightOf(one);
      const real = (one: Sent): number => value(one) * one.weight;
      expect(sum(kept.filter(isWhole), estimated)).toBe(sum(whole, real));
      const rest = sent.filter((one) => !isWhole(one));
      const byRequest = new Map<string, number>();
      for (const one of rest) byRequest.set(one.request, (byRequest.get(one.request) ?? 0) + real(one));
      // Each request is in with a chance of 1/n: the variance of the sum is (n - 1) times the sum of squares.
      const squares = [...byRequest.values()].reduce((total, own) => total + own ** 2, 0);
      const error = sum(kept, estimated) - sum(sent, real);
      expect(Math.abs(error)).toBeLessThan(6 * Math.sqrt((ONE_IN - 1) * squares));
      expect(error).not.toBe(0);
    }
  });
});

const logged = (number: number): object => ({ ...ENVOY, 'x-request-id': `logged-${number}` });

describe.each([
  [
    'LiteLLM',
    '/v1/litellm?service=gateway',
    (number: number): object => payloadOf(number),
    { status: 'strange' },
  ],
  ['a mapping', '/v1/events?mapping=envoy-ai-gateway', logged, { duration: 'long' }],
] as const)('%s', (_, path, recordOf, fault) => {
  it('names the ids of what is in the log, and refuses no request whose events are left out', async () => {
    const records = Array.from({ length: 60 }, (__, index) => recordOf(index + 1));
    const answer = await intake.post(path, JSON.stringify(records));
    const { accepted, sampledOut, ids } = (await answer.json()) as {
      readonly accepted: number;
      readonly sampledOut: number;
      readonly ids: readonly string[];
    };
    expect(sampledOut).toBeGreaterThan(0);
    expect(accepted + sampledOut).toBe(records.length);
    const stored = new Set((await intake.records('inference')).map(({ event_id }) => event_id));
    expect(ids.filter((id) => stored.has(id))).toHaveLength(accepted);
    expect(ids).toHaveLength(accepted);
    const alone = await Promise.all(
      records.map(async (record) => {
        const one = await intake.post(path, JSON.stringify([record, { ...record, ...fault }]));
        return [one.status, ((await one.json()) as { sampledOut?: number }).sampledOut];
      }),
    );
    expect(alone.filter(([status]) => status !== 200)).toEqual([]);
    expect(alone.filter(([, leftOut]) => leftOut === 1)).toHaveLength(sampledOut);
  });
});

it('tells in its metrics how many it left out', async () => {
  const [, count] = /^burnline_intake_sampled_out_total\S* (\d+)$/m.exec(await intake.metrics()) ?? [];
  expect(Number(count)).toBeGreaterThan(EVENTS / 2);
});
