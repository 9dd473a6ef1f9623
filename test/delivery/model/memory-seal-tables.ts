import type {
  ChunkClosing,
  ClosingsPage,
  SealEpoch,
  SealPointer,
  SealStretch,
  SealTables,
  SealedRows,
} from '../../../packages/judging/dist/sealing/seal-tables.js';

/** Counts of a row: everything that is added up when rows are summed. */
export interface RowValues {
  readonly good: number;
  readonly total: number;
  readonly excluded: number;
  readonly zeroCount: number;
  readonly sums: Readonly<Record<string, number>>;
  readonly histogram: Readonly<Record<string, number>>;
}

export interface SeriesName {
  readonly stream: string;
  readonly epoch: string;
  readonly slo: string;
  readonly specRev: string;
  readonly series: number | string;
}

/** A row of sli_panes; times are epoch ms. */
export interface ChunkRow extends SeriesName, RowValues {
  readonly paneMs: number;
  readonly partition: number;
  readonly chunk: number;
  readonly version: number;
  readonly logIntervalMs: number;
  readonly keptSinceMs: number;
}

export interface ClosingRow {
  readonly epoch: string;
  readonly partition: number;
  readonly chunk: number;
  readonly nextChunk: number;
  readonly logIntervalMs: number;
  readonly rowCounts: Readonly<Record<string, number>>;
  readonly keptSinceMs: number;
}

export interface ArchiveRow extends SeriesName, RowValues {
  readonly level: 'pane' | '5m' | '1h' | '1d';
  readonly bucketMs: number;
  readonly sourceKind: 'hour' | 'day' | 'backfill';
  readonly sourceMs: number;
  readonly version: number;
  readonly firstPaneMs: number;
  readonly keptSinceMs: number;
}

export interface PointerRow extends SealPointer {
  readonly epoch: string;
  readonly kind: 'hour' | 'day';
  readonly writtenAtMs: number;
}

export interface EpochRow {
  readonly epoch: string;
  readonly stream: string;
  readonly clock: 'live' | 'replay';
  readonly startOffsets: readonly number[];
}

/** A table of ReplacingMergeTree(version) read with FINAL: the highest version of a key; equal versions must be equal rows. */
export class VersionedRows<Row extends { readonly version: number }> {
  readonly #rows = new Map<string, Row>();
  readonly #keyOf: (row: Row) => string;

  constructor(keyOf: (row: Row) => string) {
    this.#keyOf = keyOf;
  }

  insert(row: Row): void {
    const key = this.#keyOf(row);
    const old = this.#rows.get(key);
    if (old?.version === row.version && JSON.stringify(old) !== JSON.stringify(row)) {
      throw new Error(`two rows of one version differ: ${JSON.stringify(old)} ${JSON.stringify(row)}`);
    }
    if (old === undefined || old.version < row.version) this.#rows.set(key, row);
  }

  filter(isWanted: (row: Row) => boolean): Row[] {
    return [...this.#rows.values()].filter(isWanted);
  }

  remove(isGone: (row: Row) => boolean): void {
    for (const [key, row] of this.#rows) if (isGone(row)) this.#rows.delete(key);
  }
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const floorTo = (ms: number, unitMs: number): number => Math.floor(ms / unitMs) * unitMs;
const seriesKey = (row: SeriesName): string =>
  [row.stream, row.epoch, row.slo, row.specRev, row.series].join('|');

export const chunkRowKey = (row: ChunkRow): string =>
  [seriesKey(row), row.paneMs, row.partition, row.chunk].join('|');
const archiveRowKey = (row: ArchiveRow): string =>
  [seriesKey(row), row.level, row.bucketMs, row.sourceKind, row.sourceMs].join('|');

/** Rules of the port that a test leaves out to show that they matter. */
export interface BrokenRules {
  readonly sumsBelowPointer?: boolean;
  readonly hasOneVersion?: boolean;
}

/** The sealer's port over plain rows; the contract suite holds it equal to the SQL. */
export class MemorySealTables implements SealTables {
  readonly epochRows: EpochRow[] = [];
  readonly endOffsets = new Map<string, readonly number[]>();
  /** By stream. */
  readonly evaluatedThroughMs = new Map<string, number>();
  readonly chunkRows = new VersionedRows<ChunkRow>(chunkRowKey);
  readonly archiveRows = new VersionedRows<ArchiveRow>(archiveRowKey);
  readonly closingRows = new Map<string, ClosingRow>();
  readonly pointerRows: PointerRow[] = [];
  /** The database's clock. */
  nowMs = 0;
  readonly #broken: BrokenRules;

  constructor(broken: BrokenRules = {}) {
    this.#broken = broken;
  }

  addClosing(row: ClosingRow): void {
    this.closingRows.set(`${row.epoch}|${row.partition}|${row.chunk}`, row);
  }

  pointerOf(epoch: string, kind: 'hour' | 'day'): PointerRow | null {
    const rows = this.pointerRows.filter((row) => row.epoch === epoch && row.kind === kind);
    return rows.reduce<PointerRow | null>(
      (best, row) => (best === null || row.throughMs > best.throughMs ? row : best),
      null,
    );
  }

  epochs(): Promise<readonly SealEpoch[]> {
    const rows = this.epochRows.toSorted((one, other) => (one.epoch < other.epoch ? -1 : 1));
    return Promise.resolve(
      rows.map((row) => {
        const hour = this.pointerOf(row.epoch, 'hour');
        return {
          epoch: row.epoch,
          clock: row.clock,
          startOffsets: row.startOffsets,
          endOffsets: this.endOffsets.get(row.epoch) ?? null,
          evaluatedThroughMs: this.evaluatedThroughMs.get(row.stream) ?? null,
          hour: hour === null ? null : { throughMs: hour.throughMs, nextChunks: hour.nextChunks },
          dayThroughMs: this.pointerOf(row.epoch, 'day')?.throughMs ?? null,
        };
      }),
    );
  }

  closings(page: ClosingsPage): Promise<readonly ChunkClosing[]> {
    const rows = [...this.closingRows.values()]
      .filter(
        (row) => row.epoch === page.epoch && row.partition === page.partition && row.chunk >= page.fromChunk,
      )
      .sort((one, other) => one.chunk - other.chunk)
      .slice(0, page.limit);
    return Promise.resolve(
      rows.map((row) => ({
        chunk: row.chunk,
        nextChunk: row.nextChunk,
        logIntervalMs: row.logIntervalMs,
        rowCount: Object.values(row.rowCounts).reduce((sum, count) => sum + count, 0),
      })),
    );
  }

  readableChunkCount(stretch: SealStretch): Promise<number> {
    const found = new Map<string, number>();
    for (const row of this.#rowsOf(stretch)) {
      const key = `${row.partition}|${row.chunk}`;
      for (const name of [key, `${key}|${row.specRev}`]) found.set(name, (found.get(name) ?? 0) + 1);
    }
    const readable = [...this.closingRows.values()].filter((closing) => {
      if (closing.epoch !== stretch.epoch || !isWithin(stretch, closing)) return false;
      const key = `${closing.partition}|${closing.chunk}`;
      const named = Object.entries(closing.rowCounts);
      const isEach = named.every(([rev, count]) => (found.get(`${key}|${rev}`) ?? 0) === count);
      return isEach && (found.get(key) ?? 0) === named.reduce((sum, [, count]) => sum + count, 0);
    });
    return Promise.resolve(readable.length);
  }

  archiveHours(stretch: SealStretch): Promise<void> {
    for (const row of this.hourRowsOf(stretch)) this.archiveRows.insert(row);
    return Promise.resolve();
  }

  /** What `archiveHours` writes. */
  hourRowsOf(stretch: SealStretch): ArchiveRow[] {
    const standing = this.pointerOf(stretch.epoch, 'hour')?.throughMs ?? 0;
    const pointerMs = this.#broken.sumsBelowPointer === true ? 0 : standing;
    const parts = this.#rowsOf(stretch)
      .filter((row) => row.logIntervalMs >= pointerMs)
      .flatMap((row) => {
        const sourceMs = floorTo(row.logIntervalMs, HOUR_MS);
        const keptSinceMs = stretch.clock === 'live' ? sourceMs + HOUR_MS : row.keptSinceMs;
        const levels = [
          ['pane', 1],
          ['5m', 300_000],
          ['1h', HOUR_MS],
        ] as const;
        return levels.map(([level, widthMs]) =>
          partOf(row, {
            level,
            bucketMs: floorTo(row.paneMs, widthMs),
            sourceKind: 'hour',
            sourceMs,
            firstPaneMs: row.paneMs,
            keptSinceMs,
          }),
        );
      });
    const rows = summed(parts);
    return this.#broken.hasOneVersion === true ? rows.map((row) => ({ ...row, version: 1 })) : rows;
  }

  firstHourMs(where: { readonly epoch: string; readonly fromMs: number }): Promise<number | null> {
    const hours = this.#hoursOf(where.epoch, where.fromMs, Infinity).map((row) => row.sourceMs);
    return Promise.resolve(hours.length === 0 ? null : Math.min(...hours));
  }

  archiveDay(day: {
    readonly epoch: string;
    readonly clock: 'live' | 'replay';
    readonly dayMs: number;
  }): Promise<void> {
    const parts = this.#hoursOf(day.epoch, day.dayMs, day.dayMs + DAY_MS).map((row) =>
      partOf(row, {
        level: '1d',
        bucketMs: floorTo(row.bucketMs, DAY_MS),
        sourceKind: 'day',
        sourceMs: day.dayMs,
        firstPaneMs: row.firstPaneMs,
        keptSinceMs: day.clock === 'live' ? day.dayMs + DAY_MS : row.keptSinceMs,
      }),
    );
    for (const row of summed(parts)) this.archiveRows.insert(row);
    return Promise.resolve();
  }

  movePointer(
    pointer: SealPointer & { readonly epoch: string; readonly kind: 'hour' | 'day' },
  ): Promise<void> {
    const { epoch, kind, throughMs, nextChunks } = pointer;
    const standing = this.pointerOf(epoch, kind);
    if ((standing?.throughMs ?? 0) < throughMs) {
      this.pointerRows.push({ epoch, kind, throughMs, nextChunks, writtenAtMs: this.nowMs });
    }
    return Promise.resolve();
  }

  sealedRows(standingMs: number): Promise<readonly SealedRows[]> {
    const stood = this.pointerRows.filter(
      (row) => row.kind === 'hour' && row.writtenAtMs <= this.nowMs - standingMs,
    );
    const epochs = [...new Set(stood.map((row) => row.epoch))].sort();
    const pointers = epochs.map((epoch) => {
      const ends = stood.filter((row) => row.epoch === epoch).map((row) => row.throughMs);
      return { epoch, throughMs: Math.max(...ends) };
    });
    return Promise.resolve(
      pointers.filter(
        ({ epoch, throughMs }) =>
          this.chunkRows.filter((row) => row.epoch === epoch && row.logIntervalMs < throughMs).length > 0,
      ),
    );
  }

  dropRows(rows: SealedRows): Promise<void> {
    this.chunkRows.remove((row) => row.epoch === rows.epoch && row.logIntervalMs < rows.throughMs);
    return Promise.resolve();
  }

  #rowsOf(stretch: SealStretch): ChunkRow[] {
    return this.chunkRows.filter(
      (row) =>
        row.epoch === stretch.epoch &&
        row.logIntervalMs >= stretch.fromMs &&
        row.logIntervalMs < stretch.throughMs,
    );
  }

  #hoursOf(epoch: string, fromMs: number, toMs: number): ArchiveRow[] {
    return this.archiveRows.filter(
      (row) =>
        row.epoch === epoch &&
        row.level === '1h' &&
        row.sourceKind === 'hour' &&
        row.sourceMs >= fromMs &&
        row.sourceMs < toMs,
    );
  }
}

function isWithin(stretch: SealStretch, at: { readonly partition: number; readonly chunk: number }): boolean {
  const [first, next] = [stretch.firstChunks[at.partition] ?? 0, stretch.nextChunks[at.partition] ?? 0];
  return at.chunk >= first && at.chunk < next;
}

type Place = Pick<
  ArchiveRow,
  'level' | 'bucketMs' | 'sourceKind' | 'sourceMs' | 'firstPaneMs' | 'keptSinceMs'
>;

/** One row's share of an archive row. */
function partOf(row: SeriesName & RowValues, place: Place): ArchiveRow {
  const { stream, epoch, slo, specRev, series, good, total, excluded, zeroCount, sums, histogram } = row;
  const values = { good, total, excluded, zeroCount, sums, histogram };
  return { stream, epoch, slo, specRev, series, ...place, version: 1, ...values };
}

function summed(parts: readonly ArchiveRow[]): ArchiveRow[] {
  const rows = new Map<string, ArchiveRow>();
  for (const part of parts) {
    const key = archiveRowKey(part);
    const old = rows.get(key);
    rows.set(key, old === undefined ? part : plus(old, part));
  }
  return [...rows.values()];
}

function plus(one: ArchiveRow, other: ArchiveRow): ArchiveRow {
  return {
    ...one,
    version: one.version + other.version,
    good: one.good + other.good,
    total: one.total + other.total,
    excluded: one.excluded + other.excluded,
    zeroCount: one.zeroCount + other.zeroCount,
    sums: plusMaps(one.sums, other.sums),
    histogram: plusMaps(one.histogram, other.histogram),
    firstPaneMs: Math.min(one.firstPaneMs, other.firstPaneMs),
    keptSinceMs: Math.min(one.keptSinceMs, other.keptSinceMs),
  };
}

type Counts = Readonly<Record<string, number>>;

/** Keys in order, as the engine has them: rows are compared as text. */
function plusMaps(one: Counts, other: Counts): Counts {
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
  return Object.fromEntries(keys.map((key) => [key, (one[key] ?? 0) + (other[key] ?? 0)]));
}
