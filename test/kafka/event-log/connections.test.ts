import { openKafkaLog } from '@burnline/runtime';
import { describe, expect, inject, it } from 'vitest';
import { topic } from '../../contract/event-log/harness.ts';
import { withKafkaLog } from './own-names.ts';

const brokers = inject('kafkaBrokers');

/** How many timers are set within a time: what wakes an idle process. */
async function timersSetWithin(ms: number): Promise<number> {
  const original = globalThis.setTimeout;
  let count = 0;
  globalThis.setTimeout = ((...args: Parameters<typeof original>) => {
    count += 1;
    return original(...args);
  }) as typeof original;
  try {
    await new Promise((resolve) => original(resolve, ms));
    return count;
  } finally {
    globalThis.setTimeout = original;
  }
}

describe.skipIf(brokers.length === 0)('connections to Kafka', () => {
  it('let an idle process sleep (kafkajs: 700 timers a second and connection)', () =>
    withKafkaLog({ brokers, heartbeatIntervalMs: 1_000 }, async (log, names) => {
      const name = names.name('idle');
      await log.ensureTopics([topic({ name })]);
      expect(await timersSetWithin(1_000)).toBeLessThan(10);
      const consumer = await log.consume({ group: names.name('group'), topics: [name] });
      while ((await consumer.next(1_000)).kind !== 'assigned');
      // One fetch of 100 ms after the other, and a heartbeat now and then.
      expect(await timersSetWithin(1_000)).toBeLessThan(60);
    }));

  it('are gone after close, with nothing left that keeps the process alive', async () => {
    const before = process.getActiveResourcesInfo().filter((one) => one === 'TCPSocketWrap').length;
    const log = await openKafkaLog({ brokers });
    await log.close();
    await log.close();
    await expect
      .poll(() => process.getActiveResourcesInfo().filter((one) => one === 'TCPSocketWrap').length)
      .toBe(before);
  });
});
