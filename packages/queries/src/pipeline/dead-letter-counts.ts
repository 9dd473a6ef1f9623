import type { Store } from '@burnline/runtime';

/** Dead letters of one topic, code and state. */
export interface DeadLetterCount {
  readonly topic: string;
  readonly code: string;
  readonly state: string;
  readonly letters: number;
  /** Log times of the first and the last one, epoch ms. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Of the last one, in words. */
  readonly reason: string;
}

/** Codes are few. */
const COUNTS_MAX = 1_000;

/** How many messages were set aside, why, and what became of them, most first. */
export async function readDeadLetterCounts(store: Store): Promise<readonly DeadLetterCount[]> {
  return store.query<DeadLetterCount>(
    `SELECT topic, code, state, count() AS letters, min(toUnixTimestamp64Milli(log_time)) AS firstMs,
            max(toUnixTimestamp64Milli(log_time)) AS lastMs, argMax(reason, log_time) AS reason
     FROM dead_letter_states GROUP BY topic, code, state ORDER BY letters DESC, topic, code, state LIMIT ${COUNTS_MAX}`,
  );
}
