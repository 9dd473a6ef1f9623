import { invariant } from '@burnline/core';
import { readAvroRows } from './avro-rows.ts';
import { readNativeRows } from './native-rows.ts';
import { readRowBinaryRows } from './row-binary-rows.ts';
import type { MemorySealTables } from './memory-seal-tables.ts';
import { SealFeed } from './seal-feed.ts';
import { SETTINGS, type Counts } from './slos.ts';
import { SpecRows } from './spec-rows.ts';
import { ZERO, isAtMost, plus, type Truth } from './truth.ts';

type Row = Readonly<Record<string, unknown>>;

interface PaneEntry {
  readonly version: number;
  readonly value: string;
  readonly counts: Counts;
}

/**
 * The database as the promise sees it: per key the row with the highest version stays. Every single row is checked as it
 * arrives, so there is no moment at which a reader could see too much, a watermark ahead of its rows, or two rows of one
 * version that differ.
 */
export class MemoryTables {
  readonly #truth: Truth;
  readonly epochs: Row[] = [];
  readonly #watermarks = new Map<string, Row>();
  readonly #labels = new Map<string, Readonly<Record<string, string>>>();
  readonly #panes = new Map<string, PaneEntry>();
  /** By topic and partition, then by SLO, group and pane: what a reader with FINAL and sum sees. */
  readonly #sums = new Map<string, Map<string, Counts>>();
  readonly #raw = new Map<string, string>();
  readonly deadLetters = new Set<string>();
  readonly specs = new SpecRows();
  readonly #feed: SealFeed;
  readonly #closings = new Map<string, string>();
  readonly #chunkRows = new Map<string, Set<string>>();

  constructor(truth: Truth, sealTables: MemorySealTables) {
    this.#truth = truth;
    this.#feed = new SealFeed(sealTables);
  }

  apply(table: string, row: Row): void {
    switch (table) {
      case 'stream_epochs':
        this.epochs.push(row);
        this.#feed.addEpoch(row);
        return;
      case 'watermarks':
        this.#applyWatermark(row);
        return;
      case 'series':
        this.#labels.set(keyOf(row, 'spec_rev', 'series'), row['labels'] as Readonly<Record<string, string>>);
        return;
      case 'sli_panes':
        this.#applyPane(row);
        return;
      case 'spec_begins':
        this.#applySpecBegin(row);
        this.specs.apply(table, row);
        return;
      case 'spec_revisions':
      case 'spec_sets':
      case 'spec_ends':
      case 'active_specs':
      case 'backfills':
      case 'slos':
        this.specs.apply(table, row);
        return;
      case 'chunk_closings':
        this.#applyClosing(row);
        return;
      case 'dead_letters':
        this.#applyDeadLetter(row);
        return;
      default:
        invariant(table === 'inference_events' || table === 'eval_verdicts', `no table ${table}`);
        this.#applyRaw(row, table === 'inference_events' ? 'occurred_at' : 'inference_at');
    }
  }

  rowsOf({ format, body }: { readonly format: string; readonly body: Uint8Array }): Row[] {
    switch (format) {
      case 'Native':
        return readNativeRows(body);
      case 'RowBinaryWithNamesAndTypes':
        return readRowBinaryRows(body);
      default:
        return readAvroRows(body);
    }
  }

  watermark(consumer: unknown, epoch: unknown, partition: unknown): Row | undefined {
    return this.#watermarks.get([consumer, epoch, partition].join('|'));
  }

  get watermarks(): readonly Row[] {
    return [...this.#watermarks.values()];
  }

  /** What a series groups by; undefined while nothing names it. */
  labelsOf(revision: string, series: string): Readonly<Record<string, string>> | undefined {
    return this.#labels.get(`${revision}|${series}`);
  }

  hasRaw(at: { topic: string; partition: number; offset: number; index: number }): boolean {
    return this.#raw.has(`${at.topic}@1|${at.partition}|${at.offset}|${at.index}`);
  }

  sumsOf(topic: string, partition: number): ReadonlyMap<string, Counts> {
    return this.#sums.get(`${topic}/${partition}`) ?? new Map<string, Counts>();
  }

  get rawCount(): number {
    return this.#raw.size;
  }

  /** Throws unless every row of the messages before the position is there. */
  checkRowsBefore(where: {
    readonly consumer: string;
    readonly topic: string;
    readonly partition: number;
    readonly position: number;
  }): void {
    const truth = this.#truth.of(where.topic, where.partition);
    const name = `${where.consumer} ${where.topic}/${where.partition} before ${where.position}`;
    invariant(where.position <= truth.added.length, `${name}: the log is shorter`);
    if (where.consumer === 'sink') {
      this.#truth.checkLetters(where.topic, where.partition, where.position);
      for (let offset = 0; offset < where.position; offset += 1) {
        const key = `${where.topic}@1|${where.partition}|${offset}`;
        truth.raw[offset]!.forEach((_, index) =>
          invariant(this.#raw.has(`${key}|${index}`), `${name}: raw row ${key} ${index} is missing`),
        );
        if (truth.isMalformed[offset] === true)
          invariant(this.deadLetters.has(key), `${name}: dead letter ${key} is missing`);
      }
      return;
    }
    const wanted = new Map<string, Counts>();
    for (const [key, counts] of truth.added.slice(0, where.position).flat())
      wanted.set(key, plus(wanted.get(key) ?? ZERO, counts));
    const sums = this.sumsOf(where.topic, where.partition);
    for (const [key, counts] of wanted)
      invariant(isAtMost(counts, sums.get(key) ?? ZERO), `${name}: rows of ${key} are missing`);
  }

  #applyWatermark(row: Row): void {
    const [topic, partition, position] = [
      String(row['topic']),
      Number(row['partition']),
      Number(row['position']),
    ];
    this.checkRowsBefore({ consumer: String(row['consumer']), topic, partition, position });
    const logTimeMs = Date.parse(`${String(row['log_time'])}Z`);
    const trueMs = this.#truth.of(topic, partition).runningMaxMs[position - 1];
    invariant(logTimeMs === trueMs, `watermark ${topic}/${partition}: ${logTimeMs}, not ${trueMs}`);
    const key = keyOf(row, 'consumer', 'stream_epoch', 'partition');
    if (Number(this.#watermarks.get(key)?.['position'] ?? -1) <= position) this.#watermarks.set(key, row);
  }

  #applyPane(row: Row): void {
    const key = keyOf(row, 'stream_epoch', 'slo', 'spec_rev', 'series', 'pane', 'partition', 'chunk');
    const value = JSON.stringify(row);
    const old = this.#panes.get(key);
    const version = Number(row['version']);
    invariant(
      old?.version !== version || old.value === value,
      `two rows of one version differ: ${old?.value ?? ''} ${value}`,
    );
    if (old !== undefined && old.version >= version) return;
    this.#checkPlace(row);
    this.#feed.addChunkRow(row);
    const counts = countsOf(row);
    const chunkKey = keyOf(row, 'stream_epoch', 'partition', 'chunk', 'spec_rev');
    this.#chunkRows.set(chunkKey, (this.#chunkRows.get(chunkKey) ?? new Set()).add(key));
    this.#panes.set(key, { version, value, counts });
    this.#addUp(row, plus(counts, old?.counts ?? ZERO, -1));
  }

  /** A chunk begins where the rule says, and lies where the running maximum of log time is then. */
  #checkPlace(row: Row): void {
    const topic = String(row['stream_epoch']).split('@')[0]!;
    const truth = this.#truth.of(topic, Number(row['partition']));
    const chunk = Number(row['chunk']);
    invariant(truth.chunkStarts.has(chunk), `${topic}: no chunk begins at ${chunk}`);
    const runningMaxMs = truth.runningMaxMs[chunk]!;
    const intervalMs = Math.floor(runningMaxMs / SETTINGS.intervalMs) * SETTINGS.intervalMs;
    const found = Number(row['log_interval']) * 1_000;
    invariant(found === intervalMs, `${topic} chunk ${chunk} lies at ${found}, not ${intervalMs}`);
  }

  /** The first announcement counts, whoever read it. */
  #applySpecBegin(row: Row): void {
    const topic = String(row['stream_epoch']).split('@')[0]!;
    const begins = this.#truth.of(topic, Number(row['partition'])).begins;
    const begin = begins.get(String(row['spec_rev']));
    invariant(begin === row['begin_offset'], `${topic}: begin ${String(row['begin_offset'])}, not ${begin}`);
  }

  /** A closing speaks of rows that are there, all of them, and two of one chunk are equal. */
  #applyClosing(row: Row): void {
    const key = keyOf(row, 'stream_epoch', 'partition', 'chunk');
    const text = JSON.stringify(row);
    invariant((this.#closings.get(key) ?? text) === text, `two closings of ${key} differ`);
    this.#checkPlace(row);
    const { chunkStarts } = this.#truth.of(
      String(row['stream_epoch']).split('@')[0]!,
      Number(row['partition']),
    );
    const next = [...chunkStarts].find((start) => start > Number(row['chunk']));
    invariant(next === row['next_chunk'], `${key} ends at ${String(row['next_chunk'])}, not ${next}`);
    this.#closings.set(key, text);
    this.#feed.addClosing(row);
    for (const [revision, count] of Object.entries(row['row_counts'] as Record<string, number>)) {
      const found = this.#chunkRows.get(`${key}|${revision}`)?.size ?? 0;
      invariant(found === count, `${key} has ${found} rows of ${revision}, its closing says ${count}`);
    }
  }

  #addUp(row: Row, change: Counts): void {
    const labels = this.#labels.get(keyOf(row, 'spec_rev', 'series'));
    invariant(labels !== undefined, `series ${String(row['series'])} has rows and no name`);
    const group = row['slo'] === 'quality' ? labels['evaluator']! : '';
    const topic = String(row['stream_epoch']).split('@')[0]!;
    const partition = Number(row['partition']);
    const sums = this.#sums.get(`${topic}/${partition}`) ?? new Map<string, Counts>();
    this.#sums.set(`${topic}/${partition}`, sums);
    const key = `${String(row['spec_rev'])}|${group}@${Number(row['pane'])}`;
    const now = plus(sums.get(key) ?? ZERO, change);
    sums.set(key, now);
    const truth = this.#truth.of(topic, partition).sums.get(key) ?? ZERO;
    invariant(
      isAtMost(now, truth),
      `${topic}/${partition} ${key}: ${now.join()} is more than ${truth.join()}`,
    );
  }

  #applyRaw(row: Row, timeField: string): void {
    const topic = String(row['stream_epoch']).split('@')[0]!;
    const [partition, offset, index] = ['partition', 'offset', 'event_index'].map((name) =>
      Number(row[name]),
    );
    const truth = this.#truth.of(topic, partition!).raw[offset!]?.[index!];
    const eventId = String(row['event_id']).replaceAll('-', '');
    const isTrue =
      truth?.isRepeat === row['is_repeat'] &&
      truth?.timeMicros === row[timeField] &&
      truth?.eventId === eventId;
    invariant(isTrue, `raw row ${topic}/${partition!}/${offset!}/${index!} differs from the log`);
    this.#raw.set(keyOf(row, 'stream_epoch', 'partition', 'offset', 'event_index'), eventId);
  }

  #applyDeadLetter(row: Row): void {
    const [partition, offset] = [Number(row['partition']), Number(row['offset'])];
    const isBad = this.#truth.of(String(row['topic']), partition).isMalformed[offset];
    invariant(
      isBad === true,
      `${String(row['topic'])}/${partition}/${offset} was set aside and is not malformed`,
    );
    this.deadLetters.add(keyOf(row, 'stream_epoch', 'partition', 'offset'));
  }
}

function countsOf(row: Row): Counts {
  const sums = row['sums'] as Record<string, number>;
  const histogram = Object.values(row['histogram'] as Record<string, number>);
  return [
    Number(row['good']),
    Number(row['total']),
    Number(row['excluded']),
    sums['output_tokens'] ?? 0,
    histogram.reduce((sum, count) => sum + count, Number(row['zero_count'])),
  ];
}

function keyOf(row: Row, ...names: readonly string[]): string {
  return names.map((name) => String(row[name])).join('|');
}
