import { isAppError } from '@burnline/core';
import type { QueryParams, Store } from '@burnline/runtime';
import type {
  ChunkClosing,
  ClosingsPage,
  SealEpoch,
  SealPointer,
  SealStretch,
  SealTables,
  SealedRows,
} from './seal-tables.ts';

interface EpochRow {
  readonly epoch: string;
  readonly clock: 'live' | 'replay';
  readonly start_offsets: readonly number[];
  readonly end_offsets: readonly number[];
  readonly evaluated_s: number;
  readonly hour_s: number;
  readonly next_chunks: readonly number[];
  readonly day_s: number;
}

interface ClosingRow {
  readonly chunk: number;
  readonly next_chunk: number;
  readonly log_interval_s: number;
  readonly row_count: number;
}

interface SealedRow {
  readonly epoch: string;
  readonly through_s: number;
}

const seconds = (ms: number): number => Math.floor(ms / 1_000);
const at = (name: string): string => `fromUnixTimestamp({${name}:UInt32})`;

/** The first column of the tables' order; a constant for the query, so that other streams' rows are not read. */
const STREAM = `(SELECT any(stream) FROM stream_epochs WHERE stream_epoch = {epoch:String})`;
const HOUR_POINTER = `(SELECT max(through) FROM seal_pointers WHERE stream_epoch = {epoch:String} AND source_kind = 'hour')`;

const NUMBER_COLUMNS = [
  'good',
  'total',
  'excluded',
  'zero_count',
  'good_extra',
  'total_extra',
  'excluded_extra',
  'zero_extra',
];
const MAP_COLUMNS = ['sums', 'missing', 'histogram', 'sums_extra', 'missing_extra', 'histogram_extra'];
/** What a row of either table counts, in all of which rows are added up. */
const COUNT_COLUMNS = [...NUMBER_COLUMNS, ...MAP_COLUMNS];
const COUNT_SUMS = [
  ...NUMBER_COLUMNS.map((column) => `sum(${column})`),
  ...MAP_COLUMNS.map((column) => `sumMap(${column})`),
].join(', ');

/** Versions of a key lie in one table partition, since chunk and source decide `kept_since`. */
const FINAL_BY_PARTITION = 'SETTINGS do_not_merge_across_partitions_select_final = 1';

/** Chunk rows of a stretch. Live rows are kept since their log interval, which spares reading other parts of the table. */
function stretchSql(stretch: SealStretch): string {
  const range = (column: string): string => `${column} >= ${at('from')} AND ${column} < ${at('through')}`;
  return (
    `stream = ${STREAM} AND stream_epoch = {epoch:String} AND ${range('log_interval')}` +
    (stretch.clock === 'live' ? ` AND ${range('kept_since')}` : '')
  );
}

/** The sealer's questions as SQL. Every statement names an epoch, so that epochs never see each other's rows. */
export class ClickHouseSealTables implements SealTables {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async epochs(): Promise<readonly SealEpoch[]> {
    const rows = await this.#store.query<EpochRow>(
      `SELECT stream_epoch AS epoch, toString(clock) AS clock, start_offsets, end_offsets, hour_s, next_chunks, day_s,
              toUnixTimestamp(evaluated) AS evaluated_s
       FROM (SELECT stream_epoch, stream, clock, start_offsets FROM stream_epochs FINAL) AS epochs
       LEFT JOIN (SELECT stream_epoch, end_offsets FROM epoch_ends FINAL) AS ends USING (stream_epoch)
       LEFT JOIN (SELECT stream, min(through) AS evaluated
                  FROM (SELECT stream, max(evaluated_through) AS through FROM evaluation_hours GROUP BY stream, shard)
                  GROUP BY stream) AS judged USING (stream)
       LEFT JOIN (SELECT stream_epoch, toUnixTimestamp(maxIf(through, source_kind = 'hour')) AS hour_s,
                         argMaxIf(seal_pointers.next_chunks, through, source_kind = 'hour') AS next_chunks,
                         toUnixTimestamp(maxIf(through, source_kind = 'day')) AS day_s
                  FROM seal_pointers GROUP BY stream_epoch) AS pointers USING (stream_epoch)
       ORDER BY epoch`,
    );
    return rows.map((row) => ({
      epoch: row.epoch,
      clock: row.clock,
      startOffsets: row.start_offsets,
      endOffsets: row.end_offsets.length === 0 ? null : row.end_offsets,
      evaluatedThroughMs: row.evaluated_s === 0 ? null : row.evaluated_s * 1_000,
      hour: row.hour_s === 0 ? null : { throughMs: row.hour_s * 1_000, nextChunks: row.next_chunks },
      dayThroughMs: row.day_s === 0 ? null : row.day_s * 1_000,
    }));
  }

  async closings(page: ClosingsPage): Promise<readonly ChunkClosing[]> {
    const rows = await this.#store.query<ClosingRow>(
      `SELECT chunk, next_chunk, toUnixTimestamp(log_interval) AS log_interval_s, arraySum(mapValues(row_counts)) AS row_count
       FROM chunk_closings FINAL
       WHERE stream_epoch = {epoch:String} AND partition = {partition:UInt16} AND chunk >= {fromChunk:UInt64}
       ORDER BY chunk LIMIT {limit:UInt32}
       ${FINAL_BY_PARTITION}`,
      { ...page },
    );
    return rows.map((row) => ({
      chunk: row.chunk,
      nextChunk: row.next_chunk,
      logIntervalMs: row.log_interval_s * 1_000,
      rowCount: row.row_count,
    }));
  }

  async readableChunkCount(stretch: SealStretch): Promise<number> {
    const isWithin =
      'chunk >= {firstChunks:Array(UInt64)}[partition + 1] AND chunk < {nextChunks:Array(UInt64)}[partition + 1]';
    const [row] = await this.#store.query<{ readonly readable: number }>(
      `SELECT countIf(named = found) AS readable
       FROM (SELECT partition, chunk, mapSort(mapFilter((rev, n) -> n > 0, row_counts)) AS named FROM chunk_closings FINAL
             WHERE stream_epoch = {epoch:String} AND ${isWithin}) AS closings
       LEFT JOIN (SELECT partition, chunk, mapSort(mapFromArrays(groupArray(spec_rev), groupArray(n))) AS found
                  FROM (SELECT partition, chunk, spec_rev, count() AS n FROM sli_panes FINAL
                        WHERE ${stretchSql(stretch)} AND ${isWithin} GROUP BY partition, chunk, spec_rev)
                  GROUP BY partition, chunk) AS rows USING (partition, chunk)
       ${FINAL_BY_PARTITION}`,
      { ...stretchParams(stretch), firstChunks: stretch.firstChunks, nextChunks: stretch.nextChunks },
    );
    return row?.readable ?? 0;
  }

  async archiveHours(stretch: SealStretch): Promise<void> {
    const keptSince = stretch.clock === 'live' ? 'hour + INTERVAL 1 HOUR' : 'min(kept_since)';
    await this.#store.command(
      `INSERT INTO sli_archive (stream, stream_epoch, slo, spec_rev, series, level, bucket, source_kind, source, version,
                                ${COUNT_COLUMNS.join(', ')}, first_pane, kept_since)
       SELECT stream, stream_epoch, slo, spec_rev, series, width.1,
              fromUnixTimestamp(intDiv(toUnixTimestamp(pane), width.2) * width.2) AS start,
              'hour', toStartOfHour(log_interval) AS hour, count(),
              ${COUNT_SUMS}, min(pane), ${keptSince}
       FROM sli_panes FINAL
       ARRAY JOIN [('pane', 1), ('5m', 300), ('1h', 3600)] AS width
       WHERE ${stretchSql(stretch)} AND log_interval >= ${HOUR_POINTER}
       GROUP BY stream, stream_epoch, slo, spec_rev, series, width, start, hour
       ${FINAL_BY_PARTITION}`,
      stretchParams(stretch),
    );
  }

  async firstHourMs(where: { readonly epoch: string; readonly fromMs: number }): Promise<number | null> {
    const [row] = await this.#store.query<{ readonly first_s: number; readonly n: number }>(
      `SELECT toUnixTimestamp(min(source)) AS first_s, count() AS n FROM sli_archive
       WHERE stream = ${STREAM} AND level = '1h' AND stream_epoch = {epoch:String} AND source_kind = 'hour'
         AND source >= ${at('from')}`,
      { epoch: where.epoch, from: seconds(where.fromMs) },
    );
    return row === undefined || row.n === 0 ? null : row.first_s * 1_000;
  }

  async archiveDay(day: {
    readonly epoch: string;
    readonly clock: 'live' | 'replay';
    readonly dayMs: number;
  }): Promise<void> {
    const keptSince = day.clock === 'live' ? `${at('day')} + INTERVAL 1 DAY` : 'min(kept_since)';
    await this.#store.command(
      `INSERT INTO sli_archive (stream, stream_epoch, slo, spec_rev, series, level, bucket, source_kind, source, version,
                                ${COUNT_COLUMNS.join(', ')}, first_pane, kept_since)
       SELECT stream, stream_epoch, slo, spec_rev, series, '1d', toStartOfDay(bucket) AS start, 'day', ${at('day')}, count(),
              ${COUNT_SUMS}, min(first_pane), ${keptSince}
       FROM sli_archive FINAL
       WHERE stream = ${STREAM} AND level = '1h' AND stream_epoch = {epoch:String} AND source_kind = 'hour'
         AND source >= ${at('day')} AND source < ${at('day')} + INTERVAL 1 DAY
       GROUP BY stream, stream_epoch, slo, spec_rev, series, start
       ${FINAL_BY_PARTITION}`,
      { epoch: day.epoch, day: seconds(day.dayMs) },
    );
  }

  async movePointer(
    pointer: SealPointer & { readonly epoch: string; readonly kind: 'hour' | 'day' },
  ): Promise<void> {
    await this.#store.command(
      `INSERT INTO seal_pointers (stream_epoch, source_kind, through, next_chunks)
       SELECT {epoch:String}, {kind:String}, ${at('through')}, {nextChunks:Array(UInt64)}
       WHERE (SELECT max(through) FROM seal_pointers WHERE stream_epoch = {epoch:String} AND source_kind = {kind:String})
             < ${at('through')}`,
      {
        epoch: pointer.epoch,
        kind: pointer.kind,
        through: seconds(pointer.throughMs),
        nextChunks: pointer.nextChunks,
      },
    );
  }

  async sealedRows(standingMs: number): Promise<readonly SealedRows[]> {
    const rows = await this.#store.query<SealedRow>(
      `SELECT stream_epoch AS epoch, toUnixTimestamp(stood) AS through_s
       FROM (SELECT stream_epoch, max(through) AS stood FROM seal_pointers
             WHERE source_kind = 'hour' AND written_at <= now64(3) - toIntervalMillisecond({standingMs:UInt64})
             GROUP BY stream_epoch) AS pointers
       INNER JOIN (SELECT stream_epoch, min(log_interval) AS oldest FROM sli_panes GROUP BY stream_epoch) AS rows
         USING (stream_epoch)
       WHERE oldest < stood
       ORDER BY epoch`,
      { standingMs },
    );
    return rows.map((row) => ({ epoch: row.epoch, throughMs: row.through_s * 1_000 }));
  }

  /**
   * A plain mutation, not a lightweight one: rows of the past make up whole parts, which it replaces by empty ones, while a
   * mask would keep them on disk until a merge. One at a time: where the database takes longer for it than a statement may
   * take, it goes on with it by itself, and whoever looks again waits with the next.
   */
  async dropRows(rows: SealedRows): Promise<void> {
    if (await this.#isDropping()) return;
    try {
      await this.#store.command(
        `ALTER TABLE sli_panes DELETE WHERE stream_epoch = {epoch:String} AND log_interval < ${at('through')}
         SETTINGS mutations_sync = 1`,
        { epoch: rows.epoch, through: seconds(rows.throughMs) },
      );
    } catch (error) {
      const mayRun = isAppError(error) && error.outcome === 'retry';
      if (!mayRun || !(await this.#isDropping())) throw error;
    }
  }

  async #isDropping(): Promise<boolean> {
    const [row] = await this.#store.query<{ readonly running: number }>(
      `SELECT count() AS running FROM system.mutations
       WHERE database = currentDatabase() AND table = 'sli_panes' AND NOT is_done`,
    );
    return (row?.running ?? 0) > 0;
  }
}

function stretchParams(stretch: SealStretch): QueryParams {
  return {
    epoch: stretch.epoch,
    from: seconds(stretch.fromMs),
    through: seconds(stretch.throughMs),
  };
}
