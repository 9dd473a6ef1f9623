import { backoffMs, HOUR_MS, isEnding, type Backoff } from '@burnline/core';
import { RECEIVER_BACKOFF, RECEIVER_HISTORY_RETRY } from '@burnline/runtime';
import type { LaneQueues, LaneTask } from './lane-queues.ts';

/** Decisions appended so long after their evaluation are a replay's, or made good after a long pause: nobody is to be woken. */
const HISTORY_AGE_MS = HOUR_MS;
/** A page of the present is tried for a day: longer than any receiver's outage, shorter than anybody's interest. */
const PAGE_AGE_MAX_MS = 24 * HOUR_MS;
const TIMEOUT_MS = 10_000;
/** A look whether a receiver that was away is back. */
const PROBE_TIMEOUT_MS = 2_000;

export function isPresent(decidedAtMs: number, evaluatedAtMs: number): boolean {
  return decidedAtMs - evaluatedAtMs <= HISTORY_AGE_MS;
}

/** How an attempt is made. History costs a receiver that is away a full effort once; then it is only looked for. */
export function effortFor(task: LaneTask, isAway: boolean): { readonly timeoutMs: number } {
  if (task.isPresent) return { timeoutMs: TIMEOUT_MS };
  task.attemptsMax ??= isAway ? 1 : RECEIVER_HISTORY_RETRY.attemptsMax;
  return { timeoutMs: task.attemptsMax === 1 ? PROBE_TIMEOUT_MS : TIMEOUT_MS };
}

/**
 * How long a task rests after a failed attempt; null if it is given up. A receiver that asks for more time gets it, up to the
 * longest rest: its clock may be wrong, and a page must not wait for days.
 */
export function restMsOf(
  task: LaneTask,
  { nowMs, retryAfterMs }: { readonly nowMs: number; readonly retryAfterMs: number | null },
): number | null {
  const restMs = (backoff: Backoff): number =>
    Math.min(backoff.delayMsMax, Math.max(backoffMs(backoff, task.attempts), retryAfterMs ?? 0));
  if (task.isPresent) return isTooOld(task, nowMs) ? null : restMs(RECEIVER_BACKOFF);
  const isOver = task.attempts >= (task.attemptsMax ?? RECEIVER_HISTORY_RETRY.attemptsMax) || task.isRefused;
  return isOver ? null : restMs(RECEIVER_HISTORY_RETRY);
}

/** Whether a receiver counts as away after a task: it was tried to the end, and not refused. */
export function isSignOfAbsence({ attempts, isRefused }: LaneTask): boolean {
  return attempts >= RECEIVER_HISTORY_RETRY.attemptsMax && !isRefused;
}

export function isTooOld({ isPresent: isOfPresent, sinceMs }: LaneTask, nowMs: number): boolean {
  return isOfPresent && nowMs - sinceMs >= PAGE_AGE_MAX_MS;
}

/** Tellings that later ones made needless: those that failed, and those that nobody would understand without them. */
export interface Superseded {
  readonly failed: readonly LaneTask[];
  readonly unheard: readonly LaneTask[];
}

/**
 * What need not be told any more because a page that was not taken has ended, or what froze has thawed. The end itself is
 * told where the receiver may have taken the beginning without answering.
 */
export function supersededBy(queues: LaneQueues, head: LaneTask): Superseded {
  const none = { failed: [], unheard: [] };
  if (head.attempts === 0 || !head.isPresent) return none;
  const behind = queues.behind(head);
  const end = behind.findIndex(({ telling }) => isEnding(telling.decision.kind));
  if (head.telling.decision.kind !== 'fire') return behind.length > 0 ? { ...none, failed: [head] } : none;
  if (end < 0) return none;
  const untilEnd = head.isUncertain || head.repeat > 0 ? [] : behind.slice(0, end + 1);
  return { failed: [head], unheard: untilEnd };
}
