import { describe, expect, it } from 'vitest';
import type { LogUnderTest } from './contract.ts';
import { appendTexts, expectCode, key, TOPIC, topic, turnsUntil, Watched, withLog } from './harness.ts';

const PARTITION_COUNT = 4;
const SPEC = topic({ partitionCount: PARTITION_COUNT });
const OPTIONS = { group: 'workers', topics: [TOPIC] };
const P = (partition: number) => ({ topic: TOPIC, partition });
const ALL = Array.from({ length: PARTITION_COUNT }, (_, partition) => key(P(partition)));

/** Everybody has something, together they have everything, nobody has what another has. */
function isShared(watched: readonly Watched[]): boolean {
  const owned = watched.flatMap(({ ownedKeys }) => ownedKeys).sort();
  return owned.join() === ALL.join() && watched.every(({ owned: { size } }) => size > 0);
}

export function describeGroups(open: () => Promise<LogUnderTest>): void {
  describe('groups', () => {
    it('shares partitions among the members as they join and leave', () =>
      withLog(open, async ({ log }) => {
        await log.ensureTopics([SPEC]);
        const first = new Watched(await log.consume(OPTIONS));
        await turnsUntil([first], () => isShared([first]));
        const second = new Watched(await log.consume(OPTIONS));
        await turnsUntil([first, second], () => isShared([first, second]));
        expect([first.owned.size, second.owned.size]).toEqual([2, 2]);
        const third = new Watched(await log.consume(OPTIONS));
        await turnsUntil([first, second, third], () => isShared([first, second, third]));
        await second.consumer.close();
        await turnsUntil([first, third], () => isShared([first, third]));
        expect([first.owned.size, third.owned.size]).toEqual([2, 2]);
      }));

    it('delivers every message to one member, in order, from the last commit on after a change', () =>
      withLog(open, async ({ log }) => {
        await log.ensureTopics([SPEC]);
        const append = (round: number) =>
          Promise.all(ALL.map((_, partition) => appendTexts(log, P(partition), [`${round}a`, `${round}b`])));
        await append(1);
        const first = new Watched(await log.consume(OPTIONS));
        await turnsUntil([first], () => first.messages.length === 8);
        await first.consumer.commit(
          ALL.map((_, partition) => ({ ...P(partition), offset: 1, metadata: 'x' })),
        );
        const second = new Watched(await log.consume(OPTIONS));
        await turnsUntil([first, second], () => isShared([first, second]));
        for (const { position, committed } of second.owned.values()) {
          expect({ position, committed }).toEqual({ position: 1, committed: { offset: 1, metadata: 'x' } });
        }
        await append(2);
        const done = () =>
          [...first.owned.keys()].every((owned) => first.textsOf(partitionOf(owned)).includes('2b')) &&
          [...second.owned.keys()].every((owned) => second.textsOf(partitionOf(owned)).includes('2b'));
        await turnsUntil([first, second], done);
        for (const owned of second.owned.keys()) {
          expect(second.textsOf(partitionOf(owned))).toEqual(['1b', '2a', '2b']);
        }
        // A member that kept a partition may be sent back to its commit, and never skips.
        for (const owned of first.owned.keys()) {
          expect(first.textsOf(partitionOf(owned)).join()).toMatch(/^1a,1b,(1b,)?2a,2b$/);
        }
      }));

    it('refuses the commit of a member whose partition went to another', () =>
      withLog(open, async ({ log }) => {
        await log.ensureTopics([SPEC]);
        const zombie = new Watched(await log.consume(OPTIONS));
        await turnsUntil([zombie], () => isShared([zombie]));
        const heir = new Watched(await log.consume(OPTIONS));
        await turnsUntil([zombie, heir], () => isShared([zombie, heir]));
        const [lost] = heir.owned.values();
        const [kept] = zombie.owned.values();
        const position = (partition: number, offset: number) => ({ ...P(partition), offset, metadata: '' });
        await heir.consumer.commit([position(lost!.partition, 7)]);
        // Nothing of the call is committed, what it still owns included.
        await expectCode(
          zombie.consumer.commit([position(kept!.partition, 3), position(lost!.partition, 3)]),
          'LOG_NOT_OWNER',
        );
        expect(await log.committed(OPTIONS.group, [TOPIC])).toEqual([position(lost!.partition, 7)]);
        await zombie.consumer.commit([position(kept!.partition, 3)]);
        expect(await log.committed(OPTIONS.group, [TOPIC])).toHaveLength(2);
      }));

    it('delivers nothing of a partition between its revocation and its next assignment', () =>
      withLog(open, async ({ log }) => {
        await log.ensureTopics([SPEC]);
        const members = [new Watched(await log.consume(OPTIONS))];
        for (let round = 0; round < 6; round += 1) {
          await Promise.all(ALL.map((_, partition) => appendTexts(log, P(partition), [`${round}`])));
          if (round % 2 === 0) members.push(new Watched(await log.consume(OPTIONS)));
          else await members.shift()!.consumer.close();
          await turnsUntil(members, () => isShared(members));
        }
        for (const { deliveries } of members) {
          const owned = new Set<string>();
          for (const delivery of deliveries) {
            if (delivery.kind === 'assigned') for (const one of delivery.partitions) owned.add(key(one));
            if (delivery.kind === 'revoked') for (const one of delivery.partitions) owned.delete(key(one));
            if (delivery.kind === 'messages') expect(owned).toContain(key(delivery));
          }
        }
      }));

    it('reads several topics in one group', () =>
      withLog(open, async ({ log }) => {
        await log.ensureTopics([topic(), topic({ name: 'verdicts', partitionCount: 2 })]);
        await appendTexts(log, P(0), ['a']);
        await appendTexts(log, { topic: 'verdicts', partition: 1 }, ['b']);
        const reader = new Watched(await log.consume({ group: 'g', topics: [TOPIC, 'verdicts'] }));
        await turnsUntil([reader], () => reader.messages.length === 2 && reader.owned.size === 3);
        expect(reader.ownedKeys).toEqual([key(P(0)), 'verdicts/0', 'verdicts/1']);
      }));

    describeDeliveries(open);
  });
}

function describeDeliveries(open: () => Promise<LogUnderTest>): void {
  it('does not let a busy partition starve the others', () =>
    withLog(open, async ({ log }) => {
      await log.ensureTopics([SPEC]);
      const line = 'x'.repeat(1000);
      await appendTexts(
        log,
        P(0),
        Array.from({ length: 400 }, () => line),
      );
      for (const partition of [1, 2, 3]) await appendTexts(log, P(partition), ['small']);
      const reader = new Watched(await log.consume({ ...OPTIONS, deliveryBytesMax: 10_000 }));
      await turnsUntil([reader], () => [1, 2, 3].every((partition) => reader.textsOf(partition).length > 0));
      expect(reader.textsOf(0).length).toBeLessThan(400);
      await turnsUntil([reader], () => reader.textsOf(0).length === 400);
    }));

  it('bounds a delivery, takes a larger message alone, and tells the end as seen', () =>
    withLog(open, async ({ log }) => {
      await log.ensureTopics([topic()]);
      await appendTexts(log, P(0), [
        'a'.repeat(600),
        'b'.repeat(600),
        'c'.repeat(5000),
        ...Array.from({ length: 20 }, () => 'd'.repeat(100)),
      ]);
      const reader = new Watched(await log.consume({ ...OPTIONS, deliveryBytesMax: 1000 }));
      await turnsUntil([reader], () => reader.messages.length === 23);
      for (const delivery of reader.deliveries) {
        if (delivery.kind !== 'messages') continue;
        const sizes = delivery.messages.map(({ value }) => value.byteLength);
        const total = sizes.reduce((sum, size) => sum + size, 0);
        expect(total <= 1000 || sizes.length === 1).toBe(true);
        expect(delivery.endOffset).toBe(23);
      }
      expect(reader.messages.map(({ offset }) => offset)).toEqual(Array.from({ length: 23 }, (_, i) => i));
    }));

  it('delivers nothing of a paused partition until it is resumed, and then all of it', () =>
    withLog(open, async ({ log }) => {
      await log.ensureTopics([SPEC]);
      const reader = new Watched(await log.consume(OPTIONS));
      await turnsUntil([reader], () => isShared([reader]));
      reader.consumer.pause([P(0), P(1)]);
      for (const partition of [0, 1, 2]) await appendTexts(log, P(partition), ['a', 'b']);
      await turnsUntil([reader], () => reader.textsOf(2).length === 2);
      for (let turn = 0; turn < 5; turn += 1) await reader.turn();
      expect([reader.textsOf(0), reader.textsOf(1)]).toEqual([[], []]);
      reader.consumer.resume([P(0)]);
      await turnsUntil([reader], () => reader.textsOf(0).length === 2);
      expect(reader.textsOf(1)).toEqual([]);
      reader.consumer.resume([P(1)]);
      await turnsUntil([reader], () => reader.textsOf(1).length === 2);
      expect(reader.textsOf(1)).toEqual(['a', 'b']);
    }));

  it('is idle when nothing comes, and delivers what comes while it waits', () =>
    withLog(open, async ({ log }) => {
      await log.ensureTopics([topic()]);
      const reader = new Watched(await log.consume(OPTIONS));
      await turnsUntil([reader], () => reader.owned.size === 1);
      await turnsUntil([reader], () => reader.deliveries.at(-1)?.kind === 'idle');
      const waiting = reader.turn(30_000);
      await appendTexts(log, P(0), ['late']);
      await waiting;
      await turnsUntil([reader], () => reader.messages.length === 1);
      expect(reader.textsOf(0)).toEqual(['late']);
    }));

  it('ends a wait when the consumer is closed', () =>
    withLog(open, async ({ log }) => {
      await log.ensureTopics([topic()]);
      const reader = new Watched(await log.consume(OPTIONS));
      await turnsUntil([reader], () => reader.owned.size === 1);
      const waiting = reader.consumer.next(30_000);
      await reader.consumer.close();
      expect(await waiting).toEqual({ kind: 'idle' });
    }));
}

function partitionOf(owned: string): number {
  return Number(owned.split('/')[1]);
}
