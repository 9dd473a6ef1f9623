import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readMappings } from '@burnline/collector';
import { WITHHELD } from '@burnline/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { errorOf } from '../../attack/support/events.ts';
import { RunningIntake } from '../../attack/support/running-intake.ts';
import { BEDROCK, ENVOY, HELICONE, SECRET, USAGE } from './mapping-samples.ts';

/** Goal: other programs' JSON becomes events by the mappings in examples/mappings, and nothing of what they do not read is kept. */
const EXAMPLES = new URL('../../../examples/mappings/', import.meta.url).pathname;

let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start({ mappingsFolder: EXAMPLES });
});
afterAll(() => intake.stop());

type Event = Readonly<Record<string, unknown>>;
const micros = (iso: string): number => Date.parse(iso) * 1_000;

async function eventsOf(mapping: string, body: string): Promise<readonly Event[]> {
  const answer = await intake.post(`/v1/events?mapping=${mapping}`, body);
  expect(answer.status).toBe(200);
  const { accepted, ids } = (await answer.json()) as { accepted: number; ids: readonly string[] };
  expect(ids).toHaveLength(accepted);
  const stored = new Map((await intake.records('inference')).map((event) => [event['event_id'], event]));
  return ids.map((id) => stored.get(id)!);
}

describe('the examples', () => {
  it("Bedrock's invocation log", async () => {
    const limited = { ...BEDROCK, requestId: 'request-1b', errorCode: 'ThrottlingException', output: {} };
    const other = { ...BEDROCK, schemaType: 'Another' };
    const lines = [BEDROCK, limited, other].map((one) => JSON.stringify(one)).join('\n');
    const events = await eventsOf('bedrock-invocations', lines);
    expect(events).toMatchObject([
      {
        ...{
          service: 'bedrock',
          provider: 'aws.bedrock',
          request_id: 'request-1',
          region: 'us-east-1',
          operation: 'chat',
        },
        ...{ model_requested: BEDROCK.modelId, status: 'ok', duration_ms: 3_640, finish_reason: 'end_turn' },
        ...{
          input_tokens: 4_138,
          cached_input_tokens: 4_096,
          cache_write_input_tokens: 7,
          output_tokens: 446,
          streaming: false,
          attributes: {},
        },
        occurred_at: micros('2026-03-31T21:34:06.640Z'),
      },
      {
        ...{
          status: 'rate_limited',
          refused_by: 'provider',
          error_type: 'ThrottlingException',
          output_tokens: null,
        },
        ...{ duration_ms: 0, attributes: { not_measured: 'duration_ms' } },
      },
    ]);
    expect(events).toHaveLength(2);
  });

  it.each([
    ['end_turn', {}, 'ok', 'none'],
    ['guardrail_intervened', {}, 'content_filtered', 'guardrail'],
    ['content_filtered', {}, 'content_filtered', 'provider'],
    ['malformed_tool_use', {}, 'malformed', 'none'],
    [null, { stop_reason: 'refusal' }, 'content_filtered', 'provider'],
    [null, { 'amazon-bedrock-guardrailAction': 'INTERVENED' }, 'content_filtered', 'guardrail'],
  ] as const)(
    "Bedrock's answers that stopped by %s %o are %s by %s",
    async (stopReason, more, status, by) => {
      const outputBodyJson = { ...BEDROCK.output.outputBodyJson, stopReason, ...more };
      const requestId = JSON.stringify([stopReason, more]);
      const call = { ...BEDROCK, requestId, output: { ...BEDROCK.output, outputBodyJson } };
      expect(await eventsOf('bedrock-invocations', JSON.stringify(call))).toMatchObject([
        {
          status,
          refused_by: by,
          finish_reason: stopReason ?? ('stop_reason' in more ? more.stop_reason : null),
        },
      ]);
      if (stopReason !== null && by !== 'none') expect(WITHHELD.get(stopReason)).toBe(by);
    },
  );

  it("Bedrock's input is not known where the log does not count it", async () => {
    const input = { ...BEDROCK.input, inputTokenCount: undefined };
    const call = { ...BEDROCK, requestId: 'uncounted', input };
    expect(await eventsOf('bedrock-invocations', JSON.stringify(call))).toMatchObject([
      { input_tokens: null },
    ]);
  });

  it("Envoy AI Gateway's access log", async () => {
    const other = { ...ENVOY, 'gen_ai.request.model': '-' };
    const limited = {
      ...ENVOY,
      'x-request-id': 'request-2b',
      response_code: 429,
      'gen_ai.usage.output_tokens': '-',
    };
    const events = await eventsOf('envoy-ai-gateway', JSON.stringify([ENVOY, other, limited]));
    expect(events).toMatchObject([
      {
        ...{
          service: 'ai-gateway',
          provider: 'openai',
          request_id: 'request-2',
          endpoint: '',
        },
        ...{ model_requested: 'gpt-4o', model_served: 'gpt-4o-2024-08-06', status: 'ok', http_status: 200 },
        ...{ duration_ms: 1_812, input_tokens: 120, output_tokens: 30, session_id: '' },
        occurred_at: micros('2026-03-31T21:34:05.062Z'),
      },
      { status: 'rate_limited', http_status: 429, output_tokens: null },
    ]);
    expect(events).toHaveLength(2);
  });

  it("Helicone's requests, a whole answer of its API", async () => {
    const stopped = { ...HELICONE, request_id: 'request-3b', response_status: -3, completion_tokens: null };
    const events = await eventsOf(
      'helicone-requests',
      JSON.stringify({ data: [HELICONE, stopped], error: null }, null, 2),
    );
    expect(events).toMatchObject([
      {
        ...{
          service: 'helicone',
          provider: 'OPENAI',
          model_requested: 'gpt-4o',
          model_served: 'gpt-4o-2024-08-06',
        },
        ...{ status: 'ok', http_status: 200, ttft_ms: 410, duration_ms: 3_200, cost_nano_usd: 550_000 },
        ...{ input_tokens: 120, cached_input_tokens: 40, output_tokens: 30, cost_source: 'reported' },
        attributes: { response_id: 'answer-1', country: 'DE' },
      },
      { status: 'cancelled', http_status: 0, output_tokens: null },
    ]);
  });

  it("OpenAI's usage, an aggregate per bucket and group", async () => {
    const events = await eventsOf('openai-usage', JSON.stringify(USAGE));
    expect(events).toMatchObject([
      {
        ...{ trust: 'aggregate', provider: 'openai', tenant: 'proj_1', model_served: 'gpt-4o-2024-08-06' },
        ...{
          input_tokens: 141_201,
          cached_input_tokens: 40_000,
          output_tokens: 9_756,
          service_tier: 'default',
        },
        ...{ measures: { requests_count: 470 }, occurred_at: 1_775_003_600_000_000 },
      },
      { model_served: 'all', input_tokens: 10, measures: { requests_count: 2 } },
    ]);
    expect(events).toHaveLength(2);
  });

  it("OpenAI's usage by another group than the sample's", async () => {
    const [bucket] = USAGE.data;
    const [result] = bucket!.results;
    const results = ['default', 'flex'].flatMap((service_tier) =>
      ['user-1', 'user-2'].map((user_id) => ({ ...result, user_id, service_tier })),
    );
    const events = await eventsOf('openai-usage', JSON.stringify({ data: [{ ...bucket, results }] }));
    expect(new Set(events.map((event) => event['event_id']))).toHaveProperty('size', 4);
  });
});

it('a record that is sent again has the ids that it had', async () => {
  const idsOf = async (): Promise<unknown> =>
    (
      (await (await intake.post('/v1/events?mapping=openai-usage', JSON.stringify(USAGE))).json()) as {
        ids: unknown;
      }
    ).ids;
  const first = await idsOf();
  expect(await idsOf()).toEqual(first);
});

it('what cannot be read is told by its record, and the others are taken', async () => {
  const wrong = { ...ENVOY, 'x-request-id': 'request-4', duration: 'long' };
  const answer = await intake.post(
    '/v1/events?mapping=envoy-ai-gateway',
    JSON.stringify([{ ...ENVOY, 'x-request-id': 'request-5' }, wrong]),
  );
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({
    accepted: 1,
    refused: { wrongIndexes: [1], problems: [{ index: 1, code: 'invalid_value' }] },
  });
});

it('a row that cannot be read, or that nothing tells apart, leaves the others of its page where they are', async () => {
  const rows = [
    { ...HELICONE, request_id: 'request-6' },
    { ...HELICONE, request_id: 'request-7', delay_ms: 'long' },
    { ...HELICONE, request_id: null },
  ];
  const answer = await intake.post('/v1/events?mapping=helicone-requests', JSON.stringify({ data: rows }));
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({
    accepted: 1,
    refused: {
      wrongIndexes: [0],
      problems: [
        { path: 'rows[1]', found: expect.stringContaining('/data/delay_ms') as string },
        { path: 'rows[2]', found: expect.stringContaining('nothing in /data/request_id') as string },
      ],
    },
  });
});

it.each([
  ['bedrock-invocations', { foo: 1 }],
  ['envoy-ai-gateway', { foo: 1 }],
  ['helicone-requests', { foo: 1 }],
  ['helicone-requests', HELICONE],
  ['helicone-requests', { data: [{ foo: 1 }] }],
  ['openai-usage', { foo: 1 }],
  ['openai-usage', { data: [{ start_time: 1, end_time: 2, results: [{ foo: 1 }] }] }],
] as const)('what %s finds nothing in is told: %o', async (mapping, body) => {
  const answer = await intake.post(`/v1/events?mapping=${mapping}`, JSON.stringify(body));
  expect([answer.status, await errorOf(answer)]).toMatchObject([400, { code: 'COLLECTOR_RECORDS_INVALID' }]);
});

it.each([
  ['helicone-requests', { data: [] }],
  ['openai-usage', { object: 'page', data: [] }],
] as const)('an empty page for %s is no fault', async (mapping, body) => {
  expect(await eventsOf(mapping, JSON.stringify(body))).toEqual([]);
});

/** Of a length that 4,000 of them are a record. */
const SHORT = {
  request_created_at: HELICONE.request_created_at,
  request_model: 'm',
  response_status: 200,
  delay_ms: 5,
};
const PAGES = [3_000, 3_000, 4_000];

it('10,000 rows are taken in a request, of however many records, and no more', async () => {
  const number = vi.fn(() => `many-${number.mock.calls.length}`);
  const page = (count: number): object => ({
    data: Array.from({ length: count }, () => ({ ...SHORT, request_id: number() })),
  });
  const taken = await intake.post('/v1/events?mapping=helicone-requests', JSON.stringify(PAGES.map(page)));
  expect(await taken.json()).toMatchObject({ accepted: 10_000 });
  const before = await intake.count('inference');
  const refused = await intake.post(
    '/v1/events?mapping=helicone-requests',
    JSON.stringify([...PAGES, 1].map(page)),
  );
  expect(refused.status).toBe(400);
  expect(await errorOf(refused)).toMatchObject({
    code: 'COLLECTOR_RECORDS_INVALID',
    message: expect.stringContaining('more than 10000 rows') as string,
  });
  expect(await intake.count('inference')).toBe(before);
});

it('a mapping that nobody has is refused with those that there are', async () => {
  const answer = await intake.post('/v1/events?mapping=nobody', '{}');
  expect(answer.status).toBe(400);
  expect(await errorOf(answer)).toMatchObject({
    code: 'COLLECTOR_MAPPING_UNKNOWN',
    remedy: expect.stringContaining(
      'bedrock-invocations, envoy-ai-gateway, helicone-requests, openai-usage',
    ) as string,
  });
});

it('nothing that no mapping reads is kept or logged', async () => {
  const bytes = await intake.bytes('inference');
  expect(bytes.includes('request-3')).toBe(true);
  for (const kept of [bytes, Buffer.from(intake.errors)]) expect(kept.includes(SECRET)).toBe(false);
});

describe('a folder of mappings', () => {
  const HEAD = 'apiVersion: burnline/v1\nkind: ReplayMapping\nmetadata: { name: a }\nspec:\n';
  const REST =
    '  inference: { service: a, model_served: m, status: ok, duration_ms: { column: ms, unit: ms } }\n';
  const COLUMN = `${HEAD}  time: { kind: column, column: at, format: epoch_s, meaning: completion }\n${REST}`;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'burnline-mappings-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ['a name twice', { 'a.yaml': COLUMN, 'b.yml': COLUMN }, /b\.yml has the name of another mapping: a/],
    ['a mistake', { 'a.yaml': COLUMN.replace('unit: ms', 'unit: h') }, /spec\.inference\.duration_ms\.unit/],
    [
      'times of a whole file',
      {
        'a.yaml': `${HEAD}  time: { kind: sequence, group: g, ends: { column: e, format: epoch_s }, workers: 1 }\n${REST}`,
      },
      /lays times out over a whole file/,
    ],
    [
      'a pointer that is none',
      { 'a.yaml': `${COLUMN}  json: { records: data }\n` },
      /a JSON pointer such as/,
    ],
  ])('is refused for %s', async (_, files, message) => {
    const own = await mkdtemp(path.join(folder, 'of-'));
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(own, name), text);
    await expect(readMappings(own)).rejects.toThrow(message);
  });

  it('that is not there is refused', async () => {
    await expect(readMappings(path.join(folder, 'none'))).rejects.toMatchObject({
      code: 'COLLECTOR_MAPPINGS_INVALID',
    });
  });
});
