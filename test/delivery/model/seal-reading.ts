import {
  VersionedRows,
  chunkRowKey,
  type ChunkRow,
  type MemorySealTables,
  type RowValues,
  type SeriesName,
} from './memory-seal-tables.ts';

const HOUR_MS = 3_600_000;
/** Sums by name of what they are summed for. */
type Sums = Map<string, readonly number[]>;
type Grain = 'pane' | '5m' | 'all';

const nameOf = (row: SeriesName, bucketMs: number): string =>
  `${row.epoch}|${row.slo}|${row.specRev}|${row.series}@${bucketMs}`;

function vectorOf(row: RowValues): readonly number[] {
  const { good, total, excluded, zeroCount, sums, histogram } = row;
  const buckets = Object.entries(histogram).map(([index, count]) => (Number(index) + 1) * count);
  const add = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  return [
    good,
    total,
    excluded,
    zeroCount,
    sums['input_tokens'] ?? 0,
    sums['output_tokens'] ?? 0,
    add(buckets),
  ];
}

function addTo(sums: Sums, name: string, row: RowValues): void {
  const vector = vectorOf(row);
  const old = sums.get(name);
  sums.set(name, old === undefined ? vector : old.map((value, index) => value + (vector[index] ?? 0)));
}

const textOf = (sums: Sums): string =>
  JSON.stringify([...sums].sort(([one], [other]) => (one < other ? -1 : 1)));

const bucketOf = (grain: Grain, paneMs: number): number =>
  grain === 'pane' ? paneMs : grain === '5m' ? Math.floor(paneMs / 300_000) * 300_000 : 0;

function sumsOf(rows: readonly ChunkRow[], grain: Grain): Sums {
  const sums: Sums = new Map();
  for (const row of rows) addTo(sums, nameOf(row, bucketOf(grain, row.paneMs)), row);
  return sums;
}

/** Everything that has ever arrived, by the highest version: what readers must find, however much of it is sealed. */
export class Arrived {
  readonly #rows = new VersionedRows<ChunkRow>(chunkRowKey);

  add(row: ChunkRow): void {
    this.#rows.insert(row);
  }

  check(epoch: string, found: { readonly grain: Grain; readonly text: string }): void {
    const expected = textOf(
      sumsOf(
        this.#rows.filter((row) => row.epoch === epoch),
        found.grain,
      ),
    );
    if (found.text !== expected) {
      throw new Error(`${epoch} by ${found.grain}:\n${found.text}\nis read, but arrived is\n${expected}`);
    }
  }

  /** What a burn stage finds in chunk rows of a span of log time that it has yet to judge must be all of it. */
  checkSpan(
    tables: MemorySealTables,
    span: { readonly epoch: string; readonly fromMs: number; readonly toMs: number },
  ): void {
    const isWithin = (row: ChunkRow): boolean =>
      row.epoch === span.epoch && row.logIntervalMs >= span.fromMs && row.logIntervalMs < span.toMs;
    const found = textOf(sumsOf(tables.chunkRows.filter(isWithin), 'pane'));
    if (found !== textOf(sumsOf(this.#rows.filter(isWithin), 'pane'))) {
      throw new Error(`${span.epoch}: chunk rows that were not judged yet are gone`);
    }
  }
}

/** A reader that looked the pointers up some time ago, and reads the rows now. */
export class SealReader {
  readonly startedMs: number;
  readonly #tables: MemorySealTables;
  readonly #epoch: string;
  readonly #hourMs: number;
  readonly #dayMs: number;

  constructor(tables: MemorySealTables, epoch: string) {
    this.#tables = tables;
    this.#epoch = epoch;
    this.startedMs = tables.nowMs;
    this.#hourMs = tables.pointerOf(epoch, 'hour')?.throughMs ?? 0;
    this.#dayMs = tables.pointerOf(epoch, 'day')?.throughMs ?? 0;
  }

  /** Compares what can be read at every level with what has arrived. */
  finish(arrived: Arrived): void {
    const open = this.#tables.chunkRows.filter(
      (row) => row.epoch === this.#epoch && row.logIntervalMs >= this.#hourMs,
    );
    for (const grain of ['pane', '5m', 'all'] as const) {
      const sums = sumsOf(open, grain);
      const sealed = this.#tables.archiveRows.filter(
        (row) => row.epoch === this.#epoch && row.sourceMs < this.#hourMs && this.#counts(grain, row),
      );
      for (const row of sealed) addTo(sums, nameOf(row, grain === 'all' ? 0 : row.bucketMs), row);
      arrived.check(this.#epoch, { grain, text: textOf(sums) });
    }
  }

  /** Day rows stand for the hours below the day pointer. */
  #counts(grain: Grain, row: { readonly level: string; readonly sourceMs: number }): boolean {
    if (grain !== 'all') return row.level === grain;
    return row.level === (row.sourceMs + HOUR_MS <= this.#dayMs ? '1d' : '1h');
  }
}
