import { backoffMs } from '@burnline/core';
import { BROKER_BACKOFF } from '../../../lifecycle/retry-policies.ts';
import type { CommittedPosition, PartitionId } from '../../event-log.ts';
import { logError, type LogError } from '../../log-errors.ts';
import type { Brokers } from '../brokers.ts';
import { isPassing, translated, typeOf } from '../client/client-errors.ts';
import type { KafkaSettings } from '../kafka-options.ts';
import { notOwner } from '../log-faults.ts';
import { settlesWithin, sleep } from '../waiting.ts';
import type { JoinAnswer, MemberShare } from '../wire/index.ts';
import { decodeMember, decodeShare, encodeMember, encodeShare, PROTOCOL } from './member-protocol.ts';
import { assignSticky } from './sticky-assigner.ts';

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
        await shared.wire.group(this.#options.group).leave(this.#memberId);
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
    try {
      await this.#parts.shared.wire.group(this.#options.group).commit(generation, positions);
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
    let failureCount = 0;
    while (!this.#isLeaving()) {
      try {
        const joining = this.#join();
        this.#joining = joining;
        await joining;
        failureCount = 0;
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
          failureCount += 1;
          await sleep(backoffMs(BROKER_BACKOFF, failureCount));
          await this.#parts.own.wire.refresh();
        } else {
          this.#options.onFailure(translated(error, 'joining the group'));
          return;
        }
      }
    }
  }

  async #join(): Promise<void> {
    const { own, settings } = this.#parts;
    const { sessionTimeoutMs, rebalanceTimeoutMs } = settings;
    this.#isRejoinDue = false;
    const group = own.wire.group(this.#options.group);
    const joined = await group.join({
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.#memberId,
      protocol: { name: PROTOCOL, metadata: encodeMember(this.#options.topics, this.#current) },
    });
    const { generationId, memberId } = joined;
    this.#memberId = memberId;
    const shares = joined.leaderId === memberId ? await this.#assign(joined) : [];
    const ownShare = await group.sync(joined, shares);
    if (this.#isLeaving()) return;
    const previous = this.#current;
    this.#current = {
      generationId,
      memberId,
      partitions: decodeShare(ownShare),
      isConsecutive: previous?.memberId === memberId && previous.generationId + 1 === generationId,
    };
    this.#options.onGeneration(this.#current);
  }

  /** As the group's leader. */
  async #assign({ members }: JoinAnswer): Promise<MemberShare[]> {
    const group = members.map(({ memberId, memberMetadata }) => decodeMember(memberId, memberMetadata));
    const partitions: PartitionId[] = [];
    for (const topic of new Set(group.flatMap(({ topics }) => topics))) {
      const metadata = await this.#parts.own.wire.topic(topic);
      const count = metadata?.partitionMetadata.length ?? 0;
      for (let partition = 0; partition < count; partition += 1) partitions.push({ topic, partition });
    }
    return [...assignSticky(group, partitions)].map(([memberId, share]) => ({
      memberId,
      memberAssignment: encodeShare(share),
    }));
  }

  /** Heartbeats until it is time to join again; rejects when the group says so. */
  async #stayAlive(): Promise<void> {
    const { own, settings } = this.#parts;
    while (!this.#isLeaving() && !this.#isRejoinDue) {
      await this.#pause(settings.heartbeatIntervalMs);
      const generation = this.#current;
      if (generation === null || this.#isLeaving()) return;
      try {
        await own.wire.group(this.#options.group).heartbeat(generation);
      } catch (error) {
        if (!isPassing(error)) throw error;
        // The session outlives a lost connection; joining again would move partitions for nothing.
        settings.logger.debug({ error: String(error) }, 'a heartbeat was lost');
        await own.wire.refresh();
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
