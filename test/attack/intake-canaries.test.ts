import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { INFERENCE_FIELDS, JUDGEMENT_FIELDS, VERDICT_FIELDS } from '@burnline/core';
import { createLogger } from '@burnline/runtime';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Pipeline } from '../../services/burnline/dist/pipeline/pipeline.js';
import { scoreOf } from '../contract/intake/langfuse-sample.ts';
import { payloadOf } from '../contract/intake/litellm-sample.ts';
import { BEDROCK, ENVOY, HELICONE, USAGE } from '../contract/intake/mapping-samples.ts';
import { evaluationOf, logsRequestOf } from '../contract/intake/otlp-sample.ts';
import { protobufOf } from '../contract/intake/otlp/otlp-proto.ts';
import { startCli, type RunningCli } from '../support/burnline-cli.ts';
import { plantings, type Planting } from './support/canaries.ts';

/**
 * Goal: of what sources send beside numbers, the pipeline keeps the names and ids that it says it keeps, and no other text.
 *
 * Method: every text of what each source sends is in turn a sentence with a mark of its own. Whatever mark is found in the log, in a
 * table, in a line of the process or in a metric has to be of a field that is kept on purpose.
 */
const FIXTURES = new URL('../contract/intake/otlp/fixtures/', import.meta.url);
const MAPPINGS = new URL('../../examples/mappings/', import.meta.url).pathname;
const CLIENTS = ['otel-python', 'openllmetry', 'openinference', 'ai-sdk-7', 'ai-sdk-6', 'openlit', 'litellm'];
const EVENT_ID = '01234567-89ab-4cde-8f01-23456789abcd';
const MARK = /zq(\d+)zq/g;

const textFields = (fields: object): readonly string[] =>
  Object.entries(fields as Readonly<Record<string, { readonly kind: string }>>)
    .filter(([, { kind }]) => kind === 'text')
    .map(([name]) => name);

/** What is kept on purpose, by source, and why. */
const KEPT: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'names that are dimensions': {
    otlp: [
      ...['deployment.environment.name', 'service.name'].map(
        (name) => `resourceSpans.resource.attributes[${name}]`,
      ),
      ...['name', 'version'].map((name) => `resourceSpans.scopeSpans.scope.${name}`),
      ...[
        'ai.telemetry.functionId',
        'gen_ai.agent.name',
        'gen_ai.openai.response.service_tier',
        'gen_ai.openai.response.system_fingerprint',
        'gen_ai.provider.name',
        'gen_ai.request.model',
        'gen_ai.response.model',
        'gen_ai.system',
        'llm.model_name',
        'llm.system',
        'openai.response.service_tier',
        'openai.response.system_fingerprint',
      ].map((name) => `resourceSpans.scopeSpans.spans.attributes[${name}]`),
    ],
    litellm: [
      'custom_llm_provider',
      'metadata.user_api_key_request_route',
      'metadata.user_api_key_team_alias',
      'model',
      'model_group',
      'model_id',
    ],
    evaluation: ['resourceLogs.scopeLogs.logRecords.attributes[gen_ai.evaluation.name]'],
    langfuse: ['name'],
  },
  'ids by which rows are found': {
    otlp: ['resourceSpans.scopeSpans.spans.attributes[gen_ai.response.id]'],
    litellm: ['id', 'litellm_call_id', 'session_id'],
  },
  'fields that a sender of our own JSON filled in': {
    'json /v1/events': [
      ...[...textFields(INFERENCE_FIELDS), 'attributes.team'],
      ...textFields(JUDGEMENT_FIELDS).map((name) => `verdicts.${name}`),
    ],
    'json /v1/verdicts': [...textFields(VERDICT_FIELDS), 'attributes.team'],
  },
  'columns that its mapping names': {
    'bedrock-invocations': ['modelId', 'output.outputBodyJson.stopReason', 'region', 'requestId'],
    'envoy-ai-gateway': [
      'gen_ai.provider.name',
      'gen_ai.request.model',
      'gen_ai.response.model',
      'session.id',
      'x-request-id',
    ],
    'helicone-requests': [
      'data.country_code',
      'data.provider',
      'data.request_id',
      'data.request_model',
      'data.response_id',
      'data.response_model',
    ],
    'openai-usage': ['data.results.model', 'data.results.project_id'],
  },
};

interface Ready {
  readonly intake: string;
  readonly operations: string;
}

let root: string;
let dataDirectory: string;
let running: RunningCli;
let ready: Ready;
/** Fields by the number of the mark that stood there. */
const planted: Planting[] = [];
/** Everything that is kept, by where. */
const kept = new Map<string, string>();

async function post(route: string, body: unknown): Promise<void> {
  const isProtobuf = Buffer.isBuffer(body);
  const answer = await fetch(ready.intake + route, {
    method: 'POST',
    body: isProtobuf ? body : JSON.stringify(body),
    headers: { 'content-type': isProtobuf ? 'application/x-protobuf' : 'application/json' },
  });
  await answer.arrayBuffer();
  expect(answer.status).toBeLessThan(500);
}

async function plantAll(
  source: string,
  route: string,
  body: unknown,
  encode: (body: unknown) => unknown = (given) => given,
): Promise<void> {
  for (const one of plantings(source, body, planted.length)) {
    const encoded = encode(one.body);
    planted.push(one);
    await post(route, encoded);
  }
}

/** A record of our own JSON that states every text that it may, and words, ids and times beside them. */
const recordOf = (fields: object, stated: Readonly<Record<string, unknown>>): object => ({
  ...Object.fromEntries(textFields(fields).map((name) => [name, 'a'])),
  ...stated,
});
const NOW = new Date().toISOString();
const JUDGEMENT = { passed: true, kind: 'guardrail' };
const OWN = {
  '/v1/events': recordOf(INFERENCE_FIELDS, {
    ...{
      event_id: EVENT_ID,
      occurred_at: NOW,
      attributes: { team: 'a' },
      duration_ms: 12,
    },
    ...{ status: 'ok', refused_by: 'none', trust: 'leaf', fallback_kind: 'none' },
    verdicts: [recordOf(JUDGEMENT_FIELDS, JUDGEMENT)],
  }),
  '/v1/verdicts': recordOf(VERDICT_FIELDS, {
    ...{ ...JUDGEMENT, inference_at: NOW, attributes: { team: 'a' } },
  }),
};

/** What a client sent, as OTLP/JSON. */
async function sentBy(client: string, name: string): Promise<readonly unknown[]> {
  const text = await readFile(new URL(`${client}.${name}.json`, FIXTURES), 'utf8');
  const { requests } = JSON.parse(text) as { readonly requests: readonly { readonly json: unknown }[] };
  return requests.map(({ json }) => json);
}

async function sendAll(): Promise<void> {
  for (const client of CLIENTS)
    for (const name of ['tools', 'broken', 'streamed'])
      for (const body of await sentBy(client, name)) await plantAll('otlp', '/v1/traces', body);
  for (const body of await sentBy('otel-python', 'streamed'))
    await plantAll('otlp', '/v1/traces', body, (one) => protobufOf(one as object));
  for (const [route, record] of Object.entries(OWN)) {
    await plantAll(`json ${route}`, route, record);
    // What is no field, as a prompt would be, has its record refused.
    await plantAll(`json ${route}`, route, { ...record, prompt: 'a' });
  }
  await plantAll('evaluation', '/v1/logs', logsRequestOf([evaluationOf(1)]));
  await plantAll('litellm', '/v1/litellm?service=gateway', payloadOf(1));
  const error_information = {
    error_code: '400',
    error_class: 'BadRequestError',
    error_message: 'no',
    traceback: 'a',
  };
  await plantAll(
    'litellm',
    '/v1/litellm?service=gateway',
    payloadOf(2, { status: 'failure', error_information }),
  );
  await plantAll('langfuse', '/v1/langfuse/scores', scoreOf(1));
  await plantAll(
    'langfuse',
    '/v1/langfuse/scores',
    scoreOf(2, { dataType: 'CATEGORICAL', stringValue: 'good' }),
  );
  const mapped = {
    'bedrock-invocations': BEDROCK,
    'envoy-ai-gateway': ENVOY,
    'helicone-requests': { data: [HELICONE] },
    'openai-usage': USAGE,
  };
  for (const [name, body] of Object.entries(mapped)) await plantAll(name, `/v1/events?mapping=${name}`, body);
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-canaries-'));
  dataDirectory = path.join(root, 'data');
  const ports = ['intake', 'sql', 'operations', 'otlp-grpc'].flatMap((port) => [`--${port}-port`, '0']);
  const args = [
    ...ports,
    '--no-console',
    '--data-dir',
    dataDirectory,
    '--mappings',
    MAPPINGS,
    '--log-level',
    'debug',
  ];
  running = startCli(['--json', 'up', ...args]);
  ready = await vi.waitFor(() => JSON.parse(running.stdout()) as Ready, { timeout: 60_000 });
  await sendAll();
  kept.set('metrics', await (await fetch(`${ready.operations}/metrics`)).text());
  running.child.kill('SIGTERM');
  const { stdout, stderr, exitCode } = await running.ended;
  expect(exitCode).toBe(0);
  kept.set('output', stdout + stderr);
  await readAll();
}, 400_000);
afterAll(() => rm(root, { recursive: true, force: true }));

/** Everything in the tables and in the log, once the process has ended and what was acknowledged is written. */
async function readAll(): Promise<void> {
  const logger = createLogger({ name: 'test', level: 'silent' });
  const pipeline = await Pipeline.open({ dataDirectory, plans: [], receivers: [], logger, sqlPort: 0 });
  try {
    const { topics } = await pipeline.startStream('live', 'live');
    await vi.waitFor(
      async () => {
        const [row] = await pipeline.store.query<{ count: string }>(
          "SELECT toString(countIf(service = 'openai-organization')) AS count FROM inferences",
        );
        expect(Number(row?.count)).toBeGreaterThan(0);
      },
      { timeout: 60_000, interval: 200 },
    );
    const tables = await pipeline.store.query<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'",
    );
    for (const { name } of tables) {
      const rows = await pipeline.store.query<{ row: string }>(
        `SELECT toString(tuple(*)) AS row FROM ${name}`,
      );
      kept.set(`table ${name}`, rows.map(({ row }) => row).join('\n'));
    }
    const { inference, verdicts, references } = topics;
    for (const { name } of [inference, verdicts, references])
      kept.set(`topic ${name}`, await textOf(pipeline, name));
  } finally {
    await pipeline.close();
  }
}

async function textOf({ log }: Pipeline, topic: string): Promise<string> {
  const texts: string[] = [];
  for (const { partition, startOffset, endOffset } of await log.bounds([topic]))
    for (let offset = startOffset; offset < endOffset;) {
      const messages = await log.read({ topic, partition, fromOffset: offset, bytesMax: 4 * 1024 * 1024 });
      texts.push(...messages.map(({ value }) => Buffer.from(value).toString('latin1')));
      offset = messages.at(-1)!.offset + 1;
    }
  return texts.join('\n');
}

const isOfData = (where: string): boolean => /^(table|topic) /.test(where);
/** Fields whose marks are found there, in order. */
function fieldsIn(text: string): readonly string[] {
  const found = [...text.matchAll(MARK)].map(([, number]) => {
    const { source, field } = planted[Number(number)]!;
    return `${source} ${field}`;
  });
  return [...new Set(found)].sort();
}

it('tables and the log hold the names and ids that are kept on purpose, and no other text', () => {
  const wanted = Object.values(KEPT).flatMap((bySource) =>
    Object.entries(bySource).flatMap(([source, fields]) => fields.map((field) => `${source} ${field}`)),
  );
  const data = [...kept].filter(([where]) => isOfData(where)).map(([, text]) => text);
  expect(planted.length).toBeGreaterThan(1_000);
  expect(fieldsIn(data.join('\n'))).toEqual(wanted.sort());
});

it('no line of the process, no metric and no dead letter holds any', () => {
  const others = [...kept].filter(([where]) => !isOfData(where) || where.includes('dead_letters'));
  expect(others.map(([where]) => where)).toEqual(
    expect.arrayContaining(['metrics', 'output', 'table dead_letters']),
  );
  for (const [where, text] of others) expect([where, fieldsIn(text)]).toEqual([where, []]);
});
