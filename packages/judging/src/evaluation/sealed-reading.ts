import type { QueryParams, Store } from '@burnline/runtime';

/** Levels of sli_archive. */
export type ArchiveLevel = 'pane' | '5m' | '1h' | '1d';

/**
 * Which rows of one stream count: archive rows below the pointers of their epoch and of complete backfills, chunk rows at
 * or above the pointer.
 *
 * It is read by a query of its own before the rows are, and good for 60 s: chunk rows are dropped only minutes after a
 * pointer has passed them. Pointer and rows in one query would not do, since the archive is seen as it was before the
 * pointer was read.
 */
export interface SealedReading {
  /** Every epoch of the stream that has a pointer, with the ends of what is sealed: epoch seconds. */
  readonly epochs: readonly { readonly epoch: string; readonly hourS: number; readonly dayS: number }[];
  /** No chunk row before this is read, whatever its epoch: epoch seconds, 0 while an epoch is not sealed at all. */
  readonly oldestHourS: number;
  /** Revisions whose backfill is complete. */
  readonly backfilled: readonly string[];
}

export async function readSealed(store: Store, stream: string): Promise<SealedReading> {
  const [epochs, backfills] = await Promise.all([
    store.query<{ stream_epoch: string; hour_s: number; day_s: number }>(
      `SELECT stream_epoch, toUnixTimestamp(maxIf(p.through, p.source_kind = 'hour')) AS hour_s,
              toUnixTimestamp(maxIf(p.through, p.source_kind = 'day')) AS day_s
       FROM (SELECT stream_epoch FROM stream_epochs FINAL WHERE stream = {stream:String}) AS e
       LEFT JOIN seal_pointers AS p ON p.stream_epoch = e.stream_epoch
       GROUP BY stream_epoch ORDER BY stream_epoch`,
      { stream },
    ),
    store.query<{ spec_rev: string }>(
      `SELECT DISTINCT spec_rev FROM backfills WHERE stream = {stream:String} ORDER BY spec_rev`,
      { stream },
    ),
  ]);
  return {
    epochs: epochs
      .filter((row) => row.hour_s > 0)
      .map((row) => ({ epoch: row.stream_epoch, hourS: row.hour_s, dayS: row.day_s })),
    oldestHourS: epochs.length === 0 ? 0 : Math.min(...epochs.map((row) => row.hour_s)),
    backfilled: backfills.map((row) => row.spec_rev),
  };
}

/** Values for the conditions below. */
export function sealedParams(reading: SealedReading): QueryParams {
  return {
    sealed_epochs: reading.epochs.map((one) => one.epoch),
    sealed_hours: reading.epochs.map((one) => one.hourS),
    sealed_days: reading.epochs.map((one) => one.dayS),
    backfilled: reading.backfilled,
  };
}

/** SQL: the end of what is sealed of a row's epoch, in epoch seconds; 0 if nothing is. */
function pointerSql(reading: SealedReading, ends: 'sealed_hours' | 'sealed_days'): string {
  if (reading.epochs.length === 0) return 'toUInt32(0)';
  return `transform(stream_epoch, {sealed_epochs:Array(String)}, {${ends}:Array(UInt32)}, toUInt32(0))`;
}

/** SQL: rows of sli_panes that count. The first test is there for the primary key. */
export function unsealedSql(reading: SealedReading): string {
  return `log_interval >= fromUnixTimestamp(${reading.oldestHourS})
    AND toUnixTimestamp(log_interval) >= ${pointerSql(reading, 'sealed_hours')}`;
}

/** SQL: rows of sealed hours that count; levels pane, 5m and 1h. */
export function hourSourcesSql(reading: SealedReading): string {
  return `(source_kind = 'hour' AND toUnixTimestamp(source) < ${pointerSql(reading, 'sealed_hours')})`;
}

/** SQL: those of them that are in a day's rows too. */
export function mergedHourSourcesSql(reading: SealedReading): string {
  return `(source_kind = 'hour' AND toUnixTimestamp(source) < ${pointerSql(reading, 'sealed_days')})`;
}

/** SQL: those of them that are in no day's rows yet. The first test is there for the index on sources. */
export function looseHourSourcesSql(reading: SealedReading): string {
  const oldestDayS = Math.min(...reading.epochs.map((one) => one.dayS));
  return `(source >= fromUnixTimestamp(${oldestDayS}) AND ${hourSourcesSql(reading)}
    AND toUnixTimestamp(source) >= ${pointerSql(reading, 'sealed_days')})`;
}

/** SQL: rows of sealed days that count; level 1d. */
export function daySourcesSql(reading: SealedReading): string {
  return `(source_kind = 'day' AND toUnixTimestamp(source) < ${pointerSql(reading, 'sealed_days')})`;
}

/** SQL: rows of complete backfills; every level. */
export function backfillSourcesSql(reading: SealedReading): string {
  return reading.backfilled.length === 0
    ? '0'
    : `(source_kind = 'backfill' AND spec_rev IN {backfilled:Array(String)})`;
}
