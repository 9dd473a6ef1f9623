/**
 * `burnline up` for benchmarks: the same pipeline and intake in a process of its own, which answers over IPC where its log
 * ends, profiles itself and takes a shorter retention. Started by RunningPipeline alone.
 */
import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { LiveWriter, Prices, serveCollector } from '@burnline/collector';
import { createLogger, systemClock } from '@burnline/runtime';
import { Pipeline } from '../../../services/burnline/dist/pipeline/pipeline.js';
import { loadBenchPlans } from './specs.js';

const { dataDirectory, retention, tenantCount, threadCount } = JSON.parse(process.argv[2]);
/** Finer than V8's default of 1 ms: functions of some microseconds are what is looked for. */
const SAMPLING_INTERVAL_US = 250;

const logger = createLogger({ name: 'bench', level: 'error' });
const pipeline = await Pipeline.open({
  dataDirectory,
  plans: loadBenchPlans({ tenantCount }),
  receivers: [],
  logger,
  sqlPort: 0,
  ...(threadCount === undefined ? {} : { threadCount }),
});
const stream = await pipeline.startStream('live', 'live');
if (retention !== undefined) await pipeline.log.ensureTopics([{ ...stream.topics.inference, ...retention }]);
const topics = {
  inference: stream.topics.inference.name,
  verdicts: stream.topics.verdicts.name,
  references: stream.topics.references.name,
  reports: stream.topics.reports.name,
  partitionCount: stream.partitionCount,
};
const { log, schemas, decoder } = pipeline;
const prices = await Prices.open({ isBundled: true }, { logger });
const writer = new LiveWriter({ schemas, prices }, topics);
const server = await serveCollector(
  { log, clock: systemClock, logger, decoder, writer, topics },
  { host: '127.0.0.1', port: 0 },
);
const inspector = new Session();

const methods = {
  bounds: () => log.bounds([topics.inference]),
  memory: async () => process.memoryUsage(),
  command: (sql) => pipeline.store.command(sql),
  startProfile: async () => {
    inspector.connect();
    await inspector.post('Profiler.enable');
    await inspector.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_US });
    await inspector.post('Profiler.start');
  },
  stopProfile: async (file) => {
    const { profile } = await inspector.post('Profiler.stop');
    await writeFile(file, JSON.stringify(profile));
    inspector.disconnect();
  },
  close: async () => {
    await server.close();
    prices.close();
    await pipeline.close();
  },
};

process.on('message', ({ id, method, argument }) => {
  methods[method](argument).then(
    (result) => process.send({ id, result }),
    (error) => process.send({ id, error: String(error) }),
  );
});
// Whoever measures is gone: so is the need for the pipeline.
process.on('disconnect', () => process.exit(1));
process.send({
  ready: {
    intakeUrl: server.url,
    sqlUrl: pipeline.engine.url,
    enginePid: pipeline.engine.pid,
    topic: topics.inference,
    partitionCount: topics.partitionCount,
  },
});
