// One part of the pipeline in a process of its own, on the built packages: `node part.js ROLE JSON`.
// It has no state but what the log and the database hold, and it ends when the process that started it goes.
import { createBatchDecoder, loadPackageSchemas, loadSpecs } from '@burnline/contracts';
import { SpecCatalog } from '@burnline/processor';
import { createLogger, openStore } from '@burnline/runtime';
import { readFile } from 'node:fs/promises';
import { startAlerter } from '../../../services/burnline/dist/pipeline/alerter.js';
import { StreamSlos } from '../../../services/burnline/dist/pipeline/judged-slos.js';
import {
  openStream,
  startBurnStage,
  startProcessor,
  startSink,
} from '../../../services/burnline/dist/pipeline/stream.js';
import { startRollout } from '../../../services/burnline/dist/pipeline/specs.js';
import { Supervision } from '../../../services/burnline/dist/pipeline/supervision.js';
import { openLogClient } from './event-log-client.js';

const [role, settingsText] = process.argv.slice(2);
const { database, specs, webhookUrl, stream: name } = JSON.parse(settingsText);

const schemas = loadPackageSchemas();
const store = openStore(database);
const slos = new StreamSlos();
const logger = createLogger({ name: role, level: 'error' });
const supervision = new Supervision(logger);
const { plans } = loadSpecs([{ file: specs, text: await readFile(specs, 'utf8') }], { mode: 'tolerant' });
// The alerter judges what the specs say from the start: no run changes them.
slos.add(name, () => plans);
const host = {
  log: openLogClient(),
  store,
  schemas,
  decoder: createBatchDecoder(schemas),
  catalog: new SpecCatalog(store),
  supervision,
  slos,
  options: { logger, receivers: [{ name: 'webhook', url: webhookUrl }] },
};

const starts = {
  processor: async () => {
    const stream = await openStream(host, name, 'replay');
    const rollout = await startRollout(host, stream, plans);
    startProcessor(host, stream);
    startBurnStage(host, stream, rollout);
  },
  sink: async () => startSink(host, await openStream(host, name, 'replay')),
  alerter: () => startAlerter(host),
};

process.on('disconnect', () => process.exit(0));
// A loop that failed ends the process, as it ends the pipeline; why, it has logged.
supervision.signal.addEventListener('abort', () => process.exit(1));
await starts[role]();
