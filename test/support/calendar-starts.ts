import { calendarPeriodAt, type BudgetPeriod } from '@burnline/core';

type CalendarPeriod = Extract<BudgetPeriod, { kind: 'calendar' }>;

/** Starts of a calendar's periods. Instants come in order, minute by minute, and a period takes long to find. */
export function createCalendarStarts(): (atMs: number, period: CalendarPeriod) => number {
  const found = new Map<CalendarPeriod, { readonly startMs: number; readonly endMs: number }>();
  return (atMs, period) => {
    const known = found.get(period);
    if (known !== undefined && known.startMs <= atMs && atMs < known.endMs) return known.startMs;
    const current = calendarPeriodAt(atMs, period);
    found.set(period, current);
    return current.startMs;
  };
}
