import { COARSE_EDGE_MS, FINE_WINDOW_MS_MAX, floorTo } from '@burnline/core';

/** A window of event time that ends at the evaluated instant. */
export type EvaluationWindow =
  | { readonly kind: 'rolling'; readonly lengthMs: number }
  /** Starts at the last of the boundaries (epoch ms, ascending) that is not after the instant. */
  | { readonly kind: 'calendar'; readonly boundariesMs: readonly number[] };

/** Buckets of event time: from inclusive, to exclusive, epoch seconds. `to` null: no end. */
export interface BucketRange {
  readonly fromS: number;
  readonly toS: number | null;
}

/** From which buckets of the archive a window is summed; every level by itself is complete. */
export interface WindowLevels {
  readonly pane: BucketRange | null;
  readonly '5m': BucketRange | null;
  /** Of sources that are in a day's rows too, and of backfills. */
  readonly merged1h: BucketRange | null;
  /** Of sources that are in no day's rows yet. */
  readonly loose1h: BucketRange | null;
  readonly '1d': BucketRange | null;
}

const FIVE_MINUTES_S = 300;
const HOUR_S = 3_600;
const DAY_S = 86_400;

export const seconds = (ms: number): number => Math.floor(ms / 1_000);

const ceilTo = (atS: number, gridS: number): number => Math.ceil(atS / gridS) * gridS;

const isFine = (window: EvaluationWindow): boolean =>
  window.kind === 'rolling' && window.lengthMs <= FINE_WINDOW_MS_MAX;

/** Windows up to an hour are cut at the pane, longer ones at 5 min, so that their edges fall on whole buckets. */
const edgeGridS = (window: EvaluationWindow, paneS: number): number =>
  isFine(window) ? paneS : seconds(COARSE_EDGE_MS);

/** The first pane that a window at an instant still counts, epoch seconds. */
export function edgeOf(window: EvaluationWindow, atS: number, paneS: number): number {
  if (window.kind === 'calendar') {
    return window.boundariesMs.map(seconds).findLast((boundaryS) => boundaryS <= atS) ?? 0;
  }
  return floorTo(atS - seconds(window.lengthMs), edgeGridS(window, paneS));
}

/** SQL: the first tick at which a pane `p` (epoch seconds) is no longer in the window. */
export function leaveSql(window: EvaluationWindow, paneS: number, tickS: number): string {
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
  const lastEdgeS = window.kind === 'calendar' ? fromS : edgeOf(window, at.toS, at.paneS);
  if (isFine(window)) {
    const coarseS = ceilTo(lastEdgeS, FIVE_MINUTES_S);
    return {
      pane: rangeOf(fromS, coarseS),
      '5m': rangeOf(coarseS, null),
      merged1h: null,
      loose1h: null,
      '1d': null,
    };
  }
  const hourS = ceilTo(lastEdgeS, HOUR_S);
  const dayS = ceilTo(lastEdgeS, DAY_S);
  return {
    pane: null,
    '5m': rangeOf(fromS, hourS),
    merged1h: rangeOf(hourS, dayS),
    loose1h: rangeOf(hourS, null),
    '1d': rangeOf(dayS, null),
  };
}

/** What a derived kind is made from: the finest rows that are kept for all of a period. */
export function fiveMinutesOf(range: BucketRange): WindowLevels {
  return { pane: null, '5m': range, merged1h: null, loose1h: null, '1d': null };
}

function rangeOf(fromS: number, toS: number | null): BucketRange | null {
  return toS !== null && toS <= fromS ? null : { fromS, toS };
}
