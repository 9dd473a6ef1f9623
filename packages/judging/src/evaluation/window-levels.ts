import { COARSE_EDGE_MS, FINE_WINDOW_MS_MAX, floorTo, invariant } from '@burnline/core';

/** A window of event time that ends at the evaluated instant, or one that is over. */
export type EvaluationWindow =
  | { readonly kind: 'rolling'; readonly lengthMs: number }
  /** Starts at the last of the boundaries (epoch ms, ascending) that is not after the instant. */
  | { readonly kind: 'calendar'; readonly boundariesMs: readonly number[] }
  /**
   * From inclusive, to exclusive, on whole panes, of a derived kind on whole 5 minutes; looked at from some instant that is not before its
   * end, and in no history. Panes are kept for 8 days: what is older counts by whole 5 minutes within it.
   */
  | { readonly kind: 'past'; readonly fromMs: number; readonly toMs: number };

/** Buckets of event time: from inclusive, to exclusive, epoch seconds. `to` null: no end. */
export interface BucketRange {
  readonly fromS: number;
  readonly toS: number | null;
}

/** From which buckets of the archive a window is summed; every level by itself is complete. */
export interface WindowLevels {
  readonly pane: readonly BucketRange[];
  readonly '5m': readonly BucketRange[];
  /** Of sources that are in a day's rows too, and of backfills. */
  readonly merged1h: readonly BucketRange[];
  /** Of sources that are in no day's rows yet. */
  readonly loose1h: readonly BucketRange[];
  readonly '1d': readonly BucketRange[];
}

const FIVE_MINUTES_S = 300;
const HOUR_S = 3_600;
const DAY_S = 86_400;

export const seconds = (ms: number): number => Math.floor(ms / 1_000);

const NO_LEVELS: WindowLevels = { pane: [], '5m': [], merged1h: [], loose1h: [], '1d': [] };

const ceilTo = (atS: number, gridS: number): number => Math.ceil(atS / gridS) * gridS;

const isFine = (window: EvaluationWindow): boolean =>
  window.kind === 'rolling' && window.lengthMs <= FINE_WINDOW_MS_MAX;

/** Windows up to an hour are cut at the pane, longer ones at 5 min, so that their edges fall on whole buckets. */
const edgeGridS = (window: EvaluationWindow, paneS: number): number =>
  isFine(window) ? paneS : seconds(COARSE_EDGE_MS);

/** The first pane that a window at an instant still counts, epoch seconds. */
export function edgeOf(window: EvaluationWindow, atS: number, paneS: number): number {
  if (window.kind === 'past') return seconds(window.fromMs);
  if (window.kind === 'calendar') {
    return window.boundariesMs.map(seconds).findLast((boundaryS) => boundaryS <= atS) ?? 0;
  }
  return floorTo(atS - seconds(window.lengthMs), edgeGridS(window, paneS));
}

/** SQL: whether a window at an instant counts a pane `p` (epoch seconds) of before that. */
export function withinSql(window: EvaluationWindow, atS: number, paneS: number): string {
  const isBegun = `p >= ${edgeOf(window, atS, paneS)}`;
  return window.kind === 'past' ? `(${isBegun} AND p < ${seconds(window.toMs)})` : isBegun;
}

/** SQL: the first tick at which a pane `p` (epoch seconds) is no longer in the window. */
export function leaveSql(window: EvaluationWindow, paneS: number, tickS: number): string {
  invariant(window.kind !== 'past', 'what is over leaves nothing in a history');
  const toTick = (expression: string): string =>
    `toInt64(intDiv(${expression} + ${tickS - 1}, ${tickS}) * ${tickS})`;
  if (window.kind === 'calendar') {
    const list = window.boundariesMs.map(seconds).join(', ');
    return toTick(`arrayFirst(b -> b > p, [${list}])`);
  }
  const gridS = edgeGridS(window, paneS);
  return toTick(`((intDiv(p, ${gridS}) + 1) * ${gridS} + ${seconds(window.lengthMs)})`);
}

/**
 * The levels that a window reads for evaluations in [from, to]: fine buckets where its old edge passes, coarse ones beyond.
 * A calendar window's edge leaps only at a boundary, and then everything that was sealed before `from` leaves at once.
 */
export function windowLevels(
  window: EvaluationWindow,
  at: { readonly fromS: number; readonly toS: number; readonly paneS: number },
): WindowLevels {
  const fromS = edgeOf(window, at.fromS, at.paneS);
  if (window.kind === 'past') return pastLevels(fromS, seconds(window.toMs));
  const lastEdgeS = window.kind === 'calendar' ? fromS : edgeOf(window, at.toS, at.paneS);
  if (isFine(window)) {
    const coarseS = ceilTo(lastEdgeS, FIVE_MINUTES_S);
    return {
      pane: rangeOf(fromS, coarseS),
      '5m': rangeOf(coarseS, null),
      merged1h: [],
      loose1h: [],
      '1d': [],
    };
  }
  const hourS = ceilTo(lastEdgeS, HOUR_S);
  const dayS = ceilTo(lastEdgeS, DAY_S);
  return {
    pane: [],
    '5m': rangeOf(fromS, hourS),
    merged1h: rangeOf(hourS, dayS),
    loose1h: rangeOf(hourS, null),
    '1d': rangeOf(dayS, null),
  };
}

/** Panes up to the first whole five minutes and from the last ones on, and in between what is coarser. */
function pastLevels(fromS: number, toS: number): WindowLevels {
  const [firstS, lastS] = [ceilTo(fromS, FIVE_MINUTES_S), floorTo(toS, FIVE_MINUTES_S)];
  if (firstS >= lastS) return { ...NO_LEVELS, pane: rangeOf(fromS, toS) };
  const pane = [...rangeOf(fromS, firstS), ...rangeOf(lastS, toS)];
  return { ...wholeLevels(firstS, lastS), pane };
}

/** Whole days where there are any, whole hours to either side of them, and five minutes at both ends. */
function wholeLevels(fromS: number, toS: number): WindowLevels {
  const floor = (gridS: number): number => floorTo(toS, gridS);
  const [hourS, lastHourS] = [ceilTo(fromS, HOUR_S), floor(HOUR_S)];
  if (hourS >= lastHourS) return fiveMinutesOf({ fromS, toS });
  const [dayS, lastDayS] = [ceilTo(fromS, DAY_S), floor(DAY_S)];
  const hasDays = dayS < lastDayS;
  return {
    pane: [],
    '5m': [...rangeOf(fromS, hourS), ...rangeOf(lastHourS, toS)],
    merged1h: hasDays
      ? [...rangeOf(hourS, dayS), ...rangeOf(lastDayS, lastHourS)]
      : rangeOf(hourS, lastHourS),
    loose1h: rangeOf(hourS, lastHourS),
    '1d': hasDays ? rangeOf(dayS, lastDayS) : [],
  };
}

/** What a derived kind is made from: the finest rows that are kept for all of a period. */
export function fiveMinutesOf(range: BucketRange): WindowLevels {
  return { ...NO_LEVELS, '5m': [range] };
}

/** Hours of a stretch, and five minutes where it does not begin with one. */
export function hoursOf({ fromS, toS }: { readonly fromS: number; readonly toS: number }): WindowLevels {
  const hourS = Math.min(toS, ceilTo(fromS, HOUR_S));
  const hours = rangeOf(hourS, toS);
  return { pane: [], '5m': rangeOf(fromS, hourS), merged1h: hours, loose1h: hours, '1d': [] };
}

function rangeOf(fromS: number, toS: number | null): readonly BucketRange[] {
  return toS !== null && toS <= fromS ? [] : [{ fromS, toS }];
}
