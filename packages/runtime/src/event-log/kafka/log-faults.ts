import type { PartitionId } from '../event-log.ts';
import { logError, type LogError } from '../log-errors.ts';
import { partitionKey } from '../partitions.ts';

export function noLeader({ topic, partition }: PartitionId): LogError {
  return logError('LOG_UNREACHABLE', `"${topic}" ${partition} has no leader.`, {
    outcome: 'retry',
    remedy: 'Wait for the brokers to elect one, or start the broker that holds the partition.',
    details: { topic, partition },
  });
}

export function gapFound(
  { topic, partition }: PartitionId,
  offsets: { readonly expectedOffset: number; readonly foundOffset: number },
): LogError {
  return logError(
    'LOG_GAP',
    `"${topic}" ${partition}: expected offset ${offsets.expectedOffset}, the log gave ${offsets.foundOffset}.`,
    {
      remedy:
        'Messages are missing from the log; see docs/operations.md. The topic must not be compacted or transactional.',
      details: { topic, partition, ...offsets },
    },
  );
}

export function notOwner(partitions: readonly PartitionId[]): LogError {
  const list = partitions.map(partitionKey).join(', ');
  return logError('LOG_NOT_OWNER', `This consumer does not own ${list} (any more).`, {
    remedy: 'Nothing was committed. Drop what is held of these partitions; their owner reads it again.',
    details: { partitions: list },
  });
}
