/**
 * What a cost takes: publishers' messages of 100 events checked, then priced between their bytes, beside decoding and encoding
 * them again; and events as objects, as the other ways in have them. CPU microseconds an event. npm run bench:prices
 */
import process from 'node:process';
import { Prices } from '@burnline/collector';
import { createBatchDecoder, createBatchEncoder, loadPackageSchemas } from '@burnline/contracts';
import { createLogger } from '@burnline/runtime';
import { eventOf } from './support/events.js';
import { Figures } from './support/figures.js';
import { createRandom } from './support/random.js';

const RUNS = Number(process.argv[2] ?? 9);
const MESSAGES = 100;
const EVENTS_PER_MESSAGE = 100;
const ROUNDS = 5;
/** Models that the bundled book knows, from who serves them. */
const SERVED = [
  { provider: 'openai', model_served: 'gpt-4o-2024-11-20' },
  { provider: 'openai', model_served: 'gpt-4o-mini' },
  { provider: 'azure.ai.openai', model_served: 'gpt-4o' },
  { provider: 'anthropic', model_served: 'claude-sonnet-4-5' },
  { provider: 'gcp.gemini', model_served: 'gemini-2.5-pro' },
];
const UNPRICED = { cost_nano_usd: null, cost_source: 'unknown', price_version: null };
const KINDS = {
  'cost unknown': UNPRICED,
  'cost reported': { cost_nano_usd: 5_000_000, cost_source: 'reported', price_version: null },
  'cost computed by the sender': {},
  'no price': { ...UNPRICED, model_served: 'of-ours' },
};

const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);
const prices = await Prices.open(
  { isBundled: true },
  { logger: createLogger({ name: 'bench', level: 'error' }) },
);
const random = createRandom(7);
const latestMicros = Date.UTC(2026, 5, 1) * 1_000;

function eventsOf(over) {
  return Array.from({ length: EVENTS_PER_MESSAGE }, () => ({
    ...eventOf(random, { latestMicros }),
    ...SERVED[random(SERVED.length)],
    ...over,
  }));
}

function encode(events) {
  const encoder = createBatchEncoder({ kind: 'inference', schemas });
  for (const event of events) encoder.append(event);
  return encoder.finish();
}

const WORKS = {
  check: ({ message }) => decoder.checkBatch(message),
  'priced between the bytes': ({ message }, tally) =>
    prices.editor.edit(message, (facts) => tally.additionTo(facts)),
  'decoded, priced, encoded': ({ message }, tally) =>
    encode(decoder.decodeBatch(message).records.map((event) => tally.priced(event))),
  'as objects': ({ events }, tally) => events.map((event) => tally.priced(event)),
};

function cpuMicros(work, batches) {
  const tally = prices.begin();
  const begin = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round += 1) for (const batch of batches) work(batch, tally);
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / (ROUNDS * MESSAGES * EVENTS_PER_MESSAGE);
}

const figures = new Figures();
for (const [kind, over] of Object.entries(KINDS)) {
  const batches = Array.from({ length: MESSAGES }, () => eventsOf(over)).map((events) => ({
    events,
    message: encode(events),
  }));
  // The first run compiles.
  for (let run = 0; run <= RUNS; run += 1)
    for (const [name, work] of Object.entries(WORKS)) {
      const micros = cpuMicros(work, batches);
      if (run > 0) figures.keep({ [`${kind}: ${name}`]: micros });
    }
}
figures.print('CPU us an event');
