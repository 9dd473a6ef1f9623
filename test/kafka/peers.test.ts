import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runBench } from '../peers/bench.ts';
import { runClickHousePeer } from '../peers/clickhouse-kafka-engine/run.ts';
import { deleteTopics, publishEvents } from '../peers/events.ts';
import { runFlinkPeer } from '../peers/flink/run.ts';
import { runStreamsPeer } from '../peers/kafka-streams/run.ts';
import { checkAnswers } from '../peers/peer-run.ts';
import { NaiveCount, differingPanes } from '../peers/same-answers.ts';
import { peerSlos } from '../peers/slos.ts';

const EVENT_COUNT = 20_000;
const EVENTS_PER_MESSAGE = 50;
const slos = peerSlos(20);

describe.skipIf(inject('kafkaBrokers').length === 0)('the peers of bench:peers', () => {
  const brokers = inject('kafkaBrokers').join(',');
  const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.ERROR });
  const name = `peers-${randomUUID()}`;
  const topics = { singles: `${name}-singles`, batches: `${name}-batches` };
  const naive = new NaiveCount(slos);

  beforeAll(async () => {
    const events = { kafka, eventCount: EVENT_COUNT, eventsPerMessage: EVENTS_PER_MESSAGE };
    const published = [
      await publishEvents({ ...events, topic: topics.singles, isSplit: true, onEvent: () => undefined }),
      await publishEvents({
        ...events,
        topic: topics.batches,
        isSplit: false,
        onEvent: (event) => naive.add(event),
      }),
    ];
    expect(published).toEqual([EVENT_COUNT, EVENT_COUNT]);
  });
  afterAll(() => deleteTopics(kafka, Object.values(topics)));

  it.skipIf(!inject('canStartKafka')).each([
    { input: 'single events', topic: topics.singles, eventsPerMessage: 1, store: 'in-memory' },
    {
      input: 'messages of 50',
      topic: topics.batches,
      eventsPerMessage: EVENTS_PER_MESSAGE,
      store: 'rocksdb',
    },
  ] as const)(
    'Kafka Streams counts $input as the naive count does',
    async ({ topic, eventsPerMessage, store }) => {
      const run = await runStreamsPeer({ brokers, slos, topic, eventsPerMessage, store });
      expect(differingPanes(run.panes, naive.panes())).toEqual([]);
      expect(run.whole.events).toBe(EVENT_COUNT);
      expect(run.rssPeakBytes).toBeGreaterThan(0);
    },
  );

  it.skipIf(!inject('canStartKafka')).each([
    { input: 'single events', topic: topics.singles, eventsPerMessage: 1 },
    { input: 'messages of 50', topic: topics.batches, eventsPerMessage: EVENTS_PER_MESSAGE },
  ] as const)('Flink counts $input as the naive count does', async ({ topic, eventsPerMessage }) => {
    const run = await runFlinkPeer({ brokers, slos, topic, eventsPerMessage });
    expect(differingPanes(run.panes, naive.panes())).toEqual([]);
    expect(run.whole.events).toBe(EVENT_COUNT);
    expect(run.rssPeakBytes).toBeGreaterThan(0);
  });

  it("ClickHouse's Kafka engine counts as the naive count does", async () => {
    // With one consumer there is no rebalance to wait for: the first block comes after a second or two.
    const settings = { consumerCount: 1 };
    const run = await runClickHousePeer({
      brokers,
      topic: topics.singles,
      eventCount: EVENT_COUNT,
      slos,
      settings,
    });
    expect(differingPanes(run.panes, naive.panes())).toEqual([]);
    expect(run.rssPeakBytes).toBeGreaterThan(0);
  });

  it('refuses the figures of a run with a wrong, a missing or an additional pane', () => {
    const stretch = { events: 1, seconds: 1, cpuSeconds: 1 };
    const expected = naive.panes();
    const check = (panes: typeof expected): void =>
      checkAnswers('A peer', { panes, whole: stretch, warm: stretch, rssPeakBytes: 1 }, expected);
    check(expected.toReversed());
    const first = expected[0]!;
    expect(() => check([{ ...first, good: first.good + 1 }, ...expected.slice(1)])).toThrow('wrong answers');
    expect(() => check(expected.slice(1))).toThrow('missing');
    expect(() => check([...expected, { ...first, pane: 0 }])).toThrow('no such pane');
  });

  it('refuses an option that it does not understand, before it starts anything', async () => {
    await expect(runBench(['--events', 'many'])).rejects.toThrow('--events takes a whole number');
    await expect(runBench(['--runs', '0'])).rejects.toThrow('--runs takes a whole number');
    await expect(runBench(['--event', '1'])).rejects.toThrow('--event');
  });
});
