import type { PartitionId } from '../event-log.ts';

export interface Member {
  readonly topics: ReadonlySet<string>;
}

/**
 * Shares partitions among a group's members: every partition with a subscriber gets exactly one owner, loads differ by at
 * most one where subscriptions allow, and what need not move stays.
 *
 * Deterministic: a function of the members in the order in which they joined, the partitions in their order, and the
 * previous owners. Cost: partitions x members for each partition that moves, on a join or leave alone.
 */
export function assignPartitions<M extends Member>(input: {
  readonly members: readonly M[];
  readonly partitions: readonly PartitionId[];
  /** By index of `partitions`; an owner that is no longer a member is ignored. */
  readonly previousOwners: readonly (M | undefined)[];
}): readonly (M | undefined)[] {
  const { members, partitions, previousOwners } = input;
  const loads = new Map(members.map((member) => [member, 0]));
  const load = (member: M) => loads.get(member) ?? 0;
  const lightest = (topic: string) =>
    members
      .filter((member) => member.topics.has(topic))
      .reduce<M | undefined>(
        (best, member) => (best === undefined || load(member) < load(best) ? member : best),
        undefined,
      );
  const owners = partitions.map(({ topic }, index) => {
    const previous = previousOwners[index];
    if (previous === undefined || !loads.has(previous) || !previous.topics.has(topic)) return undefined;
    loads.set(previous, load(previous) + 1);
    return previous;
  });
  const give = (index: number, member: M) => {
    const previous = owners[index];
    if (previous !== undefined) loads.set(previous, load(previous) - 1);
    owners[index] = member;
    loads.set(member, load(member) + 1);
  };

  /** The last partition of the most loaded owner that has one which a member with two fewer subscribes to; else -1. */
  const heaviestIndex = () => {
    let heaviest = -1;
    let heaviestLoad = 0;
    for (const [index, { topic }] of partitions.entries()) {
      const owner = owners[index];
      const member = lightest(topic);
      if (owner === undefined || member === undefined || load(owner) - load(member) < 2) continue;
      if (load(owner) < heaviestLoad) continue;
      heaviest = index;
      heaviestLoad = load(owner);
    }
    return heaviest;
  };

  for (const [index, { topic }] of partitions.entries()) {
    const member = owners[index] === undefined ? lightest(topic) : undefined;
    if (member !== undefined) give(index, member);
  }
  // Every move narrows a difference of two or more, so this ends.
  for (;;) {
    const index = heaviestIndex();
    const topic = index === -1 ? undefined : partitions[index]?.topic;
    const member = topic === undefined ? undefined : lightest(topic);
    if (member === undefined) return owners;
    give(index, member);
  }
}
