import type { EpochSettings, Store, StreamEpoch } from '@burnline/runtime';
import type { PaneRow } from './chunk.ts';
import type { ChunkRows, PartitionSnapshot } from './partition-counter.ts';

/** Rows of one INSERT: below ClickHouse's block size, so that an INSERT is one block. */
const ROWS_PER_INSERT_MAX = 500_000;

/** Series already written by this process; forgetting them only writes them again. */
const KNOWN_SERIES_MAX = 200_000;

/** Writes snapshots: series, then the chunk rows that name them. Writing again changes nothing. */
export class PaneWriter {
  readonly #store: Store;
  readonly #settings: EpochSettings;
  readonly #knownSeries = new Set<string>();

  constructor(store: Store, settings: EpochSettings) {
    this.#store = store;
    this.#settings = settings;
  }

  async write(
    snapshots: readonly PartitionSnapshot[],
    epochOf: (topic: string) => StreamEpoch,
  ): Promise<void> {
    await this.#writeSeries(snapshots);
    const rows = snapshots.flatMap((snapshot) =>
      snapshot.chunks.flatMap((chunk) => this.#paneRows(snapshot, chunk, epochOf(snapshot.partition.topic))),
    );
    for (let start = 0; start < rows.length; start += ROWS_PER_INSERT_MAX) {
      await this.#store.insertRows('sli_panes', rows.slice(start, start + ROWS_PER_INSERT_MAX));
    }
  }

  async #writeSeries(snapshots: readonly PartitionSnapshot[]): Promise<void> {
    if (this.#knownSeries.size > KNOWN_SERIES_MAX) this.#knownSeries.clear();
    const fresh = new Map<string, object>();
    for (const row of snapshots.flatMap((snapshot) => snapshot.chunks.flatMap((chunk) => chunk.rows))) {
      const key = `${row.sli.specRev}|${row.sli.slo}|${row.identity.series}`;
      if (this.#knownSeries.has(key) || fresh.has(key)) continue;
      fresh.set(key, {
        slo: row.sli.slo,
        spec_rev: row.sli.specRev,
        series: row.identity.series,
        labels: row.identity.labels,
      });
    }
    await this.#store.insertRows('series', [...fresh.values()]);
    for (const key of fresh.keys()) this.#knownSeries.add(key);
  }

  #paneRows(snapshot: PartitionSnapshot, chunk: ChunkRows, epoch: StreamEpoch): object[] {
    const logIntervalS = (chunk.intervalNumber * this.#settings.intervalMs) / 1_000;
    const chunkColumns = {
      stream: epoch.stream,
      stream_epoch: epoch.epoch,
      partition: snapshot.partition.partition,
      chunk: chunk.firstOffset,
      log_interval: logIntervalS,
      kept_since: epoch.clock === 'live' ? logIntervalS : Math.floor(epoch.createdAtMs / 1_000),
    };
    return chunk.rows.map((row) => ({ ...chunkColumns, ...this.#rowColumns(row) }));
  }

  #rowColumns(row: PaneRow): object {
    return {
      slo: row.sli.slo,
      spec_rev: row.sli.specRev,
      series: row.identity.series,
      pane: (row.pane * this.#settings.paneMs) / 1_000,
      version: row.version,
      good: row.good,
      total: row.total,
      excluded: row.excluded,
      sums: Object.fromEntries(row.sli.sums.map((field, index) => [field, row.sums[index] ?? 0])),
      histogram: Object.fromEntries(row.histogram ?? []),
      zero_count: row.zeroCount,
    };
  }
}
