import type { EpochSettings, Store, StreamEpoch } from '@burnline/runtime';
import type { PaneRow } from './chunk.ts';
import type { ChunkRows, PartitionSnapshot } from './partition-counter.ts';

/** Rows of one INSERT: below ClickHouse's block size, so that an INSERT is one block. */
const ROWS_PER_INSERT_MAX = 500_000;

/** Series already written by this process; forgetting them only writes them again. */
const KNOWN_SERIES_MAX = 200_000;

/**
 * Writes snapshots: what rows and commits will name, then the chunk rows, then what speaks of them. Writing again changes
 * nothing.
 */
export class PaneWriter {
  readonly #store: Store;
  readonly #settings: EpochSettings;
  readonly #knownSeries = new Set<string>();
  #lastSpecSetId = '';

  constructor(store: Store, settings: EpochSettings) {
    this.#store = store;
    this.#settings = settings;
  }

  async write(
    snapshots: readonly PartitionSnapshot[],
    epochOf: (topic: string) => StreamEpoch,
  ): Promise<void> {
    await this.#writeSpecSets(snapshots);
    await this.#writeSeries(snapshots);
    const rows = snapshots.flatMap((snapshot) =>
      snapshot.chunks.flatMap((chunk) => this.#paneRows(snapshot, chunk, epochOf(snapshot.partition.topic))),
    );
    for (let start = 0; start < rows.length; start += ROWS_PER_INSERT_MAX) {
      await this.#store.insertRows('sli_panes', rows.slice(start, start + ROWS_PER_INSERT_MAX));
    }
    await this.#store.insertRows(
      'spec_begins',
      snapshots.flatMap((snapshot) => specBeginRows(snapshot, epochOf(snapshot.partition.topic))),
    );
    await this.#store.insertRows(
      'chunk_closings',
      snapshots.flatMap((snapshot) => this.#closingRows(snapshot, epochOf(snapshot.partition.topic))),
    );
  }

  async #writeSpecSets(snapshots: readonly PartitionSnapshot[]): Promise<void> {
    const fresh = new Map(
      snapshots.flatMap(({ specSet: { id, revisions } }) =>
        id === '' || id === this.#lastSpecSetId ? [] : [[id, { spec_set: id, spec_revs: revisions }]],
      ),
    );
    await this.#store.insertRows('spec_sets', [...fresh.values()]);
    this.#lastSpecSetId = [...fresh.keys()].at(-1) ?? this.#lastSpecSetId;
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
    const chunkColumns = {
      stream: epoch.stream,
      stream_epoch: epoch.epoch,
      partition: snapshot.partition.partition,
      chunk: chunk.firstOffset,
      ...this.#lifeColumns(chunk, epoch),
    };
    return chunk.rows.map((row) => ({ ...chunkColumns, ...this.#rowColumns(row) }));
  }

  #closingRows(snapshot: PartitionSnapshot, epoch: StreamEpoch): object[] {
    return snapshot.closings.map((closing) => ({
      stream_epoch: epoch.epoch,
      partition: snapshot.partition.partition,
      chunk: closing.firstOffset,
      next_chunk: closing.nextOffset,
      row_counts: closing.rowCounts,
      ...this.#lifeColumns(closing, epoch),
    }));
  }

  #lifeColumns(chunk: { readonly intervalNumber: number }, epoch: StreamEpoch): object {
    const logIntervalS = (chunk.intervalNumber * this.#settings.intervalMs) / 1_000;
    return {
      log_interval: logIntervalS,
      kept_since: epoch.clock === 'live' ? logIntervalS : Math.floor(epoch.createdAtMs / 1_000),
    };
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

function specBeginRows(snapshot: PartitionSnapshot, epoch: StreamEpoch): object[] {
  return snapshot.specBegins.map((begin) => ({
    stream: epoch.stream,
    stream_epoch: epoch.epoch,
    partition: snapshot.partition.partition,
    spec_rev: begin.revision,
    begin_offset: begin.offset,
  }));
}
