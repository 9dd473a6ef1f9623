import type { Backoff } from '@burnline/core';

/** How often and how long whoever waits for another process tries again, all in one place. */
export interface RetryPolicy extends Backoff {
  readonly attemptsMax: number;
}

/** About five minutes in all: longer than a database's restart, shorter than anybody's patience. */
export const STORE_RETRY: RetryPolicy = { attemptsMax: 40, delayMsFirst: 100, delayMsMax: 10_000 };

/** The last flush of a stop: some seconds. What it cannot write is counted again after the next start. */
export const STOP_RETRY: RetryPolicy = { attemptsMax: 6, delayMsFirst: 100, delayMsMax: 1_000 };

/** Half a minute: what is started beside a migration may need some seconds, and a wrong address should show soon. */
export const MIGRATION_RETRY: RetryPolicy = { attemptsMax: 12, delayMsFirst: 100, delayMsMax: 5_000 };

/** Brokers elect a leader or a coordinator within a second; how often is bounded by the patience of each call. */
export const BROKER_BACKOFF: Backoff = { delayMsFirst: 50, delayMsMax: 1_000 };

/** Telling a receiver of the present: for as long as a page is worth telling. */
export const RECEIVER_BACKOFF: Backoff = { delayMsFirst: 500, delayMsMax: 300_000 };

/** Telling a receiver of history: about a minute of waiting in all. */
export const RECEIVER_HISTORY_RETRY: RetryPolicy = { attemptsMax: 8, delayMsFirst: 500, delayMsMax: 20_000 };
