import { openKafkaLog } from '@burnline/runtime';
import { expect, inject, it } from 'vitest';
import { expectCode, topic } from '../../contract/event-log/harness.ts';
import { startKafka } from '../../support/kafka/start-kafka.ts';

/**
 * Goal: the connections of the admin client are as lasting as those of the wire. Method: a broker is restarted, and stopped
 * while it holds a request, between questions about a topic.
 */
it.skipIf(!inject('canStartKafka'))(
  'topics are described again after a restart, and after a broker that did not answer',
  async () => {
    const kafka = await startKafka();
    const log = await openKafkaLog({ brokers: kafka.brokers, patienceMs: 10_000 });
    const partitionCounts = async () =>
      (await log.describeTopics(['events', 'absent'])).map(({ name, partitionCount }) => [
        name,
        partitionCount,
      ]);
    try {
      await log.ensureTopics([topic({ name: 'events', partitionCount: 3 })]);
      expect(await partitionCounts()).toEqual([['events', 3]]);
      await kafka.restart();
      expect(await partitionCounts()).toEqual([['events', 3]]);
      kafka.pause();
      await expectCode(log.describeTopics(['events']), 'LOG_UNREACHABLE');
      kafka.resume();
      expect(await partitionCounts()).toEqual([['events', 3]]);
    } finally {
      await log.close();
      await kafka.stop();
    }
  },
);
