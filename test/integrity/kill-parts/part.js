// One part of the pipeline in a process of its own, on the built packages: `node part.js ROLE JSON`.
// It has no state but what the log and the database hold, and it ends when the process that started it goes.
import { createBatchDecoder, loadPackageSchemas } from '@burnline/contracts';
import { loadSpecs } from '@burnline/specs';
import { StreamSlos, startDecider, startNotifier, webhookReceiver } from '@burnline/alerter';
import { SpecCatalog } from '@burnline/counting';
import { startBurnStage, startRollout } from '@burnline/judging';
import { startProcessor } from '@burnline/processor';
import { STORE_RETRY, Supervision, createLogger, openStore, retrying, systemClock } from '@burnline/runtime';
import { startSink } from '@burnline/sink';
import { readFile } from 'node:fs/promises';
import { openEmbeddedStream } from '../../../services/burnline/dist/pipeline/stream.js';
import { RolloutTables } from '../../../packages/judging/dist/rollout/rollout-tables.js';
import { openLogClient } from './event-log-client.js';

const [role, settingsText] = process.argv.slice(2);
const { database, specs, webhookUrl, stream: name } = JSON.parse(settingsText);

const schemas = loadPackageSchemas();
const store = openStore(database);
const slos = new StreamSlos();
const logger = createLogger({ name: role, level: 'error' });
const supervision = new Supervision(logger);
const { plans } = loadSpecs([{ file: specs, text: await readFile(specs, 'utf8') }], { mode: 'tolerant' });
const host = {
  log: openLogClient(),
  store,
  schemas,
  decoder: createBatchDecoder(schemas),
  catalog: new SpecCatalog(store),
  supervision,
  logger,
};

const starts = {
  processor: async () => {
    const stream = await openEmbeddedStream(host, name, 'replay');
    const rollout = await startRollout(host, stream, plans);
    startProcessor(host, stream);
    startBurnStage(host, stream, rollout);
  },
  sink: async () => startSink(host, await openEmbeddedStream(host, name, 'replay')),
  // As in the pipeline: it runs before it is known what a stream judges.
  alerter: async () => {
    startDecider(host, { slos });
    startNotifier(host, [webhookReceiver('webhook', { url: webhookUrl })]);
    await openEmbeddedStream(host, name, 'replay');
    await untilAllActive();
    slos.add(name, () => plans);
  },
};

/** What the rollout in the processor's process says to all others: no run changes the specs. */
async function untilAllActive() {
  const tables = new RolloutTables(store, name);
  const context = { clock: systemClock, signal: supervision.signal };
  for (;;) {
    const active = await retrying(() => tables.active(), STORE_RETRY, context);
    if (plans.every(({ slo, sli }) => active.get(slo) === sli.specRev)) return;
    await systemClock.sleep(50);
  }
}

process.on('disconnect', () => process.exit(0));
// A loop that failed ends the process, as it ends the pipeline; why, it has logged.
supervision.signal.addEventListener('abort', () => process.exit(1));
await starts[role]();
