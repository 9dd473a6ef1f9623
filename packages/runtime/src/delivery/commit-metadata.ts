import { AppError } from '@burnline/core';
import type { AssignedPartition } from '../event-log/event-log.ts';
import type { StreamEpoch } from './stream-epochs.ts';

const PREFIX = 'running-max-ms=';

/** Where reading goes on. */
export interface PartitionStart {
  readonly offset: number;
  /** Running maximum of log time before `offset`, epoch ms; -1 at the start of an epoch. */
  readonly runningMaxMs: number;
}

/** What a commit carries: the running maximum of log time before its offset. Every later chunk boundary follows from it. */
export function commitMetadata(runningMaxMs: number): string {
  return `${PREFIX}${runningMaxMs}`;
}

/**
 * Where reading of an assigned partition starts. Throws DELIVERY_COMMIT_UNREADABLE for a commit that this program did not
 * write: without the running maximum, chunks would be cut elsewhere than before.
 */
export function startOf(assigned: AssignedPartition, epoch: StreamEpoch): PartitionStart {
  const { committed } = assigned;
  if (committed === null) return { offset: epoch.startOffsets[assigned.partition] ?? 0, runningMaxMs: -1 };
  const text = committed.metadata.startsWith(PREFIX) ? committed.metadata.slice(PREFIX.length) : '';
  const runningMaxMs = Number(text);
  if (text !== '' && Number.isSafeInteger(runningMaxMs)) return { offset: committed.offset, runningMaxMs };
  throw new AppError(
    'DELIVERY_COMMIT_UNREADABLE',
    `${assigned.topic}/${assigned.partition}: the commit at ${committed.offset} carries '${committed.metadata}', not a log time`,
    {
      outcome: 'halt',
      remedy: 'Another program committed in this consumer group. Give it a group of its own.',
    },
  );
}
