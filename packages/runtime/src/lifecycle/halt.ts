import { isAppError } from '@burnline/core';
import type { Logger } from '../observability/logger.ts';
import type { ReadyCheck } from '../operations/operations-server.ts';

/** How often a process that has halted says so again: whoever looks at its last lines finds the cause. */
const REMINDER_MS = 300_000;

/**
 * Keeps a process that has halted until it is told to end. A halt is deliberate: the same input gives it again, so a
 * supervisor that starts the process anew would only do so for ever, and push the cause out of the log. Nothing is read or
 * written any more; `/ready` fails with the cause. Failures that may pass are no halts.
 */
export async function waitAfterHalt(parts: {
  readonly failure: unknown;
  readonly checks: Map<string, ReadyCheck>;
  readonly logger: Logger;
  readonly signalled: Promise<void>;
}): Promise<void> {
  const { failure, checks, logger, signalled } = parts;
  if (!isAppError(failure) || failure.outcome !== 'halt') return;
  const { code, message, remedy } = failure;
  checks.clear();
  checks.set('halted', () => Promise.reject(new Error(`${code}: ${message}`)));
  const say = (): void => {
    logger.error({ code, reason: message, remedy }, 'halted, and waiting to be ended: see the remedy');
  };
  say();
  const reminder = setInterval(say, REMINDER_MS);
  await signalled;
  clearInterval(reminder);
}
