import type { SliPlan } from '@burnline/core';
import type { EpochSettings, Store, StreamEpoch } from '@burnline/runtime';
import type { PaneRow } from './pane-row.ts';
import { UNGROUPED, isOfEntities, namesTableOf } from './series-key.ts';
import { PaneRows } from './pane-rows.ts';
import type { PartitionSnapshot } from './partition-counter.ts';

/** Rows of one INSERT: below ClickHouse's block size, so that an INSERT is one block. */
const ROWS_PER_INSERT_MAX = 500_000;
/** A quarter of what the engine takes at once: rows with large histograms are some kilobytes each. */
const BYTES_PER_INSERT_MAX = 64 * 1024 * 1024;

/** Series already written by this process; forgetting them only writes them again. */
const KNOWN_SERIES_MAX = 200_000;

/**
 * Writes snapshots: what rows and commits will name, then the chunk rows, then what speaks of them. Writing again changes
 * nothing.
 */
export class PaneWriter {
  readonly #store: Store;
  readonly #settings: EpochSettings;
  #knownSeries = new Map<SliPlan, Set<string>>();
  #knownSeriesCount = 0;
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
    await this.#writePanes(snapshots, epochOf);
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
    if (this.#knownSeriesCount > KNOWN_SERIES_MAX) {
      this.#knownSeries = new Map();
      this.#knownSeriesCount = 0;
    }
    const fresh = new Map<SliPlan, Map<string, Readonly<Record<string, string>>>>();
    for (const { sli, identity } of rowsOf(snapshots)) {
      if (this.#knownSeries.get(sli)?.has(identity.series) === true) continue;
      const labels = fresh.get(sli) ?? new Map<string, Readonly<Record<string, string>>>();
      fresh.set(sli, labels.set(identity.series, identity.labels));
    }
    const rows = [...fresh].flatMap(([sli, labelsOf]) =>
      [...labelsOf].map(([series, labels]) => ({ table: namesTableOf(sli, labels), sli, series, labels })),
    );
    // What entities come to is one series.
    const judged = [...fresh.keys()]
      .filter((sli) => isOfEntities(sli) && !this.#knownSeries.has(sli))
      .map((sli) => ({ table: 'series', sli, ...UNGROUPED }) as const);
    for (const table of ['series', 'entities'] as const) {
      const named = [...rows, ...judged].filter((row) => row.table === table);
      await this.#store.insertRows(
        table,
        named.map(({ sli: { slo, specRev }, series, labels }) => ({
          slo,
          spec_rev: specRev,
          series,
          labels,
        })),
      );
    }
    for (const [sli, labelsOf] of fresh) {
      const known = this.#knownSeries.get(sli) ?? new Set();
      for (const series of labelsOf.keys()) known.add(series);
      this.#knownSeries.set(sli, known);
    }
    this.#knownSeriesCount += rows.length;
  }

  async #writePanes(
    snapshots: readonly PartitionSnapshot[],
    epochOf: (topic: string) => StreamEpoch,
  ): Promise<void> {
    let rows = new PaneRows();
    for (const { partition, chunks } of snapshots) {
      const epoch = epochOf(partition.topic);
      for (const chunk of chunks) {
        const chunkColumns = {
          stream: epoch.stream,
          streamEpoch: epoch.epoch,
          partition: partition.partition,
          firstOffset: chunk.firstOffset,
          ...this.#lifeOf(chunk, epoch),
        };
        rows.beginChunk(chunkColumns);
        for (const row of chunk.rows) {
          rows.add(row, (row.pane * this.#settings.paneMs) / 1_000);
          if (rows.count < ROWS_PER_INSERT_MAX && rows.byteCount < BYTES_PER_INSERT_MAX) continue;
          await this.#store.insertBytes(rows.insert());
          rows = new PaneRows();
          rows.beginChunk(chunkColumns);
        }
      }
    }
    if (rows.count > 0) await this.#store.insertBytes(rows.insert());
  }

  #closingRows(snapshot: PartitionSnapshot, epoch: StreamEpoch): object[] {
    return snapshot.closings.map((closing) => {
      const { logIntervalS, keptSinceS } = this.#lifeOf(closing, epoch);
      return {
        stream_epoch: epoch.epoch,
        partition: snapshot.partition.partition,
        chunk: closing.firstOffset,
        next_chunk: closing.nextOffset,
        row_counts: closing.rowCounts,
        log_interval: logIntervalS,
        kept_since: keptSinceS,
      };
    });
  }

  #lifeOf(
    chunk: { readonly intervalNumber: number },
    epoch: StreamEpoch,
  ): { readonly logIntervalS: number; readonly keptSinceS: number } {
    const logIntervalS = (chunk.intervalNumber * this.#settings.intervalMs) / 1_000;
    return {
      logIntervalS,
      keptSinceS: epoch.clock === 'live' ? logIntervalS : Math.floor(epoch.createdAtMs / 1_000),
    };
  }
}

function rowsOf(snapshots: readonly PartitionSnapshot[]): readonly PaneRow[] {
  return snapshots.flatMap((snapshot) => snapshot.chunks.flatMap((chunk) => chunk.rows));
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
