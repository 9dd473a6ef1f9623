import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PartitionId } from '../../event-log.ts';
import { assignSticky, type GroupMember } from './sticky-assigner.ts';

const TOPIC = 'events';
const partitionsOf = (count: number): PartitionId[] =>
  Array.from({ length: count }, (_, partition) => ({ topic: TOPIC, partition }));
const newcomer = (memberId: string): GroupMember => ({ memberId, topics: [TOPIC], previous: null });

/** The members as they join the next generation, with what they have now. */
function rejoined(
  shares: ReadonlyMap<string, readonly PartitionId[]>,
  memberIds: readonly string[],
  generationId: number,
): GroupMember[] {
  return memberIds.map((memberId) => {
    const partitions = shares.get(memberId);
    return {
      ...newcomer(memberId),
      previous: partitions === undefined ? null : { generationId, partitions },
    };
  });
}

function movedCount(
  before: ReadonlyMap<string, readonly PartitionId[]>,
  after: ReadonlyMap<string, readonly PartitionId[]>,
): number {
  let count = 0;
  for (const [memberId, partitions] of after) {
    const had = new Set(before.get(memberId)?.map(({ partition }) => partition));
    count += partitions.filter(({ partition }) => !had.has(partition)).length;
  }
  return count;
}

describe('the sticky assigner', () => {
  it('gives every partition one owner, balanced within one, whoever joins and leaves, and moves no more than it must', () => {
    const change = fc.record({ joins: fc.nat(3), leaves: fc.nat(3), seed: fc.nat() });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.array(change, { maxLength: 8 }), (count, changes) => {
        const partitions = partitionsOf(count);
        let memberIds = ['m0'];
        let shares: ReadonlyMap<string, readonly PartitionId[]> = assignSticky([newcomer('m0')], partitions);
        for (const [generationId, { joins, leaves, seed }] of changes.entries()) {
          const gone = memberIds.slice(0, Math.min(leaves, memberIds.length - 1));
          const fresh = Array.from(
            { length: joins },
            (_, index) => `m${(seed % 997) + index}-${generationId}`,
          );
          memberIds = [...memberIds.slice(gone.length), ...fresh];
          const next = assignSticky(rejoined(shares, memberIds, generationId), partitions);
          const given = [...next.values()].flat().map(({ partition }) => partition);
          expect(given.sort((a, b) => a - b)).toEqual(partitions.map(({ partition }) => partition));
          const sizes = [...next.values()].map(({ length }) => length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          // The least that any balanced sharing moves: each member keeps at most what it had, and at most its fair share.
          const floor = Math.floor(count / memberIds.length);
          const largeCount = count % memberIds.length;
          const hads = memberIds.map((id) => shares.get(id)?.length ?? 0).sort((a, b) => b - a);
          const kept = hads.reduce(
            (sum, had, rank) => sum + Math.min(had, floor + (rank < largeCount ? 1 : 0)),
            0,
          );
          expect(movedCount(shares, next)).toBe(count - kept);
          shares = next;
        }
      }),
      { numRuns: 200, seed: 20_261_121 },
    );
  });

  it('gives each member its share of every topic, and partitions of one number to one member', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 6 }), (count, memberCount) => {
        const topics = ['inference', 'reports', 'verdicts'];
        const partitions = topics.flatMap((topic) => partitionsOf(count).map((one) => ({ ...one, topic })));
        const members = Array.from({ length: memberCount }, (_, index) => ({
          ...newcomer(`m${index}`),
          topics,
        }));
        const shares = [...assignSticky(members, partitions).values()];
        for (const topic of topics) {
          const sizes = shares.map((share) => share.filter((one) => one.topic === topic).length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          expect(sizes.reduce((sum, size) => sum + size)).toBe(count);
        }
        for (const share of shares) {
          const numbers = topics.map((topic) =>
            share.filter((one) => one.topic === topic).map(({ partition }) => partition),
          );
          expect(new Set(numbers.map(String)).size).toBe(1);
        }
      }),
      { seed: 20_261_121 },
    );
  });

  it('is the same whatever the order in which the members are listed', () => {
    const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 20 }), (memberIds, count) => {
        const members = memberIds.map(newcomer);
        const one = assignSticky(members, partitionsOf(count));
        expect(assignSticky([...members].reverse(), partitionsOf(count))).toEqual(one);
      }),
      { seed: 20_261_121 },
    );
  });

  it('believes the later of two claims: the earlier is of a member that was thrown out', () => {
    const [first, second] = partitionsOf(2) as [PartitionId, PartitionId];
    const claim = (memberId: string, generationId: number, ...partitions: PartitionId[]): GroupMember => ({
      ...newcomer(memberId),
      previous: { generationId, partitions },
    });
    const shares = assignSticky(
      [claim('a', 3, first, second), claim('b', 4, first), newcomer('c')],
      [first, second],
    );
    expect(shares.get('b')).toEqual([first]);
    expect(shares.get('a')).toEqual([second]);
  });

  it('moves one member’s share for each restart of a rolling one', () => {
    const partitions = partitionsOf(12);
    let memberIds = ['a0', 'b0', 'c0', 'd0'];
    let shares = assignSticky(memberIds.map(newcomer), partitions);
    let moved = 0;
    for (const [generation, restarted] of [...memberIds].entries()) {
      const without = memberIds.filter((id) => id !== restarted);
      const alone = assignSticky(rejoined(shares, without, 2 * generation), partitions);
      moved += movedCount(shares, alone);
      memberIds = [...without, `${restarted}-again`];
      shares = assignSticky(rejoined(alone, memberIds, 2 * generation + 1), partitions);
      moved += movedCount(alone, shares);
    }
    // Three each: to the others when it goes, and as many to it when it comes. kafkajs's own assigner moves nearly all.
    expect(moved).toBe(24);
  });
});
