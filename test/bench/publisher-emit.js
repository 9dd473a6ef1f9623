/**
 * Microseconds per emit() of a usual event: the time that a service gives up for its telemetry.
 *
 * node test/bench/publisher-emit.js   (after a build)
 *
 * The transport takes everything at once, so that what is measured is emit: completing, encoding, counting. The garbage
 * collector runs between runs if node was started with --expose-gc.
 */
import { createPublisher } from '@burnline/publisher';

const RUN_COUNT = 15;
const WARMUP_RUN_COUNT = 5;
const EVENTS_PER_RUN = 20_000;
const PARTITION_COUNT = 12;
/** Event-loop turns between bursts, as a service has them. */
const BURST_EVENTS = 500;

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

const publisher = createPublisher({
  transport: { send: () => Promise.resolve() },
  partitionCount: PARTITION_COUNT,
  service: 'checkout-assistant',
  environment: 'production',
});

async function run() {
  let spentNs = 0n;
  for (let sent = 0; sent < EVENTS_PER_RUN; sent += BURST_EVENTS) {
    const startedAt = process.hrtime.bigint();
    for (let index = 0; index < BURST_EVENTS; index += 1) {
      publisher.emit({ ...input, duration_ms: 2000 + index });
    }
    spentNs += process.hrtime.bigint() - startedAt;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await publisher.flush();
  globalThis.gc?.();
  return Number(spentNs) / 1_000 / EVENTS_PER_RUN;
}

const runs = [];
for (let index = 0; index < WARMUP_RUN_COUNT + RUN_COUNT; index += 1) {
  const us = await run();
  if (index >= WARMUP_RUN_COUNT) runs.push(us);
}
runs.sort((a, b) => a - b);
await publisher.close();
const { emitted, acknowledged } = publisher.counters();
if (acknowledged !== emitted) throw new Error(`${emitted - acknowledged} of ${emitted} events were lost`);
const us = (value) => `${value.toFixed(2)} us`;
console.log(
  `emit(): median ${us(runs[runs.length >> 1])}, fastest ${us(runs[0])}, slowest ${us(runs.at(-1))} per event ` +
    `(${RUN_COUNT} runs of ${EVENTS_PER_RUN} events, ${PARTITION_COUNT} partitions, Node ${process.version})`,
);
