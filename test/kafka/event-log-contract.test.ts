import { openKafkaLog, type EventLog } from '@burnline/runtime';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, inject } from 'vitest';
import { describeEventLogContract } from '../contract/event-log/contract.ts';

const brokers = inject('kafkaBrokers');
const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();

beforeAll(() => admin.connect());
afterAll(() => admin.disconnect());

/** The contract's names are the same in every test: whatever an earlier one left behind goes first. */
async function removeEverything(): Promise<void> {
  const { groups } = await admin.listGroups();
  const groupIds = groups.map(({ groupId }) => groupId);
  if (groupIds.length > 0) await admin.deleteGroups(groupIds);
  const topics = (await admin.listTopics()).filter((name) => !name.startsWith('__'));
  if (topics.length > 0) await admin.deleteTopics({ topics });
}

describeEventLogContract('kafka', async () => {
  await removeEverything();
  const open = () =>
    openKafkaLog({ brokers, sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 10_000, heartbeatIntervalMs: 200 });
  let current = await open();
  return {
    log: current,
    reopen: async (): Promise<EventLog> => {
      await current.close();
      current = await open();
      return current;
    },
    destroy: async () => {
      await current.close();
      await removeEverything();
    },
  };
});
