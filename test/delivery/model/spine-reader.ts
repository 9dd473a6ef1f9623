import { invariant } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import {
  backfillSourcesSql,
  daySourcesSql,
  hourSourcesSql,
  looseHourSourcesSql,
  readSealed,
  sealedParams,
  unsealedSql,
  type SealedReading,
} from '../../../packages/judging/dist/evaluation/sealed-reading.js';
import type { ArchiveRow, MemorySealTables, RowValues, SeriesName } from './memory-seal-tables.ts';
import type { MemoryTables } from './memory-tables.ts';
import { ruleOf, type Counts } from './slos.ts';
import { compileCondition } from './sql-condition.ts';
import { ZERO, isAtMost, plus, type Truth } from './truth.ts';

interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

export interface ReaderParts {
  readonly query: (sql: string) => unknown[];
  readonly tables: MemoryTables;
  readonly sealTables: MemorySealTables;
  readonly truth: Truth;
  readonly partitions: readonly PartitionName[];
}

type Sums = Map<string, Counts>;

/**
 * A reader by the rule: which revisions are active, which backfills are complete and how far is sealed come first; the rows
 * come later, as `finish` is called. It holds what it reads against the log: of no revision more than there is, of an
 * active one no less than what was written when it began to read.
 */
export class SpineReader {
  readonly startedMs: number;
  readonly #parts: ReaderParts;
  readonly #active: ReadonlySet<string>;
  readonly #reading: SealedReading;
  /** How far each partition was written when the reading began. */
  readonly #written: readonly number[];

  private constructor(parts: ReaderParts, reading: SealedReading) {
    this.#parts = parts;
    this.#reading = reading;
    this.startedMs = parts.sealTables.nowMs;
    this.#active = new Set(parts.tables.specs.active.values());
    this.#written = parts.partitions.map(({ topic, partition }) =>
      Number(parts.tables.watermark('processor', `${topic}@1`, partition)?.['position'] ?? 0),
    );
  }

  static async start(parts: ReaderParts): Promise<SpineReader> {
    const query = <Row>(sql: string): Promise<Row[]> => Promise.resolve(parts.query(sql) as Row[]);
    // It asks for nothing else.
    return new SpineReader(parts, await readSealed({ query } as Store, 'live'));
  }

  /** Reads the rows. With `isEnd` an active revision must have all that ever happened. */
  finish(isEnd = false): void {
    for (const grain of ['pane', 'all'] as const) {
      const read = this.#read(grain);
      for (const [key, counts] of this.#mostOf(read, grain))
        invariant(
          isAtMost(read.get(key) ?? ZERO, counts),
          `${key}: ${read.get(key)?.join()} is read, ${counts.join()} happened`,
        );
      const written = isEnd ? this.#parts.partitions.map(() => Infinity) : this.#written;
      for (const revision of this.#active)
        for (const [key, counts] of this.#wholeOf(revision, grain, written))
          invariant(
            isAtMost(counts, read.get(key) ?? ZERO),
            `${key}: ${(read.get(key) ?? ZERO).join()} is read, ${counts.join()} was written`,
          );
    }
  }

  #read(grain: 'pane' | 'all'): Sums {
    const { chunkRows, archiveRows } = this.#parts.sealTables;
    const params = sealedParams(this.#reading);
    const isUnsealed = compileCondition(unsealedSql(this.#reading), params);
    const hours = grain === 'pane' ? hourSourcesSql(this.#reading) : looseHourSourcesSql(this.#reading);
    const isHour = compileCondition(this.#reading.epochs.length === 0 ? '0' : hours, params);
    const isDay = compileCondition(daySourcesSql(this.#reading), params);
    const isBackfill = compileCondition(backfillSourcesSql(this.#reading), params);
    const sums: Sums = new Map();
    for (const row of chunkRows.filter((one) =>
      isUnsealed({ stream_epoch: one.epoch, log_interval: one.logIntervalMs / 1_000 }),
    ))
      this.#add(sums, row, grain === 'pane' ? row.paneMs : null);
    const isRead = (row: ArchiveRow): boolean => {
      const columns = {
        stream_epoch: row.epoch,
        spec_rev: row.specRev,
        source_kind: row.sourceKind,
        source: row.sourceMs / 1_000,
      };
      if (row.level === 'pane') return (grain === 'pane' && isHour(columns)) || isBackfill(columns);
      if (grain === 'pane') return false;
      return (row.level === '1h' && isHour(columns)) || (row.level === '1d' && isDay(columns));
    };
    for (const row of archiveRows.filter(isRead))
      this.#add(sums, row, grain === 'pane' ? row.bucketMs : null);
    return sums;
  }

  #add(sums: Sums, row: SeriesName & RowValues, bucketMs: number | null): void {
    const group =
      row.slo === 'quality'
        ? this.#parts.tables.labelsOf(row.specRev, String(row.series))?.['evaluator']
        : '';
    const key = `${row.specRev}|${group ?? '?'}${bucketMs === null ? '' : `@${bucketMs / 1_000}`}`;
    const counts: Counts = [
      row.good,
      row.total,
      row.excluded,
      row.sums['output_tokens'] ?? 0,
      Object.values(row.histogram).reduce((sum, count) => sum + count, row.zeroCount),
    ];
    sums.set(key, plus(sums.get(key) ?? ZERO, counts));
  }

  /** The most that each revision may show: all of the log where its backfill is complete, or else what it counts itself. */
  #mostOf(read: Sums, grain: 'pane' | 'all'): Sums {
    const revisions = new Set([...read.keys()].map((key) => key.split('|')[0]!));
    const most: Sums = new Map([...read.keys()].map((key) => [key, ZERO]));
    for (const revision of revisions) {
      const isWhole = this.#reading.backfilled.includes(revision);
      const of = isWhole ? this.#wholeOf(revision, grain) : this.#countedOf(revision, grain);
      for (const [key, counts] of of) most.set(key, counts);
    }
    return most;
  }

  #countedOf(revision: string, grain: 'pane' | 'all'): Sums {
    const sums: Sums = new Map();
    for (const { topic, partition } of this.#parts.partitions) {
      for (const [key, counts] of this.#parts.truth.of(topic, partition).sums)
        if (key.startsWith(`${revision}|`)) addTo(sums, keyAt(key, grain), counts);
    }
    return sums;
  }

  /** All that a revision's SLI counts in the first so many messages of each partition, whoever announced what. */
  #wholeOf(revision: string, grain: 'pane' | 'all', upTo?: readonly number[]): Sums {
    const rule = ruleOf(revision).plan.specRev;
    const sums: Sums = new Map();
    for (const [index, { topic, partition }] of this.#parts.partitions.entries()) {
      const { raw } = this.#parts.truth.of(topic, partition);
      for (const [key, counts] of raw
        .slice(0, upTo?.[index])
        .flatMap((records) => records.flatMap((one) => one.adds)))
        if (key.startsWith(rule)) addTo(sums, keyAt(revision + key.slice(rule.length), grain), counts);
    }
    return sums;
  }
}

const keyAt = (key: string, grain: 'pane' | 'all'): string => (grain === 'pane' ? key : key.split('@')[0]!);

function addTo(sums: Sums, key: string, counts: Counts): void {
  sums.set(key, plus(sums.get(key) ?? ZERO, counts));
}
