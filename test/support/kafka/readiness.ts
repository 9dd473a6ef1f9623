import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import type { KafkaNode } from './node.ts';

/** A start takes 2 s on a quiet machine; a machine of two cores that runs everything at once takes longer. */
const READY_DEADLINE_MS = 90_000;
const RETRY_MS = 100;

/**
 * Waits until every node answers and knows all `brokerCount` brokers.
 *
 * Errors: a node that ended, or the deadline, with the last lines of its log.
 */
export async function nodesReady(nodes: readonly KafkaNode[], brokerCount: number): Promise<void> {
  const deadline = performance.now() + READY_DEADLINE_MS;
  for (const node of nodes) {
    let state = 'no answer';
    for (;;) {
      if (!node.isRunning) throw await failure(node, 'ended while starting');
      const known = await knownBrokers(node).catch((error: unknown) => String(error));
      if (typeof known === 'number' && known >= brokerCount) break;
      state = typeof known === 'number' ? `it knows ${known} of ${brokerCount} brokers` : known;
      if (performance.now() > deadline) throw await failure(node, `was not ready in time (${state})`);
      await sleep(RETRY_MS);
    }
  }
}

async function knownBrokers(node: KafkaNode): Promise<number> {
  const client = new kafkajs.Kafka({
    clientId: 'burnline-readiness',
    brokers: [`127.0.0.1:${node.settings.ports.internal}`],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 0 },
  });
  const admin = client.admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length;
  } finally {
    await admin.disconnect();
  }
}

async function failure(node: KafkaNode, what: string): Promise<Error> {
  const { nodeId, ports } = node.settings;
  return new Error(
    `Kafka node ${nodeId} on 127.0.0.1:${ports.client} ${what}. Its last lines:\n${await node.lastLogLines()}`,
  );
}
