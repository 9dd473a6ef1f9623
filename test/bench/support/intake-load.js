/** Requests to one collector at a steady rate, whether or not it keeps up, as many clients at once would send them. */
import { Agent, request } from 'node:http';
import protobuf from 'protobufjs';
import { quantile } from './figures.js';

const TICK_MS = 5;
/** Of two loads at once together as many as a collector takes. Beyond it requests wait for a connection, and their wait counts. */
const CONNECTIONS = 500;
/** An answer that is not there by then is counted as none. */
const ANSWER_TIMEOUT_MS = 30_000;

const MODELS = ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4-5', 'llama-3-70b'];
const pick = (list, number) => list[number % list.length];

const eventNumber = (number) => ({
  service: 'checkout',
  environment: 'prod',
  tenant: `tenant-${number % 50}`,
  provider: 'openai',
  endpoint: '/v1/chat',
  request_id: `req-${number.toString(16)}`,
  model_requested: pick(MODELS, number),
  model_served: `${pick(MODELS, number)}-0806`,
  prompt_name: 'summarise',
  prompt_version: 'v12',
  streaming: true,
  status: number % 20 === 0 ? 'error' : 'ok',
  ttft_ms: 200 + (number % 900),
  duration_ms: 1_200 + (number % 5_000),
  input_tokens: number % 4_000,
  output_tokens: number % 900,
  finish_reason: 'stop',
  attributes: { team: `team-${number % 8}` },
});

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
  message Scope { string name = 1; string version = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; string name = 5; int32 kind = 6; fixed64 start_time_unix_nano = 7;
    fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
  }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
`);
const attribute = ([key, value]) => ({
  key,
  value:
    typeof value === 'string'
      ? { stringValue: value }
      : typeof value === 'boolean'
        ? { boolValue: value }
        : Number.isInteger(value)
          ? { intValue: value }
          : { doubleValue: value },
});

const spanNumber = (number, nowMs) => {
  const id = Buffer.alloc(16);
  id.writeUInt32BE(number + 1, 4);
  id.writeUInt32BE(number + 1, 12);
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': pick(MODELS, number),
    'gen_ai.response.model': `${pick(MODELS, number)}-0806`,
    'gen_ai.response.id': `chatcmpl-${number}`,
    'gen_ai.request.stream': true,
    'gen_ai.response.time_to_first_chunk': 0.412,
    'gen_ai.usage.input_tokens': number % 4_000,
    'gen_ai.usage.output_tokens': number % 900,
    'gen_ai.conversation.id': `session-${number % 1_000}`,
    'server.address': 'api.openai.com',
  };
  return {
    ...{ traceId: id, spanId: id.subarray(8), name: 'chat', kind: 3 },
    startTimeUnixNano: `${nowMs - 3_820}000000`,
    endTimeUnixNano: `${nowMs}000000`,
    attributes: Object.entries(attributes).map(attribute),
  };
};

function spansBody(first, count) {
  const nowMs = Date.now();
  const spans = Array.from({ length: count }, (_, index) => spanNumber(first + index, nowMs));
  const resource = { attributes: [attribute(['service.name', 'checkout'])] };
  const type = root.lookupType('Request');
  const scopeSpans = [{ scope: { name: 'bench', version: '1' }, spans }];
  return Buffer.from(type.encode(type.fromObject({ resourceSpans: [{ resource, scopeSpans }] })).finish());
}

const eventsBody = (first, count) =>
  Buffer.from(JSON.stringify(Array.from({ length: count }, (_, index) => eventNumber(first + index))));

/** Bodies are made before the measurement: encoding them is their clients' work. */
const BODIES = 64;
const bodiesOf = (make, perRequest) =>
  Array.from({ length: BODIES }, (_, index) => make(index * perRequest, perRequest));

/** What is sent, by name. Events have no ids of their own: the intake makes them, and every one counts. */
const KINDS = {
  json: { path: '/v1/events', contentType: 'application/json', make: eventsBody },
  otlp: { path: '/v1/traces', contentType: 'application/x-protobuf', make: spansBody },
};

/**
 * Sends so many records a second for so long. Latencies run from the moment at which a request was due, so that one which had
 * to wait for a connection is not taken for a fast one.
 */
export async function sendAtRate(url, { kind, perSecond, perRequest, seconds }) {
  const { path, contentType, make } = KINDS[kind];
  const bodies = bodiesOf(make, perRequest);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const found = { sent: 0, acknowledged: 0, statuses: {}, latenciesMs: [] };
  const startMs = performance.now();
  const requestsPerMs = perSecond / perRequest / 1_000;
  const total = Math.round(requestsPerMs * seconds * 1_000);
  const answers = [];
  for (let index = 0; index < total;) {
    const due = Math.min(total, Math.floor((performance.now() - startMs) * requestsPerMs) + 1);
    for (; index < due; index += 1) {
      const dueMs = startMs + index / requestsPerMs;
      const options = { method: 'POST', agent, headers: { 'content-type': contentType } };
      found.sent += perRequest;
      answers.push(
        post(url + path, options, bodies[index % BODIES]).then((status) => {
          found.statuses[status] = (found.statuses[status] ?? 0) + 1;
          if (status !== 200) return;
          found.acknowledged += perRequest;
          found.latenciesMs.push(performance.now() - dueMs);
        }),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(answers);
  agent.destroy();
  const tookS = (performance.now() - startMs) / 1_000;
  const { latenciesMs } = found;
  return {
    ...{ kind, perSecond, sent: found.sent, acknowledged: found.acknowledged, statuses: found.statuses },
    acknowledgedPerSecond: found.acknowledged / tookS,
    p50Ms: latenciesMs.length === 0 ? NaN : quantile(latenciesMs, 0.5),
    p99Ms: latenciesMs.length === 0 ? NaN : quantile(latenciesMs, 0.99),
  };
}

/** The status of the answer; `none` where there was no whole one. */
function post(url, options, body) {
  return new Promise((resolve) => {
    const call = request(url, { ...options, timeout: ANSWER_TIMEOUT_MS }, (answer) => {
      answer.resume();
      answer.once('close', () => resolve(answer.complete ? answer.statusCode : 'none'));
    });
    call.once('timeout', () => call.destroy());
    call.once('error', () => resolve('none'));
    call.end(body);
  });
}
