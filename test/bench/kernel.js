/**
 * Events per CPU second through the processor's two ways of counting: from bytes to rows, repeats suppressed.
 *
 * node test/bench/kernel.js   (after a build)
 *
 * Each case counts the same messages by the generated kernel and by the plain path, in turn, within the same run; both
 * must come to the same rows. A run is one chunk of new events (ids change, so that the repeat window works as it does in
 * life); the window holds as many messages as the default. `--no-repeats` leaves the window out. Time is the process's
 * CPU time, the compiler's and collector's threads included, so that other work on the machine does not count.
 */
import { RepeatWindow } from '@burnline/core';
import { createBatchDecoder, createBatchEncoder, loadPackageSchemas } from '@burnline/contracts';
import { Chunk } from '../../services/processor/dist/counting/chunk.js';
import { createMessageDecoder } from '../../services/processor/dist/counting/message-decoder.js';
import { SliSet } from '../../services/processor/dist/counting/sli-set.js';
import { PlainEventCounter } from '../../services/processor/dist/counting/event-counter.js';
import { KernelEventCounter } from '../../services/processor/dist/kernel/kernel-event-counter.js';

const MESSAGE_COUNT = 300;
const EVENTS_PER_MESSAGE = 100;
const RUN_COUNT = 15;
const WARMUP_RUN_COUNT = 4;
const WINDOW_MESSAGES = 16_384;
const PANE_MS = 10_000;
const SETTINGS = { paneMs: PANE_MS };
const APPENDED_AT_MS = 1_750_000_000_000;
const withRepeats = !process.argv.includes('--no-repeats');

const PROVIDERS = ['openai', 'anthropic', 'azure', 'bedrock'];
const MODELS = ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet', 'claude-haiku', 'llama-3-70b', 'mistral-large'];
const REGIONS = ['eu-west-1', 'us-east-1', 'ap-south-1'];
const STATUSES = [...Array(17).fill('ok'), 'error', 'timeout', 'rate_limited'];

/** A small generator (mulberry32): the same events in every run. */
function createRandom(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function eventOf(random, number) {
  const eventId = new Uint8Array(16);
  new DataView(eventId.buffer).setUint32(12, number);
  const pick = (list) => list[random(list.length)];
  const durationMs = 200 + random(400_000) / 100;
  const model = pick(MODELS);
  const hex = (length) => Array.from({ length }, () => random(16).toString(16)).join('');
  return {
    event_id: eventId,
    // Eight seconds late at most: two panes or so are open.
    occurred_at: APPENDED_AT_MS * 1_000 - random(8_000_000),
    request_id: `req-${hex(16)}`,
    trace_id: hex(32),
    span_id: hex(16),
    attempt: 0,
    is_final: random(10) > 0,
    fallback_depth: 0,
    fallback_kind: 'none',
    tenant: `tenant-${random(50)}`,
    environment: 'production',
    service: 'checkout-assistant',
    endpoint: '/v1/chat',
    operation: 'chat',
    feature: null,
    provider: pick(PROVIDERS),
    model_requested: model,
    model_served: `${model}-2024-08-06`,
    deployment: 'eu-west-a',
    region: pick(REGIONS),
    prompt_name: 'summarise',
    prompt_version: 'v12',
    variant: null,
    session_id: `session-${random(100_000)}`,
    task_id: `task-${random(100_000)}`,
    agent_id: null,
    step: null,
    user_hash: null,
    streaming: true,
    status: pick(STATUSES),
    error_type: '',
    http_status: 200,
    ttft_ms: random(20) === 0 ? null : durationMs / 5,
    duration_ms: durationMs,
    request_ttft_ms: null,
    request_elapsed_ms: null,
    input_tokens: random(4_000),
    cached_input_tokens: 0,
    output_tokens: random(900),
    reasoning_tokens: 0,
    response_cache_hit: false,
    cost_nano_usd: random(20_000_000),
    cost_source: 'computed',
    price_version: '2025-06',
    finish_reason: 'stop',
    tool_calls: 0,
    tool_errors: 0,
    schema_valid: random(3) === 0 ? null : random(20) > 0,
    confidence: null,
    verdicts: [],
    sample_weight: 1,
    attributes: { team: `team-${random(8)}`, release: '2025.06.1' },
    measures: { output_characters: random(4_000) },
  };
}

const field = (name, type, nullable = false) => ({ kind: 'field', name, type, nullable });
const literal = (type, value) => ({ kind: 'literal', type, value });
const compare = (left, operator, right) => ({ kind: 'compare', operator, left, right });
const both = (left, right) => ({ kind: 'and', left, right });
const isOk = compare(field('status', 'string'), '==', literal('string', 'ok'));
const isFinal = field('is_final', 'bool');
const providerIs = (name) => compare(field('provider', 'string'), '==', literal('string', name));
const modelIs = (name) => compare(field('model_requested', 'string'), '==', literal('string', name));
const regionIn = (...names) => ({
  kind: 'in',
  operand: field('region', 'string'),
  values: names.map((name) => literal('string', name)),
});
const isFast = (ms) => compare(field('ttft_ms', 'double', true), '<', literal('double', ms));
const isShort = (ms) => compare(field('duration_ms', 'double'), '<=', literal('double', ms));
const hasTtft = { kind: 'has', operand: field('ttft_ms', 'double', true) };
const teamIs = (name) =>
  compare({ kind: 'entry', map: 'attributes', key: 'team', type: 'string' }, '==', literal('string', name));
const isValid = compare(field('schema_valid', 'bool', true), '==', literal('bool', true));

/** What real specs hold: scopes by provider, model, region and team; availability, latency, goodput, validity, cost. */
function planOf(index, grouped) {
  const pick = (list) => list[index % list.length];
  const verdicts = [
    isOk,
    isFast(300 + 50 * index),
    both(isOk, isShort(1_000 + 100 * index)),
    isValid,
    both(both(isOk, isFast(800)), isShort(3_000)),
  ];
  const scopes = [
    null,
    providerIs(pick(PROVIDERS)),
    both(isFinal, modelIs(pick(MODELS))),
    regionIn('eu-west-1', pick(REGIONS)),
    teamIs(`team-${index % 8}`),
  ];
  const dimensions = [['tenant'], ['provider', 'model_requested'], ['region'], ['attributes.team']];
  return {
    slo: `slo-${index}`,
    specRev: '0123456789abcdef',
    stream: 'inference',
    scope: scopes[index % 5],
    total: index % 5 === 1 ? hasTtft : index % 5 === 4 ? isFinal : null,
    verdict: { kind: 'good', where: verdicts[index % 5] },
    groupBy: grouped
      ? { dimensions: dimensions[index % 4], seriesCountMax: 100 }
      : { dimensions: [], seriesCountMax: 1 },
    sums: index % 3 === 0 ? ['output_tokens', 'cost_nano_usd'] : [],
    histogram: index % 10 === 1 ? { field: 'ttft_ms', scale: 5 } : null,
  };
}

const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);
const random = createRandom(7);
const encoder = createBatchEncoder({ kind: 'inference', schemas });
let eventNumber = 0;
const messages = Array.from({ length: MESSAGE_COUNT }, () => {
  for (let index = 0; index < EVENTS_PER_MESSAGE; index += 1) {
    if (!encoder.append(eventOf(random, eventNumber))) throw new Error('a message is full before its time');
    eventNumber += 1;
  }
  return encoder.finish();
});
const messageStarts = messages.map((message) => decoder.walkBatch(message).starts);

/** Writes the run's number into every id, so that no id was there before. */
function renew(run) {
  messages.forEach((message, index) => {
    const view = new DataView(message.buffer, message.byteOffset);
    for (const start of messageStarts[index]) view.setUint32(start, run);
  });
}

function createCase(counter) {
  const repeats = new RepeatWindow(WINDOW_MESSAGES);
  let offset = 0;
  return {
    rates: [],
    rows: '',
    run(isMeasured) {
      const chunk = new Chunk({ firstOffset: offset, runningMaxBeforeMs: -1, intervalNumber: 0 });
      const spentBefore = process.cpuUsage();
      for (const message of messages) {
        const messageOffset = offset;
        counter.countMessage(message, {
          chunk,
          timestampMs: APPENDED_AT_MS,
          nextOffset: messageOffset + 1,
          isRepeat: withRepeats ? (hi, lo) => repeats.observe(hi, lo, messageOffset) : () => false,
        });
        offset += 1;
      }
      const { user, system } = process.cpuUsage(spentBefore);
      const seconds = (user + system) / 1e6;
      if (isMeasured) this.rates.push((MESSAGE_COUNT * EVENTS_PER_MESSAGE) / seconds);
      this.rows = rowsOf(chunk);
    },
  };
}

function rowsOf(chunk) {
  return JSON.stringify(
    chunk
      .takeDirty()
      .map((row) => {
        const { sli, identity, pane, good, total, excluded, sums, zeroCount, version } = row;
        const histogram = [...(row.histogram ?? [])];
        return [
          sli.slo,
          identity.series,
          pane,
          good,
          total,
          excluded,
          sums,
          zeroCount,
          version,
          histogram,
        ].join();
      })
      .sort(),
  );
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const millions = (rate) => (rate / 1e6).toFixed(2);
const spread = (rates) =>
  `${millions(median(rates))} M/s (${millions(Math.min(...rates))}-${millions(Math.max(...rates))})`;

console.log(
  `${MESSAGE_COUNT} messages of ${EVENTS_PER_MESSAGE} events, ${Math.round(messages[0].length / EVENTS_PER_MESSAGE)} bytes ` +
    `an event, ${RUN_COUNT} runs, ${withRepeats ? `repeats among ${WINDOW_MESSAGES} messages` : 'no repeat window'}, ` +
    `Node ${process.version}: median (slowest-fastest)`,
);
let runNumber = 0;
for (const [sliCount, grouped] of [
  [1, false],
  [5, false],
  [20, false],
  [100, false],
  [20, true],
  [100, true],
]) {
  const plans = Array.from({ length: sliCount }, (_, index) => planOf(index, grouped));
  const slis = new SliSet(plans);
  const decode = createMessageDecoder(decoder, slis);
  const kernel = createCase(new KernelEventCounter({ plans, schemas, decoder, settings: SETTINGS }));
  const plain = createCase(new PlainEventCounter({ decode, slis, settings: SETTINGS }));
  for (let run = 0; run < WARMUP_RUN_COUNT + RUN_COUNT; run += 1) {
    runNumber += 1;
    renew(runNumber);
    for (const way of [kernel, plain]) way.run(run >= WARMUP_RUN_COUNT);
    if (kernel.rows !== plain.rows) throw new Error('the kernel and the plain path count differently');
  }
  console.log(
    `${String(sliCount).padStart(3)} SLIs${grouped ? ' grouped' : ''}: kernel ${spread(kernel.rates)}, ` +
      `plain ${spread(plain.rates)}, ratio ${(median(kernel.rates) / median(plain.rates)).toFixed(1)}`,
  );
}
