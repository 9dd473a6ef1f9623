import { randomUUID } from 'node:crypto';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import kafkajs from 'kafkajs';
import { median, show } from '../bench/support/figures.js';
import { startKafka } from '../support/kafka/start-kafka.ts';
import { runClickHousePeer } from './clickhouse-kafka-engine/run.ts';
import { PARTITION_COUNT, deleteTopics, publishEvents } from './events.ts';
import { runStreamsPeer } from './kafka-streams/run.ts';
import { checkAnswers } from './peer-run.ts';
import type { PeerRun } from './peer-run.ts';
import { NaiveCount } from './same-answers.ts';
import { peerSlos } from './slos.ts';
import type { PeerSlo } from './slos.ts';

const USAGE = `npm run bench:peers [-- OPTIONS]

  --events N   events published and counted by each peer (1000000)
  --runs R     runs of each peer; medians are printed (3)
  --help       this text

KAFKA_BROKERS  host:port of a broker to use; without it one is started
`;
const EVENTS_PER_MESSAGE = 50;
const SLO_COUNTS = [4, 20];

interface Input {
  readonly brokers: string;
  readonly topics: { readonly singles: string; readonly batches: string };
  readonly eventCount: number;
}

interface Peer {
  readonly name: string;
  run(input: Input, slos: readonly PeerSlo[]): Promise<PeerRun>;
}

const PEERS: readonly Peer[] = [
  {
    name: "ClickHouse's Kafka engine, single events",
    run: ({ brokers, topics, eventCount }, slos) =>
      runClickHousePeer({ brokers, topic: topics.singles, eventCount, slos }),
  },
  {
    name: 'Kafka Streams, single events',
    run: ({ brokers, topics }, slos) =>
      runStreamsPeer({ brokers, topic: topics.singles, eventsPerMessage: 1, slos, onProgress: progress }),
  },
  {
    name: `Kafka Streams, messages of ${EVENTS_PER_MESSAGE}`,
    run: ({ brokers, topics }, slos) =>
      runStreamsPeer({
        brokers,
        topic: topics.batches,
        eventsPerMessage: EVENTS_PER_MESSAGE,
        slos,
        onProgress: progress,
      }),
  },
];

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

function countOption(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new Error(`--${name} takes a whole number from 1 on, not ${text}.`);
  return count;
}

async function measure(input: Input, runCount: number, counts: readonly NaiveCount[]): Promise<void> {
  const widths = [44, 5, 12, 12, 15, 9];
  const print = (cells: readonly string[]): void => {
    console.log(
      cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join(' '),
    );
  };
  print(['peer', 'SLOs', 'events/s', 'warm', 'per CPU second', 'RSS MiB']);
  for (const [at, sloCount] of SLO_COUNTS.entries()) {
    const slos = peerSlos(sloCount);
    const expected = counts[at]!.panes();
    for (const peer of PEERS) {
      const runs: PeerRun[] = [];
      for (let run = 1; run <= runCount; run += 1) {
        progress(`${peer.name}, ${sloCount} SLOs, run ${run} of ${runCount} ...`);
        const result = await peer.run(input, slos);
        checkAnswers(peer.name, result, expected);
        runs.push(result);
      }
      const figure = (of: (run: PeerRun) => number): string => String(show(median(runs.map(of))));
      print([
        peer.name,
        String(sloCount),
        figure(({ whole }) => whole.events / whole.seconds),
        figure(({ warm }) => warm.events / warm.seconds),
        figure(({ warm }) => warm.events / warm.cpuSeconds),
        figure(({ rssPeakBytes }) => rssPeakBytes / 2 ** 20),
      ]);
    }
    console.log(`   answers equal: ${expected.length} panes of ${sloCount} SLOs, every run`);
  }
}

/** The options of the command line; null where only the text of --help is wanted. Throws for what is not understood. */
function parseOptions(args: readonly string[]): { eventCount: number; runCount: number } | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  return { eventCount: countOption('events', values.events), runCount: countOption('runs', values.runs) };
}

/**
 * Publishes, runs every peer and prints the table. Uses the broker of KAFKA_BROKERS, or starts one that ends with this
 * process. Throws at the first run whose panes are not those of the naive count: nothing is printed of that peer.
 */
export async function runBench(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options === null) {
    process.stdout.write(USAGE);
    return;
  }
  const given = process.env['KAFKA_BROKERS'];
  const kafkaProcess = given ? null : await startKafka({ onProgress: progress });
  try {
    const brokers = given ?? kafkaProcess!.brokers.join(',');
    const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.ERROR });
    const name = `peers-${randomUUID()}`;
    const topics = { singles: `${name}-singles`, batches: `${name}-batches` };
    const counts = SLO_COUNTS.map((count) => new NaiveCount(peerSlos(count)));
    progress(`publishing ${options.eventCount} events twice ...`);
    try {
      const eventCount = await publishEvents({
        kafka,
        topics,
        eventCount: options.eventCount,
        eventsPerMessage: EVENTS_PER_MESSAGE,
        onEvent: (event) => {
          for (const count of counts) count.add(event);
        },
      });
      console.log(
        `${eventCount} events, ${PARTITION_COUNT} partitions, LZ4; ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}; medians of ${options.runCount} runs; ` +
          'from the first record (block) on; warm: the later half',
      );
      await measure({ brokers, topics, eventCount }, options.runCount, counts);
    } finally {
      await deleteTopics(kafka, topics);
    }
  } finally {
    await kafkaProcess?.stop();
  }
}
