import {
  addCovers,
  coveredShare,
  lossRatioOf,
  sourceCover,
  SOURCE_HORIZON_MS,
  type SourceCover,
  type SourceSilence,
} from '@burnline/core';
import { readProgress, type Store, type StreamEpoch } from '@burnline/runtime';
import type { SourceMemory } from './source-memory.ts';

/** What the sources of a stream say of the horizon before an instant. */
export interface SourceShares {
  /** Share of expected source time that is covered, over all sources: 0 to 1, and 1 where none is expected. */
  readonly overall: number;
  /**
   * The same over the sources of one service. Where none reports under that name, over all, but for what they dropped as invalid: a
   * source may emit events of other services, and what it cannot deliver others may not either, but its bad records are its own.
   */
  shareOf(service: string): number;
  /** Whether a source of that service was expected: one that lives and counts nothing has no traffic. */
  speaksFor(service: string): boolean;
  /** What the sources of that service say about silence; nothing where none ever reported under that name. */
  silenceOf(service: string): SourceSilence | undefined;
}

/**
 * Reports that the log took so long before the instant can touch its horizon, or show how wrong a source's clock is; older
 * ones cannot.
 */
const REPORTS_AGE_MS_MAX = 2 * SOURCE_HORIZON_MS;

/** Of one source: twice what it reports in that time at one report in 10 s. */
const REPORTS_PER_SOURCE_MAX = 120;

/**
 * Sources that are looked at: a tick reads some 120,000 reports at most, which took half a second on two busy cores. Of more, those with the
 * smallest hashes stand for all: always the same ones, and small services keep theirs.
 */
const SOURCES_PER_SERVICE_MAX = 500;
const SOURCES_MAX = 2_000;

/**
 * Events of a source in a second, more than any process emits. A report that claims more is a mistake or a forgery: how much
 * was lost must not be what somebody says. It shows that the source lives, and nothing else.
 */
const EVENTS_PER_SECOND_MAX = 1_000_000;

/** start, end, log time in epoch ms; final; emitted, acknowledged, dropped, of these as invalid. */
type ReportTuple = readonly [number, number, number, boolean, number, number, number, number];

interface SourceRow {
  readonly service: string;
  readonly reports: readonly ReportTuple[];
}

/**
 * Reads how the sources of a live stream covered the horizon before an instant. Reports come through the sink, so where
 * the sink is behind, the instant up to which it has written is looked at: its delay is nobody's silence.
 *
 * @param epochs of the topics that carry events
 */
export async function readSourceShares(
  store: Store,
  epochs: readonly StreamEpoch[],
  { toMs, memory }: { readonly toMs: number; readonly memory: SourceMemory },
): Promise<SourceShares> {
  const { logTimeMs } = await readProgress(store, 'sink', epochs);
  const atMs = Math.min(toMs, logTimeMs ?? toMs);
  const rows = await readReports(store, epochs[0]?.stream ?? '', atMs);
  const silences = await memory.silences(atMs);
  const covers = new Map<string, SourceCover>();
  let delivered = addCovers([]);
  for (const { service, reports } of rows) {
    const cover = sourceCover(reports.map(intervalOf), atMs);
    covers.set(service, addCovers([covers.get(service) ?? addCovers([]), cover]));
    const hasInvalid = reports.some(([, , , , , , , invalid]) => invalid > 0);
    const valid = hasInvalid ? sourceCover(reports.map(withoutInvalid).map(intervalOf), atMs) : cover;
    delivered = addCovers([delivered, valid]);
  }
  const overall = coveredShare(addCovers([...covers.values()]));
  const elsewhere = coveredShare(delivered);
  return {
    overall,
    shareOf: (service) => {
      const own = covers.get(service);
      return own === undefined ? elsewhere : coveredShare(own);
    },
    speaksFor: (service) => (covers.get(service)?.expectedMs ?? 0) > 0,
    silenceOf: (service) => silences.get(service),
  };
}

function readReports(store: Store, stream: string, atMs: number): Promise<SourceRow[]> {
  return store.query<SourceRow>(
    `SELECT service, groupArray((start_ms, end_ms, log_ms, is_final, emitted_count, acknowledged_count, dropped, invalid)) AS reports
     FROM (
       SELECT service, environment, instance, is_final, emitted_count, acknowledged_count,
              toUnixTimestamp64Milli(interval_start) AS start_ms, toUnixTimestamp64Milli(interval_end) AS end_ms,
              toInt64(toUnixTimestamp(kept_since)) * 1000 AS log_ms, arraySum(mapValues(dropped_by_reason)) AS dropped,
              dropped_by_reason['invalid'] AS invalid
       FROM source_reports FINAL
       WHERE stream = {stream:String} AND kept_since >= fromUnixTimestamp({from:UInt32})
       ORDER BY log_ms DESC, end_ms DESC LIMIT {perSource:UInt32} BY service, environment, instance
     )
     GROUP BY service, environment, instance
     ORDER BY cityHash64(service, environment, instance), instance
     LIMIT {perService:UInt32} BY service LIMIT {sources:UInt32}
     SETTINGS do_not_merge_across_partitions_select_final = 1`,
    {
      stream,
      from: Math.floor((atMs - REPORTS_AGE_MS_MAX) / 1_000),
      perSource: REPORTS_PER_SOURCE_MAX,
      perService: SOURCES_PER_SERVICE_MAX,
      sources: SOURCES_MAX,
    },
  );
}

/** The same report of somebody who had never emitted what was refused by its content. */
function withoutInvalid([
  start,
  end,
  log,
  isFinal,
  emitted,
  acknowledged,
  dropped,
  invalid,
]: ReportTuple): ReportTuple {
  return [start, end, log, isFinal, Math.max(0, emitted - invalid), acknowledged, dropped - invalid, 0];
}

function intervalOf(report: ReportTuple): Parameters<typeof sourceCover>[0][number] {
  const [startMs, endMs, logTimeMs, isFinal, emitted, acknowledged, dropped] = report;
  const possibleCount = (EVENTS_PER_SECOND_MAX * Math.max(1_000, endMs - startMs)) / 1_000;
  const isPossible = Math.max(emitted, acknowledged, dropped) <= possibleCount;
  const lossRatio = isPossible ? lossRatioOf({ emitted, acknowledged, dropped }) : 0;
  return { startMs: Math.min(startMs, endMs), endMs, logTimeMs, isFinal, lossRatio };
}
