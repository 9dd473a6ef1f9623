import { CHECKPOINTS_TOPIC, DECISIONS_TOPIC, topicsOf } from '@burnline/contracts';
import { expect, inject, it } from 'vitest';
import { readCheckpoint, writeCheckpoint } from '../../services/alerter/dist/checkpoints/checkpoint-log.js';
import { randomFrom } from '../support/random.ts';
import { renamed, withKafkaLog } from './event-log/own-names.ts';

/** Goal: a checkpoint of the decision log is found on Kafka as on the embedded log, and none where nobody made its topic. */
it.skipIf(inject('kafkaBrokers').length === 0)('the last checkpoint is found on Kafka', async () => {
  await withKafkaLog({ brokers: inject('kafkaBrokers') }, async (own, names) => {
    const log = renamed(own, names);
    const { decisions, checkpoints } = topicsOf('live', { partitionCount: 1, kind: 'live' });
    await log.ensureTopics([decisions]);
    const value = new TextEncoder().encode('a decision');
    await log.append([{ topic: DECISIONS_TOPIC, partition: 0, messages: [{ value }, { value }, { value }] }]);
    expect(await readCheckpoint(log)).toBeNull();
    await log.ensureTopics([checkpoints]);
    expect(await readCheckpoint(log)).toBeNull();
    const random = randomFrom(1);
    const states = Array.from({ length: 60_000 }, () => {
      const at = Math.floor(random() * 1e12);
      return [`${random()}`, { kind: 'inactive', evaluatedAt: at, decidedAt: at }] as const;
    });
    for (const offset of [2, 3]) await writeCheckpoint(log, { offset, states, alerts: [], tellings: [] });
    const [bounds] = await log.bounds([CHECKPOINTS_TOPIC]);
    expect(bounds?.endOffset).toBeGreaterThan(2);
    expect(await readCheckpoint(log)).toEqual({ offset: 3, states, alerts: [], tellings: [] });
  });
});
