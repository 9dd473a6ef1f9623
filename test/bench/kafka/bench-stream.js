import { createBatchDecoder, loadPackageSchemas, topicsOf } from '@burnline/contracts';
import { SpecCatalog } from '@burnline/counting';
import { startRollout } from '@burnline/judging';
import { Supervision, createLogger, openStream } from '@burnline/runtime';
import { MessagePool } from '../support/message-pool.js';

export const PARTITION_COUNT = 4;
export const EVENTS_PER_MESSAGE = 50;
/** As the peers' events: the same messages in the same order, and so the same answers. */
const POOL_EVENTS = 20_000;
const FIRST_MICROS = 1_750_000_000_000_000;
const PEER_EVENTS_PER_SECOND = 2_000;
/** Appends under way while a stream is filled: what a busy collector has, and less than the pool has messages. */
const APPENDS_AT_ONCE = 4;
const MESSAGES_PER_APPEND = 40;

const logger = createLogger({ name: 'bench', level: 'error' });
const schemas = loadPackageSchemas();

/** The peers' messages, or those of another number of tenants and events a second of event time. */
export function messageSource({
  tenantCount = 50,
  eventsPerSecond = PEER_EVENTS_PER_SECOND,
  eventsPerMessage = EVENTS_PER_MESSAGE,
} = {}) {
  const pool = new MessagePool({
    messageCount: POOL_EVENTS / eventsPerMessage,
    eventsPerMessage,
    tenantCount,
    latestMicros: FIRST_MICROS,
  });
  let index = 0;
  return {
    pool,
    eventsPerMessage,
    next() {
      const micros = FIRST_MICROS + Math.floor((index * eventsPerMessage * 1_000_000) / eventsPerSecond);
      index += 1;
      return { index: index - 1, value: pool.take(micros) };
    },
  };
}

/** A stream of its own with topics, epochs and SLOs announced, as the first alerter makes them. */
export async function makeStream({ log, store }, { name, plans }) {
  const options = { partitionCount: PARTITION_COUNT, kind: 'live' };
  await log.ensureTopics(Object.values(topicsOf(name, options)));
  const supervision = new Supervision(logger);
  const stream = await openStream({ log, store, supervision }, { name, ...options });
  const host = { log, store, schemas, decoder: createBatchDecoder(schemas), supervision, logger };
  await startRollout({ ...host, catalog: new SpecCatalog(store) }, stream, plans);
  await supervision.stop();
  return { name, topic: stream.topics.inference.name };
}

/**
 * Appends so many events to alternating partitions, some requests at once; resolves when they are durable. `onMessage` gets
 * the bytes of each.
 */
export async function fill(log, topic, eventCount, source, onMessage = () => undefined) {
  let rest = Math.ceil(eventCount / source.eventsPerMessage);
  const lane = async () => {
    while (rest > 0) {
      const count = Math.min(rest, MESSAGES_PER_APPEND);
      rest -= count;
      const appends = Array.from({ length: PARTITION_COUNT }, (_, partition) => ({
        topic,
        partition,
        messages: [],
      }));
      for (let index = 0; index < count; index += 1) {
        const { index: at, value } = source.next();
        onMessage(value);
        appends[at % PARTITION_COUNT].messages.push({ value });
      }
      await log.append(appends.filter(({ messages }) => messages.length > 0));
    }
  };
  await Promise.all(Array.from({ length: APPENDS_AT_ONCE }, lane));
}

/** Topics that are done with give the disk back. */
export async function dropTopics(kafka, topics) {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
}
