import { AppError } from '../errors/app-error.ts';
import type { BurnErrorCode } from './burn-error.ts';
import type { BudgetPeriod } from './slo-plan.ts';
import { instantOf, zoneOffsets } from '../time/time-zone.ts';
import { DAY_MS } from '../time/units.ts';

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

const calendarError = (message: string): AppError<BurnErrorCode> =>
  new AppError<BurnErrorCode>('CALENDAR_INVALID', message, {
    remedy:
      'Give startTime as "YYYY-MM-DD HH:MM:SS", an IANA time zone such as Europe/Berlin, and a whole count.',
  });

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
  const offsetAt = zoneOffsets(period.timeZone);
  if (offsetAt === null) throw calendarError(`"${period.timeZone}" is not a time zone.`);
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
