/**
 * Raw rows a second: the columnariser alone, and into the real engine as Native blocks and as Avro containers.
 *
 * npm run bench:sink [-- RUNS EVENTS]
 *
 * Every run writes the same messages (50 events each, shuffled a little in time) through RawWriter into a fresh
 * table; the two formats take turns. Medians and their spread are printed, nothing is asserted but the number of rows.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createBatchDecoder, createBatchEncoder, loadPackageSchemas } from '@burnline/contracts';
import { startEngine } from '@burnline/engine';
import { createLogger, migrate, openMemoryLog, openStore, readMigrations } from '@burnline/runtime';
import { IdentityReader } from '../../services/sink/dist/identity-walk.js';
import { MessageReader } from '../../services/sink/dist/message-reader.js';
import { RawBlock } from '../../services/sink/dist/native/raw-block.js';
import { PlainRows } from '../../services/sink/dist/plain-rows.js';
import { RawWriter } from '../../services/sink/dist/raw-writer.js';
import { cpuSecondsOf } from './support/cpu.js';
import { MODELS, UNSTATED } from './support/events.js';
import { createRandom } from './support/random.js';

const runCount = Number(process.argv[2] ?? 5);
const eventCount = Number(process.argv[3] ?? 200_000);
const EVENTS_PER_MESSAGE = 50;
const PARTITION_COUNT = 4;
const BLOCK_ROWS = 65_536;
const logger = createLogger({ name: 'bench', level: 'error' });
const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);

const random = createRandom(7);
const pick = (list) => list[random(list.length)];
const hex = (length) => Array.from({ length }, () => random(16).toString(16)).join('');

function eventOf(index, nowMs) {
  const eventId = new Uint8Array(16);
  for (let word = 0; word < 4; word += 1) new DataView(eventId.buffer).setUint32(word * 4, random(2 ** 32));
  const model = pick(MODELS);
  const durationMs = 200 + random(400_000) / 100;
  const isError = random(50) === 0;
  return {
    ...UNSTATED,
    event_id: eventId,
    // A minute of events in about their order.
    occurred_at: nowMs * 1_000 - Math.floor(((eventCount - index) / eventCount) * 60e6) - random(2_000_000),
    request_id: `req-${hex(16)}`,
    trace_id: hex(32),
    span_id: hex(16),
    tenant: `tenant-${random(50)}`,
    environment: 'production',
    service: pick(['checkout-assistant', 'search', 'support-bot']),
    endpoint: '/v1/chat',
    operation: 'chat',
    provider: pick(['openai', 'anthropic', 'azure', 'bedrock']),
    model_requested: model,
    model_served: `${model}-2024-08-06`,
    deployment: 'eu-west-a',
    region: pick(['eu-west-1', 'us-east-1', 'ap-south-1']),
    prompt_name: 'summarise',
    prompt_version: 'v12',
    session_id: `session-${random(100_000)}`,
    streaming: true,
    status: isError ? 'error' : 'ok',
    error_type: isError ? 'overloaded' : '',
    http_status: isError ? 503 : 200,
    ttft_ms: isError ? null : durationMs / 5,
    duration_ms: durationMs,
    input_tokens: random(4_000),
    cached_input_tokens: 0,
    output_tokens: random(900),
    reasoning_tokens: 0,
    cost_nano_usd: random(20_000_000),
    cost_source: 'computed',
    price_version: '2025-06',
    finish_reason: 'stop',
    tool_calls: 0,
    tool_errors: 0,
    attributes: index % 4 === 0 ? { team: `team-${random(8)}` } : {},
    measures: { output_characters: random(4_000) },
  };
}

function encodeMessages() {
  const encoder = createBatchEncoder({ kind: 'inference', schemas });
  const timestampMs = Date.now();
  const messages = [];
  for (let index = 0; index < eventCount; index += 1) {
    encoder.append(eventOf(index, timestampMs));
    if (encoder.count === EVENTS_PER_MESSAGE || index === eventCount - 1)
      messages.push({ offset: messages.length, timestampMs, value: encoder.finish() });
  }
  return messages;
}

/** What the partitions hold when a flush comes. */
function readSnapshots(messages) {
  const identities = new IdentityReader();
  const parts = { topic: 't', decoder, schemas, identities, repeatWindowMessages: 16_384 };
  const readers = Array.from({ length: PARTITION_COUNT }, () => new MessageReader(parts));
  const snapshots = readers.map((_, partition) => ({ partition: { topic: 't', partition }, messages: [] }));
  messages.forEach((message, index) => {
    const partition = index % PARTITION_COUNT;
    snapshots[partition].messages.push(readers[partition].read(message));
  });
  return snapshots;
}

const epochOf = (epoch) => ({ epoch, stream: 'live', topic: 't', clock: 'live', createdAtMs: 0 });
const itemsOf = (snapshots, epoch) =>
  snapshots.flatMap(({ partition: { partition }, messages }) =>
    messages.map((pending) => ({ pending, where: { partition, epoch: epochOf(epoch) } })),
  );

/** Items of an insert of the plain way, sized as the writer sizes blocks. */
function cut(items) {
  const size = Math.floor(BLOCK_ROWS / EVENTS_PER_MESSAGE);
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

async function cpuMicrosPerRow(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / eventCount;
}

async function measureInsert(pid, work) {
  const startMs = performance.now();
  const cpuBefore = await cpuSecondsOf(pid);
  await work();
  const cpuAfter = await cpuSecondsOf(pid);
  return {
    rate: eventCount / ((performance.now() - startMs) / 1_000),
    cpuMicros: ((cpuAfter - cpuBefore) * 1e6) / eventCount,
  };
}

const figures = new Map();
const keep = (name, value) => figures.set(name, [...(figures.get(name) ?? []), value]);

const messages = encodeMessages();
const bytesPerEvent = messages.reduce((sum, { value }) => sum + value.length, 0) / eventCount;
const directory = await mkdtemp(path.join(tmpdir(), 'burnline-bench-'));
const users = [{ name: 'burnline', password: 'bench', role: 'pipeline' }];
const engine = await startEngine({ dataDirectory: path.join(directory, 'clickhouse'), port: 0, users });
const store = openStore({ url: engine.url, user: 'burnline', password: 'bench', database: 'default' });
try {
  await migrate(store, await readMigrations(new URL('../../sql/', import.meta.url).pathname));
  const block = new RawBlock('inference', schemas);
  const plainRows = new PlainRows(schemas, decoder);
  const writer = new RawWriter({ store, log: openMemoryLog({ nowMs: Date.now }), logger, schemas, decoder });
  for (let run = -1; run < runCount; run += 1) {
    let snapshots = [];
    const readMicros = await cpuMicrosPerRow(() => (snapshots = readSnapshots(messages)));
    const items = itemsOf(snapshots, `r${run}`);
    const buildMicros = await cpuMicrosPerRow(() => {
      for (const group of cut(items)) {
        for (const item of group) if (!block.add(item)) throw new Error('left to the plain path');
        block.finish();
      }
    });
    const inserts = {};
    for (const format of run % 2 === 0 ? ['Native', 'Avro'] : ['Avro', 'Native']) {
      await store.command('TRUNCATE TABLE inference_events');
      inserts[format] = await measureInsert(engine.pid, async () => {
        if (format === 'Native') return writer.write(snapshots, () => epochOf(`r${run}`));
        for (const group of cut(items)) {
          for (const insert of plainRows.inserts(group)) await store.insertBytes(insert);
        }
      });
      const [{ count }] = await store.query('SELECT count() AS count FROM inference_events');
      if (count !== eventCount) throw new Error(`${count} rows for ${eventCount} events`);
    }
    // The first run warms both ways up.
    if (run < 0) continue;
    keep('read: ids, times, repeats (CPU us a row)', readMicros);
    keep('columnariser: bytes to a Native block (CPU us a row)', buildMicros);
    keep('into the engine as Native blocks (rows/s)', inserts.Native.rate);
    keep('into the engine as Avro containers (rows/s)', inserts.Avro.rate);
    keep('Native to Avro (ratio)', inserts.Native.rate / inserts.Avro.rate);
    keep('engine, Native blocks (CPU us a row)', inserts.Native.cpuMicros);
    keep('engine, Avro containers (CPU us a row)', inserts.Avro.cpuMicros);
  }
} finally {
  await store.close();
  await engine.stop();
  await rm(directory, { recursive: true, force: true });
}
console.log(
  `${eventCount} events of 52 fields, ${Math.round(bytesPerEvent)} bytes an event, messages of ${EVENTS_PER_MESSAGE}, ` +
    `${runCount} runs, Node ${process.version}: median (smallest to largest)`,
);
for (const [name, values] of figures) {
  const sorted = values.toSorted((a, b) => a - b);
  const digits = sorted[0] < 100 ? 2 : 0;
  const show = (value) => value.toLocaleString('en-US', { maximumFractionDigits: digits });
  console.log(
    `  ${name.padEnd(54)} ${show(sorted[Math.floor(sorted.length / 2)])}  (${show(sorted[0])} to ${show(sorted.at(-1))})`,
  );
}
