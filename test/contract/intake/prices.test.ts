import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createBatchEncoder, uuidToBytes } from '@burnline/contracts';
import type { InferenceEvent } from '@burnline/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BATCHES, TOPICS, framesOf, schemas } from '../../attack/support/events.ts';
import { RunningIntake } from '../../attack/support/running-intake.ts';
import { eventNumber } from '../../support/events.ts';
import { uuidOf } from './dialect-sample.ts';
import { payloadOf } from './litellm-sample.ts';
import { protobufOf } from './otlp/otlp-proto.ts';
import { requestOf, spanOf } from './otlp-sample.ts';

/**
 * Goal: whichever way an event comes in, it has the cost of its tokens at its own time, and nothing else of it is other than
 * in an intake that knows no prices.
 */
const PRICES = `
version: contract
prices:
  - model: gpt-4o*
    usdPerMillionTokens: { input: 2.5, cachedInput: 1.25, output: 10 }
    tiers: { batch: { multiplier: 0.5 } }
`;
const VERSION = 'prices.yaml contract';
const JSON_TYPE = { 'content-type': 'application/json' };
const USAGE = { input_tokens: 20, cached_input_tokens: 8, output_tokens: 10, reasoning_tokens: 4 };
/** 12 at 2.5, 8 at 1.25 and 10 at 10 USD a million. */
const NANO_USD = 140_000;
type Cost = Pick<InferenceEvent, 'cost_nano_usd' | 'cost_source' | 'price_version'> & {
  readonly beside?: number;
};

const computed: Cost = { cost_nano_usd: NANO_USD, cost_source: 'computed', price_version: VERSION };
const unknown: Cost = { cost_nano_usd: null, cost_source: 'unknown', price_version: null };
const reported = (nanoUsd: number, beside?: number): Cost => ({
  cost_nano_usd: nanoUsd,
  cost_source: 'reported',
  price_version: null,
  ...(beside !== undefined && { beside }),
});

interface Way {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Of each of its events, in the order of the body. */
  readonly costs: readonly Cost[];
}

const jsonEvent = (number: number, over: object = {}): object => ({
  event_id: uuidOf(number),
  occurred_at: '2026-06-01T00:00:00Z',
  service: 'chat',
  provider: 'openai',
  model_requested: 'gpt-4o',
  model_served: 'gpt-4o-2024-11-20',
  status: 'ok',
  duration_ms: 12,
  measures: { queue_s: 0.5 },
  attributes: { city: 'Zürich' },
  ...USAGE,
  ...over,
});

function frameOf(events: readonly Partial<InferenceEvent>[]): Uint8Array {
  const encoder = createBatchEncoder({ kind: 'inference', schemas });
  events.forEach((over, index) =>
    encoder.append({
      ...eventNumber(index, { attributes: { city: 'Zürich' }, measures: { queue_s: 0.5 }, ...over }),
      event_id: uuidToBytes(uuidOf(2_000 + index)),
    }),
  );
  return encoder.finish();
}

const spansFrom = (first: number): object =>
  requestOf([
    spanOf(first, {
      'gen_ai.usage.cache_read.input_tokens': 8,
      'gen_ai.usage.reasoning.output_tokens': 4,
    }),
    spanOf(first + 1, { 'gen_ai.usage.cost': 0.0001, 'gen_ai.usage.cache_read.input_tokens': 8 }),
    spanOf(first + 2, { 'gen_ai.request.model': 'ours' }),
  ]);
const spanCosts = [computed, reported(100_000, NANO_USD), unknown];

const WAYS: Readonly<Record<string, Way>> = {
  'events as JSON': {
    path: '/v1/events',
    headers: JSON_TYPE,
    body: Buffer.from(
      JSON.stringify([
        jsonEvent(1),
        jsonEvent(2, { service_tier: 'batch' }),
        jsonEvent(3, { service_tier: 'flex' }),
        jsonEvent(4, { cost_usd: '0.0002' }),
        jsonEvent(5, { model_served: 'ours', cost_usd: '0.0002' }),
        jsonEvent(6, {
          input_tokens: null,
          cached_input_tokens: null,
          output_tokens: null,
          reasoning_tokens: null,
        }),
        jsonEvent(7, { response_cache_hit: true }),
        jsonEvent(8, { status: 'error', duration_ms: null }),
        jsonEvent(9, { cost_nano_usd: 5, cost_source: 'computed', price_version: 'ours' }),
      ]),
    ),
    costs: [
      computed,
      { ...computed, cost_nano_usd: NANO_USD / 2, price_version: `${VERSION} batch` },
      unknown,
      reported(200_000, NANO_USD),
      reported(200_000),
      unknown,
      { ...computed, cost_nano_usd: 0, price_version: 'response cache' },
      computed,
      { cost_nano_usd: 5, cost_source: 'computed', price_version: 'ours' },
    ],
  },
  "LiteLLM's payloads": {
    path: '/v1/litellm?service=gateway',
    headers: JSON_TYPE,
    body: Buffer.from(
      JSON.stringify([
        payloadOf(1, { response_cost: null }),
        payloadOf(2),
        payloadOf(3, { status: 'failure', response_cost: 0, prompt_tokens: 0, completion_tokens: 0 }),
      ]),
    ),
    costs: [computed, reported(120_000, NANO_USD), unknown],
  },
  'spans as JSON': {
    path: '/v1/traces',
    headers: JSON_TYPE,
    body: Buffer.from(JSON.stringify(spansFrom(1))),
    costs: spanCosts,
  },
  'spans as protobuf': {
    path: '/v1/traces',
    headers: { 'content-type': 'application/x-protobuf' },
    body: protobufOf(spansFrom(11)),
    costs: spanCosts,
  },
  "publishers' batches": {
    path: '/v1/batches',
    headers: BATCHES,
    body: framesOf({
      topic: TOPICS.inference,
      value: frameOf([
        { ...USAGE, model_served: 'gpt-4o' },
        { ...USAGE, model_served: 'gpt-4o', cost_nano_usd: 100_000, cost_source: 'reported' },
        { ...USAGE, model_served: 'gpt-4o', cost_nano_usd: 100_000, cost_source: 'reported', measures: {} },
        { ...USAGE, model_served: 'ours' },
        { ...USAGE, model_served: 'gpt-4o', service_tier: 'batch' },
      ]),
    }),
    costs: [
      computed,
      reported(100_000, NANO_USD),
      reported(100_000, NANO_USD),
      unknown,
      { ...computed, cost_nano_usd: NANO_USD / 2, price_version: `${VERSION} batch` },
    ],
  },
};

let folder: string;
let file: string;
let intake: RunningIntake;
let plain: RunningIntake;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'burnline-prices-'));
  file = path.join(folder, 'prices.yaml');
  await writeFile(file, PRICES);
  intake = await RunningIntake.start({ priceSettings: { isBundled: false, file } });
  plain = await RunningIntake.start();
});
afterAll(async () => {
  await intake.stop();
  await plain.stop();
  await rm(folder, { recursive: true, force: true });
});

type Stored = Readonly<Record<string, unknown>>;

/** What a request brought into the log, by id. */
async function post(
  to: RunningIntake,
  { path: route, headers, body }: Omit<Way, 'costs'>,
): Promise<ReadonlyMap<string, Stored>> {
  const before = new Set((await to.records('inference')).map(idOf));
  const answer = await to.post(route, body, headers);
  expect(answer.status, await answer.text()).toBe(200);
  const added = (await to.records('inference')).filter((record) => !before.has(idOf(record)));
  return new Map(added.map((record) => [idOf(record), record]));
}
const idOf = (record: Stored): string => record['event_id'] as string;

/** The same for all costs. */
function withoutCosts(record: Stored): Stored {
  const measures = Object.entries(record['measures'] as Readonly<Record<string, number>>);
  return {
    ...record,
    cost_nano_usd: 0,
    cost_source: '',
    price_version: '',
    measures: measures.filter(([name]) => name !== 'computed_cost_nano_usd'),
  };
}

const costIn = ({ cost_nano_usd, cost_source, price_version, measures }: Stored): object => {
  const { computed_cost_nano_usd: beside } = measures as Readonly<Record<string, number>>;
  return { cost_nano_usd, cost_source, price_version, ...(beside !== undefined && { beside }) };
};

describe.each(Object.entries(WAYS))('%s', (_, way) => {
  it('have their costs, and nothing else but the costs and the one measure is other than without prices', async () => {
    const [priced, unpriced] = [await post(intake, way), await post(plain, way)];
    expect([...priced.keys()].sort()).toEqual([...unpriced.keys()].sort());
    for (const [id, record] of priced) expect(withoutCosts(record)).toEqual(withoutCosts(unpriced.get(id)!));
    const texts = (costs: readonly object[]): readonly string[] =>
      costs.map((cost) => JSON.stringify(cost)).sort();
    expect(texts([...priced.values()].map(costIn))).toEqual(texts(way.costs));
  });
});

it('each event has its own cost: those of a body stay in its order', async () => {
  const records = new Map((await intake.records('inference')).map((record) => [idOf(record), record]));
  const jsonCosts = WAYS['events as JSON']!.costs.map((_, index) => costIn(records.get(uuidOf(index + 1))!));
  expect(jsonCosts).toEqual(WAYS['events as JSON']!.costs);
  const batchCosts = WAYS["publishers' batches"]!.costs.map((_, index) =>
    costIn(records.get(uuidOf(2_000 + index))!),
  );
  expect(batchCosts).toEqual(WAYS["publishers' batches"]!.costs);
});

it('a message to whose events nothing is added goes on byte for byte', async () => {
  const value = frameOf([{ model_served: 'ours' }]);
  const body = framesOf({ topic: TOPICS.inference, value });
  expect((await intake.post('/v1/batches', body, BATCHES)).status).toBe(200);
  expect((await intake.bytes('inference')).includes(Buffer.from(value))).toBe(true);
});

it('a cost that is unknown, and what was reported beside what was computed, are counted', async () => {
  const text = await intake.metrics();
  const valueOf = (line: string): number =>
    Number(
      text
        .split('\n')
        .find((one) => one.startsWith(line))
        ?.split(' ')
        .at(-1),
    );
  for (const reason of ['tokens', 'tier', 'price'])
    expect(
      valueOf(`burnline_events_costed_total{source="unknown",reason="${reason}"`),
      reason,
    ).toBeGreaterThan(0);
  expect(valueOf('burnline_events_costed_total{source="computed",reason="sender"')).toBe(1);
  const compared = valueOf('burnline_cost_compared_events_total{provider="openai"');
  const by = (name: string): number =>
    valueOf(`burnline_cost_compared_nano_usd_total{provider="openai",by="${name}"`);
  expect(compared).toBe(6);
  expect(by('computed')).toBe(6 * NANO_USD);
  expect(by('reported')).toBe(200_000 + 120_000 + 2 * 100_000 + 2 * 100_000);
});

it('an event that is sent again after the prices changed has the same id, and is a repeat whatever it costs', async () => {
  const way = {
    path: '/v1/events',
    headers: JSON_TYPE,
    body: Buffer.from(JSON.stringify(jsonEvent(900))),
    costs: [],
  };
  expect((await post(intake, way)).get(uuidOf(900))).toMatchObject(computed);
  await writeFile(`${file}.new`, PRICES.replace('contract', 'renewed').replace('input: 2.5', 'input: 5'));
  await rename(`${file}.new`, file);
  const versions = async (): Promise<readonly unknown[]> =>
    (await intake.records('inference'))
      .filter((record) => idOf(record) === uuidOf(900))
      .map((record) => record['price_version']);
  await expect
    .poll(
      async () => {
        await intake.post(way.path, way.body, way.headers);
        return versions();
      },
      { timeout: 15_000, interval: 250 },
    )
    .toContain('prices.yaml renewed');
  expect((await versions())[0]).toBe(VERSION);
});

it('a file that is wrong is said at once, and nothing is served', async () => {
  const wrong = path.join(folder, 'wrong.yaml');
  await writeFile(wrong, 'prices: [{ model: m, usdPerMillionTokens: { input: free } }]');
  await expect(RunningIntake.start({ priceSettings: { isBundled: true, file: wrong } })).rejects.toThrow(
    /line 1, prices\[0\]\.usdPerMillionTokens\.input: expected USD .* found "free"/,
  );
});
