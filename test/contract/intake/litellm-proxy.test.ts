import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RunningIntake } from '../../attack/support/running-intake.ts';
import { startModelProvider, type ModelProvider } from '../../support/litellm/model-provider.ts';
import { hasLitellm, startLitellm, type LitellmProxy } from '../../support/litellm/start-proxy.ts';

/**
 * Goal: what LiteLLM's own proxy logs of calls to a provider that answers, streams, limits and fails becomes events that say what
 * the provider counted, by the preset and in each form of its callback.
 */
type Event = Readonly<Record<string, unknown>>;

const FORMS = ['json_array', 'ndjson', 'single'] as const;
const USD_PER_TOKEN = { input: 0.000001, output: 0.000002 };
/** Of one call, and of a request that fell back: payloads that LiteLLM logs. */
const PAYLOAD_COUNT = 12;

let provider: ModelProvider;
let intake: RunningIntake;
let proxy: LitellmProxy;
const closing: (() => Promise<void>)[] = [];
/** By the name of the case: LiteLLM's id of the call, and the status that its caller got. */
const calls = new Map<string, { readonly id: string; readonly status: number }>();
let events: readonly Event[] = [];

async function call(name: string, model: string, more: object = {}, headers: object = {}): Promise<void> {
  const answer = await fetch(`${proxy.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-test', 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: 'SECRET-prompt' }],
      user: 'ann@example.com',
      ...more,
    }),
  });
  await answer.text();
  calls.set(name, { id: answer.headers.get('x-litellm-call-id')!, status: answer.status });
}

const eventsOf = (name: string, form = 'json_array'): readonly Event[] =>
  events.filter(({ request_id, service }) => request_id === calls.get(name)!.id && service === form);

describe.skipIf(!hasLitellm)("LiteLLM's proxy", () => {
  beforeAll(async () => {
    provider = await startModelProvider();
    intake = await RunningIntake.start();
    closing.push(
      () => intake.stop(),
      () => provider.close(),
    );
    const model = (name: string, upstream: string, more: object = {}): object => ({
      model_name: name,
      litellm_params: {
        model: `openai/${upstream}`,
        api_base: provider.url,
        api_key: 'sk-provider',
        input_cost_per_token: USD_PER_TOKEN.input,
        output_cost_per_token: USD_PER_TOKEN.output,
        ...more,
      },
    });
    const form = (name: string): object => ({
      callback_type: 'generic_api',
      endpoint: `${intake.url}/v1/litellm?service=${name}&environment=test`,
      headers: {},
      log_format: name,
    });
    proxy = await startLitellm(
      {
        model_list: [
          ...['steady', 'limited', 'broken', 'filtered'].map((name) => model(name, name)),
          model('rationed', 'steady', { rpm: 1 }),
          model('budgeted', 'steady', { max_budget: 0.0001, budget_duration: '1d' }),
        ],
        router_settings: {
          num_retries: 0,
          disable_cooldowns: true,
          fallbacks: [{ limited: ['steady'] }],
          optional_pre_call_checks: ['enforce_model_rate_limits'],
        },
        // The preset, and the forms that it does not send.
        litellm_settings: {
          callbacks: ['burnline', 'ndjson', 'single'],
          num_retries: 0,
          request_correlation_in_logs: true,
        },
        callback_settings: { ndjson: form('ndjson'), single: form('single') },
        general_settings: { master_key: 'sk-test' },
      },
      {
        BURNLINE_URL: intake.url,
        BURNLINE_SERVICE: 'json_array',
        BURNLINE_API_KEY: 'bik_none',
        DEFAULT_FLUSH_INTERVAL_SECONDS: '2',
      },
    );
    closing.unshift(() => proxy.stop());
    await call('whole', 'steady');
    await call('streamed', 'steady', { stream: true, stream_options: { include_usage: true } });
    await call('fell back', 'limited');
    await call('broken', 'broken');
    await call('filtered', 'filtered');
    await call('rationed once', 'rationed');
    await call('rationed', 'rationed');
    await call('unknown', 'nobody');
    await call('named', 'steady', { metadata: { service: 'chat' } }, { 'x-litellm-session-id': 'session-1' });
    await call('budgeted once', 'budgeted');
    // What a call cost is counted against the budget behind its answer.
    await vi.waitFor(
      async () => {
        await call('budgeted', 'budgeted');
        expect(calls.get('budgeted')!.status).not.toBe(200);
      },
      { timeout: 20_000, interval: 500 },
    );
    await vi.waitFor(
      async () => {
        events = await intake.records('inference');
        expect(FORMS.filter((one) => eventsOf('budgeted', one).length === 1)).toEqual(FORMS);
      },
      { timeout: 30_000, interval: 300 },
    );
  }, 180_000);
  afterAll(async () => {
    for (const close of closing) await close();
  });

  it('logs each attempt once in every form, and all forms become the same events', () => {
    const of = (form: string): readonly Event[] =>
      events
        .filter(({ service }) => service === form)
        .map((event): Event => ({ ...event, service: '', environment: '' }))
        .sort((one, other) => (String(one['event_id']) < String(other['event_id']) ? -1 : 1));
    expect(of('json_array').length).toBeGreaterThanOrEqual(PAYLOAD_COUNT - 1);
    expect(of('ndjson')).toEqual(of('json_array'));
    // One in a body: what came before it is not known there.
    const alone = { attempt: 0, is_final: true, fallback_depth: 0, fallback_kind: 'none' };
    const request = { request_elapsed_ms: null, request_ttft_ms: null };
    expect(of('single')).toEqual(of('json_array').map((event) => ({ ...event, ...alone, ...request })));
  });

  it('counts what the provider counted, and costs what its tokens cost', () => {
    const reported = provider.calls.flatMap(({ usage }) => usage ?? []);
    // But for the one call whose caller named another service.
    const countOf = (of: (usage: (typeof reported)[number]) => number): number =>
      reported.slice(1).reduce((all, usage) => all + of(usage), 0);
    for (const form of FORMS) {
      const own = events.filter(({ service }) => service === form);
      const sum = (field: string): number =>
        own.reduce((all, { [field]: value }) => all + Number(value ?? 0), 0);
      expect([form, sum('input_tokens')]).toEqual([form, countOf(({ input }) => input)]);
      expect([form, sum('output_tokens')]).toEqual([form, countOf(({ output }) => output)]);
      expect([form, sum('cached_input_tokens')]).toEqual([form, countOf(({ cached }) => cached)]);
    }
    const { input, output } = reported[0]!;
    const nanoUsd = Math.round((input * USD_PER_TOKEN.input + output * USD_PER_TOKEN.output) * 1e9);
    expect(eventsOf('whole')).toMatchObject([{ cost_nano_usd: nanoUsd, cost_source: 'reported' }]);
  });

  it('a whole answer', () => {
    expect(calls.get('whole')!.status).toBe(200);
    expect(eventsOf('whole')).toMatchObject([
      {
        status: 'ok',
        operation: 'chat',
        provider: 'openai',
        model_requested: 'steady',
        model_served: 'steady',
        endpoint: '/v1/chat/completions',
        streaming: false,
        ttft_ms: null,
        refused_by: 'none',
        is_final: true,
        instrumentation_name: 'litellm',
        attributes: { response_id: expect.stringMatching(/^chatcmpl-/) as string },
      },
    ]);
  });

  it('a streamed answer has a time of its first token within it', () => {
    const [event] = eventsOf('streamed');
    expect(event).toMatchObject({ status: 'ok', streaming: true, input_tokens: 120, output_tokens: 30 });
    expect(Number(event!['ttft_ms'])).toBeGreaterThan(0);
    expect(Number(event!['ttft_ms'])).toBeLessThan(Number(event!['duration_ms']));
  });

  it('a provider that limits, and the fallback that answers, are attempts of one request', () => {
    expect(calls.get('fell back')!.status).toBe(200);
    const attempts = [...eventsOf('fell back')].sort(
      (one, other) => Number(one['attempt']) - Number(other['attempt']),
    );
    expect(attempts).toMatchObject([
      {
        ...{ attempt: 0, is_final: false, model_requested: 'limited', fallback_kind: 'none' },
        ...{ status: 'rate_limited', refused_by: 'provider', http_status: 429 },
        ...{ error_type: 'RateLimitError', input_tokens: null, cost_nano_usd: null },
      },
      {
        ...{
          attempt: 1,
          is_final: true,
          model_requested: 'steady',
          fallback_kind: 'model',
          fallback_depth: 1,
        },
        ...{ status: 'ok', refused_by: 'none', input_tokens: 120, output_tokens: 30 },
      },
    ]);
    expect(Number(attempts[1]!['request_elapsed_ms'])).toBeGreaterThan(Number(attempts[1]!['duration_ms']));
  });

  it.each([
    [
      'broken',
      500,
      { status: 'error', refused_by: 'none', http_status: 500, error_type: 'InternalServerError' },
    ],
    ['filtered', 400, { status: 'content_filtered', refused_by: 'provider', http_status: 400 }],
    ['rationed', 429, { status: 'rate_limited', refused_by: 'gateway', http_status: 429 }],
    ['budgeted', 429, { status: 'rate_limited', refused_by: 'budget', http_status: 429 }],
    [
      'unknown',
      400,
      { status: 'error', refused_by: 'none', http_status: 400, error_type: 'ProxyModelNotFoundError' },
    ],
  ] as const)('a call that is %s', (name, status, event) => {
    expect(calls.get(name)!.status).toBe(status);
    expect(eventsOf(name)).toMatchObject([
      { ...event, model_served: '', input_tokens: null, cost_nano_usd: null },
    ]);
  });

  it("what the caller's metadata names goes first, and its session is kept", () => {
    const { id } = calls.get('named')!;
    const own = events.filter(({ request_id }) => request_id === id);
    expect(new Set(own.map(({ service }) => service))).toEqual(new Set(['chat']));
    expect(new Set(own.map(({ event_id }) => event_id)).size).toBe(1);
    expect(own[0]).toMatchObject({ session_id: 'session-1', trace_id: '' });
  });

  it('keeps no text of a prompt, an answer or an error, and no name of a user', async () => {
    const bytes = await intake.bytes('inference');
    expect(bytes.includes('ProxyModelNotFoundError')).toBe(true);
    for (const secret of ['SECRET', 'ann@example.com', 'sk-'])
      for (const kept of [bytes, Buffer.from(intake.errors)])
        expect([secret, kept.includes(secret)]).toEqual([secret, false]);
  });
});
