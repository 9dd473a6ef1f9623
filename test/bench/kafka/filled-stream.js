import { randomUUID } from 'node:crypto';
import { createBatchDecoder, loadPackageSchemas } from '@burnline/contracts';
import { processorGroupOf } from '@burnline/counting';
import { progress } from '../support/figures.js';
import { sleep } from '../support/load.js';
import { PARTITION_COUNT, dropTopics, fill, makeStream, messageSource } from './bench-stream.js';
import { readStream } from './reading.js';

const PEERS = new URL('../../../node_modules/.cache/burnline-test/peers/', import.meta.url);
const { checkAnswers } = await import(new URL('peer-run.js', PEERS));
const { NaiveCount } = await import(new URL('same-answers.js', PEERS));
const { peerSlos } = await import(new URL('slos.js', PEERS));

/** A group can be deleted once its last member has left. */
const LEAVE_LOOKS = 40;
const LEAVE_MS = 250;
const WRITTEN_TABLES = ['sli_panes', 'chunk_closings', 'spec_begins', 'watermarks'];

const decoder = createBatchDecoder(loadPackageSchemas());

/** A naive count for each number of the peers' SLOs, over messages as they are sent. */
export function naiveCounts(sloCounts) {
  const counts = new Map(sloCounts.map((count) => [count, new NaiveCount(peerSlos(count))]));
  return {
    onMessage(value) {
      const { records } = decoder.decodeBatch(value);
      for (const count of counts.values()) for (const record of records) count.add(record);
    },
    panes: (sloCount) => counts.get(sloCount).panes(),
  };
}

/** A topic for the peers, without the announcements that a stream's own has. */
export async function fillPeerTopic(bench, { eventsPerMessage, eventCount, sloCounts }) {
  progress(`publishing ${eventCount} events for the peers, in messages of ${eventsPerMessage} ...`);
  const topic = `bench-peers-${randomUUID()}`;
  const timestamps = { timestamps: 'append', retentionMs: null, retentionBytes: null };
  const bounds = { messagesKeptMin: 0, messageBytesMax: 1_048_576 };
  await bench.log.ensureTopics([{ name: topic, partitionCount: PARTITION_COUNT, ...timestamps, ...bounds }]);
  const naive = naiveCounts(sloCounts);
  await fill(bench.log, topic, eventCount, messageSource({ eventsPerMessage }), naive.onMessage);
  return { topic, eventsPerMessage, expected: naive.panes };
}

/** A stream with SLOs announced, filled once and read by a service as often as is asked for, each time from its start. */
export class FilledStream {
  #bench;
  #stream;
  #eventsPerMessage;
  #wasRead = false;

  /** `onMessage` gets the bytes of each message. */
  static async make(bench, { plans, source, eventCount, onMessage }) {
    const stream = await makeStream(bench, { name: bench.newName(), plans });
    progress(`filling a stream with ${eventCount} events, in messages of ${source.eventsPerMessage} ...`);
    await fill(bench.log, stream.topic, eventCount, source, onMessage);
    return new FilledStream(bench, stream, source.eventsPerMessage);
  }

  constructor(bench, stream, eventsPerMessage) {
    this.#bench = bench;
    this.#stream = stream;
    this.#eventsPerMessage = eventsPerMessage;
  }

  /** A service process reads it all. */
  async read({ service, nodeArguments }) {
    if (this.#wasRead) await this.#forget();
    this.#wasRead = true;
    const input = { service, nodeArguments, stream: this.#stream, eventsPerMessage: this.#eventsPerMessage };
    return readStream(this.#bench, input);
  }

  /** Throws unless its panes are, integer for integer, the expected ones. */
  async checkPanes(expected) {
    const panes = await this.#bench.store.query(
      `SELECT slo, toUnixTimestamp(pane) * 1000 AS pane, arrayStringConcat(mapValues(labels), ',') AS group, good, total
       FROM slo_panes WHERE stream = '${this.#stream.name}' AND total > 0`,
    );
    const numbers = panes.map((row) => ({
      ...row,
      pane: Number(row.pane),
      good: Number(row.good),
      total: Number(row.total),
    }));
    checkAnswers('The processor', { panes: numbers }, expected);
  }

  async drop() {
    await dropTopics(this.#bench.kafka, [this.#stream.topic]);
  }

  /** As if no processor had read it: neither its position nor its rows are there. */
  async #forget() {
    const { kafka, store } = this.#bench;
    const admin = kafka.admin();
    await admin.connect();
    try {
      for (let look = 1; ; look += 1) {
        const [group] = (await admin.describeGroups([processorGroupOf(this.#stream.name)])).groups;
        if (group.state === 'Empty') break;
        if (look === LEAVE_LOOKS) throw new Error(`the group of ${this.#stream.name} is ${group.state}`);
        await sleep(LEAVE_MS);
      }
      await admin.deleteGroups([processorGroupOf(this.#stream.name)]);
    } finally {
      await admin.disconnect();
    }
    for (const table of WRITTEN_TABLES) await store.command(`TRUNCATE TABLE ${table}`);
  }
}
