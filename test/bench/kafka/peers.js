import { progress, show } from '../support/figures.js';
import { dropTopics, messageSource } from './bench-stream.js';
import { FilledStream, fillPeerTopic } from './filled-stream.js';
import { medianOf, printTable } from './table.js';

const PEERS = new URL('../../../node_modules/.cache/burnline-test/peers/', import.meta.url);
const { runClickHousePeer } = await import(new URL('clickhouse-kafka-engine/run.js', PEERS));
const { runFlinkPeer } = await import(new URL('flink/run.js', PEERS));
const { runStreamsPeer } = await import(new URL('kafka-streams/run.js', PEERS));
const { checkAnswers } = await import(new URL('peer-run.js', PEERS));
const { NaiveCount } = await import(new URL('same-answers.js', PEERS));
const { peerSlos } = await import(new URL('slos.js', PEERS));

const MESSAGE_SIZES = [50, 100];
/** Single events take the programs longer. */
const SINGLES_SHARE = 3 / 8;

/** What every program reads: topics for the peers, by the events of a message, with the panes that a naive count gives. */
async function fillTopics(bench, eventCount) {
  const inputs = [];
  for (const eventsPerMessage of MESSAGE_SIZES) {
    const sloCounts = bench.peerSloCounts;
    inputs.push(await fillPeerTopic(bench, { eventsPerMessage, eventCount, sloCounts }));
  }
  const counts = new Map(bench.peerSloCounts.map((count) => [count, new NaiveCount(peerSlos(count))]));
  const singles = await bench.publish({
    isSplit: true,
    eventCount: Math.ceil(eventCount * SINGLES_SHARE),
    onEvent: (event) => {
      for (const count of counts.values()) count.add(event);
    },
  });
  return [...inputs, { ...singles, eventsPerMessage: 1, expected: (count) => counts.get(count).panes() }];
}

/** Burnline's processor on a stream with the same messages, which is filled at the first run. */
function ownProgram(bench, { eventsPerMessage, expected }, { sloCount, eventCount }) {
  let stream;
  return {
    name: `Burnline, messages of ${eventsPerMessage}`,
    async run() {
      stream ??= await FilledStream.make(bench, {
        plans: bench.slos(sloCount),
        source: messageSource({ eventsPerMessage }),
        eventCount,
      });
      const result = await stream.read({ service: 'processor' });
      await stream.checkPanes(expected(sloCount));
      return result;
    },
    drop: () => stream.drop(),
  };
}

function peerPrograms({ brokers }, { topic, eventsPerMessage, eventCount, expected }, sloCount) {
  const slos = peerSlos(sloCount);
  const what = eventsPerMessage === 1 ? 'single events' : `messages of ${eventsPerMessage}`;
  const java = { brokers, topic, eventsPerMessage, slos, onProgress: progress };
  const programs = [
    [`Kafka Streams, ${what}`, () => runStreamsPeer(java)],
    [`Flink, ${what}`, () => runFlinkPeer(java)],
  ];
  // Its formats take no Avro arrays.
  if (eventsPerMessage === 1)
    programs.push([
      `ClickHouse's Kafka engine, ${what}`,
      () => runClickHousePeer({ brokers, topic, eventCount, slos }),
    ]);
  return programs.map(([name, start]) => ({
    name,
    async run() {
      const result = await start();
      checkAnswers(name, result, expected(sloCount));
      return { ...result, rssPeakMib: result.rssPeakBytes / 2 ** 20 };
    },
    drop: async () => undefined,
  }));
}

const perSecond = ({ warm }) => warm.events / warm.seconds;
const perCpuSecond = ({ warm }) => warm.events / warm.cpuSeconds;
const spreadOf = (runs, figure) => {
  const all = runs.map(figure);
  return `${show(Math.min(...all))} to ${show(Math.max(...all))}`;
};

/** The same messages and the same SLOs, one program after the other in each run, each run's panes held against a naive count. */
export async function benchPeers(bench) {
  const eventCount = bench.eventsOf('peers');
  const inputs = await fillTopics(bench, eventCount);
  const batches = inputs.filter(({ eventsPerMessage }) => eventsPerMessage > 1);
  for (const sloCount of bench.peerSloCounts) {
    const programs = [
      ...batches.map((input) => ownProgram(bench, input, { sloCount, eventCount })),
      ...inputs.flatMap((input) => peerPrograms(bench, input, sloCount)),
    ];
    const runs = programs.map(() => []);
    for (let run = 1; run <= bench.runCount; run += 1) {
      for (const [at, { name, run: start }] of programs.entries()) {
        const result = await start();
        runs[at].push(result);
        const figures = `${show(perSecond(result))} events/s, ${show(perCpuSecond(result))} per CPU second`;
        progress(`${name}, ${sloCount} SLOs, run ${run} of ${bench.runCount}: ${figures}, warm`);
      }
    }
    for (const { drop } of programs) await drop();
    // The one on messages of 50: what a publisher sends by default lies between both.
    const [ours] = runs;
    printTable(
      `Peers: ${sloCount} SLOs, ${eventCount} events (three eighths of them singly), answers equal in every run; warm: the later half`,
      [
        'program',
        'warm, events/s',
        'warm, per CPU second',
        'smallest to largest',
        'warm, seconds',
        'RSS MiB',
        'Burnline to it, on the clock',
        'Burnline to it, per CPU second',
      ],
      programs.map(({ name }, at) => [
        name,
        medianOf(runs[at], perSecond),
        medianOf(runs[at], perCpuSecond),
        spreadOf(runs[at], perCpuSecond),
        medianOf(runs[at], ({ warm }) => warm.seconds),
        medianOf(runs[at], ({ rssPeakMib }) => rssPeakMib),
        medianOf(ours, perSecond) / medianOf(runs[at], perSecond),
        medianOf(ours, perCpuSecond) / medianOf(runs[at], perCpuSecond),
      ]),
    );
  }
  await dropTopics(
    bench.kafka,
    batches.map(({ topic }) => topic),
  );
}
