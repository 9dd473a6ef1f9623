import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestDatabase } from '../support/database.ts';
import { startKafkaCluster, type RunningKafkaCluster } from '../support/kafka/start-kafka.ts';
import { Fleet } from '../support/services/fleet.ts';
import { GROUP_PROPERTIES } from '../support/services/rig.ts';
import { SLO_COUNT } from './oracle/recount.ts';
import { withAdmin } from './oracle/topic-content.ts';
import { Closing } from './closing.ts';
import { SEED, SPECS_FILE, underLoad } from './under-load.ts';

const BROKER_COUNT = 3;

/** Goal: three brokers, each message on at least two of them, and the loss of a leader loses nothing. */
describe.skipIf(!inject('canStartKafka'))('a cluster that loses a leader', () => {
  const closing = new Closing();
  let cluster: RunningKafkaCluster;
  let fleet: Fleet;

  beforeAll(async () => {
    console.log(`three brokers: seed ${SEED} (BURNLINE_SEED)`);
    const database = await startTestDatabase();
    closing.add(() => database.close());
    cluster = await startKafkaCluster({ brokerCount: BROKER_COUNT, properties: GROUP_PROPERTIES });
    closing.add(() => cluster.stop());
    fleet = await Fleet.start({
      brokers: cluster.brokers,
      directBrokers: cluster.directBrokers,
      databaseUrl: database.url,
      store: database.store,
      stream: 'cluster',
      partitionCount: 2,
      specsFile: SPECS_FILE,
      sloCount: SLO_COUNT,
      replicationFactor: BROKER_COUNT,
      minInsyncReplicas: 2,
    });
    closing.add(() => fleet.close());
  });
  afterAll(() => closing.all());

  it('kill -9 of the leader of a partition under load, and its return', async () => {
    const { leader } = await partitionOf(fleet);
    await underLoad(fleet, async () => {
      await cluster.node(leader).kill();
      await expect.poll(async () => (await partitionOf(fleet)).leader, { timeout: 60_000 }).not.toBe(leader);
      await sleep(2_000);
      await cluster.node(leader).restart();
      await expect
        .poll(async () => (await partitionOf(fleet)).isr.length, { timeout: 60_000, interval: 250 })
        .toBe(BROKER_COUNT);
    });
  });
});

async function partitionOf(
  fleet: Fleet,
): Promise<{ readonly leader: number; readonly isr: readonly number[] }> {
  return withAdmin(fleet.directBrokers, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [fleet.topic] });
    const first = topics[0]?.partitions[0];
    if (first === undefined) throw new Error(`${fleet.topic} has no partition`);
    return first;
  });
}
