import { progress } from '../support/figures.js';
import { COLUMNS, figuresOf, runService } from './panes.js';
import { messageSource } from './bench-stream.js';
import { printTable } from './table.js';

const SLO_COUNT = 20;
const PEERS = new URL('../../../node_modules/.cache/burnline-test/peers/', import.meta.url);
const { runClickHousePeer } = await import(new URL('clickhouse-kafka-engine/run.js', PEERS));
const { runStreamsPeer } = await import(new URL('kafka-streams/run.js', PEERS));
const { checkAnswers } = await import(new URL('peer-run.js', PEERS));
const { peerSlos } = await import(new URL('slos.js', PEERS));

/** The same events and the same 20 SLOs, each run's panes held against the same naive count. */
export async function benchPeers(bench, raw, ownRuns) {
  const { topics, eventCount, expected } = await bench.peerTopics();
  const slos = peerSlos(SLO_COUNT);
  const { brokers, runCount } = bench;
  const streams = (topic, eventsPerMessage) => () =>
    runStreamsPeer({ brokers, topic, eventsPerMessage, slos, onProgress: progress });
  const peers = [
    [
      "ClickHouse's Kafka engine, single events",
      () => runClickHousePeer({ brokers, topic: topics.singles, eventCount, slos }),
    ],
    ['Kafka Streams, single events', streams(topics.singles, 1)],
    ['Kafka Streams, messages of 50', streams(topics.batches, 50)],
  ];
  const own = ownRuns ?? [];
  const runs = peers.map(() => []);
  for (let run = 1; run <= runCount; run += 1) {
    if (ownRuns === undefined) {
      progress(`processor beside the peers, run ${run} of ${runCount} ...`);
      own.push(
        await runService(bench, {
          service: 'processor',
          plans: bench.slos(SLO_COUNT),
          source: messageSource(),
          check: (stream) => bench.checkPanes(stream, SLO_COUNT),
        }),
      );
    }
    for (const [at, [name, start]] of peers.entries()) {
      progress(`${name}, run ${run} of ${runCount} ...`);
      const result = await start();
      checkAnswers(name, result, expected(SLO_COUNT));
      runs[at].push({ ...result, rssPeakMib: result.rssPeakBytes / 2 ** 20 });
    }
  }
  const ours = figuresOf(own, raw);
  const rows = [
    ['Burnline, messages of 50', ...ours, 1, 1],
    ...peers.map(([name], at) => {
      const figures = figuresOf(runs[at], raw);
      return [name, ...figures, ours[1] / figures[1], ours[3] / figures[3]];
    }),
  ];
  printTable(
    `Peers: ${SLO_COUNT} SLOs, the same events, answers equal in every run`,
    ['program', ...COLUMNS, 'Burnline to it, warm', 'Burnline to it, warm, per CPU second'],
    rows,
  );
}
