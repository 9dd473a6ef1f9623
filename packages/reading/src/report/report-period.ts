import { AppError, calendarPeriodAt, type CalendarPeriod } from '@burnline/core';
import type { TimeRange } from '@burnline/queries';

/** How often a report is made. */
export const REPORT_KINDS = ['weekly', 'monthly'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

/** Weeks begin on Mondays (1970-01-05 was one); both in UTC, as every day of the tables is. */
const CALENDARS: Readonly<Record<ReportKind, CalendarPeriod>> = {
  weekly: {
    kind: 'calendar',
    text: '1w',
    unit: 'week',
    count: 1,
    startLocal: '1970-01-05 00:00:00',
    timeZone: 'UTC',
  },
  monthly: {
    kind: 'calendar',
    text: '1M',
    unit: 'month',
    count: 1,
    startLocal: '1970-01-01 00:00:00',
    timeZone: 'UTC',
  },
};

/**
 * The week or month that a report is of: the one that holds an instant, or, where none is named, the last one that was over when the
 * stream was evaluated last. Epoch ms, to exclusive.
 *
 * @throws AppError REPORT_PERIOD_OPEN where it is not over yet: its figures would change by themselves
 */
export function reportPeriod(
  kind: ReportKind,
  { holdsMs, throughMs }: { readonly holdsMs: number | null; readonly throughMs: number },
): TimeRange {
  const calendar = CALENDARS[kind];
  const open = calendarPeriodAt(throughMs, calendar);
  const span = calendarPeriodAt(holdsMs ?? open.startMs - 1, calendar);
  if (span.endMs <= throughMs) return { fromMs: span.startMs, toMs: span.endMs };
  throw new AppError('REPORT_PERIOD_OPEN', `That ${kind === 'weekly' ? 'week' : 'month'} is not over yet`, {
    remedy: `Ask for one that ended by ${new Date(throughMs).toISOString()}, up to which the stream is evaluated.`,
  });
}
