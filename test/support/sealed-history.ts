import { randomInt } from 'node:crypto';
import type { Store } from '@burnline/runtime';
import {
  measuredColumns,
  measuredOf,
  NOTHING_MEASURED,
  plusMeasured,
  type Measured,
} from './measured-rows.ts';
import { dateTime64OfMs } from '../../packages/runtime/dist/clickhouse/timestamps.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const LEVELS = { pane: 10_000, '5m': 5 * MINUTE_MS, '1h': HOUR_MS, '1d': DAY_MS } as const;
type Level = keyof typeof LEVELS;

/** What one chunk adds to one pane of one series, or what a backfill found (then it was seen before everything else). */
export interface LogicalRow {
  readonly slo: string;
  readonly specRev: string;
  readonly series: number;
  readonly paneMs: number;
  readonly good: number;
  readonly total: number;
  /** Sums by field; none if absent. */
  readonly sums?: Readonly<Record<string, number>>;
  /** Events without a value of them. */
  readonly missing?: Readonly<Record<string, number>>;
  /** Tells chunks apart, where a history is written more than once. */
  readonly id?: number;
  /** Null: from a backfill. */
  readonly chunk: { readonly epoch: number; readonly partition: number; readonly intervalMs: number } | null;
}

/** How far an epoch is sealed. The view heeds the settled pointer, readers that ask first the fresh one. */
interface EpochPointers {
  readonly settledMs: number;
  readonly freshMs: number;
  readonly dayMs: number;
}

export interface History {
  readonly rows: readonly LogicalRow[];
  /** By epoch. */
  readonly pointers: readonly EpochPointers[];
  /** Revisions whose backfill is complete; rows of others were left behind half-way. */
  readonly backfilled: readonly string[];
}

const floorTo = (atMs: number, gridMs: number): number => Math.floor(atMs / gridMs) * gridMs;
const seconds = (ms: number): number => ms / 1_000;
const now = (): number => Math.floor(Date.now() / 1_000);
const nothing = { excluded: 0 };

const plus = (
  one: Readonly<Record<string, number>> = {},
  other: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map((name) => [
      name,
      (one[name] ?? 0) + (other[name] ?? 0),
    ]),
  );

/** Columns of what a row measures and of its own sums. */
function summedColumns(measured: Measured, own: Pick<LogicalRow, 'sums' | 'missing'>): object {
  const columns = measuredColumns(measured) as { readonly sums: object; readonly missing: object };
  return {
    ...columns,
    sums: { ...columns.sums, ...own.sums },
    missing: { ...columns.missing, ...own.missing },
  };
}

/** Writes a history as if no sealer had run, backfills apart. */
export async function writeUnsealed(store: Store, stream: string, history: History): Promise<void> {
  await writeEpochs(store, stream, history);
  await store.insertRows(
    'sli_panes',
    chunkRows(stream, history, () => true),
  );
  await store.insertRows('sli_archive', backfillRows(stream, history));
}

/**
 * Writes the same history with everything below the pointers summed into archive rows, by addition in plain loops, and with
 * what a crash may have left: archive rows twice, half-written sums above the pointers, chunk rows below them that are
 * partly dropped, and rows of nobody's below them.
 */
export async function writeSealed(store: Store, stream: string, history: History): Promise<void> {
  await writeEpochs(store, stream, history);
  const isKept = ({ chunk }: LogicalRow): boolean =>
    chunk !== null && (chunk.intervalMs >= settledOf(history, chunk.epoch) || randomInt(2) === 0);
  const zombies = history.rows.flatMap((row): LogicalRow[] =>
    row.chunk !== null && row.chunk.intervalMs < settledOf(history, row.chunk.epoch)
      ? [{ ...row, chunk: { ...row.chunk, partition: 9 }, good: 1_000, total: 2_000 }]
      : [],
  );
  const chunks = { ...history, rows: [...history.rows.filter(isKept), ...zombies] };
  await store.insertRows(
    'sli_panes',
    chunkRows(stream, chunks, () => true),
  );
  const archive = [...archiveRows(stream, history), ...backfillRows(stream, history)];
  await store.insertRows('sli_archive', archive);
  await store.insertRows(
    'sli_archive',
    archive.filter(() => randomInt(2) === 0),
  );
  await store.insertRows(
    'seal_pointers',
    history.pointers.flatMap((pointers, epoch) => [
      ...pointerRow(stream, epoch, 'hour', pointers.settledMs, Date.now() - 120_000),
      ...pointerRow(stream, epoch, 'hour', pointers.freshMs, Date.now()),
      ...pointerRow(stream, epoch, 'day', pointers.dayMs, Date.now()),
    ]),
  );
}

const epochName = (stream: string, epoch: number): string => `${stream}@${epoch}`;
const settledOf = (history: History, epoch: number): number => history.pointers[epoch]?.settledMs ?? 0;

async function writeEpochs(store: Store, stream: string, history: History): Promise<void> {
  await store.insertRows(
    'stream_epochs',
    history.pointers.map((_, epoch) => ({
      stream_epoch: epochName(stream, epoch),
      stream,
      topic: epochName(stream, epoch),
      clock: 'replay',
      partition_count: 3,
      start_offsets: [0, 0, 0],
      interval_ms: MINUTE_MS,
      chunk_events_max: 1_000,
      repeat_window_messages: 1_000,
      pane_ms: 10_000,
      created_at: dateTime64OfMs(Date.now()),
    })),
  );
  await store.insertRows(
    'backfills',
    history.rows
      .filter((row) => row.chunk === null && history.backfilled.includes(row.specRev))
      .map((row) => ({
        stream,
        slo: row.slo,
        spec_rev: row.specRev,
        events: 1,
        completed_at: dateTime64OfMs(Date.now() - 120_000),
      })),
  );
}

function pointerRow(
  stream: string,
  epoch: number,
  kind: 'hour' | 'day',
  throughMs: number,
  writtenMs: number,
): readonly object[] {
  if (throughMs === 0) return [];
  const key = { stream_epoch: epochName(stream, epoch), source_kind: kind, through: seconds(throughMs) };
  return [{ ...key, next_chunks: [], written_at: dateTime64OfMs(writtenMs) }];
}

function chunkRows(
  stream: string,
  history: History,
  isKept: (row: LogicalRow) => boolean,
): readonly object[] {
  return history.rows.filter(isKept).flatMap((row, index) => {
    if (row.chunk === null) return [];
    const key = {
      stream,
      stream_epoch: epochName(stream, row.chunk.epoch),
      slo: row.slo,
      spec_rev: row.specRev,
      series: row.series,
      pane: seconds(row.paneMs),
      partition: row.chunk.partition,
      chunk: row.id ?? index,
      log_interval: seconds(row.chunk.intervalMs),
      ...nothing,
      kept_since: now(),
    };
    // An earlier version of the same row: what a flush before the last one wrote.
    return [
      { ...key, version: 1, good: 0, total: 0, ...summedColumns(NOTHING_MEASURED, {}) },
      { ...key, version: 2, good: row.good, total: row.total, ...summedColumns(measuredOf(row), row) },
    ];
  });
}

interface Sum {
  readonly row: LogicalRow;
  readonly level: Level;
  readonly kind: 'hour' | 'day' | 'backfill';
  readonly epoch: number;
  readonly sourceMs: number;
  readonly bucketMs: number;
  good: number;
  total: number;
  sums: Readonly<Record<string, number>>;
  missing: Readonly<Record<string, number>>;
  measured: Measured;
  firstPaneMs: number;
  count: number;
}

function archiveRows(stream: string, history: History): readonly object[] {
  const sums = new Map<string, Sum>();
  for (const row of history.rows) {
    if (row.chunk === null) continue;
    const { epoch, intervalMs } = row.chunk;
    for (const level of ['pane', '5m', '1h'] as const)
      add(sums, { row, level, kind: 'hour', epoch, sourceMs: floorTo(intervalMs, HOUR_MS) });
    add(sums, { row, level: '1d', kind: 'day', epoch, sourceMs: floorTo(intervalMs, DAY_MS) });
  }
  return [...sums.values()].flatMap((sum) => {
    const pointers = history.pointers[sum.epoch];
    const throughMs = (sum.kind === 'day' ? pointers?.dayMs : pointers?.freshMs) ?? 0;
    if (sum.sourceMs < throughMs) return [archiveRow(stream, sum)];
    return randomInt(3) === 0 ? [] : [archiveRow(stream, { ...sum, good: 500, total: 700 })];
  });
}

function backfillRows(stream: string, history: History): readonly object[] {
  const sums = new Map<string, Sum>();
  for (const row of history.rows.filter((one) => one.chunk === null))
    for (const level of Object.keys(LEVELS) as Level[])
      add(sums, { row, level, kind: 'backfill', epoch: 0, sourceMs: 0 });
  return [...sums.values()].map((sum) => archiveRow(stream, sum));
}

function add(sums: Map<string, Sum>, part: Pick<Sum, 'row' | 'level' | 'kind' | 'epoch' | 'sourceMs'>): void {
  const { row, level } = part;
  const bucketMs = floorTo(row.paneMs, LEVELS[level]);
  const key = [part.kind, level, part.epoch, part.sourceMs, row.specRev, row.series, bucketMs].join(' ');
  const sum = sums.get(key) ?? {
    ...part,
    bucketMs,
    ...{ good: 0, total: 0, sums: {}, missing: {} },
    measured: NOTHING_MEASURED,
    firstPaneMs: Infinity,
    count: 0,
  };
  sum.good += row.good;
  sum.total += row.total;
  sum.sums = plus(sum.sums, row.sums);
  sum.missing = plus(sum.missing, row.missing);
  sum.measured = plusMeasured(sum.measured, measuredOf(row));
  sum.firstPaneMs = Math.min(sum.firstPaneMs, row.paneMs);
  sum.count += 1;
  sums.set(key, sum);
}

function archiveRow(stream: string, sum: Sum): object {
  return {
    stream,
    stream_epoch: epochName(stream, sum.epoch),
    slo: sum.row.slo,
    spec_rev: sum.row.specRev,
    series: sum.row.series,
    level: sum.level,
    bucket: seconds(sum.bucketMs),
    source_kind: sum.kind,
    source: seconds(sum.sourceMs),
    version: sum.count,
    good: sum.good,
    total: sum.total,
    ...nothing,
    ...summedColumns(sum.measured, sum),
    first_pane: seconds(sum.firstPaneMs),
    kept_since: now(),
  };
}
