import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../attack/support/events.ts';
import { RunningIntake } from '../../attack/support/running-intake.ts';
import { payloadOf } from './litellm-sample.ts';

/** Goal: LiteLLM's payloads become events in every form that it sends, and nothing of prompts, answers and users is kept. */
let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start();
});
afterAll(() => intake.stop());

const post = (body: string, query = '?service=gateway'): Promise<Response> =>
  intake.post(`/v1/litellm${query}`, body);
const eventOf = async (callId: string): Promise<Readonly<Record<string, unknown>>> =>
  (await intake.records('inference')).find(({ request_id }) => request_id === callId)!;
const USER_HASH = createHash('sha256').update('ann@example.com').digest('hex');

describe('a body', () => {
  it.each([
    ['an array', (payloads: readonly unknown[]) => JSON.stringify(payloads)],
    ['one per line', (payloads: readonly unknown[]) => payloads.map((one) => JSON.stringify(one)).join('\n')],
  ])('is %s, with null where LiteLLM has no payload', async (name, write) => {
    const answer = await post(
      write([payloadOf(1, { id: `${name} 1` }), null, payloadOf(2, { id: `${name} 2` })]),
    );
    expect(answer.status).toBe(200);
    const { accepted, ids } = (await answer.json()) as { accepted: number; ids: readonly string[] };
    expect(accepted).toBe(2);
    expect(await intake.ids('inference')).toEqual(expect.arrayContaining([...ids]));
  });

  it('is a single payload', async () => {
    expect(await (await post(JSON.stringify(payloadOf(3), null, 2))).json()).toMatchObject({ accepted: 1 });
  });

  it('of nothing but null is taken, and adds nothing', async () => {
    const before = (await intake.ids('inference')).length;
    expect(await (await post('[null, null]')).json()).toEqual({ accepted: 0, ids: [] });
    expect(await intake.ids('inference')).toHaveLength(before);
  });
});

it('a payload becomes the event that it tells of', async () => {
  await post(JSON.stringify(payloadOf(10)), '?service=gateway&environment=prod');
  expect(await eventOf('call-10')).toMatchObject({
    occurred_at: 1_736_365_969_190_000,
    request_id: 'call-10',
    trace_id: '',
    session_id: 'session-10',
    tenant: 'search',
    environment: 'prod',
    service: 'gateway',
    endpoint: '/chat/completions',
    operation: 'chat',
    provider: 'openai',
    model_requested: 'gpt-4o',
    model_served: 'gpt-4o-2024-08-06',
    deployment: 'deployment-1',
    user_hash: USER_HASH,
    streaming: true,
    status: 'ok',
    http_status: 0,
    refused_by: 'none',
    ttft_ms: 379,
    duration_ms: 2_216,
    input_tokens: 20,
    cached_input_tokens: 8,
    cache_write_input_tokens: null,
    output_tokens: 10,
    reasoning_tokens: 4,
    response_cache_hit: false,
    cost_nano_usd: 120_000,
    cost_source: 'reported',
    trust: 'leaf',
    instrumentation_name: 'litellm',
  });
});

it('attempts of one request are events of their own, and one that is sent again is the same', async () => {
  const failed = { id: 'call-20', status: 'failure', response_cost: 0, model_id: 'deployment-2' };
  const attempts = [
    payloadOf(20, failed),
    payloadOf(20, { ...failed, model_id: 'deployment-3' }),
    payloadOf(20, { ...failed, startTime: 1_736_365_968, endTime: 1_736_365_969 }),
    payloadOf(20),
  ];
  const idsOf = async (): Promise<readonly string[]> =>
    ((await (await post(JSON.stringify(attempts))).json()) as { ids: readonly string[] }).ids;
  const ids = await idsOf();
  expect(new Set(ids).size).toBe(4);
  expect(await idsOf()).toEqual(ids);
});

it('a payload that is wrong otherwise is refused with another remedy than to name the service', async () => {
  const { remedy, details } = await errorOf(await post(JSON.stringify(payloadOf(20, { status: 'strange' }))));
  expect(details).toMatchObject({ problems: [{ path: 'status' }] });
  expect(remedy).toContain('what the problems name');
  expect(remedy).not.toContain('service');
});

it('a failure of no model is not lost', async () => {
  const refused = { model: '', model_group: null, status: 'failure', response_cost: '0' };
  const answer = await post(JSON.stringify(payloadOf(21, refused)));
  expect(await answer.json()).toMatchObject({ accepted: 1 });
  expect(await eventOf('call-21')).toMatchObject({ model_requested: 'unknown', status: 'error' });
});

it('a payload without a service is refused with what to do about it, and one that names it overrides the URL', async () => {
  const answer = await post(JSON.stringify([payloadOf(30)]), '');
  expect(answer.status).toBe(400);
  const { remedy, details } = await errorOf(answer);
  expect(remedy).toContain('?service=NAME');
  expect(details['problems']).toMatchObject([{ index: 0, path: 'metadata.requester_metadata.service' }]);
  const metadata = { requester_metadata: { service: 'chat', environment: 'test' } };
  await post(JSON.stringify(payloadOf(31, { metadata })), '?service=gateway&environment=prod');
  expect(await eventOf('call-31')).toMatchObject({ service: 'chat', environment: 'test' });
});

it('nothing of prompts, answers, errors, users and keys is kept, logged or answered', async () => {
  const CANARY = 'CANARY-7f3a';
  const texts = [
    'messages',
    'response',
    'error_str',
    'api_base',
    'requester_ip_address',
    'cache_key',
    'request_tags',
  ];
  const poisoned = payloadOf(40, {
    ...Object.fromEntries(texts.map((name) => [name, `${name} ${CANARY}`])),
    messages: [{ role: 'user', content: [{ type: 'text', text: `prompt ${CANARY}` }] }],
    response: { choices: [{ message: { content: `answer ${CANARY}` } }] },
    end_user: `${CANARY}@example.com`,
    status: 'failure',
    error_information: {
      error_code: '400',
      error_class: 'BadRequestError',
      error_message: `prompt ${CANARY}`,
      traceback: `File ${CANARY}`,
    },
    model_parameters: { tools: [{ function: { description: CANARY } }], user: CANARY },
    hidden_params: { additional_headers: { 'x-request': CANARY }, api_base: CANARY },
    metadata: {
      user_api_key_hash: CANARY,
      user_api_key_user_id: CANARY,
      user_api_key_end_user_id: CANARY,
      user_api_key_team_alias: 'search',
      spend_logs_metadata: { note: CANARY },
      requester_metadata: { service: 'chat', prompt: CANARY },
      requester_custom_headers: { 'x-secret': CANARY },
      prompt_management_metadata: { prompt_id: 'greeting', prompt_variables: { name: CANARY } },
      mcp_tool_call_metadata: { name: 'search', arguments: { q: CANARY }, result: CANARY },
    },
    [CANARY]: CANARY,
  });
  const wrong = { ...poisoned, id: 'wrong', status: 'strange' };
  const answer = await post(JSON.stringify([poisoned, wrong]));
  expect(answer.status).toBe(200);
  const said = await answer.text();
  expect(JSON.parse(said)).toMatchObject({ accepted: 1, refused: { wrongIndexes: [1] } });
  // The event is there, and so the search for the canary looks at the right place.
  expect(await eventOf('call-40')).toMatchObject({
    service: 'chat',
    prompt_name: 'greeting',
    error_type: 'BadRequestError',
    http_status: 400,
    user_hash: createHash('sha256').update(`${CANARY}@example.com`).digest('hex'),
  });
  const bytes = await intake.bytes('inference');
  expect(bytes.includes('BadRequestError')).toBe(true);
  for (const kept of [bytes, Buffer.from(said), Buffer.from(intake.errors)])
    expect(kept.includes(CANARY)).toBe(false);
});

it('a chat of any depth and number of tools is read; one over a mebibyte is left out alone', async () => {
  const deep = JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`) as unknown;
  const tools = Array.from({ length: 3_000 }, (_, index) => ({ name: `tool ${index}`, required: [1, 2] }));
  const long = payloadOf(51, { messages: 'x'.repeat(1024 * 1024) });
  const body = JSON.stringify([
    payloadOf(50, { messages: deep, model_parameters: { tools } }),
    long,
    payloadOf(52),
  ]);
  expect(await (await post(body)).json()).toMatchObject({
    accepted: 2,
    refused: { wrongIndexes: [1], problems: [{ code: 'too_large', expected: 'at most 1 MiB' }] },
  });
});
