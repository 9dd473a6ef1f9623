import type { Store } from '@burnline/runtime';
import { ClickHouseSealTables } from '../../../packages/judging/dist/sealing/clickhouse-seal-tables.js';
import type {
  ArchiveRow,
  ChunkRow,
  ClosingRow,
  EpochRow,
  RowValues,
} from '../../delivery/model/memory-seal-tables.ts';

/** The SQL adapter with what tests put beside it and look at. */
export class RealTables {
  readonly tables: ClickHouseSealTables;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    this.tables = new ClickHouseSealTables(store);
  }

  async addEpoch(row: EpochRow): Promise<void> {
    await this.#store.insertRows('stream_epochs', [
      {
        stream_epoch: row.epoch,
        stream: row.stream,
        topic: row.epoch,
        clock: row.clock,
        partition_count: row.startOffsets.length,
        start_offsets: row.startOffsets,
        interval_ms: 60_000,
        pane_ms: 10_000,
        created_at: 0,
      },
    ]);
  }

  async addChunkRows(rows: readonly ChunkRow[]): Promise<void> {
    await this.#store.insertRows(
      'sli_panes',
      rows.map((row) => ({
        stream: row.stream,
        stream_epoch: row.epoch,
        slo: row.slo,
        spec_rev: row.specRev,
        series: row.series,
        pane: row.paneMs / 1_000,
        partition: row.partition,
        chunk: row.chunk,
        version: row.version,
        log_interval: row.logIntervalMs / 1_000,
        good: row.good,
        total: row.total,
        excluded: row.excluded,
        sums: row.sums,
        histogram: row.histogram,
        zero_count: row.zeroCount,
        kept_since: row.keptSinceMs / 1_000,
      })),
    );
  }

  async addClosings(rows: readonly ClosingRow[]): Promise<void> {
    await this.#store.insertRows(
      'chunk_closings',
      rows.map((row) => ({
        stream_epoch: row.epoch,
        partition: row.partition,
        chunk: row.chunk,
        next_chunk: row.nextChunk,
        log_interval: row.logIntervalMs / 1_000,
        row_counts: row.rowCounts,
        kept_since: row.keptSinceMs / 1_000,
      })),
    );
  }

  async endEpoch(epoch: string, endOffsets: readonly number[]): Promise<void> {
    await this.#store.insertRows('epoch_ends', [{ stream_epoch: epoch, end_offsets: endOffsets }]);
  }

  async judge(stream: string, throughMs: number): Promise<void> {
    await this.#store.insertRows('evaluations', [
      { stream, evaluated_through: throughMs / 1_000, data_start: 0, coverage: 1 },
    ]);
  }

  /** Chunk rows as they would be read, in the shape of the in-memory tables. */
  chunkRows(epoch: string): Promise<ChunkRow[]> {
    return this.#store.query<ChunkRow>(
      `SELECT ${SERIES}, ${ms('pane', 'paneMs')}, partition, chunk, version, ${ms('log_interval', 'logIntervalMs')},
              ${ms('kept_since', 'keptSinceMs')}, ${VALUES}
       FROM sli_panes FINAL WHERE stream_epoch = {epoch:String}`,
      { epoch },
    );
  }

  archiveRows(epoch: string): Promise<ArchiveRow[]> {
    return this.#store.query<ArchiveRow>(
      `SELECT ${SERIES}, level, ${ms('bucket', 'bucketMs')}, source_kind AS sourceKind, ${ms('source', 'sourceMs')}, version,
              ${ms('first_pane', 'firstPaneMs')}, ${ms('kept_since', 'keptSinceMs')}, ${VALUES}
       FROM sli_archive FINAL WHERE stream_epoch = {epoch:String}`,
      { epoch },
    );
  }
}

const SERIES = 'stream, stream_epoch AS epoch, slo, spec_rev AS specRev, series';
const VALUES =
  'good, total, excluded, zero_count AS zeroCount, mapSort(sums) AS sums, mapSort(histogram) AS histogram';
const ms = (column: string, name: string): string => `toUnixTimestamp(${column}) * 1000 AS ${name}`;

/** Rows as text in an order of their own, so that both adapters' rows can be compared. */
export function textOf(rows: readonly (RowValues & object)[]): string[] {
  return rows
    .map((row) => JSON.stringify(Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1))))
    .sort();
}
