import { openKafkaLog } from '@burnline/runtime';
import { expect, inject, it } from 'vitest';
import { appendTexts, expectCode, readAll, text, topic } from '../../contract/event-log/harness.ts';
import { startKafkaCluster } from '../../support/kafka/start-kafka.ts';
import { withAdmin } from './own-names.ts';

const LOST = 3;

/** Brokers that are gone are given nothing new only once the controller has noticed it. */
function isLostNoticed(brokers: readonly string[]): Promise<boolean> {
  return withAdmin(brokers, async (admin) => {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: ['half-lost'] });
      return topics[0]!.partitions.some(({ leader }) => leader === -1);
    } catch (error) {
      // What kafkajs makes of it by itself.
      if (String(error).includes('no leader')) return true;
      throw error;
    }
  });
}

/**
 * Goal: a partition that nobody leads is its own topic's trouble. Method: the only replica of one partition of two topics, a
 * stranger's and the log's, goes away with its broker; a log that is opened then makes topics, looks them up and appends.
 */
it.skipIf(!inject('canStartKafka'))('topics are made and written while others have no leader', async () => {
  const cluster = await startKafkaCluster({ brokerCount: 3 });
  try {
    await withAdmin(cluster.brokers, (admin) =>
      admin.createTopics({
        topics: ['somebody-elses', 'half-lost'].map((name) => ({
          topic: name,
          replicaAssignment: [
            { partition: 0, replicas: [1] },
            { partition: 1, replicas: [LOST] },
          ],
          configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }],
        })),
      }),
    );
    await cluster.node(LOST).kill();
    const brokers = cluster.brokers.filter((_, index) => index + 1 !== LOST);
    const log = await openKafkaLog({ brokers, patienceMs: 5_000 });
    try {
      await expect.poll(() => isLostNoticed(brokers), { timeout: 60_000 }).toBe(true);
      await log.ensureTopics([topic({ name: 'new' })]);
      await appendTexts(log, { topic: 'new', partition: 0 }, ['a']);
      await appendTexts(log, { topic: 'half-lost', partition: 0 }, ['b']);
      expect((await readAll(log, { topic: 'new', partition: 0 })).map(text)).toEqual(['a']);
      expect((await readAll(log, { topic: 'half-lost', partition: 0 })).map(text)).toEqual(['b']);
      // Whoever asks for the lost partition is told.
      await expectCode(appendTexts(log, { topic: 'half-lost', partition: 1 }, ['c']), 'LOG_UNREACHABLE');
    } finally {
      await log.close();
    }
  } finally {
    await cluster.stop();
  }
});
