import type { MemorySealTables } from './memory-seal-tables.ts';

type Row = Readonly<Record<string, unknown>>;
type Numbers = Readonly<Record<string, number>>;

/** Brings rows as workers write them to the tables that sealers and readers look at. */
export class SealFeed {
  readonly #tables: MemorySealTables;

  constructor(tables: MemorySealTables) {
    this.#tables = tables;
  }

  addEpoch(row: Row): void {
    const epoch = String(row['stream_epoch']);
    if (this.#tables.epochRows.some((one) => one.epoch === epoch)) return;
    this.#tables.epochRows.push({
      epoch,
      stream: String(row['stream']),
      clock: 'live',
      startOffsets: row['start_offsets'] as readonly number[],
    });
  }

  addChunkRow(row: Row): void {
    this.#tables.chunkRows.insert({
      stream: String(row['stream']),
      epoch: String(row['stream_epoch']),
      slo: String(row['slo']),
      specRev: String(row['spec_rev']),
      series: String(row['series']),
      paneMs: Number(row['pane']) * 1_000,
      partition: Number(row['partition']),
      chunk: Number(row['chunk']),
      version: Number(row['version']),
      ...timesOf(row),
      good: Number(row['good']),
      total: Number(row['total']),
      excluded: Number(row['excluded']),
      zeroCount: Number(row['zero_count']),
      sums: row['sums'] as Numbers,
      histogram: row['histogram'] as Numbers,
    });
  }

  addClosing(row: Row): void {
    this.#tables.addClosing({
      epoch: String(row['stream_epoch']),
      partition: Number(row['partition']),
      chunk: Number(row['chunk']),
      nextChunk: Number(row['next_chunk']),
      rowCounts: row['row_counts'] as Numbers,
      ...timesOf(row),
    });
  }
}

function timesOf(row: Row): { readonly logIntervalMs: number; readonly keptSinceMs: number } {
  return {
    logIntervalMs: Number(row['log_interval']) * 1_000,
    keptSinceMs: Number(row['kept_since']) * 1_000,
  };
}
