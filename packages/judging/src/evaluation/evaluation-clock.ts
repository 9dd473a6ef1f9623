import {
  readProgress,
  type Clock,
  type Store,
  type StreamEpoch,
  type WrittenPartition,
} from '@burnline/runtime';
import { SOURCE_HORIZON_MS, DAY_MS, floorTo } from '@burnline/core';
import { readGapShare } from './gap-share.ts';
import { hourSourcesSql, readSealed, sealedParams, unsealedSql } from './sealed-reading.ts';
import { readSourceShares, type SourceShares } from './source-coverage.ts';
import { SourceMemory } from './source-memory.ts';

/** A stretch of evaluation time that is due: every instant after `fromMs` up to and including `toMs`. */
export interface EvaluationSpan {
  readonly fromMs: number;
  readonly toMs: number;
  /** Through where a history could be evaluated by now, in one step or several; `toMs` where it is absent. */
  readonly reachedMs?: number;
  /**
   * Where the windows end, epoch ms, if not at `toMs`: evaluation times never go back, so after a clock that was ahead was
   * set right they are ahead of the present for a while, and the present is judged under them.
   */
  readonly windowsToMs?: number;
  /** Live: every partition's rows up to this log time are written, epoch ms; null before the first. */
  readonly writtenThroughMs?: number | null;
  /** Live: how far each partition's rows are written. */
  readonly written?: readonly WrittenPartition[];
  /** Share of partitions whose watermark has passed `toMs`, 0 to 1. */
  readonly coverage: number;
  /** What the sources of a live stream cover; absent in a replay, where none is asked. */
  readonly sources?: SourceShares;
}

/** Says what is to be evaluated next. The wall's clock in a live stream, the data's own in a replay. */
export interface EvaluationClock {
  due(lastMs: number | null): Promise<EvaluationSpan | null>;
  /** Live: how far each partition's rows are written by now. A history is judged tick by tick and does not ask. */
  written?(): Promise<readonly WrittenPartition[]>;
}

/** A partition whose watermark is at most so far behind an instant counts as covering it: flush and mark intervals. */
const LIVE_LAG_MS_MAX = 15_000;

/** Evaluation times are whole seconds, each later than the last: alerts and tables go by their order. */
const EVALUATION_STEP_MS = 1_000;

/**
 * Live: the instant now, the open pane included; what is missing shows as coverage and is never waited for. A clock that is
 * set back stops nothing: the present goes on to be judged, under evaluation times that are a second apart until the clock
 * has caught up.
 */
export function createLiveClock(parts: {
  readonly store: Store;
  readonly clock: Clock;
  readonly epochs: readonly StreamEpoch[];
}): EvaluationClock {
  const memory = new SourceMemory(parts.store, parts.epochs[0]?.stream ?? '');
  return {
    async written() {
      return (await readProgress(parts.store, 'processor', parts.epochs)).written;
    },
    async due(lastMs) {
      const nowMs = Math.floor(parts.clock.nowMs() / 1_000) * 1_000;
      const toMs = Math.max(nowMs, (lastMs ?? 0) + EVALUATION_STEP_MS);
      const horizon = { fromMs: nowMs - SOURCE_HORIZON_MS, toMs: nowMs };
      // Side by side: whoever waits for a page waits for the slowest of them alone.
      const [progress, gapShare, sources] = await Promise.all([
        readProgress(parts.store, 'processor', parts.epochs),
        readGapShare(parts.store, parts.epochs, horizon),
        readSourceShares(parts.store, parts.epochs, { toMs: nowMs, memory }),
      ]);
      const passed = progress.written.filter(({ logTimeMs }) => logTimeMs >= nowMs - LIVE_LAG_MS_MAX);
      return {
        fromMs: toMs,
        toMs,
        windowsToMs: nowMs,
        writtenThroughMs: progress.logTimeMs,
        written: progress.written,
        coverage: (passed.length / Math.max(1, progress.partitionCount)) * (1 - gapShare),
        sources,
      };
    },
  };
}

/** History is judged in steps of a day of its own time, so that one step's rows stay few. */
const REPLAY_STEP_MS = DAY_MS;

/**
 * A replay: every tick that all partitions have passed, in order. A tick is judged only once everything before it is
 * written, so its answer does not depend on how fast the replay runs.
 */
export function createReplayClock(parts: {
  readonly store: Store;
  readonly epochs: readonly StreamEpoch[];
  readonly tickMs: number;
}): EvaluationClock {
  const floorToTick = (atMs: number): number => floorTo(atMs, parts.tickMs);
  return {
    async due(lastMs) {
      const progress = await readProgress(parts.store, 'processor', parts.epochs);
      if (progress.logTimeMs === null) return null;
      const reachedMs = floorToTick(progress.logTimeMs);
      const fromMs = lastMs ?? (await firstTickMs(parts.store, parts.epochs[0]?.stream ?? ''));
      if (fromMs === null || fromMs >= reachedMs) return null;
      return { fromMs, toMs: Math.min(reachedMs, fromMs + REPLAY_STEP_MS), reachedMs, coverage: 1 };
    },
  };
}

/** The tick before anything of the stream can be seen; to the hour, if that is sealed already. */
async function firstTickMs(store: Store, stream: string): Promise<number | null> {
  const reading = await readSealed(store, stream);
  const [row] = await store.query<{ readonly first_s: number; readonly count: number }>(
    `SELECT toUnixTimestamp(min(first)) AS first_s, count() AS count
     FROM (
       SELECT log_interval AS first FROM sli_panes WHERE stream = {stream:String} AND ${unsealedSql(reading)}
       UNION ALL
       SELECT source AS first FROM sli_archive
       WHERE stream = {stream:String} AND level = '1h' AND ${hourSourcesSql(reading)}
     )`,
    { stream, ...sealedParams(reading) },
  );
  return row === undefined || row.count === 0 ? null : row.first_s * 1_000;
}
