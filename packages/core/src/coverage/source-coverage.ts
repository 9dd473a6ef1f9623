/** A source that was silent for so long, and had not said that it stops, is lost: three reports did not come. */
export const SOURCE_LOST_MS = 30_000;

/** How far back an evaluation looks at its sources: the shortest window of the default burn tiers. */
export const SOURCE_HORIZON_MS = 300_000;

/** One report of a source, as coverage needs it. Times are epoch ms; start and end by the source's own clock. */
export interface ReportedInterval {
  /** Inclusive. */
  readonly startMs: number;
  /** Exclusive; not before the start. */
  readonly endMs: number;
  /** When the log took the report. */
  readonly logTimeMs: number;
  readonly isFinal: boolean;
  /** Share of the interval's events that were dropped, 0 to 1. */
  readonly lossRatio: number;
}

/** How much of a span its sources speak for. */
export interface SourceCover {
  /** Source time in which a report was due: reported or lost, ms. */
  readonly expectedMs: number;
  /** Of that, what is not covered: lost stretches, and reported ones by the share that was dropped, ms. */
  readonly uncoveredMs: number;
}

export interface ReportedCounts {
  readonly emitted: number;
  readonly acknowledged: number;
  readonly dropped: number;
}

/**
 * Share of an interval's events that were lost, 0 to 1. Whatever was dropped had been emitted, but perhaps in an earlier
 * interval, so the whole is what was emitted or what was decided upon, whichever is more.
 */
export function lossRatioOf({ emitted, acknowledged, dropped }: ReportedCounts): number {
  return dropped <= 0 ? 0 : dropped / Math.max(emitted, acknowledged + dropped);
}

/**
 * Reports on the log's clock. A source's clock may be wrong, so it is moved by the least delay that any of its reports had
 * on the way to the log. That keeps contiguous intervals contiguous, and intervals that were delivered late where they
 * belong, as long as one report was not late. No interval ends after the log took its report.
 */
function onLogClock(reports: readonly ReportedInterval[]): readonly ReportedInterval[] {
  const shiftMs = reports.reduce(
    (least, { logTimeMs, endMs }) => Math.min(least, logTimeMs - endMs),
    Number.POSITIVE_INFINITY,
  );
  return reports.map((report) => ({
    ...report,
    startMs: report.startMs + shiftMs,
    endMs: report.endMs + shiftMs,
  }));
}

/**
 * What one source covers of the horizon before an instant.
 *
 * - Time within a reported interval is expected, and covered but for the share of it that was dropped. Where intervals
 *   overlap, the one that lost most counts.
 * - Time after an interval that no other continues: expected and uncovered for `SOURCE_LOST_MS` or until the source's next
 *   report, then not expected any more. After a final report it is not expected at all.
 * - Time after the last interval is left open until `SOURCE_LOST_MS` have passed: a report is on its way.
 * - Time before the first interval is not expected.
 *
 * So reports that arrive late, from a source that was paused or cut off, mend the coverage of the time they speak of.
 *
 * @param reports all of one source that may touch the horizon, in any order, twice or more
 */
export function sourceCover(
  reports: readonly ReportedInterval[],
  atMs: number,
  horizonMs: number = SOURCE_HORIZON_MS,
): SourceCover {
  const fromMs = atMs - horizonMs;
  const intervals = onLogClock(reports);
  const edges = intervals.flatMap(({ startMs, endMs }) => [startMs, endMs, endMs + SOURCE_LOST_MS]);
  const cuts = [...new Set([fromMs, ...edges.filter((edge) => edge > fromMs && edge < atMs), atMs])];
  cuts.sort((a, b) => a - b);
  let [expectedMs, uncoveredMs] = [0, 0];
  for (let index = 1; index < cuts.length; index += 1) {
    const startMs = cuts[index - 1] ?? atMs;
    const lengthMs = (cuts[index] ?? atMs) - startMs;
    const lostRatio = lostRatioAt(intervals, startMs, atMs);
    if (lostRatio === null) continue;
    expectedMs += lengthMs;
    uncoveredMs += lengthMs * lostRatio;
  }
  return { expectedMs, uncoveredMs };
}

/** Which share of a moment is lost, as known at `atMs`; null where the source is not expected. */
function lostRatioAt(intervals: readonly ReportedInterval[], momentMs: number, atMs: number): number | null {
  let [covering, heardMs, isStopped, isContinued] = [-1, Number.NEGATIVE_INFINITY, false, false];
  for (const { startMs, endMs, isFinal, lossRatio } of intervals) {
    if (startMs > momentMs) isContinued = true;
    else if (endMs > momentMs) covering = Math.max(covering, lossRatio);
    else if (endMs > heardMs) [heardMs, isStopped] = [endMs, isFinal];
    else if (endMs === heardMs) isStopped ||= isFinal;
  }
  if (covering >= 0) return covering;
  if (isStopped || momentMs >= heardMs + SOURCE_LOST_MS) return null;
  return isContinued || atMs >= heardMs + SOURCE_LOST_MS ? 1 : null;
}

export function addCovers(covers: readonly SourceCover[]): SourceCover {
  return covers.reduce(
    (sum, one) => ({
      expectedMs: sum.expectedMs + one.expectedMs,
      uncoveredMs: sum.uncoveredMs + one.uncoveredMs,
    }),
    { expectedMs: 0, uncoveredMs: 0 },
  );
}

/** Share of the expected source time that is covered, 0 to 1; 1 where nothing is expected. */
export function coveredShare({ expectedMs, uncoveredMs }: SourceCover): number {
  return expectedMs === 0 ? 1 : Math.min(1, Math.max(0, 1 - uncoveredMs / expectedMs));
}
