import type { Store } from '@burnline/runtime';

/** Notifications that a receiver has not taken. */
export interface UndeliveredNotices {
  readonly receiver: string;
  /** Tried again until they are taken. */
  readonly waiting: number;
  /** Given up within the last day. */
  readonly failed: number;
  /** When the first of them was tried last, epoch ms. */
  readonly sinceMs: number;
  readonly lastError: string;
}

/** What receivers have not taken as of now; a replay's is told by the replay itself. */
export async function readUndelivered(store: Store): Promise<readonly UndeliveredNotices[]> {
  const rows = await store.query<{
    receiver: string;
    waiting: number;
    failed: number;
    since_ms: number;
    last_error: string;
  }>(
    `SELECT n.receiver AS receiver, countIf(n.outcome = 'waiting') AS waiting, countIf(n.outcome = 'failed') AS failed,
            toUnixTimestamp64Milli(min(n.finished_at)) AS since_ms, argMax(n.error, n.finished_at) AS last_error
     FROM (SELECT * FROM alert_notifications FINAL
           WHERE outcome = 'waiting' OR (outcome = 'failed' AND finished_at > now64(3) - INTERVAL 1 DAY)) AS n
     GROUP BY receiver ORDER BY receiver`,
  );
  return rows.map((row) => ({
    receiver: row.receiver,
    waiting: row.waiting,
    failed: row.failed,
    sinceMs: row.since_ms,
    lastError: row.last_error,
  }));
}
