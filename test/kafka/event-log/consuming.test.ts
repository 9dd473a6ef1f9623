import type { EventLog } from '@burnline/runtime';
import { describe, expect, inject, it } from 'vitest';
import {
  appendTexts,
  boundsOf,
  expectCode,
  key,
  text,
  topic,
  turnsUntil,
  Watched,
} from '../../contract/event-log/harness.ts';
import { startZombie } from './zombie.ts';
import { withAdmin, withKafkaLog } from './own-names.ts';

const brokers = inject('kafkaBrokers');
const SESSION_MS = 6_000;

/** Deletes the messages before an offset, as retention would. */
function expireBefore(name: string, partition: number, offset: number): Promise<void> {
  return withAdmin(brokers, async (admin) => {
    // kafkajs looks for the leader in what it knows already.
    await admin.fetchTopicOffsets(name);
    await admin.deleteTopicRecords({ topic: name, partitions: [{ partition, offset: String(offset) }] });
  });
}

async function outcomesOf(reader: Watched, turns: number): Promise<string[]> {
  const outcomes: string[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    outcomes.push(
      await reader.turn().then(
        ({ kind }) => kind,
        (error: unknown) => (error as { code: string }).code,
      ),
    );
  }
  return outcomes;
}

async function commitAs(log: EventLog, group: string, name: string, offset: number): Promise<void> {
  const first = new Watched(await log.consume({ group, topics: [name] }));
  await turnsUntil([first], () => first.owned.size > 0);
  await first.consumer.commit([{ topic: name, partition: 0, offset, metadata: 'here' }]);
  await first.consumer.close();
}

describe.skipIf(brokers.length === 0)('consuming from Kafka', () => {
  describe('a position outside the log (kafkajs goes on at the start, and commits that)', () => {
    for (const [what, committedOffset, code] of [
      ['expired', 1, 'LOG_OFFSET_EXPIRED'],
      ['beyond the end', 50, 'LOG_OFFSET_BEYOND_END'],
    ] as const) {
      it(`${what}: is told, nothing is committed, and the other partitions are served`, () =>
        withKafkaLog({ brokers }, async (log, names) => {
          const [name, group] = [names.name('events'), names.name('group')];
          await log.ensureTopics([topic({ name, partitionCount: 2 })]);
          await appendTexts(log, { topic: name, partition: 0 }, ['a', 'b', 'c', 'd']);
          await commitAs(log, group, name, committedOffset);
          await expireBefore(name, 0, 3);
          const reader = new Watched(await log.consume({ group, topics: [name] }));
          await turnsUntil([reader], () => reader.owned.size === 2);
          await appendTexts(log, { topic: name, partition: 1 }, ['other']);
          const outcomes: string[] = [];
          while (!outcomes.includes(code) || reader.textsOf(1).length === 0) {
            outcomes.push(...(await outcomesOf(reader, 1)));
          }
          expect(reader.textsOf(0)).toEqual([]);
          expect(await log.committed(group, [name])).toEqual([
            { topic: name, partition: 0, offset: committedOffset, metadata: 'here' },
          ]);
          await expectCode(
            log.read({ topic: name, partition: 0, fromOffset: committedOffset, bytesMax: 100 }),
            code,
          );
          expect(await boundsOf(log, { topic: name, partition: 0 })).toMatchObject({
            startOffset: 3,
            endOffset: 4,
          });
        }));
    }

    it('is told when the messages ahead expire while it reads', () =>
      withKafkaLog({ brokers, compression: 'none' }, async (log, names) => {
        const [name, group] = [names.name('events'), names.name('group')];
        await log.ensureTopics([topic({ name })]);
        const reader = new Watched(await log.consume({ group, topics: [name] }));
        await turnsUntil([reader], () => reader.owned.size === 1);
        // More than is fetched ahead of a caller that does not take.
        const large = 'x'.repeat(500_000);
        for (let round = 0; round < 30; round += 1) {
          await appendTexts(log, { topic: name, partition: 0 }, [large + String(round)]);
        }
        await expireBefore(name, 0, 29);
        const outcomes: string[] = [];
        while (!outcomes.includes('LOG_OFFSET_EXPIRED')) outcomes.push(...(await outcomesOf(reader, 1)));
        const offsets = reader.messages.map(({ offset }) => offset);
        expect(offsets).toEqual(offsets.map((_, index) => index));
        expect(offsets).not.toContain(29);
      }));

    it('stops at a topic that was deleted and made again', () =>
      withKafkaLog({ brokers }, async (log, names) => {
        const [name, group] = [names.name('events'), names.name('group')];
        await log.ensureTopics([topic({ name })]);
        await appendTexts(log, { topic: name, partition: 0 }, ['a', 'b']);
        const reader = new Watched(await log.consume({ group, topics: [name] }));
        await turnsUntil([reader], () => reader.messages.length === 2);
        await withAdmin(brokers, (admin) => admin.deleteTopics({ topics: [name] }));
        const outcomes: string[] = [];
        while (!outcomes.some((outcome) => outcome.startsWith('LOG_'))) {
          outcomes.push(...(await outcomesOf(reader, 1)));
        }
        expect(outcomes.at(-1)).toBe('LOG_TOPIC_UNKNOWN');
      }));
  });

  it('keeps the partitions of a caller that is busy for longer than the session', () =>
    withKafkaLog({ brokers, sessionTimeoutMs: SESSION_MS }, async (log, names) => {
      const [name, group] = [names.name('events'), names.name('group')];
      await log.ensureTopics([topic({ name })]);
      await appendTexts(log, { topic: name, partition: 0 }, ['a']);
      const busy = new Watched(await log.consume({ group, topics: [name] }));
      await turnsUntil([busy], () => busy.messages.length === 1);
      const deliveries = busy.deliveries.length;
      await new Promise((resolve) => setTimeout(resolve, SESSION_MS + 1_500));
      await busy.consumer.commit([{ topic: name, partition: 0, offset: 1, metadata: '' }]);
      await appendTexts(log, { topic: name, partition: 0 }, ['b']);
      await turnsUntil([busy], () => busy.messages.length === 2);
      expect(busy.deliveries.slice(deliveries).map(({ kind }) => kind)).not.toContain('revoked');
    }));

  it('goes on with the other partitions while one is paused with more than memory takes of it', () =>
    withKafkaLog({ brokers, compression: 'none' }, async (log, names) => {
      const [name, group] = [names.name('events'), names.name('group')];
      await log.ensureTopics([topic({ name, partitionCount: 2 })]);
      const reader = new Watched(await log.consume({ group, topics: [name] }));
      await turnsUntil([reader], () => reader.owned.size === 2);
      reader.consumer.pause([{ topic: name, partition: 0 }]);
      for (let round = 0; round < 24; round += 1) {
        await appendTexts(log, { topic: name, partition: 0 }, ['x'.repeat(500_000)]);
        await appendTexts(log, { topic: name, partition: 1 }, [`${round}`]);
      }
      await turnsUntil([reader], () => reader.textsOf(1).length === 24);
      expect(reader.textsOf(0)).toEqual([]);
      reader.consumer.resume([{ topic: name, partition: 0 }]);
      await turnsUntil([reader], () => reader.textsOf(0).length === 24);
    }));

  it('tells of what came and went alone: what a member keeps goes on where it is', () =>
    withKafkaLog({ brokers }, async (log, names) => {
      const [name, group] = [names.name('events'), names.name('group')];
      await log.ensureTopics([topic({ name, partitionCount: 4 })]);
      for (const partition of [0, 1, 2, 3]) await appendTexts(log, { topic: name, partition }, ['before']);
      const first = new Watched(await log.consume({ group, topics: [name] }));
      await turnsUntil([first], () => first.messages.length === 4);
      const second = new Watched(await log.consume({ group, topics: [name] }));
      await turnsUntil([first, second], () => first.owned.size === 2 && second.owned.size === 2);
      for (const partition of [0, 1, 2, 3]) await appendTexts(log, { topic: name, partition }, ['after']);
      await turnsUntil([first, second], () =>
        [first, second].every(({ messages }) => messages.filter((one) => text(one) === 'after').length === 2),
      );
      // Nothing was committed, so what the second got begins at the start; what the first kept is not repeated.
      const keptTexts = [...first.owned.values()].map(({ partition }) => first.textsOf(partition));
      expect(keptTexts).toEqual([
        ['before', 'after'],
        ['before', 'after'],
      ]);
      const revoked = first.deliveries.flatMap((one) =>
        one.kind === 'revoked' ? one.partitions.map(key) : [],
      );
      expect(revoked.sort()).toEqual(second.ownedKeys);
    }));
});

describe.skipIf(brokers.length === 0)('a zombie', () => {
  it('that was stopped beyond its session commits nothing, and is told what it lost', () =>
    withKafkaLog({ brokers }, async (log, names) => {
      const [name, group] = [names.name('events'), names.name('group')];
      await log.ensureTopics([topic({ name })]);
      await appendTexts(log, { topic: name, partition: 0 }, ['a', 'b', 'c']);
      const zombie = startZombie({ brokers, topic: name, group });
      try {
        await zombie.waitFor('messages');
        zombie.signal('SIGSTOP');
        const heir = new Watched(await log.consume({ group, topics: [name] }));
        await turnsUntil([heir], () => heir.messages.length === 3);
        await heir.consumer.commit([{ topic: name, partition: 0, offset: 2, metadata: 'heir' }]);
        zombie.signal('SIGCONT');
        zombie.commit(1);
        expect(await zombie.waitFor('commit')).toBe('commit LOG_NOT_OWNER');
        expect(await log.committed(group, [name])).toMatchObject([{ offset: 2, metadata: 'heir' }]);
        await zombie.waitFor('revoked');
        await turnsUntil([heir], () => heir.owned.size === 1);
      } finally {
        await zombie.end();
      }
    }));
});
