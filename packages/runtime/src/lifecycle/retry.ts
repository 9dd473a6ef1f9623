import type { AppError } from '@burnline/core';
import { backoffMs, isAppError } from '@burnline/core';
import type { Logger } from '../observability/logger.ts';
import type { Clock } from './clock.ts';
import type { RetryPolicy } from './retry-policies.ts';

/** Only whoever makes space ends these. It takes as long as it takes, nothing is lost meanwhile, and giving up makes no space. */
const FULL_CODES: ReadonlySet<string> = new Set(['STORE_DISK_FULL', 'LOG_DISK_FULL']);

export interface RetryContext {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Called before each wait. */
  readonly onRetry?: (error: AppError, attempt: number, delayMs: number) => void;
}

/**
 * Repeats idempotent work while it fails with outcome `retry`. Exponential backoff without jitter: one writer per partition,
 * nobody to collide with. The last error is thrown with outcome `halt` left to the caller's judgement. A full disk is waited
 * for without end: ending would free no space, and an operator may take longer than a database to restart.
 */
export async function retrying<T>(
  work: () => Promise<T>,
  policy: RetryPolicy,
  context: RetryContext,
): Promise<T> {
  let fullCount = 0;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isAppError(error) || error.outcome !== 'retry' || context.signal?.aborted === true) throw error;
      if (isDiskFull(error)) fullCount += 1;
      else if (attempt - fullCount >= policy.attemptsMax) throw error;
      const delayMs = backoffMs(policy, attempt);
      context.onRetry?.(error, attempt, delayMs);
      await context.clock.sleep(delayMs, context.signal);
    }
  }
}

export function isDiskFull(error: AppError): boolean {
  return FULL_CODES.has(error.code);
}

/** About half a minute of waiting: a restart of the database is over by then, or is worth a line. */
const TOLD_FROM_ATTEMPT = 8;

/**
 * For `onRetry`: says in the log what a loop waits for, at once for a full disk, else once it takes longer, and then ever
 * more seldom.
 */
export function tellRetries(logger: Logger, loop: string): NonNullable<RetryContext['onRetry']> {
  return (error, attempt) => {
    const isPowerOfTwo = (attempt & (attempt - 1)) === 0;
    if (!isPowerOfTwo || (attempt < TOLD_FROM_ATTEMPT && !isDiskFull(error))) return;
    const { code, message, remedy } = error;
    logger.error({ loop, code, attempt, reason: message, remedy }, 'waiting, and trying again');
  };
}
