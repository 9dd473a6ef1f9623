import { AppError } from '@burnline/core';
import type { AssignedPartition } from '../event-log/event-log.ts';
import type { StreamEpoch } from './stream-epochs.ts';

/** `running-max-ms=` a whole number, and where specs are counted `;specs=` the id of their set. */
const METADATA = /^running-max-ms=(-?\d{1,16})(?:;specs=([0-9a-f]{16}))?$/;

/** Where reading goes on. */
export interface PartitionStart {
  readonly offset: number;
  /** Running maximum of log time before `offset`, epoch ms; -1 at the start of an epoch. */
  readonly runningMaxMs: number;
  /** Id of the set of spec revisions that is counted before `offset`; empty if none is. */
  readonly specSetId: string;
}

/**
 * What a commit carries: the running maximum of log time before its offset, from which every later chunk boundary follows,
 * and the set of spec revisions that is counted there.
 */
export function commitMetadata(runningMaxMs: number, specSetId = ''): string {
  return `running-max-ms=${runningMaxMs}${specSetId === '' ? '' : `;specs=${specSetId}`}`;
}

/** What a commit's metadata says; null if this program did not write it. */
export function readCommitMetadata(text: string): Omit<PartitionStart, 'offset'> | null {
  const [, runningMax, specSetId = ''] = METADATA.exec(text) ?? [];
  const runningMaxMs = Number(runningMax);
  return Number.isSafeInteger(runningMaxMs) ? { runningMaxMs, specSetId } : null;
}

/**
 * Where reading of an assigned partition starts. Throws DELIVERY_COMMIT_UNREADABLE for a commit that this program did not
 * write: without the running maximum, chunks would be cut elsewhere than before.
 */
export function startOf(assigned: AssignedPartition, epoch: StreamEpoch): PartitionStart {
  const { committed } = assigned;
  if (committed === null) {
    return { offset: epoch.startOffsets[assigned.partition] ?? 0, runningMaxMs: -1, specSetId: '' };
  }
  const read = readCommitMetadata(committed.metadata);
  if (read !== null) return { offset: committed.offset, ...read };
  throw new AppError(
    'DELIVERY_COMMIT_UNREADABLE',
    `${assigned.topic}/${assigned.partition}: the commit at ${committed.offset} carries '${committed.metadata}', not a log time`,
    {
      outcome: 'halt',
      remedy: 'Another program committed in this consumer group. Give it a group of its own.',
    },
  );
}
