import { AppError, calendarPeriodAt, DAY_MS, HOUR_MS } from '@burnline/core';
import type { BudgetPeriod } from '@burnline/core';
import type { SpecContext } from '../documents/spec-context.ts';
import type { SpecDocument } from '../documents/spec-document.ts';
import { parseDuration } from '../documents/spec-duration.ts';
import type { SpecDuration } from '../documents/spec-duration.ts';

const WINDOW = ['spec', 'timeWindow', 0] as const;
/** Archive rows are kept for two years: a longer period could not be summed. */
const PERIOD_MS_MAX = 2 * 366 * DAY_MS;

function checkLength(context: SpecContext, document: SpecDocument, duration: SpecDuration): boolean {
  if (duration.durationMs > HOUR_MS && duration.durationMs <= PERIOD_MS_MAX) return true;
  const isMinutes = duration.text.endsWith('m');
  context.report(document, [...WINDOW, 'duration'], {
    expected: 'more than 1h and at most 2Y',
    message: `A budget period of ${duration.text} is not supported.`,
    remedy: isMinutes ? 'm means minutes; write M for months.' : undefined,
  });
  return false;
}

/** OpenSLO writes it with a blank; a YAML timestamp may have a T instead. */
const localTime = (text: string): string => text.trim().replace(/^(\d{4}-\d{2}-\d{2})T/, '$1 ');

function readCalendar(
  context: SpecContext,
  document: SpecDocument,
  duration: SpecDuration,
): BudgetPeriod | null {
  const { calendarUnit: unit, count, text } = duration;
  const [startTime, timeZone] = ['startTime', 'timeZone'].map((key) =>
    document.textAt([...WINDOW, 'calendar', key]),
  );
  if (unit === null) {
    const expected = 'a duration in d, w, M, Q or Y';
    context.report(document, [...WINDOW, 'duration'], {
      expected,
      message: `A calendar period cannot be ${text}.`,
      remedy: 'Write days or more; hours can roll (isRolling: true).',
    });
  }
  if (document.at([...WINDOW, 'calendar']) === undefined) {
    const expected = 'calendar: {startTime, timeZone}';
    return context.report(document, [...WINDOW, 'calendar'], {
      expected,
      message: 'A window that is not rolling needs a calendar.',
      remedy: "Write calendar: { startTime: '2026-01-01 00:00:00', timeZone: UTC }, or isRolling: true.",
    });
  }
  if (unit === null || startTime === undefined || timeZone === undefined) return null;
  const period = { kind: 'calendar', text, unit, count, startLocal: localTime(startTime), timeZone } as const;
  try {
    calendarPeriodAt(0, period);
    return period;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { message, remedy } = error;
    const expected = 'startTime as "YYYY-MM-DD HH:MM:SS" and an IANA time zone';
    return context.report(document, [...WINDOW, 'calendar'], {
      expected,
      found: `${startTime}, ${timeZone}`,
      message,
      remedy,
    });
  }
}

/** The specification takes a window with a calendar for one that does not roll; the SDK asks for the word. */
function isRollingOf(context: SpecContext, document: SpecDocument): boolean | null {
  const path = [...WINDOW, 'isRolling'];
  const isRolling = document.at(path);
  if (typeof isRolling === 'boolean') return isRolling;
  if (isRolling !== undefined || document.at(WINDOW) === undefined) return null;
  const details = { expected: 'true or false', message: 'spec.timeWindow[0].isRolling is missing.' };
  if (document.at([...WINDOW, 'calendar']) === undefined)
    return context.report(document, path, { ...details, remedy: 'Write isRolling: true.' });
  context.reportIfStrict(document, path, { ...details, remedy: 'Write isRolling: false.' });
  return false;
}

/** An SLO's budget period; null where it has a mistake, which is reported. */
export function readPeriod(context: SpecContext, document: SpecDocument): BudgetPeriod | null {
  const duration = parseDuration(document.textAt([...WINDOW, 'duration']));
  const isRolling = isRollingOf(context, document);
  if (duration === null || isRolling === null || !checkLength(context, document, duration)) return null;
  if (!isRolling) return readCalendar(context, document, duration);
  if (document.at([...WINDOW, 'calendar']) !== undefined) {
    context.report(document, [...WINDOW, 'calendar'], {
      expected: 'no calendar where isRolling is true',
      message: 'A rolling window has no calendar.',
      remedy: 'Write isRolling: false, or remove the calendar.',
      atKey: true,
    });
  }
  return { kind: 'rolling', durationMs: duration.durationMs, text: duration.text };
}
