import { extraOfWeight, referenceParts, sourcesOf, type PredicateNode, type SliPlan } from '@burnline/core';
import type { AvroComplexJson, Position } from '@burnline/contracts';
import { SliCounter, type Chunk } from '../counting/chunk.ts';
import type { DecodedRecord } from '../counting/record.ts';
import { COLUMN_LENGTH, ColumnTable, valueAt } from './columns.ts';
import { paneOf, type FindRepeats, type MessageTarget } from '../counting/event-counter.ts';
import { PANES_AT_HAND, type CountedEvent, type FindRow, type RowsAtHand } from './counted-event.ts';
import { compileCounting, type CountEvent, type CountExtra, type PlacedSli } from './generate-count.ts';
import { GroupSources } from './group-columns.ts';
import { compileEvaluation, type Evaluate } from './evaluation.ts';
import { ColumnCounter } from './masks/column-counter.ts';
import { EventPlanes } from './masks/event-planes.ts';
import { MessagePanes } from './masks/message-panes.ts';
import { compileWalk, type Walk, type WalkedEvents } from './generate-walk.ts';
import type { IdTable } from './small-ids.ts';
import { Tally } from './tally.ts';

/** Rows of a chunk that were found before; good while the ids of groups are. */
interface ChunkCache {
  generation: number;
  rows: RowsAtHand;
}

const WEIGHT_FIELD = 'sample_weight';
/** From so many events on sets of them are faster than one after another. */
const COLUMN_EVENTS_MIN = 20;

/** Called for each event that is no repeat, once it is counted. */
export type AfterEvent = (index: number, pane: number) => void;

/**
 * Counts the events (or verdicts) of messages for a set of SLIs over them, straight from the bytes: a generated walk per
 * writer's schema fills columns. A large message is then counted SLI by SLI (ColumnCounter); of a small one a generated
 * function decides all predicates of an event, another adds to the rows.
 *
 * Rows, groups and their cap are the chunk's own; what is kept here are the rows it gave before, by small ids. One kernel
 * serves all partitions of a process.
 */
export class EventKernel {
  readonly #slis: readonly PlacedSli[];
  readonly #counters: readonly SliCounter[];
  readonly #columns: ColumnTable;
  readonly #timeField: 'occurred_at' | 'inference_at';
  readonly #paneMicros: number;
  readonly #evaluate: Evaluate;
  readonly #countEvent: readonly CountEvent[];
  readonly #countExtra: readonly CountExtra[];
  /** Where the weights stand in `numbers`; null: records of this kind have none. */
  readonly #weightsAt: number | null;
  readonly #idTables: readonly IdTable[];
  readonly #held: Uint8Array;
  readonly #tally: Tally;
  readonly #planes: EventPlanes;
  readonly #panes = new MessagePanes();
  readonly #columnCounter: ColumnCounter;
  readonly #events: WalkedEvents;
  readonly #repeated = new Uint8Array(COLUMN_LENGTH);
  readonly #position: Position = { next: 0 };
  /** Bounded by the chunks that live. */
  readonly #caches = new WeakMap<Chunk, ChunkCache>();
  /** Counts how often ids were given anew. */
  #generation = 0;

  /** Throws BeyondWalk where an SLI reads what the kernel does not. */
  constructor(options: {
    readonly plans: readonly SliPlan[];
    /** The schema of this build, whose names and types the plans use. */
    readonly readerSchema: AvroComplexJson;
    readonly timeField: 'occurred_at' | 'inference_at';
    readonly paneMs: number;
  }) {
    const { plans, readerSchema } = options;
    this.#timeField = options.timeField;
    this.#paneMicros = options.paneMs * 1_000;
    this.#columns = new ColumnTable(readerSchema);
    const nodes: PredicateNode[] = [];
    this.#slis = placeSlis(plans, nodes);
    this.#counters = this.#slis.map(({ sli, ...indexes }) => new SliCounter(sli, indexes));
    this.#evaluate = compileEvaluation(nodes, this.#columns);
    this.#held = new Uint8Array(nodes.length);
    this.#tally = new Tally(plans, this.#findRow);
    const groups = new GroupSources(this.#columns);
    const found = { findRow: this.#findRow, tally: this.#tally, groups };
    const counting = compileCounting(this.#slis, this.#columns, found);
    this.#planes = new EventPlanes(nodes, this.#columns);
    this.#columnCounter = new ColumnCounter({
      slis: this.#slis,
      columns: this.#columns,
      planes: this.#planes,
      panes: this.#panes,
      groups,
      findRow: this.#findRow,
    });
    this.#countEvent = counting.countEvent;
    this.#countExtra = counting.countExtra;
    const hasWeights = readerSchema.fields?.some(({ name }) => name === WEIGHT_FIELD) ?? false;
    this.#weightsAt = hasWeights ? this.#columns.columnOf(WEIGHT_FIELD, null).offset : null;
    this.#idTables = [...this.#columns.idTables, ...groups.idTables];
    this.#events = emptyEvents(this.#columns.all.length);
  }

  /** Throws BeyondWalk where the writer's schema is not one that the kernel reads. */
  compileWalk(writerSchema: AvroComplexJson): Walk {
    return compileWalk(writerSchema, this.#columns.walked, this.#timeField);
  }

  /**
   * Reads a message into the columns; the number of its events, or null for one that the plain path has to read. Nothing
   * is counted. `count` and `remember` speak of the message read last.
   */
  read(value: Uint8Array, walk: Walk): number | null {
    if (this.#idTables.some((table) => table.isFull)) this.#clearIds();
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    this.#events.hasInlineVerdicts = false;
    try {
      const count = walk(value, view, this.#events, this.#position);
      this.#columns.compute(count, this.#events);
      return count;
    } catch (error) {
      // ODD_MESSAGE, or a DataView's word for the end of the bytes.
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  get hasInlineVerdicts(): boolean {
    return this.#events.hasInlineVerdicts;
  }

  /** Remembers the ids of the message's events, in their order. */
  remember(count: number, findRepeats: FindRepeats): void {
    const { idsHigh, idsLow } = this.#events;
    findRepeats({ highs: idsHigh, lows: idsLow, count }, this.#repeated);
  }

  /** Messages of some size SLI by SLI, others event by event: it comes to the same rows. */
  count(count: number, target: MessageTarget, afterEvent: AfterEvent | null): void {
    const { chunk, nextOffset, timestampMs } = target;
    const event = { i: 0, pane: 0, chunk, nextOffset, rows: this.#cacheOf(chunk).rows };
    const times = {
      times: this.#events.times,
      repeated: this.#repeated,
      timestampMs,
      paneMicros: this.#paneMicros,
    };
    if (count >= COLUMN_EVENTS_MIN && this.#panes.fill(count, times)) {
      this.#countColumns(count, event, afterEvent);
    } else this.#countEvents(count, event, timestampMs, afterEvent);
  }

  #countColumns(count: number, event: CountedEvent, afterEvent: AfterEvent | null): void {
    const { numbers, ids } = this.#events;
    this.#columnCounter.count(count, this.#events, event);
    for (let index = 0; index < count; index += 1) {
      if (this.#repeated[index] === 1) continue;
      event.i = index;
      event.pane = this.#panes.ofEvents[index] ?? 0;
      if (this.#weightsAt !== null && numbers[this.#weightsAt + index] !== 1) {
        this.#evaluate(index, this.#held, numbers, ids);
        this.#addExtra(event, this.#weightsAt);
      }
      afterEvent?.(index, event.pane);
    }
  }

  #countEvents(count: number, event: CountedEvent, timestampMs: number, afterEvent: AfterEvent | null): void {
    const { times, numbers, ids } = this.#events;
    const held = this.#held;
    const tally = this.#tally;
    for (let index = 0; index < count; index += 1) {
      if (this.#repeated[index] === 1) continue;
      event.i = index;
      event.pane = paneOf(times[index] ?? 0, timestampMs, this.#paneMicros);
      this.#evaluate(index, held, numbers, ids);
      tally.openPane(event);
      for (const countEvent of this.#countEvent) {
        countEvent(event, held, numbers, ids, tally.counts, tally.sums);
      }
      if (this.#weightsAt !== null && numbers[this.#weightsAt + index] !== 1)
        this.#addExtra(event, this.#weightsAt);
      afterEvent?.(index, event.pane);
    }
    tally.flush(event);
  }

  #addExtra(event: CountedEvent, weightsAt: number): void {
    const { numbers, ids } = this.#events;
    const thousandths = extraOfWeight(numbers[weightsAt + event.i]);
    if (thousandths === 0) return;
    for (const countExtra of this.#countExtra) countExtra(event, this.#held, numbers, ids, thousandths);
  }

  #clearIds(): void {
    for (const table of this.#idTables) table.clear();
    this.#planes.clearIds();
    this.#generation += 1;
  }

  #cacheOf(chunk: Chunk): ChunkCache {
    let cache = this.#caches.get(chunk);
    if (cache === undefined) {
      cache = { generation: -1, rows: [] };
      this.#caches.set(chunk, cache);
    }
    if (cache.generation !== this.#generation) {
      cache.generation = this.#generation;
      cache.rows = this.#slis.map(() => []);
    }
    return cache;
  }

  readonly #findRow: FindRow = (sliIndex, group, event) => {
    const counter = this.#counters[sliIndex];
    const known = event.rows[sliIndex];
    if (counter === undefined || known === undefined) throw new RangeError(`no SLI ${sliIndex}`);
    const place = group * PANES_AT_HAND + (event.pane & (PANES_AT_HAND - 1));
    const atHand = known[place];
    if (atHand?.pane === event.pane) return atHand;
    const record = this.#groupRecord(counter.sli, event.i);
    const row = event.chunk.rowFor(counter, record, event.pane);
    // Filled up one by one, so that the engine keeps it an array: ids are dense, and bounded by their tables.
    while (known.length < place) known.push(undefined);
    known[place] = row;
    return row;
  };

  /** A record that holds what an SLI groups by. */
  #groupRecord(sli: SliPlan, index: number): DecodedRecord {
    const record: Record<string, unknown> = {};
    for (const dimension of sli.groupBy.dimensions.flatMap(sourcesOf)) {
      const { field, key } = referenceParts(dimension);
      const value = valueAt(this.#columns.columnOf(field, key), this.#events, index);
      if (key === null) record[field] = value;
      else record[field] = { ...(record[field] as DecodedRecord | undefined), [key]: value };
    }
    return record;
  }
}

/** Puts the predicates of all SLIs into one list, as SliSet does. */
function placeSlis(plans: readonly SliPlan[], nodes: PredicateNode[]): readonly PlacedSli[] {
  const place = (node: PredicateNode | null): number | null => (node === null ? null : nodes.push(node) - 1);
  return plans.map((sli) => {
    const [scope, total] = [place(sli.scope), place(sli.total)];
    return { sli, scope, total, verdict: nodes.push(sli.verdict.where) - 1 };
  });
}

function emptyEvents(columnCount: number): WalkedEvents {
  return {
    times: new Float64Array(COLUMN_LENGTH),
    idsHigh: new Uint32Array(COLUMN_LENGTH),
    idsLow: new Uint32Array(COLUMN_LENGTH),
    numbers: new Float64Array(columnCount * COLUMN_LENGTH),
    ids: new Int32Array(columnCount * COLUMN_LENGTH),
    hasInlineVerdicts: false,
  };
}
