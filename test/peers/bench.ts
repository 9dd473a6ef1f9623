import { randomUUID } from 'node:crypto';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import kafkajs from 'kafkajs';
import { median, show } from '../bench/support/figures.js';
import { startKafka } from '../support/kafka/start-kafka.ts';
import { runClickHousePeer } from './clickhouse-kafka-engine/run.ts';
import { PARTITION_COUNT, deleteTopics, publishEvents } from './events.ts';
import { runFlinkPeer } from './flink/run.ts';
import { runStreamsPeer } from './kafka-streams/run.ts';
import { checkAnswers } from './peer-run.ts';
import type { PeerRun } from './peer-run.ts';
import { NaiveCount } from './same-answers.ts';
import { peerSlos } from './slos.ts';
import type { PeerSlo } from './slos.ts';

const USAGE = `npm run bench:peers [-- OPTIONS]

  --events N   events in messages of 50 and of 100 (16000000); of single events three eighths of it: half a minute and more
  --runs R     runs of each peer; medians are printed (3)
  --help       this text

KAFKA_BROKERS  host:port of a broker to use; without it one is started
`;
const SLO_COUNTS = [4, 20];
/** Of the events that are read in messages: single ones take the peers longer. */
const SINGLES_SHARE = 3 / 8;

/** A topic, and what a naive count finds in it for each number of SLOs. */
interface Input {
  readonly topic: string;
  readonly eventsPerMessage: number;
  readonly eventCount: number;
  readonly counts: ReadonlyMap<number, NaiveCount>;
}

interface Peer {
  readonly name: string;
  readonly input: Input;
  run(slos: readonly PeerSlo[]): Promise<PeerRun>;
}

function peersOf(brokers: string, inputs: readonly Input[]): readonly Peer[] {
  return inputs.flatMap((input) => {
    const { topic, eventsPerMessage, eventCount } = input;
    const what = eventsPerMessage === 1 ? 'single events' : `messages of ${eventsPerMessage}`;
    const java = { brokers, topic, eventsPerMessage, onProgress: progress };
    const peers: Peer[] = [
      { name: `Kafka Streams, ${what}`, input, run: (slos) => runStreamsPeer({ ...java, slos }) },
      { name: `Flink, ${what}`, input, run: (slos) => runFlinkPeer({ ...java, slos }) },
    ];
    // Its formats take no Avro arrays.
    if (eventsPerMessage === 1)
      peers.push({
        name: `ClickHouse's Kafka engine, ${what}`,
        input,
        run: (slos) => runClickHousePeer({ brokers, topic, eventCount, slos }),
      });
    return peers;
  });
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

function countOption(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new Error(`--${name} takes a whole number from 1 on, not ${text}.`);
  return count;
}

async function measure(peers: readonly Peer[], runCount: number): Promise<void> {
  const widths = [44, 5, 12, 12, 15, 24, 9];
  const print = (cells: readonly string[]): void => {
    console.log(
      cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join(' '),
    );
  };
  print(['peer', 'SLOs', 'events/s', 'warm', 'per CPU second', 'smallest to largest', 'RSS MiB']);
  for (const sloCount of SLO_COUNTS) {
    const slos = peerSlos(sloCount);
    const runs = new Map<Peer, PeerRun[]>(peers.map((peer) => [peer, []]));
    for (let run = 1; run <= runCount; run += 1) {
      for (const peer of peers) {
        progress(`${peer.name}, ${sloCount} SLOs, run ${run} of ${runCount} ...`);
        const result = await peer.run(slos);
        checkAnswers(peer.name, result, peer.input.counts.get(sloCount)?.panes() ?? []);
        runs.get(peer)?.push(result);
      }
    }
    for (const [peer, results] of runs) {
      const figure = (of: (run: PeerRun) => number): string => String(show(median(results.map(of))));
      const perCpuSecond = ({ warm }: PeerRun): number => warm.events / warm.cpuSeconds;
      const all = results.map(perCpuSecond);
      print([
        peer.name,
        String(sloCount),
        figure(({ whole }) => whole.events / whole.seconds),
        figure(({ warm }) => warm.events / warm.seconds),
        figure(perCpuSecond),
        `${show(Math.min(...all))} to ${show(Math.max(...all))}`,
        figure(({ rssPeakBytes }) => rssPeakBytes / 2 ** 20),
      ]);
    }
    console.log(`   answers equal to a naive count, every run`);
  }
}

/** The options of the command line; null where only the text of --help is wanted. Throws for what is not understood. */
function parseOptions(args: readonly string[]): { eventCount: number; runCount: number } | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '16000000' },
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
    const inputs: Input[] = [];
    try {
      for (const eventsPerMessage of [1, 50, 100])
        inputs.push(await publishInput(kafka, eventsPerMessage, options.eventCount));
      console.log(
        `${options.eventCount} events, ${PARTITION_COUNT} partitions, LZ4; ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}; medians of ${options.runCount} runs; ` +
          'from the first record (block) on; warm: the later half',
      );
      await measure(peersOf(brokers, inputs), options.runCount);
    } finally {
      await deleteTopics(
        kafka,
        inputs.map(({ topic }) => topic),
      );
    }
  } finally {
    await kafkaProcess?.stop();
  }
}

async function publishInput(
  kafka: kafkajs.Kafka,
  eventsPerMessage: number,
  eventCountWanted: number,
): Promise<Input> {
  const isSplit = eventsPerMessage === 1;
  const topic = `peers-${randomUUID()}`;
  const counts = new Map(SLO_COUNTS.map((count) => [count, new NaiveCount(peerSlos(count))]));
  progress(`publishing events, ${isSplit ? 'single' : `in messages of ${eventsPerMessage}`} ...`);
  const eventCount = await publishEvents({
    kafka,
    topic,
    isSplit,
    eventsPerMessage: isSplit ? 50 : eventsPerMessage,
    eventCount: isSplit ? Math.ceil(eventCountWanted * SINGLES_SHARE) : eventCountWanted,
    onEvent: (event) => {
      for (const count of counts.values()) count.add(event);
    },
  });
  return { topic, eventsPerMessage, eventCount, counts };
}
