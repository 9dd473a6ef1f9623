import type { CommittedPosition, PartitionId } from '../event-log.ts';
import { logError, type LogError } from '../log-errors.ts';
import { groupedByTopic, settlesWithin, sleep, type Brokers } from './brokers.ts';
import { isPassing, notOwner, translated, typeOf } from './kafka-errors.ts';
import type { KafkaSettings } from './kafka-options.ts';
import {
  MemberAssignment,
  MemberMetadata,
  type JoinResponse,
  type KafkajsBroker,
} from './kafkajs-internals.ts';
import { assignSticky, type GroupMember } from './sticky-assigner.ts';

const PROTOCOL = 'burnline-sticky';
const METADATA_VERSION = 1;
const RETRY_MS_FIRST = 50;
const RETRY_MS_MAX = 1_000;
/** A commit looks again so often while a rebalance goes on. */
const JOIN_LOOK_MS = 500;

/** What a group gave this member in one of its generations. */
export interface Generation {
  readonly generationId: number;
  readonly memberId: string;
  readonly partitions: readonly PartitionId[];
  /** Whether this member had its share of the generation just before: else others may have had its partitions since. */
  readonly isConsecutive: boolean;
}

interface Parts {
  /** For joining and heartbeats alone: a join may be kept waiting, and whatever stands behind it with it. */
  readonly own: Brokers;
  readonly shared: Brokers;
  readonly settings: KafkaSettings;
}

interface MembershipOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** Null when the group has forgotten this member: nothing is its own any more. */
  readonly onGeneration: (generation: Generation | null) => void;
  /** After it nothing more happens. */
  readonly onFailure: (error: LogError) => void;
}

/**
 * One member of a consumer group, by the classic protocol: joins, keeps its session alive on a timer of its own (however
 * long the caller is busy), joins again when the group changes, and commits in the generation it is in.
 *
 * States: joining -> member (heartbeats) -> joining ... -> left. A member that the group has forgotten (its process was
 * stopped for longer than the session) begins anew, and what it had is no longer its own.
 */
export class Membership {
  readonly #parts: Parts;
  readonly #options: MembershipOptions;
  #memberId = '';
  /** The last one of which this member got its share. */
  #current: Generation | null = null;
  /** Settled when the join under way is over, however it ended. */
  #joining: Promise<unknown> = Promise.resolve();
  #isRejoinDue = false;
  #isClosed = false;
  #wake: () => void = () => undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(parts: Parts, options: MembershipOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Leaves the group, so that the others need not wait for the session to end. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    const { own, shared, settings } = this.#parts;
    if (this.#memberId !== '') {
      try {
        const request = { groupId: this.#options.group, memberId: this.#memberId };
        const broker = await shared.coordinator(request.groupId);
        await shared.onBroker(broker, () => broker.leaveGroup(request));
      } catch (error) {
        settings.logger.debug({ error: String(error) }, 'left the group without its knowledge');
      }
    }
    await own.close();
    await this.#loop;
  }

  /**
   * Durable when it resolves, all or nothing. `lost` names those of the positions that are no longer this member's; it is
   * asked before each attempt. Rejects with LOG_NOT_OWNER, or LOG_UNREACHABLE when patience runs out.
   */
  async commit(positions: readonly CommittedPosition[], lost: () => readonly PartitionId[]): Promise<void> {
    await this.#parts.shared.retrying('a commit', async () => {
      const isSettled = await settlesWithin(this.#joining, JOIN_LOOK_MS);
      const lostNow = lost();
      if (lostNow.length > 0) throw notOwner(lostNow);
      if (!isSettled) throw rebalancing();
      if (this.#current === null) throw notOwner(positions);
      await this.#commitIn(this.#current, positions);
    });
  }

  async #commitIn(generation: Generation, positions: readonly CommittedPosition[]): Promise<void> {
    const topics = [...groupedByTopic(positions)].map(([topic, ofTopic]) => ({
      topic,
      partitions: ofTopic.map(({ partition, offset, metadata }) => ({
        partition,
        offset: String(offset),
        metadata,
      })),
    }));
    const { generationId: groupGenerationId, memberId } = generation;
    const request = { groupId: this.#options.group, groupGenerationId, memberId, topics };
    try {
      const broker = await this.#parts.shared.coordinator(request.groupId);
      await this.#parts.shared.onBroker(broker, () => broker.offsetCommit(request));
    } catch (error) {
      const type = typeOf(error);
      const isCurrent = this.#current === generation;
      if (type === 'UNKNOWN_MEMBER_ID') {
        if (isCurrent) this.#forget();
        throw notOwner(positions);
      }
      // The group is ahead of this member: what it still has shows when it has joined again.
      if (type === 'ILLEGAL_GENERATION' || type === 'REBALANCE_IN_PROGRESS') {
        if (isCurrent) this.#rejoin();
        throw rebalancing();
      }
      throw error;
    }
  }

  #isLeaving(): boolean {
    return this.#isClosed;
  }

  #rejoin(): void {
    this.#isRejoinDue = true;
    this.#wake();
  }

  #forget(): void {
    this.#memberId = '';
    this.#current = null;
    this.#options.onGeneration(null);
    this.#rejoin();
  }

  async #run(): Promise<void> {
    let delayMs = RETRY_MS_FIRST;
    while (!this.#isLeaving()) {
      try {
        const joining = this.#join();
        this.#joining = joining;
        await joining;
        delayMs = RETRY_MS_FIRST;
        await this.#stayAlive();
      } catch (error) {
        if (this.#isLeaving()) return;
        const type = typeOf(error);
        if (type === 'UNKNOWN_MEMBER_ID') this.#forget();
        else if (type === 'REBALANCE_IN_PROGRESS' || type === 'ILLEGAL_GENERATION') continue;
        else if (isPassing(error)) {
          this.#parts.settings.logger.warn(
            { group: this.#options.group, error: String(error) },
            'cannot join the group, trying again',
          );
          await sleep(delayMs);
          delayMs = Math.min(2 * delayMs, RETRY_MS_MAX);
          await this.#parts.own.refresh();
        } else {
          this.#options.onFailure(translated(error, 'joining the group'));
          return;
        }
      }
    }
  }

  async #join(): Promise<void> {
    const { own, settings } = this.#parts;
    const { group: groupId, topics } = this.#options;
    this.#isRejoinDue = false;
    const broker = await own.coordinator(groupId);
    const joined = await own.onBroker(broker, () =>
      broker.joinGroup({
        groupId,
        sessionTimeout: settings.sessionTimeoutMs,
        rebalanceTimeout: settings.rebalanceTimeoutMs,
        memberId: this.#memberId,
        groupProtocols: [{ name: PROTOCOL, metadata: encodeMember(topics, this.#current) }],
      }),
    );
    const { generationId, memberId } = joined;
    this.#memberId = memberId;
    const groupAssignment = joined.leaderId === memberId ? await this.#assign(joined) : [];
    const { memberAssignment } = await own.onBroker(broker, () =>
      broker.syncGroup({ groupId, generationId, memberId, groupAssignment }),
    );
    if (this.#isLeaving()) return;
    const previous = this.#current;
    this.#current = {
      generationId,
      memberId,
      partitions: decodeShare(memberAssignment),
      isConsecutive: previous?.memberId === memberId && previous.generationId + 1 === generationId,
    };
    this.#options.onGeneration(this.#current);
  }

  /** As the group's leader. */
  async #assign({ members }: JoinResponse): Promise<{ memberId: string; memberAssignment: Buffer }[]> {
    const group = members.map(({ memberId, memberMetadata }) => decodeMember(memberId, memberMetadata));
    const partitions: PartitionId[] = [];
    for (const topic of new Set(group.flatMap(({ topics }) => topics))) {
      const metadata = await this.#parts.own.topic(topic);
      const count = metadata?.partitionMetadata.length ?? 0;
      for (let partition = 0; partition < count; partition += 1) partitions.push({ topic, partition });
    }
    return [...assignSticky(group, partitions)].map(([memberId, share]) => ({
      memberId,
      memberAssignment: MemberAssignment.encode({ version: METADATA_VERSION, assignment: byTopic(share) }),
    }));
  }

  /** Heartbeats until it is time to join again; rejects when the group says so. */
  async #stayAlive(): Promise<void> {
    const { own, settings } = this.#parts;
    while (!this.#isLeaving() && !this.#isRejoinDue) {
      await this.#pause(settings.heartbeatIntervalMs);
      const generation = this.#current;
      if (generation === null || this.#isLeaving()) return;
      const { generationId: groupGenerationId, memberId } = generation;
      try {
        const broker: KafkajsBroker = await own.coordinator(this.#options.group);
        await own.onBroker(broker, () =>
          broker.heartbeat({ groupId: this.#options.group, groupGenerationId, memberId }),
        );
      } catch (error) {
        if (!isPassing(error)) throw error;
        // The session outlives a lost connection; joining again would move partitions for nothing.
        settings.logger.debug({ error: String(error) }, 'a heartbeat was lost');
        await own.refresh();
      }
    }
  }

  #pause(delayMs: number): Promise<void> {
    if (this.#isRejoinDue) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function rebalancing(): LogError {
  return logError('LOG_UNREACHABLE', 'The group is sharing its partitions anew.', {
    outcome: 'retry',
    remedy: 'Commit again in a moment; if it lasts, look for a member that does not answer.',
  });
}

function encodeMember(topics: readonly string[], current: Generation | null): Buffer {
  const previous =
    current === null ? null : { generationId: current.generationId, partitions: byTopic(current.partitions) };
  return MemberMetadata.encode({
    version: METADATA_VERSION,
    topics,
    userData: Buffer.from(JSON.stringify({ previous })),
  });
}

function decodeMember(memberId: string, metadata: Buffer): GroupMember {
  const { topics, userData } = MemberMetadata.decode(metadata);
  const { previous } = JSON.parse(String(userData)) as {
    readonly previous: {
      readonly generationId: number;
      readonly partitions: Readonly<Record<string, readonly number[]>>;
    } | null;
  };
  return {
    memberId,
    topics,
    previous:
      previous === null
        ? null
        : { generationId: previous.generationId, partitions: flattened(previous.partitions) },
  };
}

function decodeShare(memberAssignment: Buffer): PartitionId[] {
  return flattened(MemberAssignment.decode(memberAssignment)?.assignment ?? {});
}

function byTopic(partitions: readonly PartitionId[]): Record<string, number[]> {
  const grouped = [...groupedByTopic(partitions)];
  return Object.fromEntries(
    grouped.map(([topic, ofTopic]) => [topic, ofTopic.map(({ partition }) => partition)]),
  );
}

function flattened(partitions: Readonly<Record<string, readonly number[]>>): PartitionId[] {
  return Object.entries(partitions).flatMap(([topic, numbers]) =>
    numbers.map((partition) => ({ topic, partition })),
  );
}
