import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';

/** One series of one SLO over a stretch of time. */
export interface HistoryQuery extends TimeRange {
  readonly stream: string;
  readonly slo: string;
  /** The labels of the series; none of an SLO without group-by. */
  readonly labels: Readonly<Record<string, string>>;
  /** Width of a point; by the length of the range where it is absent, see `stepOf`. */
  readonly stepMs?: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Widths of a point: a pane's and up; those below an hour divide it, those above are whole hours. */
export const HISTORY_STEPS_MS = [
  10 * SECOND,
  30 * SECOND,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  7 * DAY,
] as const;

/** What a chart of usual width can show. */
const POINTS_MAX = 400;
/** Of an answer, however narrow the steps that were asked for. */
const HISTORY_POINTS_MAX = 20_000;

/** The narrowest step in which the range has at most 400 points. */
export function stepOf({ fromMs, toMs }: TimeRange): number {
  const widest = 7 * DAY;
  return HISTORY_STEPS_MS.find((stepMs) => (toMs - fromMs) / stepMs <= POINTS_MAX) ?? widest;
}

/** Values that every statement on a history takes; the range is whole steps, so that no point is a part of one. */
export function historyParams(query: HistoryQuery): {
  readonly stepMs: number;
  readonly params: Readonly<Record<string, unknown>> & { readonly limit: number };
} {
  const stepMs = query.stepMs ?? stepOf(query);
  const fromMs = Math.floor(query.fromMs / stepMs) * stepMs;
  const toMs = Math.ceil(query.toMs / stepMs) * stepMs;
  const params = {
    stream: query.stream,
    slo: query.slo,
    labels: query.labels,
    step: stepMs / SECOND,
    from: dateTimeOfMs(fromMs),
    to: dateTimeOfMs(toMs),
    limit: HISTORY_POINTS_MAX,
  };
  return { stepMs, params };
}
