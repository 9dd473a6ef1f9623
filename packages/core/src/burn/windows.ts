import { AppError } from '../errors/app-error.ts';
import type { BurnErrorCode } from './burn-error.ts';
import { calendarPeriodAt } from './calendar.ts';
import type { CalendarPeriod, TimeSpan } from './calendar.ts';
import type { BudgetPeriod, SloPlan } from './slo-plan.ts';
import { floorTo, HOUR_MS, MINUTE_MS } from '../time/units.ts';

export const PANE_MS_DEFAULT = 10_000;

/** Windows up to this length have their old edge cut at the pane; longer ones at COARSE_EDGE_MS. */
export const FINE_WINDOW_MS_MAX = HOUR_MS;

/** The finest archive level: what is older than the panes that survive can be cut no finer. */
export const COARSE_EDGE_MS = 5 * MINUTE_MS;

/** @throws AppError WINDOW_INVALID unless panes fill 5 minutes exactly: a coarse edge must fall on a pane's edge. */
function checkPane(paneMs: number): void {
  if (Number.isSafeInteger(paneMs) && paneMs > 0 && COARSE_EDGE_MS % paneMs === 0) return;
  throw new AppError<BurnErrorCode>('WINDOW_INVALID', `Panes of ${paneMs} ms do not divide 5 minutes.`, {
    remedy: 'Choose a pane width such as 1, 5, 10, 15, 30 or 60 seconds.',
  });
}

/**
 * The span of panes that a window of `windowMs` reads at an evaluation time. It ends at the last pane's edge that is not
 * after `atMs`, and starts at the edge at or before its nominal start: it may be longer than `windowMs` by less than a
 * pane (by less than 5 minutes beyond windows of an hour), never shorter.
 *
 * @throws AppError WINDOW_INVALID
 */
export function windowEdges(atMs: number, windowMs: number, paneMs = PANE_MS_DEFAULT): TimeSpan {
  checkPane(paneMs);
  if (!Number.isSafeInteger(atMs) || !Number.isSafeInteger(windowMs) || windowMs <= 0) {
    throw new AppError<BurnErrorCode>(
      'WINDOW_INVALID',
      `A window of ${windowMs} ms at ${atMs} is not a window.`,
      {
        remedy: 'Give whole milliseconds, the window above 0.',
      },
    );
  }
  const endMs = floorTo(atMs, paneMs);
  const gridMs = windowMs <= FINE_WINDOW_MS_MAX ? paneMs : COARSE_EDGE_MS;
  return { startMs: floorTo(endMs - windowMs, gridMs), endMs };
}

/** The span that a budget reads, and the length of the whole period that it stands for. */
export interface PeriodWindow extends TimeSpan {
  readonly periodMs: number;
}

/**
 * The span of panes that a budget reads at an evaluation time: the rolling period, or the calendar period so far. Calendar
 * starts are cut at 5 minutes like every other long edge (today's time zones all start on one).
 *
 * @throws AppError WINDOW_INVALID, CALENDAR_INVALID
 */
export function periodWindow(atMs: number, period: BudgetPeriod, paneMs = PANE_MS_DEFAULT): PeriodWindow {
  if (period.kind === 'rolling') {
    return { ...windowEdges(atMs, period.durationMs, paneMs), periodMs: period.durationMs };
  }
  checkPane(paneMs);
  const { startMs, endMs } = calendarPeriodAt(atMs, period);
  return {
    startMs: floorTo(startMs, COARSE_EDGE_MS),
    endMs: floorTo(atMs, paneMs),
    periodMs: endMs - startMs,
  };
}

/** Every window that a set of SLOs is judged by, each once. */
export interface WindowNeeds {
  /** Lengths of tier windows and rolling periods, ascending. */
  readonly rollingMs: readonly number[];
  readonly calendars: readonly CalendarPeriod[];
}

const calendarIdentity = (period: CalendarPeriod): string =>
  [period.unit, period.count, period.startLocal, period.timeZone].join('|');

export function distinctWindows(plans: readonly Pick<SloPlan, 'tiers' | 'period'>[]): WindowNeeds {
  const rollingMs = new Set<number>();
  const calendars = new Map<string, CalendarPeriod>();
  for (const { tiers, period } of plans) {
    for (const tier of tiers) rollingMs.add(tier.longWindowMs).add(tier.shortWindowMs);
    if (period.kind === 'rolling') rollingMs.add(period.durationMs);
    else calendars.set(calendarIdentity(period), period);
  }
  return { rollingMs: [...rollingMs].sort((a, b) => a - b), calendars: [...calendars.values()] };
}
