import { AppError } from '../errors/app-error.ts';
import type { BurnErrorCode } from './burn-error.ts';
import type { BudgetPeriod } from './slo-plan.ts';
import { DAY_MS, HOUR_MS, SECOND_MS } from './durations.ts';

export type CalendarPeriod = Extract<BudgetPeriod, { kind: 'calendar' }>;

/** A half-open span of time, epoch milliseconds: [startMs, endMs). */
export interface TimeSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/** Months per unit, or days per unit. Nominal days are those of the OpenSLO SDK: M = 30 d, Q = 90 d, Y = 365 d. */
const UNITS = {
  day: { days: 1, months: 0, nominalDays: 1 },
  week: { days: 7, months: 0, nominalDays: 7 },
  month: { days: 0, months: 1, nominalDays: 30 },
  quarter: { days: 0, months: 3, nominalDays: 90 },
  year: { days: 0, months: 12, nominalDays: 365 },
} as const;

const LOCAL_TIME = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;

/**
 * Half the stretch around a wall time in which its instant lies: no zone was ever 16 hours from UTC (Manila was -15:56),
 * and no zone changes its offset twice within twice this (checked over the zones of the runtime, 1970 to 2035).
 */
const OFFSET_MS_MAX = 16 * HOUR_MS;

const calendarError = (message: string, cause?: unknown): AppError<BurnErrorCode> =>
  new AppError<BurnErrorCode>('CALENDAR_INVALID', message, {
    remedy:
      'Give startTime as "YYYY-MM-DD HH:MM:SS", an IANA time zone such as Europe/Berlin, and a whole count.',
    cause,
  });

/** Wall-clock milliseconds (as if the wall clock were UTC) minus the instant, for an instant in whole seconds. */
type OffsetAt = (instantMs: number) => number;

function offsetsOf(timeZone: string): OffsetAt {
  const format = dateTimeFormat(timeZone);
  return (instantMs) => {
    const wholeMs = Math.floor(instantMs / SECOND_MS) * SECOND_MS;
    const parts = new Map<string, number>();
    for (const { type, value } of format.formatToParts(wholeMs)) parts.set(type, Number(value));
    const part = (type: string): number => parts.get(type) ?? 0;
    const wallMs = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    return wallMs - wholeMs;
  };
}

function dateTimeFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch (error) {
    throw calendarError(`"${timeZone}" is not a time zone.`, error);
  }
}

/**
 * The first instant at which the wall clock reads `wallMs` or later: of a time that occurs twice in autumn the first,
 * for a time that spring leaves out the instant of the change.
 */
function instantOf(wallMs: number, offsetAt: OffsetAt): number {
  let [before, after] = [wallMs - OFFSET_MS_MAX, wallMs + OFFSET_MS_MAX];
  const [offsetBefore, offsetAfter] = [offsetAt(before), offsetAt(after)];
  if (offsetBefore === offsetAfter) return wallMs - offsetBefore;
  while (after - before > SECOND_MS) {
    const middle = before + Math.floor((after - before) / 2 / SECOND_MS) * SECOND_MS;
    if (offsetAt(middle) === offsetBefore) before = middle;
    else after = middle;
  }
  const changeMs = after;
  const inOldOffset = wallMs - offsetBefore;
  return inOldOffset < changeMs ? inOldOffset : Math.max(changeMs, wallMs - offsetAfter);
}

interface WallTime {
  readonly year: number;
  /** 0 to 11. */
  readonly month: number;
  readonly day: number;
  /** Milliseconds since the day's midnight. */
  readonly timeMs: number;
  readonly wallMs: number;
}

function parseLocal(text: string): WallTime {
  const match = LOCAL_TIME.exec(text);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match?.slice(1).map(Number) ?? [];
  const midnightMs = Date.UTC(year, month - 1, day);
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second);
  const isReal = match !== null && new Date(wallMs).toISOString().slice(0, 19).replace('T', ' ') === text;
  if (!isReal) throw calendarError(`"${text.slice(0, 40)}" is not a local time.`);
  return { year, month: month - 1, day, timeMs: wallMs - midnightMs, wallMs };
}

/** The anchor moved by whole days or months; a day that a month lacks becomes its last (31 January, 28 February, 31 March). */
function moveWall(anchor: WallTime, unit: CalendarPeriod['unit'], count: number): number {
  const { days, months } = UNITS[unit];
  if (months === 0) return anchor.wallMs + count * days * DAY_MS;
  const month = anchor.month + count * months;
  const lastDay = new Date(Date.UTC(anchor.year, month + 1, 0)).getUTCDate();
  return Date.UTC(anchor.year, month, Math.min(anchor.day, lastDay)) + anchor.timeMs;
}

/** How many whole periods lie between the anchor and a wall time, give or take one. */
function estimateIndex(wallMs: number, anchor: WallTime, period: CalendarPeriod): number {
  const { days, months } = UNITS[period.unit];
  if (months === 0) return Math.floor((wallMs - anchor.wallMs) / (days * period.count * DAY_MS));
  const wall = new Date(wallMs);
  const monthCount = (wall.getUTCFullYear() - anchor.year) * 12 + wall.getUTCMonth() - anchor.month;
  return Math.floor(monthCount / (months * period.count));
}

/**
 * The calendar period that holds an instant. Periods follow each other from `startLocal` on, and before it alike, in the
 * wall time of the zone, so a day may have 23 or 25 hours. The answer stays the same until `endMs`: callers that ask
 * every tick should keep it that long, since a zone's rules are costly to look up.
 *
 * @throws AppError CALENDAR_INVALID
 */
export function calendarPeriodAt(atMs: number, period: CalendarPeriod): TimeSpan {
  if (!Number.isSafeInteger(period.count) || period.count < 1) {
    throw calendarError(`A period of ${period.count} ${period.unit}s is not a calendar period.`);
  }
  const anchor = parseLocal(period.startLocal);
  const offsetAt = offsetsOf(period.timeZone);
  const startOf = (index: number): number =>
    instantOf(moveWall(anchor, period.unit, index * period.count), offsetAt);
  let index = estimateIndex(atMs + offsetAt(atMs), anchor, period);
  while (startOf(index) > atMs) index -= 1;
  while (startOf(index + 1) <= atMs) index += 1;
  return { startMs: startOf(index), endMs: startOf(index + 1) };
}

/** Start of the calendar period that holds an instant. @throws AppError CALENDAR_INVALID */
export function calendarPeriodStart(atMs: number, period: CalendarPeriod): number {
  return calendarPeriodAt(atMs, period).startMs;
}

/** Length of a budget period for deriving factors: of calendar months, quarters and years 30, 90 and 365 days. */
export function nominalPeriodMs(period: BudgetPeriod): number {
  return period.kind === 'rolling'
    ? period.durationMs
    : UNITS[period.unit].nominalDays * period.count * DAY_MS;
}
