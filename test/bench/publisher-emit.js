/**
 * What a publisher costs the service that emits, event by event.
 *
 * npm run bench:publisher
 *
 * - Time per emit() of a usual event, and what it allocates: the transport takes everything at once, so that what is measured
 *   is completing, checking, encoding, counting.
 * - A service that emits 1,000 events a second over HTTP: its CPU time, how long its event loop is held up, bytes on the wire,
 *   beside the same service without events; what is left of it after close.
 */
import { fork } from 'node:child_process';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { createPublisher, httpTransport } from '@burnline/publisher';

const RUN_COUNT = 15;
const WARMUP_RUN_COUNT = 5;
const EVENTS_PER_RUN = 20_000;
const PARTITION_COUNT = 12;
/** Event-loop turns between bursts, as a service has them. */
const BURST_EVENTS = 500;
/** Of a service over HTTP: every 10 ms some. */
const SERVICE = { eventsPerSecond: 1_000, seconds: 10, everyMs: 10 };
/** No scavenge between two looks at the heap: what was allocated is what it has grown by. */
const WIDE_HEAP = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'];

const input = {
  request_id: 'req-0190b4e2-7c3a-7d1e',
  trace_id: '0123456789abcdef0123456789abcdef',
  span_id: '0123456789abcdef',
  tenant: 'acme',
  endpoint: '/v1/chat',
  operation: 'chat',
  provider: 'openai',
  model_requested: 'gpt-4o',
  model_served: 'gpt-4o-2024-08-06',
  deployment: 'eu-west-a',
  region: 'eu-west-1',
  prompt_name: 'summarise',
  prompt_version: 'v12',
  session_id: 'session-1234567',
  task_id: 'task-99',
  streaming: true,
  status: 'ok',
  http_status: 200,
  ttft_ms: 312.5,
  duration_ms: 2210.25,
  input_tokens: 1532,
  cached_input_tokens: 1024,
  output_tokens: 312,
  finish_reason: 'stop',
  attributes: { team: 'growth' },
  measures: { output_characters: 1200 },
};
const OF = { service: 'checkout-assistant', environment: 'production' };
const ms = (from, to) => Number(to - from) / 1e6;

function emitBurst(publisher) {
  for (let index = 0; index < BURST_EVENTS; index += 1)
    publisher.emit({ ...input, duration_ms: 2000 + index });
}

async function runEmits(publisher) {
  let spentMs = 0;
  for (let sent = 0; sent < EVENTS_PER_RUN; sent += BURST_EVENTS) {
    const startedAt = process.hrtime.bigint();
    emitBurst(publisher);
    spentMs += ms(startedAt, process.hrtime.bigint());
    await new Promise((resolve) => setImmediate(resolve));
  }
  await publisher.flush();
  return (spentMs * 1_000) / EVENTS_PER_RUN;
}

async function measureEmit() {
  const transport = { send: () => Promise.resolve() };
  const publisher = createPublisher({ transport, partitionCount: PARTITION_COUNT, ...OF });
  const runs = [];
  for (let index = 0; index < WARMUP_RUN_COUNT + RUN_COUNT; index += 1) {
    const us = await runEmits(publisher);
    if (index >= WARMUP_RUN_COUNT) runs.push(us);
  }
  const allocated = [];
  for (let index = 0; index < RUN_COUNT; index += 1) {
    globalThis.gc();
    const before = process.memoryUsage();
    emitBurst(publisher);
    const after = process.memoryUsage();
    allocated.push(
      (after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers) / BURST_EVENTS,
    );
    await publisher.flush();
  }
  await publisher.close();
  const { emitted, acknowledged } = publisher.counters();
  if (acknowledged !== emitted) throw new Error(`${emitted - acknowledged} of ${emitted} events were lost`);
  const sorted = (values) => values.toSorted((a, b) => a - b);
  return { runs: sorted(runs), allocated: sorted(allocated) };
}

/** Ids and measurements of their own, as events have them: a codec finds less to save than in one event again and again. */
function variedInputs() {
  return Array.from({ length: 5_000 }, () => ({
    ...input,
    request_id: `req-${randomUUID()}`,
    trace_id: randomBytes(16).toString('hex'),
    span_id: randomBytes(8).toString('hex'),
    session_id: `session-${randomInt(1e9)}`,
    tenant: `tenant-${randomInt(50)}`,
    ttft_ms: randomInt(200_000) / 128,
    duration_ms: 2_000 + randomInt(1_000_000) / 128,
    input_tokens: randomInt(1_024, 8_000),
    output_tokens: randomInt(1_000),
  }));
}

/** A service that does nothing but emit at its rate: CPU in cores, the longest waits of its event loop, what is left of it. */
async function measureService({ url, compression, eventsPerSecond, lingerMs }) {
  const publisher =
    url === undefined
      ? null
      : createPublisher({ transport: httpTransport({ url, compression }), lingerMs, ...OF });
  const perTurn = (eventsPerSecond * SERVICE.everyMs) / 1_000;
  const inputs = variedInputs();
  let next = 0;
  const turn = () => {
    for (let index = 0; index < perTurn; index += 1)
      publisher?.emit({ ...inputs[(next += 1) % inputs.length] });
  };
  const serve = async (seconds) => {
    const timer = setInterval(turn, SERVICE.everyMs);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    clearInterval(timer);
  };
  await serve(2);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const [before, startMs] = [process.cpuUsage(), performance.now()];
  await serve(SERVICE.seconds);
  const cpu = process.cpuUsage(before);
  delay.disable();
  const cores = (cpu.user + cpu.system) / 1_000 / (performance.now() - startMs);
  await publisher?.close();
  const { emitted, acknowledged } = publisher?.counters() ?? { emitted: 0, acknowledged: 0 };
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  return { cores, p99Ms: delay.percentile(99) / 1e6, emitted, acknowledged, timers };
}

async function inChild(work, order = {}, execArgv = []) {
  const child = fork(fileURLToPath(import.meta.url), [work], { execArgv });
  child.send(order);
  const [result] = await once(child, 'message');
  child.disconnect();
  await once(child, 'exit');
  return result;
}

/** Takes everything, and counts what came over the wire: bodies, as they are. */
async function startCollector() {
  let bytes = 0;
  const server = createServer((request, response) => {
    request.on('data', (chunk) => (bytes += chunk.length));
    request.on('end', () => response.end(JSON.stringify({ accepted: 0, partitions: PARTITION_COUNT })));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    takeBytes: () => {
      const taken = bytes;
      bytes = 0;
      return taken;
    },
    close: () => server.close(),
  };
}

async function report() {
  const { runs, allocated } = await inChild('emit', {}, WIDE_HEAP);
  const spread = (values, digits, unit) =>
    `median ${values[values.length >> 1].toFixed(digits)} ${unit}, ${values[0].toFixed(digits)} to ${values.at(-1).toFixed(digits)}`;
  console.log(
    `emit(): ${spread(runs, 2, 'us')} per event (${RUN_COUNT} runs of ${EVENTS_PER_RUN} events, ` +
      `${PARTITION_COUNT} partitions, Node ${process.version})`,
  );
  console.log(
    `allocated: ${spread(allocated, 0, 'bytes')} per event, its own object of the service included`,
  );
  const collector = await startCollector();
  const { eventsPerSecond } = SERVICE;
  const services = [
    ['no events', { eventsPerSecond }],
    [`${eventsPerSecond} events/s`, { url: collector.url, eventsPerSecond }],
    [`${eventsPerSecond} events/s, gzip`, { url: collector.url, eventsPerSecond, compression: 'gzip' }],
  ];
  for (const [name, order] of services) {
    collector.takeBytes();
    const { cores, p99Ms, emitted, acknowledged, timers } = await inChild('service', order);
    if (acknowledged !== emitted) throw new Error(`${emitted - acknowledged} of ${emitted} events were lost`);
    const bytes =
      emitted === 0 ? '' : `, ${(collector.takeBytes() / emitted).toFixed(0)} bytes an event on the wire`;
    console.log(
      `a service, ${name}: ${(cores * 100).toFixed(1)} % of a core, its event loop waits ${p99Ms.toFixed(1)} ms at p99${bytes}, ` +
        `${timers} timers after close`,
    );
  }
  collector.close();
}

const WORK = { emit: measureEmit, service: measureService };
const work = WORK[process.argv[2]];
if (work === undefined) await report();
else process.once('message', async (order) => process.send(await work(order)));
