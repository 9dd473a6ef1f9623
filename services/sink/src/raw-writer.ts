import { AppError, isAppError } from '@burnline/core';
import type { BatchDecoder, SchemaSource } from '@burnline/contracts';
import {
  dateTime64OfMicros,
  type EventLog,
  type Logger,
  type Store,
  type StreamEpoch,
} from '@burnline/runtime';
import { DeadLetterKeeper, type DeadLetter } from './dead-letters.ts';
import { runInPairs } from './insert-pair.ts';
import { RawBlock } from './native/raw-block.ts';
import type { PendingMessage } from './pending-message.ts';
import { PlainRows } from './plain-rows.ts';
import { keptSinceS, type RawItem, type RawMessage, type Where } from './raw-item.ts';
import type { RawSnapshot } from './raw-partition.ts';

/**
 * Rows of one INSERT: large blocks are sorted, compressed and merged cheapest, and beyond some ten thousand rows nothing is
 * gained by waiting for more.
 */
const INSERT_ROWS_MAX = 65_536;
/** Bytes of messages of one INSERT, far below the engine's limit on bodies: events may be large. */
const INSERT_BYTES_MAX = 32 * 1024 * 1024;

/** So many messages refused one after another are no single bad ones: the tables are not what the rows were made for. */
const REFUSED_IN_A_ROW_MAX = 64;

type SinkErrorCode = 'SINK_ROWS_REFUSED';

type ReportMessage = Extract<PendingMessage, { kind: 'report' }>;

interface ReportItem {
  readonly pending: ReportMessage;
  readonly where: Where;
}

type Insert<Item> = (items: readonly Item[]) => Promise<void>;

/** Writes snapshots of raw rows. Rows are keyed by their position in the log, so writing again changes nothing. */
export class RawWriter {
  readonly #store: Store;
  readonly #blocks: Readonly<Record<RawMessage['kind'], RawBlock>>;
  readonly #plainRows: PlainRows;
  readonly #deadLetters: DeadLetterKeeper;
  #refusedInARow = 0;

  constructor(parts: {
    readonly store: Store;
    /** Where dead letters go beside their table. */
    readonly log: Pick<EventLog, 'append'>;
    readonly logger: Logger;
    readonly schemas: SchemaSource;
    readonly decoder: BatchDecoder;
  }) {
    const { schemas } = parts;
    this.#store = parts.store;
    this.#blocks = {
      inference: new RawBlock('inference', schemas),
      verdict: new RawBlock('verdict', schemas),
    };
    this.#plainRows = new PlainRows(schemas, parts.decoder);
    this.#deadLetters = new DeadLetterKeeper(parts);
  }

  /** Messages of all partitions share inserts: a partition is a column. */
  async write(snapshots: readonly RawSnapshot[], epochOf: (topic: string) => StreamEpoch): Promise<void> {
    const all = snapshots.flatMap(({ partition, messages }) => {
      const where = { partition: partition.partition, epoch: epochOf(partition.topic) };
      return messages.map((pending) => ({ pending, where }));
    });
    const events = (['inference', 'verdict'] as const).flatMap((kind) =>
      cutByRowsAndBytes(all.filter((one): one is RawItem => one.pending.kind === kind)),
    );
    const reports = all.filter((one): one is ReportItem => one.pending.kind === 'report');
    const bad = snapshots.flatMap(({ partition, messages }) => {
      const letters = messages.filter((one) => one.kind === 'bad');
      const where = { partition: partition.partition, epoch: epochOf(partition.topic) };
      return letters.length === 0 ? [] : [{ letters, where }];
    });
    await runInPairs([
      ...events.map((items) => () => this.#insertOrBisect(items, this.#insertEvents)),
      () => this.#insertOrBisect(reports, this.#insertReports),
      ...bad.map(
        ({ letters, where }) =>
          () =>
            this.#deadLetters.keep(letters, where),
      ),
    ]);
  }

  readonly #insertEvents: Insert<RawItem> = async (items) => {
    const block = this.#blocks[items[0]?.pending.kind ?? 'inference'];
    const plain = items.filter((item) => !block.add(item));
    const inserts = block.rowCount === 0 ? [] : [block.finish()];
    for (const insert of [...inserts, ...this.#plainRows.inserts(plain)])
      await this.#store.insertBytes(insert);
  };

  readonly #insertReports: Insert<ReportItem> = async (items) => {
    await this.#store.insertRows('source_reports', items.flatMap(reportRows));
  };

  /**
   * Inserts messages; if the database refuses some row of them, halves them until the one at fault is found and set aside.
   * Any other refusal is thrown: a missing table is no fault of the events. So is one that sets everything aside.
   */
  async #insertOrBisect<Item extends RawItem | ReportItem>(
    items: readonly Item[],
    insert: Insert<Item>,
  ): Promise<void> {
    const [only] = items;
    if (only === undefined) return;
    try {
      await insert(items);
      this.#refusedInARow = 0;
    } catch (error) {
      if (!isAppError(error) || error.outcome !== 'dead-letter') throw error;
      if (items.length === 1) {
        const { message } = only.pending;
        await this.#setAside({ message, code: error.code, reason: error.message }, only.where);
        return;
      }
      const middle = Math.ceil(items.length / 2);
      await this.#insertOrBisect(items.slice(0, middle), insert);
      await this.#insertOrBisect(items.slice(middle), insert);
    }
  }

  async #setAside(letter: DeadLetter, where: Where): Promise<void> {
    this.#refusedInARow += 1;
    if (this.#refusedInARow > REFUSED_IN_A_ROW_MAX) {
      throw new AppError<SinkErrorCode>(
        'SINK_ROWS_REFUSED',
        `The database refused ${this.#refusedInARow} messages in a row, the last one: ${letter.reason}`,
        { outcome: 'halt', remedy: 'Compare the tables with the migrations: the events are not at fault.' },
      );
    }
    await this.#deadLetters.keep([letter], where);
  }
}

function cutByRowsAndBytes(items: readonly RawItem[]): readonly (readonly RawItem[])[] {
  const groups: RawItem[][] = [];
  let [rows, bytes] = [0, 0];
  for (const item of items) {
    const { count, message } = item.pending;
    const group = groups.at(-1);
    const isFull = rows + count > INSERT_ROWS_MAX || bytes + message.value.length > INSERT_BYTES_MAX;
    if (group === undefined || isFull) {
      groups.push([item]);
      [rows, bytes] = [0, 0];
    } else {
      group.push(item);
    }
    rows += count;
    bytes += message.value.length;
  }
  return groups;
}

function reportRows({ pending, where }: ReportItem): object[] {
  return pending.reports.map((report, index) => ({
    ...report,
    interval_start: dateTime64OfMicros(report.interval_start),
    interval_end: dateTime64OfMicros(report.interval_end),
    stream: where.epoch.stream,
    stream_epoch: where.epoch.epoch,
    partition: where.partition,
    offset: pending.message.offset,
    event_index: index,
    kept_since: keptSinceS(pending.message.timestampMs, where.epoch),
  }));
}
