import { createHash } from 'node:crypto';
import { amongThem, saidInJson, type RouteSample } from './dialect-sample.ts';

/** When the call of a number began, epoch seconds. */
const START_S = 1_736_365_966.974;

/** A StandardLoggingPayload of LiteLLM 1.110 as its proxy sends it, content included. */
export function payloadOf(
  number: number,
  over: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    id: `chatcmpl-${number}`,
    litellm_call_id: `call-${number}`,
    trace_id: `session-${number}`,
    session_id: `session-${number}`,
    call_type: 'acompletion',
    stream: true,
    response_cost: 0.00012,
    response_cost_failure_debug_info: null,
    status: 'success',
    status_fields: { llm_api_status: 'success', guardrail_status: 'not_run' },
    custom_llm_provider: 'openai',
    total_tokens: 30,
    prompt_tokens: 20,
    completion_tokens: 10,
    startTime: START_S,
    endTime: START_S + 2.216,
    completionStartTime: START_S + 0.379,
    response_time: 0.379,
    model: 'gpt-4o-2024-08-06',
    model_id: 'deployment-1',
    model_group: 'gpt-4o',
    api_base: 'https://api.openai.com',
    metadata: {
      user_api_key_hash: 'f00d',
      user_api_key_alias: 'key-alias',
      user_api_key_team_alias: 'search',
      user_api_key_request_route: '/chat/completions',
      user_api_key_end_user_id: 'ann@example.com',
      requester_metadata: {},
      usage_object: {
        prompt_tokens: 20,
        completion_tokens: 10,
        prompt_tokens_details: { cached_tokens: 8, audio_tokens: null },
        completion_tokens_details: { reasoning_tokens: 4 },
      },
    },
    cache_hit: null,
    request_tags: [],
    end_user: 'ann@example.com',
    requester_ip_address: '10.0.0.7',
    messages: [{ role: 'user', content: 'What is "good"?\n{[' }],
    response: { choices: [{ message: { role: 'assistant', content: 'It is \\"good\\"' } }] },
    error_str: null,
    error_information: {
      error_code: '',
      error_class: '',
      llm_provider: '',
      traceback: '',
      error_message: '',
    },
    model_parameters: { temperature: 0.2, tools: [] },
    hidden_params: { model_id: 'deployment-1', cache_key: null, usage_object: null },
    ...over,
  };
}

/** RFC 9562 version 8 over SHA-256 of what identifies an attempt, each part by its length. */
function idOf(number: number): string {
  const { id, litellm_call_id, status, model_id, startTime } = payloadOf(number);
  const parts = ['litellm', id, litellm_call_id, '', status, model_id, startTime].map(String);
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  const bytes = hash.digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const bodyOf = (payloads: readonly object[]): Buffer => Buffer.from(JSON.stringify(payloads));

export const litellmSamples: readonly RouteSample[] = [
  {
    path: '/v1/litellm?service=gateway',
    contentType: 'application/json',
    topic: 'inference',
    body: (numbers) => bodyOf(numbers.map((number) => payloadOf(number))),
    idOf,
    mixed: (numbers) => {
      const right = numbers.map((number) => payloadOf(number));
      const { all, wrongIndexes } = amongThem(right, payloadOf(0, { status: 'strange' }));
      return { body: bodyOf(all), wrongIndexes };
    },
    mixedIs: 'taken',
    hasIds: true,
    tellsEach: true,
    emptyIs: 400,
    read: saidInJson,
  },
];
