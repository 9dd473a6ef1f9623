import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningIntake } from '../../../attack/support/running-intake.ts';
import { attributesOf, requestOf, spanIdOf, spanOf, TRACE_ID } from '../otlp-sample.ts';
import { protobufOf } from './otlp-proto.ts';

/** Goal: whatever a span holds, the intake answers, keeps nothing of texts, and reads both encodings alike. */
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const CANARY = 'CANARY-7f3a';

let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start();
});
afterAll(() => intake.stop());

/** Known names, names of content, and any others. */
const key = fc.oneof(
  fc.constantFrom(
    'gen_ai.operation.name',
    'gen_ai.request.model',
    'gen_ai.response.model',
    'gen_ai.provider.name',
    'gen_ai.usage.input_tokens',
    'gen_ai.usage.output_tokens',
    'gen_ai.usage.cache_read.input_tokens',
    'gen_ai.usage.reasoning.output_tokens',
    'gen_ai.response.time_to_first_chunk',
    'gen_ai.response.finish_reasons',
    'gen_ai.usage.cost',
    'http.response.status_code',
    'error.type',
    'openinference.span.kind',
    'llm.token_count.prompt',
    'llm.invocation_parameters',
    'ai.operationId',
    'traceloop.span.kind',
    'langfuse.observation.type',
    'langfuse.observation.usage_details',
    'gen_ai.latency.e2e',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\u0000', '')),
);
const text = fc.oneof(
  fc.constantFrom(
    'chat',
    'invoke_agent',
    'LLM',
    'AGENT',
    'ai.generateText',
    'generation',
    '{"input":3,"output":4,"input_cached_tokens":2}',
    'm',
    '429',
    'stop',
    `a ${CANARY}`,
  ),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
);
const { value } = fc.letrec<{ value: object }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text.map((stringValue) => ({ stringValue })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((int) => ({ intValue: String(int) })),
    fc.integer({ min: 0, max: 500 }).map((int) => ({ intValue: String(int) })),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((doubleValue) => ({ doubleValue })),
    fc.array(tie('value'), { maxLength: 3 }).map((values) => ({ arrayValue: { values } })),
    fc
      .array(fc.record({ key, value: tie('value') }), { maxLength: 3 })
      .map((values) => ({ kvlistValue: { values } })),
    fc.constant({}),
  ),
}));
const attributes = fc.array(fc.record({ key, value }), { maxLength: 12 });
/** Most are calls or what is above them. */
const known = fc
  .constantFrom('chat', 'chat', 'embeddings', 'invoke_agent', 'execute_tool', null)
  .map((operation) =>
    operation === null
      ? []
      : attributesOf({
          'gen_ai.operation.name': operation,
          'gen_ai.request.model': 'm',
          'gen_ai.usage.input_tokens': 7,
        }),
  );
const nanos = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const likelyNanos = fc
  .bigInt({ min: 1_789_900_000_000_000_000n, max: 1_789_900_009_000_000_000n })
  .map(String);
const LATE_NANOS = '1789900010000000000';
const spans = fc.array(
  fc.record({
    traceId: fc.constantFrom(TRACE_ID, TRACE_ID, 'aa'.repeat(16), 'bb'.repeat(16), '00'.repeat(16), 'abcd'),
    spanId: fc.integer({ min: 0, max: 8 }).map(spanIdOf),
    parentSpanId: fc.integer({ min: 0, max: 8 }).map(spanIdOf),
    name: text,
    kind: fc.integer({ min: 0, max: 6 }),
    startTimeUnixNano: fc.oneof({ weight: 5, arbitrary: likelyNanos }, nanos),
    endTimeUnixNano: fc.oneof({ weight: 5, arbitrary: fc.constant(LATE_NANOS) }, likelyNanos, nanos),
    attributes: fc.tuple(known, attributes).map(([one, other]) => [...one, ...other]),
    events: fc.array(fc.record({ timeUnixNano: likelyNanos, name: text, attributes }), { maxLength: 2 }),
    status: fc.record({ message: fc.constant(CANARY), code: fc.integer({ min: 0, max: 3 }) }),
  }),
  { maxLength: 6 },
);

describe('random spans', () => {
  it('never fail the intake, and are the same in either encoding', async () => {
    await fc.assert(
      fc.asyncProperty(spans, async (some) => {
        const request = requestOf(some);
        const before = (await intake.records('inference')).length;
        const ofJson = await intake.post('/v1/traces', JSON.stringify(request));
        const afterJson = await intake.records('inference');
        const ofProtobuf = await intake.post('/v1/traces', protobufOf(request), PROTOBUF);
        const afterBoth = await intake.records('inference');
        expect([200, 400]).toContain(ofJson.status);
        expect(ofProtobuf.status).toBe(ofJson.status);
        const byId = (events: readonly Readonly<Record<string, unknown>>[]): unknown =>
          new Map(events.map((event) => [String(event['event_id']), event]));
        const fresh = afterJson.filter((_, index) => index >= before);
        expect(afterBoth).toHaveLength(before + 2 * (afterJson.length - before));
        expect(fresh.length).toBeLessThanOrEqual(some.length);
        expect(byId(afterBoth)).toEqual(byId(afterJson));
      }),
      { numRuns: 60 },
    );
    expect((await intake.ids('inference')).length).toBeGreaterThan(20);
    expect(intake.isAlive).toBe(true);
  });
});

it('no text of a prompt, an answer or an error is kept, logged or answered, wherever it stands', async () => {
  const content = [
    'gen_ai.input.messages',
    'gen_ai.output.messages',
    'gen_ai.system_instructions',
    'gen_ai.tool.call.arguments',
    'gen_ai.tool.call.result',
    'gen_ai.prompt',
    'gen_ai.completion',
    'gen_ai.prompt.0.content',
    'gen_ai.completion.0.content',
    'input.value',
    'output.value',
    'llm.input_messages.0.message.content',
    'llm.output_messages.0.message.content',
    'llm.prompts',
    'traceloop.entity.input',
    'traceloop.entity.output',
    'ai.prompt',
    'ai.prompt.messages',
    'ai.response.text',
    'ai.response.object',
    'ai.response.toolCalls',
    'langfuse.observation.input',
    'exception.message',
    'db.statement',
    CANARY,
  ];
  const poison = Object.fromEntries(content.map((name) => [name, `a ${CANARY}`]));
  // Words that are read are kept only where they are words; a user's name is a hash.
  const read = {
    'error.type': `no ${CANARY}`,
    'gen_ai.response.finish_reasons': [`said ${CANARY}`],
    'user.id': CANARY,
  };
  const event = {
    timeUnixNano: '1789900000000000000',
    name: `event ${CANARY}`,
    attributes: attributesOf({ ...poison, 'exception.type': `type ${CANARY}` }),
  };
  const over = {
    name: `chat ${CANARY}`,
    status: { code: 2, message: CANARY },
    events: [event, { ...event, name: 'exception' }],
    traceState: CANARY,
    links: [],
  };
  const call = spanOf(
    0xc0ffee,
    { ...poison, ...read, 'llm.invocation_parameters': `{"prompt":"${CANARY}"}` },
    over,
  );
  const wrong = spanOf(0xbad, poison, { ...over, startTimeUnixNano: CANARY });
  const answer = await intake.post(
    '/v1/traces',
    JSON.stringify(requestOf([call, wrong], { 'service.name': 'canary', [CANARY]: CANARY })),
  );
  const said = await answer.text();
  expect(JSON.parse(said)).toMatchObject({ partialSuccess: { rejectedSpans: '1' } });
  const events = await intake.records('inference');
  expect(events.find(({ service }) => service === 'canary')).toMatchObject({
    status: 'error',
    error_type: '_OTHER',
    finish_reason: '_OTHER',
  });
  const bytes = await intake.bytes('inference');
  for (const kept of [bytes, Buffer.from(said), Buffer.from(intake.errors)]) {
    // Random spans above may have had it as a name of a model, which is kept.
    const own =
      kept === bytes
        ? Buffer.from(JSON.stringify(events.filter(({ service }) => service === 'canary')))
        : kept;
    expect(own.includes(CANARY)).toBe(false);
  }
});

describe('a body that was damaged on its way', () => {
  const whole = requestOf([spanOf(0xd1), spanOf(0xd2, { 'llm.invocation_parameters': '{"model":"m"}' })]);
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 });
  it.each([
    ['JSON', Buffer.from(JSON.stringify(whole)), {}],
    ['protobuf', protobufOf(whole), PROTOBUF],
  ] as const)('in %s is taken as far as it can be read, or refused', async (_, body, headers) => {
    await fc.assert(
      fc.asyncProperty(damage, fc.nat(), async (bytes, cut) => {
        const damaged = Buffer.from(cut % 4 === 0 ? body.subarray(0, cut % body.length) : body);
        for (const [at, byte] of bytes) if (damaged.length > 0) damaged[at % damaged.length] = byte;
        expect([200, 400]).toContain((await intake.post('/v1/traces', damaged, headers)).status);
      }),
      { numRuns: 400 },
    );
    // What fails for a fault of ours is logged.
    expect(intake.errors).not.toContain('intake failed');
  });

  it('in a resource is refused', async () => {
    const body = JSON.stringify(whole).replace('"stringValue":"chat"', '"stringValue":tru');
    expect((await intake.post('/v1/traces', body)).status).toBe(400);
  });
});

it('a code that is written as its name is that code', async () => {
  const traceId = 'ee'.repeat(16);
  const failed = spanOf(1, {}, { traceId, kind: 'SPAN_KIND_CLIENT', status: { code: 'STATUS_CODE_ERROR' } });
  expect((await intake.post('/v1/traces', JSON.stringify(requestOf([failed])))).status).toBe(200);
  const events = await intake.records('inference');
  expect(events.filter((event) => event['trace_id'] === traceId)).toMatchObject([{ status: 'error' }]);
});

it('an agent’s span that comes in a later request than its calls adds nothing', async () => {
  const traceId = 'cc'.repeat(16);
  const agent = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.usage.input_tokens': 20 };
  for (const span of [spanOf(2, {}, { traceId, parentSpanId: spanIdOf(1) }), spanOf(1, agent, { traceId })])
    expect((await intake.post('/v1/traces', JSON.stringify(requestOf([span])))).status).toBe(200);
  const events = await intake.records('inference');
  expect(events.filter((event) => event['trace_id'] === traceId)).toMatchObject([
    { trust: 'leaf', input_tokens: 20 },
  ]);
});

/** Goal: what a gateway sends that can be told an address and headers alone. */
describe('a gateway', () => {
  const put = (route: string, init: RequestInit): Promise<Response> =>
    fetch(intake.url + route, { method: 'PUT', ...init });
  const headers = { 'content-type': 'application/json' };

  it('may ask whether it is heard, with nothing, before its address is kept', async () => {
    const asks = { 'x-test-connection': 'true' };
    for (const method of ['PUT', 'POST'])
      for (const types of [{}, headers])
        expect((await put('/v1/traces', { method, headers: { ...types, ...asks } })).status).toBe(200);
    expect((await put('/v1/traces', { headers })).status).toBe(400);
    expect((await put('/v1/traces', { headers: { ...headers, ...asks }, body: 'no JSON' })).status).toBe(400);
    expect((await put('/v1/events', { headers, body: '[]' })).headers.get('allow')).toBe('POST');
  });

  it('that names no service, or no environment, is the one of its address', async () => {
    const traceId = 'dd'.repeat(16);
    const unnamed = requestOf([spanOf(1, {}, { traceId })], {});
    const named = requestOf([spanOf(2, {}, { traceId })]);
    const address = '/v1/traces?service=router&environment=prod';
    for (const body of [unnamed, named])
      expect((await put(address, { headers, body: JSON.stringify(body) })).status).toBe(200);
    const events = (await intake.records('inference')).filter(({ trace_id }) => trace_id === traceId);
    expect(events).toMatchObject([
      { service: 'router', environment: 'prod' },
      { service: 'chat', environment: 'prod' },
    ]);
  });
});

describe('an export', () => {
  it('of spans that are no calls is taken, and adds nothing', async () => {
    const span = spanOf(1, {}, { attributes: attributesOf({ 'http.route': '/chat' }) });
    const before = (await intake.ids('inference')).length;
    expect(await (await intake.post('/v1/traces', JSON.stringify(requestOf([span])))).json()).toEqual({});
    expect(await intake.ids('inference')).toHaveLength(before);
  });

  it('of logs that is posted as traces, and one whose attributes are no list, is refused', async () => {
    const log = { timeUnixNano: '1', body: { stringValue: CANARY }, attributes: [] };
    const unknown = { ...spanOf(1), status: { code: 'STATUS_CODE_BAD' } };
    expect((await intake.post('/v1/traces', JSON.stringify(requestOf([unknown])))).status).toBe(400);
    const asTraces = await intake.post('/v1/traces', JSON.stringify(requestOf([log])));
    const notAList = spanOf(1, {}, { attributes: { 'gen_ai.operation.name': 'chat' } });
    const asObject = await intake.post('/v1/traces', JSON.stringify(requestOf([notAList])));
    for (const answer of [asTraces, asObject]) expect(answer.status).toBe(400);
  });

  it('beyond a bound is refused in any nesting, and holds up nobody', async () => {
    await intake.longestDelayMs();
    const flood = (field: number): Buffer =>
      Buffer.alloc(7 * 1024 * 1024, Buffer.from([(field << 3) | 2, 0]));
    const inner = flood(2);
    const length = Buffer.alloc(5);
    length.writeUInt8(0x0a, 0);
    for (let index = 0, rest = inner.length; index < 4; index += 1, rest >>>= 7)
      length.writeUInt8((rest & 0x7f) | (index < 3 ? 0x80 : 0), index + 1);
    const bodies = [
      [flood(1), PROTOBUF],
      [Buffer.concat([length, inner]), PROTOBUF],
      [Buffer.from(`{"resourceSpans":[${'{},'.repeat(20_000)}{}]}`), {}],
      [Buffer.from(`{"resourceSpans":${'['.repeat(4_000_000)}`), {}],
      [
        Buffer.from(
          JSON.stringify(
            requestOf([spanOf(1, {}, { attributes: Array.from({ length: 10_001 }, () => ({})) })]),
          ),
        ),
        {},
      ],
    ] as const;
    for (const [body, headers] of bodies)
      expect((await intake.post('/v1/traces', body, headers)).status).toBe(400);
    expect(await intake.longestDelayMs()).toBeLessThan(250);
  });
});
