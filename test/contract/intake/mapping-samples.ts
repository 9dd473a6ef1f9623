import { saidInJson, type RouteSample } from './dialect-sample.ts';

/** What other programs write, content and all, for the mappings of examples/mappings. */
export const SECRET = 'SECRET-text';

export const BEDROCK = {
  schemaType: 'ModelInvocationLog',
  schemaVersion: '1.0',
  timestamp: '2026-03-31T21:34:03Z',
  accountId: '123456789012',
  identity: { arn: `arn:aws:sts::123456789012:assumed-role/${SECRET}` },
  region: 'us-east-1',
  requestId: 'request-1',
  operation: 'Converse',
  modelId: 'anthropic.claude-3-haiku-20240307-v1:0',
  input: {
    inputContentType: 'application/json',
    inputBodyJson: { messages: [{ role: 'user', content: [{ text: SECRET }] }] },
    inputTokenCount: 35,
    cacheReadInputTokenCount: 4_096,
    cacheWriteInputTokenCount: 7,
  },
  output: {
    outputContentType: 'application/json',
    outputBodyJson: {
      output: { message: { role: 'assistant', content: [{ text: SECRET }] } },
      stopReason: 'end_turn',
      metrics: { latencyMs: 3640 },
    },
    outputTokenCount: 446,
  },
};
export const ENVOY = {
  start_time: '2026-03-31T21:34:03.250Z',
  method: 'POST',
  'x-envoy-origin-path': `/v1/chat/completions?key=${SECRET}`,
  response_code: 200,
  duration: 1812,
  'x-request-id': 'request-2',
  'user-agent': SECRET,
  'x-forwarded-for': SECRET,
  'gen_ai.request.model': 'gpt-4o',
  'gen_ai.response.model': 'gpt-4o-2024-08-06',
  'gen_ai.provider.name': 'openai',
  'gen_ai.usage.input_tokens': 120,
  'gen_ai.usage.output_tokens': 30,
  'session.id': '-',
};
export const HELICONE = {
  response_id: 'answer-1',
  response_created_at: '2026-03-31T21:34:07Z',
  response_status: 200,
  response_model: 'gpt-4o-2024-08-06',
  response_body: { choices: [{ message: { content: SECRET } }] },
  request_id: 'request-3',
  request_created_at: '2026-03-31T21:34:03Z',
  request_body: { messages: [{ role: 'user', content: SECRET }] },
  request_path: `https://api.openai.com/v1/chat/completions?key=${SECRET}`,
  request_user_id: SECRET,
  request_properties: { customer: SECRET },
  request_model: 'gpt-4o',
  provider: 'OPENAI',
  delay_ms: 3200,
  time_to_first_token: 410,
  prompt_tokens: 120,
  prompt_cache_read_tokens: 40,
  completion_tokens: 30,
  costUSD: 0.00055,
  country_code: 'DE',
};
export const USAGE = {
  object: 'page',
  data: [
    {
      object: 'bucket',
      start_time: 1_775_000_000,
      end_time: 1_775_003_600,
      results: [
        {
          object: 'organization.usage.completions.result',
          input_tokens: 141_201,
          output_tokens: 9_756,
          input_cached_tokens: 40_000,
          num_model_requests: 470,
          project_id: 'proj_1',
          user_id: SECRET,
          model: 'gpt-4o-2024-08-06',
          batch: false,
        },
        {
          object: 'organization.usage.completions.result',
          input_tokens: 10,
          output_tokens: 5,
          num_model_requests: 2,
          model: null,
        },
        {
          object: 'organization.usage.completions.result',
          input_tokens: 0,
          output_tokens: 0,
          num_model_requests: 0,
        },
      ],
    },
  ],
  has_more: false,
};

/** Bodies of two of the examples, one of records and one of a record with rows. */
export const mappedSamples: readonly Pick<RouteSample, 'path' | 'contentType' | 'body' | 'read'>[] = [
  {
    path: '/v1/events?mapping=envoy-ai-gateway',
    contentType: 'application/json',
    body: (numbers) =>
      Buffer.from(JSON.stringify(numbers.map((number) => ({ ...ENVOY, 'x-request-id': `r-${number}` })))),
    read: saidInJson,
  },
  {
    path: '/v1/events?mapping=helicone-requests',
    contentType: 'application/json',
    body: (numbers) =>
      Buffer.from(
        JSON.stringify({ data: numbers.map((number) => ({ ...HELICONE, request_id: `r-${number}` })) }),
      ),
    read: saidInJson,
  },
];
