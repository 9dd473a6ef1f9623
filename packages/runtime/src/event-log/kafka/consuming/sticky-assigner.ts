import type { PartitionId } from '../../event-log.ts';
import { partitionKey } from '../../partitions.ts';
import { assignPartitions } from '../../shared/assignment.ts';

export interface GroupMember {
  readonly memberId: string;
  readonly topics: readonly string[];
  /** What it says it had, and from which generation; null for a newcomer. */
  readonly previous: { readonly generationId: number; readonly partitions: readonly PartitionId[] } | null;
}

/**
 * Shares the partitions among a group's members: balanced within one, and what need not move stays, so that a rolling
 * restart moves few. Every process computes the same: members count in the order of their ids.
 *
 * Where all members read the same topics, partitions of the same number go to the same member: each has its share of every
 * topic, and not one the busy topic's and another the quiet one's.
 *
 * Of two claims on one partition the later generation's counts (the other comes from a member that was thrown out and has
 * come back), then the first member's.
 */
export function assignSticky(
  members: readonly GroupMember[],
  partitions: readonly PartitionId[],
): ReadonlyMap<string, readonly PartitionId[]> {
  const sorted = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const claimants = sorted.map(({ memberId, topics, previous }) => ({
    memberId,
    topics: new Set(topics),
    previous,
  }));
  type Claimant = (typeof claimants)[number];
  const claims = new Map<string, { readonly claimant: Claimant; readonly generationId: number }>();
  for (const claimant of claimants) {
    const { generationId = -1, partitions: claimed = [] } = claimant.previous ?? {};
    for (const partition of claimed) {
      const rival = claims.get(partitionKey(partition));
      if (rival !== undefined && rival.generationId >= generationId) continue;
      claims.set(partitionKey(partition), { claimant, generationId });
    }
  }
  const units = unitsOf(sorted, partitions);
  const owners = assignPartitions({
    members: claimants,
    partitions: units.map(({ first }) => first),
    previousOwners: units.map(({ first, rest }) =>
      [first, ...rest]
        .map((partition) => claims.get(partitionKey(partition))?.claimant)
        .find((claimant) => claimant !== undefined),
    ),
  });
  const shares = new Map<string, PartitionId[]>(sorted.map(({ memberId }) => [memberId, []]));
  for (const [index, { first, rest }] of units.entries()) {
    const owner = owners[index];
    if (owner !== undefined) shares.get(owner.memberId)?.push(first, ...rest);
  }
  return shares;
}

/** Partitions that are given together. */
interface Unit {
  readonly first: PartitionId;
  readonly rest: PartitionId[];
}

function unitsOf(members: readonly GroupMember[], partitions: readonly PartitionId[]): readonly Unit[] {
  const topicsOf = ({ topics }: GroupMember): string => [...topics].sort().join();
  const isUniform = new Set(members.map(topicsOf)).size <= 1;
  if (!isUniform) return partitions.map((first) => ({ first, rest: [] }));
  const byNumber = new Map<number, Unit>();
  for (const partition of partitions) {
    const unit = byNumber.get(partition.partition);
    if (unit === undefined) byNumber.set(partition.partition, { first: partition, rest: [] });
    else unit.rest.push(partition);
  }
  return [...byNumber.values()];
}
