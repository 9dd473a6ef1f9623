/**
 * The collector's intake over an embedded log in a process of its own, which tells over IPC how long its event loop was
 * held and what its log holds. Started by RunningIntake alone.
 */
import { readFile } from 'node:fs/promises';
import { LiveWriter, Prices, readMappings, serveCollector } from '@burnline/collector';
import {
  createBatchDecoder,
  decodeReference,
  loadPackageSchemas,
  topicsOf,
  uuidFromBytes,
} from '@burnline/contracts';
import { createLogger, createMetrics, openEmbeddedLog, systemClock } from '@burnline/runtime';

const {
  directory,
  address,
  partitionCount,
  failPartitions,
  appendDelayMs = 0,
  readsTexts,
  priceSettings,
  sampling,
  mappingsFolder,
} = JSON.parse(process.argv[2]);
const READ_BYTES = 4 * 1024 * 1024;

const log = await openEmbeddedLog({ directory });
const { inference, verdicts, reports, references } = topicsOf('live', { partitionCount, kind: 'live' });
await log.ensureTopics([inference, verdicts, reports, references]);
const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);
const topics = {
  inference: inference.name,
  verdicts: verdicts.name,
  reports: reports.name,
  references: references.name,
  partitionCount,
};

/** A log some of whose partitions have lost their leader, which the embedded one cannot show. */
const failing = new Set(failPartitions);
const partly = {
  append: async (batches) => {
    if (batches.some(({ partition }) => failing.has(partition))) {
      // A partition that is not there is refused as such; what is sent was not written.
      return log.append(batches.map((batch) => ({ ...batch, partition: partitionCount })));
    }
    if (appendDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, appendDelayMs));
    return log.append(batches);
  },
  bounds: (names) => log.bounds(names),
};
const logger = createLogger({ name: 'collector', level: 'error' });
const metrics = createMetrics('collector');
const prices = priceSettings === undefined ? null : await Prices.open(priceSettings, { logger, metrics });
const writer = new LiveWriter({ schemas, prices, sampling }, topics);
const mappings = mappingsFolder === undefined ? undefined : await readMappings(mappingsFolder);
const server = await serveCollector(
  { log: partly, clock: systemClock, logger, decoder, writer, topics, readsTexts, metrics, mappings },
  address,
);

async function valuesOf(topic) {
  const values = [];
  for (const { partition, startOffset, endOffset } of await log.bounds([topic])) {
    for (let offset = startOffset; offset < endOffset;) {
      const messages = await log.read({ topic, partition, fromOffset: offset, bytesMax: READ_BYTES });
      values.push(...messages.map(({ value }) => value));
      offset = messages.at(-1).offset + 1;
    }
  }
  return values;
}
const recordsOf = async (topic) =>
  (await valuesOf(topic)).flatMap((value) =>
    topic === topics.references ? [decodeReference(value)] : decoder.decodeBatch(value).records,
  );

/**
 * How long the event loop was held, by the clock or by this process's own work, whichever is less: on a busy machine it also
 * waits for a processor, which is nobody's fault here. Looked at from the first question on: looking takes a tenth of a processor.
 */
let longestMs = 0;
const newTurn = () => ({ startMs: performance.now(), cpu: process.cpuUsage() });
let turn = newTurn();
const lookAtTurn = () => {
  const { user, system } = process.cpuUsage(turn.cpu);
  longestMs = Math.max(longestMs, Math.min(performance.now() - turn.startMs, (user + system) / 1_000));
  turn = newTurn();
};
let looking = null;

const methods = {
  /** Since the last call, milliseconds. */
  longestDelay: async () => {
    if (looking === null) {
      turn = newTurn();
      looking = setInterval(lookAtTurn, 1).unref();
    }
    const heldMs = longestMs;
    longestMs = 0;
    return heldMs;
  },
  metrics: () => metrics.text(),
  memory: async () => process.memoryUsage.rss(),
  /** What of it is the process's own, and not pages of the log's file: bytes; Linux alone tells. */
  ownMemory: async () => {
    const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
    return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) * 1_024;
  },
  ids: async (name) =>
    (await recordsOf(topics[name])).map(({ event_id: id }) => (id === undefined ? '' : uuidFromBytes(id))),
  records: async (name) =>
    (await recordsOf(topics[name])).map(({ event_id: id, ...fields }) => ({
      event_id: uuidFromBytes(id),
      ...fields,
    })),
  /** How many records a topic has: at millions of them nobody sends them all. */
  count: async (name) => {
    let count = 0;
    for (const { partition, startOffset, endOffset } of await log.bounds([topics[name]])) {
      for (let offset = startOffset; offset < endOffset;) {
        const read = await log.read({
          topic: topics[name],
          partition,
          fromOffset: offset,
          bytesMax: READ_BYTES,
        });
        for (const { value } of read) count += name === 'references' ? 1 : decoder.walkBatch(value).count;
        offset = read.at(-1).offset + 1;
      }
    }
    return count;
  },
  bytes: async (name) => Buffer.concat(await valuesOf(topics[name])).toString('base64'),
  close: async () => {
    await server.close();
    prices?.close();
    await log.close();
  },
};

process.on('message', ({ id, method, argument }) => {
  methods[method](argument).then(
    (result) => process.send({ id, result }),
    (error) => process.send({ id, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(1));
process.send({ ready: server.url, grpc: server.otlpGrpcUrl });
