import { backoffMs } from '@burnline/core';
import { BROKER_BACKOFF } from '../../../lifecycle/retry-policies.ts';
import type { AssignedPartition, CommittedPosition, PartitionBounds, PartitionId } from '../../event-log.ts';
import type { LogError } from '../../log-errors.ts';
import { groupedByTopic, partitionKey } from '../../partitions.ts';
import { topicUnknownError } from '../../shared/checks.ts';
import type { Brokers } from '../brokers.ts';
import { isPassing, translated } from '../client/client-errors.ts';
import type { KafkaSettings } from '../kafka-options.ts';
import { noLeader } from '../log-faults.ts';
import { sleep } from '../waiting.ts';
import type { KafkaWire } from '../wire/index.ts';

/** Brokers learn of a new topic some moments apart; one that stays unknown for some seconds is gone. */
const UNKNOWN_LOOKS = 6;

interface Parts {
  readonly own: Pick<Brokers, 'retrying'> & { readonly wire: Pick<KafkaWire, 'topic' | 'leaderOf'> };
  readonly shared: Pick<Brokers, 'bounds' | 'committed'>;
  readonly settings: Pick<KafkaSettings, 'logger'>;
}

interface Lookup<P extends PartitionId> {
  readonly group: string;
  /** Asked before each attempt: what was taken away meanwhile is left alone. */
  readonly isWanted: (partition: P) => boolean;
  readonly onStarts: (starts: readonly (readonly [P, AssignedPartition])[]) => void;
  /** With an error that does not pass by itself: nothing more is tried for this partition. */
  readonly onFailure: (partition: P, error: LogError) => void;
}

/**
 * Where partitions that a consumer has just been given begin: its commits, else the start of the log.
 *
 * What may pass is tried until it has, with a growing delay. What lasts (a right that is missing, a topic that is gone) is
 * told for the partitions that it concerns: topics, and leaders within them, are looked up apart, so that the trouble of one
 * holds up no other.
 */
export async function lookUpStarts<P extends PartitionId>(
  parts: Parts,
  partitions: readonly P[],
  lookup: Lookup<P>,
): Promise<void> {
  await Promise.all(
    [...groupedByTopic(partitions)].map(([topic, ofTopic]) => lookUpTopic(parts, { topic, ofTopic }, lookup)),
  );
}

async function lookUpTopic<P extends PartitionId>(
  parts: Parts,
  { topic, ofTopic }: { readonly topic: string; readonly ofTopic: readonly P[] },
  lookup: Lookup<P>,
): Promise<void> {
  let looks = 0;
  const isKnown = await untilDone(parts, ofTopic, lookup, async () => {
    looks += 1;
    const found = await parts.own.retrying('looking up topics', () => parts.own.wire.topic(topic));
    if (found !== null) return;
    throw looks < UNKNOWN_LOOKS ? noLeader({ topic, partition: 0 }) : topicUnknownError(topic);
  });
  if (!isKnown) return;
  const byLeader = new Map<number | null, P[]>();
  for (const partition of ofTopic) {
    const leader = parts.own.wire.leaderOf(partition);
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition]);
  }
  await Promise.all(
    [...byLeader.values()].map((led) =>
      untilDone(parts, led, lookup, (wanted) => lookUpOffsets(parts, wanted, lookup)),
    ),
  );
}

async function lookUpOffsets<P extends PartitionId>(
  parts: Parts,
  partitions: readonly P[],
  { group, isWanted, onStarts }: Lookup<P>,
): Promise<void> {
  const committed = new Map(
    (await parts.shared.committed(group, partitions)).map((one) => [partitionKey(one), one]),
  );
  const all = new Map((await parts.shared.bounds(partitions)).map((one) => [partitionKey(one), one]));
  onStarts(
    partitions.filter(isWanted).flatMap((partition) => {
      const bounds = all.get(partitionKey(partition));
      if (bounds === undefined) return [];
      const commit = committed.get(partitionKey(partition));
      return [[partition, startOf(bounds, commit)] as const];
    }),
  );
}

function startOf(bounds: PartitionBounds, commit: CommittedPosition | undefined): AssignedPartition {
  return {
    ...bounds,
    committed: commit === undefined ? null : { offset: commit.offset, metadata: commit.metadata },
    position: commit?.offset ?? bounds.startOffset,
  };
}

/** Whether it was done; else nobody wants it any more, or an error that lasts was told. */
async function untilDone<P extends PartitionId>(
  { settings }: Parts,
  partitions: readonly P[],
  { isWanted, onFailure }: Lookup<P>,
  attempt: (wanted: readonly P[]) => Promise<void>,
): Promise<boolean> {
  for (let failureCount = 1; ; failureCount += 1) {
    const wanted = partitions.filter(isWanted);
    if (wanted.length === 0) return false;
    try {
      await attempt(wanted);
      return true;
    } catch (error) {
      if (!isPassing(error)) {
        const lasting = translated(error, 'looking up where to begin');
        for (const partition of wanted.filter(isWanted)) onFailure(partition, lasting);
        return false;
      }
      // Patience has run out; the partitions are still this member's, so it goes on trying.
      settings.logger.warn({ error: String(error) }, 'cannot look up where to begin, trying again');
    }
    await sleep(backoffMs(BROKER_BACKOFF, failureCount));
  }
}
