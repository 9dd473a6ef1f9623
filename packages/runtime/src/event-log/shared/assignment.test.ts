import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignPartitions } from './assignment.ts';

interface Named {
  readonly name: string;
  readonly topics: ReadonlySet<string>;
}

const partitionsOf = (topic: string, count: number) =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }));

/** Joins and leaves in a row: a number joins, or leaves if it is a member. */
const changes = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 12 });

describe('assignPartitions', () => {
  it('gives every partition to one member, loads within one of each other, and moves no more than it must', () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 12 }), (names, count) => {
        const partitions = partitionsOf('t', count);
        let members: Named[] = [];
        let owners: readonly (Named | undefined)[] = partitions.map(() => undefined);
        for (const name of names) {
          const leaver = members.find((member) => member.name === `${name}`);
          members =
            leaver === undefined
              ? [...members, { name: `${name}`, topics: new Set(['t']) }]
              : members.filter((member) => member !== leaver);
          const before = owners;
          owners = assignPartitions({ members, partitions, previousOwners: before });
          if (members.length === 0) {
            expect(owners.every((owner) => owner === undefined)).toBe(true);
            continue;
          }
          const loads = members.map((member) => owners.filter((owner) => owner === member).length);
          expect(loads.reduce((sum, load) => sum + load, 0)).toBe(count);
          expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
          const movedCount = owners.filter((owner, index) => owner !== before[index]).length;
          // A leaver's partitions must move, a newcomer's share must; nothing else may.
          const mustMove =
            leaver === undefined
              ? members.length === 1
                ? count
                : Math.floor(count / members.length)
              : before.filter((owner) => owner === leaver).length;
          expect(movedCount).toBe(mustMove);
        }
      }),
    );
  });

  it('gives a topic’s partitions to its subscribers alone, and none to nobody', () => {
    const both = { name: 'both', topics: new Set(['a', 'b']) };
    const onlyA = { name: 'only a', topics: new Set(['a']) };
    const owners = assignPartitions({
      members: [both, onlyA],
      partitions: [...partitionsOf('a', 3), ...partitionsOf('b', 3), ...partitionsOf('c', 1)],
      previousOwners: Array.from({ length: 7 }, () => undefined),
    });
    expect(owners.map((owner) => owner?.name)).toEqual([
      'only a',
      'only a',
      'only a',
      'both',
      'both',
      'both',
      undefined,
    ]);
  });
});
