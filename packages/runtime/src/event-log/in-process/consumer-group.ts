import type { CommittedPosition, PartitionId } from '../event-log.ts';
import { logError } from '../log-errors.ts';
import { partitionKey, partitionsOf } from '../partitions.ts';
import { assignPartitions, type Member } from '../shared/assignment.ts';
import { knownTopic } from '../shared/checks.ts';
import type { LogStorage } from './log-storage.ts';

/** What a group tells a member. Ownership has already changed when it is told. */
export interface GroupMember extends Member {
  revoke(partitions: readonly PartitionId[]): void;
  assign(partitions: readonly PartitionId[]): void;
  wake(): void;
}

/**
 * The members of one group in this process and who owns which partition.
 *
 * Ownership changes at once with a join or leave: from that moment a commit of the former owner is refused, whether or not
 * it has learned of it. The new owner learns its start from the committed position after every commit accepted before the
 * change has settled (`settled`).
 */
export class ConsumerGroup {
  readonly #name: string;
  readonly #storage: LogStorage;
  /** In the order in which they joined. */
  #members: readonly GroupMember[] = [];
  #owners = new Map<string, { readonly partition: PartitionId; readonly owner: GroupMember }>();
  #lastCommit: Promise<unknown> = Promise.resolve();

  constructor(name: string, storage: LogStorage) {
    this.#name = name;
    this.#storage = storage;
  }

  get isEmpty(): boolean {
    return this.#members.length === 0;
  }

  join(member: GroupMember): void {
    this.#members = [...this.#members, member];
    this.#rebalance();
  }

  leave(member: GroupMember): void {
    this.#members = this.#members.filter((other) => other !== member);
    this.#rebalance();
  }

  /** Wakes whoever owns the partition. */
  appended(partition: PartitionId): void {
    this.#owners.get(partitionKey(partition))?.owner.wake();
  }

  /** Resolves when the commits accepted so far are durable or have failed. */
  async settled(): Promise<void> {
    await this.#lastCommit;
  }

  committed(partition: PartitionId): CommittedPosition | null {
    return this.#storage.committed(this.#name, partition);
  }

  /** Rejects with LOG_NOT_OWNER, and commits nothing, if one of the partitions belongs to another by now. */
  async commit(member: GroupMember, positions: readonly CommittedPosition[]): Promise<void> {
    for (const { topic, partition } of positions) {
      if (this.#owners.get(partitionKey({ topic, partition }))?.owner === member) continue;
      throw logError(
        'LOG_NOT_OWNER',
        `This consumer of group "${this.#name}" no longer has "${topic}" ${partition}.`,
        {
          remedy: 'Drop the work on the partition: its new owner repeats it from the last commit.',
          details: { group: this.#name, topic, partition },
        },
      );
    }
    const commit = this.#storage.commit(this.#name, positions);
    this.#lastCommit = Promise.allSettled([this.#lastCommit, commit]);
    await commit;
  }

  #rebalance(): void {
    const partitions = this.#subscribedPartitions();
    const previous = this.#owners;
    const owners = assignPartitions({
      members: this.#members,
      partitions,
      previousOwners: partitions.map((partition) => previous.get(partitionKey(partition))?.owner),
    });
    this.#owners = new Map();
    const given = new Map<GroupMember, PartitionId[]>();
    for (const [index, partition] of partitions.entries()) {
      const owner = owners[index];
      if (owner === undefined) continue;
      const key = partitionKey(partition);
      this.#owners.set(key, { partition, owner });
      if (previous.get(key)?.owner !== owner) given.set(owner, [...(given.get(owner) ?? []), partition]);
    }
    const taken = new Map<GroupMember, PartitionId[]>();
    for (const [key, { partition, owner }] of previous) {
      if (this.#owners.get(key)?.owner !== owner) taken.set(owner, [...(taken.get(owner) ?? []), partition]);
    }
    for (const [member, lost] of taken) member.revoke(lost);
    for (const [member, gained] of given) member.assign(gained);
  }

  #subscribedPartitions(): readonly PartitionId[] {
    const topics = new Set(this.#members.flatMap((member) => [...member.topics]));
    return [...topics].sort().flatMap((topic) => {
      const { partitionCount } = knownTopic(this.#storage, topic);
      return partitionsOf(topic, partitionCount);
    });
  }
}
