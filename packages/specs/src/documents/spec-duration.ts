import { DAY_MS, HOUR_MS } from '@burnline/core';

/** OpenSLO's units. M, Q and Y are nominal, as in its SDK; seconds do not exist. */
const UNITS = {
  m: { lengthMs: 60_000, calendarUnit: null },
  h: { lengthMs: HOUR_MS, calendarUnit: null },
  d: { lengthMs: DAY_MS, calendarUnit: 'day' },
  w: { lengthMs: 7 * DAY_MS, calendarUnit: 'week' },
  M: { lengthMs: 30 * DAY_MS, calendarUnit: 'month' },
  Q: { lengthMs: 90 * DAY_MS, calendarUnit: 'quarter' },
  Y: { lengthMs: 365 * DAY_MS, calendarUnit: 'year' },
} as const;

/** Four digits: 9,999 days are 27 years, and products stay far below 2^53. */
export const DURATION_PATTERN = /^(\d{1,4})([mhdwMQY])$/;
export const DURATION_EXPECTED = 'a whole number and one of m h d w M Q Y, such as 28d';

export interface SpecDuration {
  readonly text: string;
  readonly durationMs: number;
  readonly count: number;
  /** The calendar unit, null for minutes and hours. */
  readonly calendarUnit: 'day' | 'week' | 'month' | 'quarter' | 'year' | null;
}

/** Reads OpenSLO's duration shorthand; null where the text is none. */
export function parseDuration(text: string | undefined): SpecDuration | null {
  const match = DURATION_PATTERN.exec(text ?? '');
  const [whole = '', digits = '', unit = ''] = match ?? [];
  if (match === null) return null;
  const { lengthMs, calendarUnit } = UNITS[unit as keyof typeof UNITS];
  const count = Number(digits);
  return { text: whole, durationMs: count * lengthMs, count, calendarUnit };
}
