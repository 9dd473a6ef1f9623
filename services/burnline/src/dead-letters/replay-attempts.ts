import { randomUUID } from 'node:crypto';
import { dateTime64OfMs, type Store } from '@burnline/runtime';
import type { PlannedReplay } from './plan-replay.ts';

/** An attempt that is recorded and has not been made yet. */
export interface RecordedAttempt extends PlannedReplay {
  readonly replayId: string;
  readonly replayedAtMs: number;
}

/** Records attempts before they are made: after a crash one may be counted that was not made, never the other way round. */
export async function recordAttempts(
  store: Store,
  planned: readonly PlannedReplay[],
  by: { readonly user: string; readonly nowMs: number },
): Promise<readonly RecordedAttempt[]> {
  const attempts = planned.map((one) => ({ ...one, replayId: randomUUID(), replayedAtMs: by.nowMs }));
  await store.insertRows(
    'dead_letter_replays',
    attempts.map((attempt) => rowOf(attempt, by.user, null)),
  );
  return attempts;
}

/** Records that an attempt's message is in the log, and where. */
export async function recordDone(
  store: Store,
  done: readonly { readonly attempt: RecordedAttempt; readonly toOffset: number }[],
  user: string,
): Promise<void> {
  await store.insertRows(
    'dead_letter_replays',
    done.map(({ attempt, toOffset }) => rowOf(attempt, user, toOffset)),
  );
}

/** Attempts so far, by checksum: those of others included that were recorded meanwhile. */
export async function countAttempts(
  store: Store,
  attempts: readonly RecordedAttempt[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await store.query<{ checksum: string; attempts: number }>(
    `SELECT checksum, uniqExact(replay_id) AS attempts FROM dead_letter_replays
     WHERE checksum IN {checksums:Array(String)} GROUP BY checksum`,
    { checksums: [...new Set(attempts.map(({ letter }) => letter.checksum))] },
  );
  return new Map(rows.map((row) => [row.checksum, row.attempts]));
}

function rowOf(attempt: RecordedAttempt, user: string, toOffset: number | null): object {
  const { letter } = attempt;
  return {
    replay_id: attempt.replayId,
    stream_epoch: letter.stream_epoch,
    topic: letter.topic,
    partition: letter.partition,
    offset: letter.offset,
    checksum: letter.checksum,
    attempt: attempt.attempt,
    replayed_at: dateTime64OfMs(attempt.replayedAtMs),
    replayed_by: user,
    to_topic: letter.topic,
    to_partition: letter.partition,
    to_offset: toOffset,
    is_appended: toOffset !== null,
  };
}
