import { COARSE_EDGE_MS, DAY_MS, HOUR_MS, calendarPeriodAt, floorTo, type SloPlan } from '@burnline/core';
import type { PlanGroup } from '../evaluation/evaluation-plan.ts';
import type { PastPeriod } from '../evaluation/past-periods.ts';

/** After a period's end so much time is left to what comes late, before its budget is closed. */
const GRACE_MS = HOUR_MS;
/** For so long after it what is late is looked for. */
export const WATCHED_MS = 100 * DAY_MS;
/** An entity is whole once what it is summed over has ended: until then its last event, and where it counts, may move. */
const ENTITY_GRACE_MS = { life: 2 * DAY_MS, day: DAY_MS, month: 31 * DAY_MS } as const;

/** How long after its end a period of a group is closed. */
export function graceOf({ derivation, plans }: Pick<PlanGroup, 'derivation' | 'plans'>): number {
  const parts = plans.flatMap(({ sli }: SloPlan) => (sli.composite ?? []).map((part) => part.derivation));
  return [derivation, ...parts].reduce(
    (most, one) => (one?.kind === 'envelope' ? Math.max(most, ENTITY_GRACE_MS[one.per]) : most),
    GRACE_MS,
  );
}

/** Periods of a calendar budget that ended by an instant and are watched still, oldest first; at most one a day. */
export function endedPeriods({ period }: Pick<PlanGroup, 'period'>, byMs: number): readonly PastPeriod[] {
  if (period.kind !== 'calendar') return [];
  const ended: PastPeriod[] = [];
  let { startMs } = calendarPeriodAt(byMs, period);
  while (startMs > byMs - WATCHED_MS) {
    const before = calendarPeriodAt(startMs - 1, period);
    const [fromMs, toMs] = [before.startMs, startMs].map((atMs) => floorTo(atMs, COARSE_EDGE_MS)) as [
      number,
      number,
    ];
    ended.unshift({ fromMs, toMs });
    startMs = before.startMs;
  }
  return ended;
}
