// What the embedded pipeline does on this machine today: events from the log to panes and raw rows, all processes together.
// Figures are medians of several runs with their spread; they are printed, never asserted. usage: npm run bench [-- RUNS EVENTS]
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createBatchEncoder, loadSpecs, partitionOf } from '@burnline/contracts';
import { createLogger, readProgress } from '@burnline/runtime';
import { Pipeline } from '../../services/burnline/dist/pipeline/pipeline.js';

const runCount = Number(process.argv[2] ?? 3);
const eventCount = Number(process.argv[3] ?? 200_000);
const PROVIDERS = ['openai', 'anthropic', 'mistral', 'google'];

const specs = `
apiVersion: openslo/v1
kind: Service
metadata: { name: bench }
spec: { description: synthetic load }
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: bench-availability }
spec:
  service: bench
  indicator:
    metadata: { name: bench-availability }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
        total: { metricSource: { type: burnline, spec: { where: "status != 'cancelled'", by: [provider], sum: [output_tokens] } } }
  timeWindow: [{ duration: 30d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ displayName: ok, target: 0.99 }]
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: bench-ttft }
spec:
  service: bench
  indicator:
    metadata: { name: bench-ttft }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "ttft_ms <= 800" } } }
        total: { metricSource: { type: burnline, spec: { where: "status == 'ok' && has(ttft_ms)", by: [provider], histogram: { field: ttft_ms, scale: 5 } } } }
  timeWindow: [{ duration: 30d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ displayName: fast, target: 0.95 }]
`;

function eventOf(index, occurredAt) {
  const isError = index % 97 === 0;
  return {
    event_id: createHash('md5').update(`bench ${index}`).digest(),
    occurred_at: occurredAt,
    request_id: `request-${index}`,
    trace_id: '5b8efff798038103d269b633813fc60c',
    span_id: 'eee19b7ec3c1b174',
    attempt: 0,
    is_final: true,
    fallback_depth: 0,
    fallback_kind: 'none',
    tenant: `tenant-${index % 20}`,
    environment: 'bench',
    service: 'bench',
    endpoint: '/chat',
    operation: 'chat',
    feature: null,
    provider: PROVIDERS[index % PROVIDERS.length],
    model_requested: 'model-a',
    model_served: 'model-a-2026-01',
    deployment: 'blue',
    region: 'eu-west-1',
    prompt_name: 'answer',
    prompt_version: '7',
    variant: null,
    session_id: `session-${index % 1000}`,
    task_id: '',
    agent_id: null,
    step: null,
    user_hash: null,
    streaming: true,
    status: isError ? 'error' : 'ok',
    error_type: isError ? 'overloaded' : '',
    http_status: isError ? 503 : 200,
    ttft_ms: isError ? null : 200 + (index % 900),
    duration_ms: 900 + (index % 3000),
    request_ttft_ms: null,
    request_elapsed_ms: null,
    input_tokens: 1000 + (index % 500),
    cached_input_tokens: 0,
    output_tokens: 100 + (index % 300),
    reasoning_tokens: 0,
    response_cache_hit: false,
    cost_nano_usd: 1_000_000 + index,
    cost_source: 'reported',
    price_version: null,
    finish_reason: 'stop',
    tool_calls: 0,
    tool_errors: 0,
    schema_valid: null,
    confidence: null,
    verdicts: [],
    sample_weight: 1,
    attributes: {},
    measures: {},
  };
}

/** Messages of 100 events, ready to be appended: encoding is the publisher's work and has a benchmark of its own. */
function encodeMessages(topic, schemas, partitionCount) {
  const encoders = Array.from({ length: partitionCount }, () =>
    createBatchEncoder({ kind: 'inference', schemas }),
  );
  const messages = [];
  const finish = (partition) =>
    messages.push({ topic, partition, messages: [{ value: encoders[partition].finish() }] });
  const nowMicros = Date.now() * 1_000;
  for (let index = 0; index < eventCount; index += 1) {
    const event = eventOf(index, nowMicros - (index % 60_000_000));
    const partition = partitionOf(event.event_id, partitionCount);
    if (encoders[partition].append(event)) continue;
    finish(partition);
    encoders[partition].append(event);
  }
  encoders.forEach((encoder, partition) => encoder.count > 0 && finish(partition));
  return messages;
}

async function waitFor(isDone) {
  for (;;) {
    if (await isDone()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function run() {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'burnline-bench-'));
  const { plans, issues } = loadSpecs([{ file: 'bench.yaml', text: specs }], { mode: 'tolerant' });
  if (issues.length > 0) throw new Error(JSON.stringify(issues));
  const pipeline = await Pipeline.open({
    dataDirectory,
    plans,
    receivers: [],
    logger: createLogger({ name: 'bench', level: 'error' }),
    sqlPort: 0,
  });
  try {
    const stream = await pipeline.startStream('live', 'live');
    const messages = encodeMessages(stream.topics.inference.name, pipeline.schemas, stream.partitionCount);
    const startMs = performance.now();
    for (let at = 0; at < messages.length; at += 200) await pipeline.log.append(messages.slice(at, at + 200));
    const appendedMs = performance.now();
    const ends = await pipeline.log.bounds([stream.topics.inference.name]);
    const positionOf = async (consumer) => {
      const rows = await pipeline.store.query(
        `SELECT partition, position FROM watermarks FINAL WHERE consumer = '${consumer}' AND topic = '${stream.topics.inference.name}'`,
      );
      return (partition) => rows.find((row) => row.partition === partition)?.position ?? 0;
    };
    let countedMs = 0;
    let keptMs = 0;
    await waitFor(async () => {
      const [counted, kept] = [await positionOf('processor'), await positionOf('sink')];
      const reached = (position) => ends.every((one) => position(one.partition) >= one.endOffset);
      if (countedMs === 0 && reached(counted)) countedMs = performance.now();
      if (keptMs === 0 && reached(kept)) keptMs = performance.now();
      return countedMs > 0 && keptMs > 0;
    });
    const [row] = await pipeline.store.query('SELECT count() AS count FROM inferences');
    if (row.count !== eventCount) throw new Error(`${row.count} rows for ${eventCount} events`);
    await readProgress(pipeline.store, 'processor', stream.epochs);
    const rate = (fromMs, toMs) => eventCount / ((toMs - fromMs) / 1_000);
    return {
      'append, durable (events/s)': rate(startMs, appendedMs),
      'published to counted in panes (events/s)': rate(startMs, countedMs),
      'published to raw rows visible (events/s)': rate(startMs, keptMs),
      'memory of this process (MiB)': process.memoryUsage().rss / 2 ** 20,
    };
  } finally {
    await pipeline.close();
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

const results = [];
for (let index = 0; index < runCount; index += 1) {
  results.push(await run());
  process.stderr.write(`run ${index + 1} of ${runCount} done\n`);
}
console.log(
  `embedded pipeline, ${eventCount} events of 50 fields, 2 partitions, 2 SLOs by 4 providers, Node ${process.version}`,
);
for (const name of Object.keys(results[0])) {
  const values = results.map((result) => result[name]).sort((a, b) => a - b);
  const show = (value) => Math.round(value).toLocaleString('en-US');
  console.log(
    `  ${name.padEnd(44)} median ${show(values[Math.floor(values.length / 2)])}  (${show(values[0])} to ${show(values.at(-1))})`,
  );
}
