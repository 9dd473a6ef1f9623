import { AppError, isAppError } from '@burnline/core';
import { dateTime64OfMicros, type Logger, type Store, type StreamEpoch } from '@burnline/runtime';
import { deadLetterInsert, type DeadLetter } from './dead-letters.ts';
import type { PendingMessage } from './pending-message.ts';
import { RawRows, keptSinceS, type RawMessage, type WriterSchemaOf } from './raw-rows.ts';
import type { RawSnapshot } from './raw-partition.ts';

/** Bytes of one INSERT: some ten thousand events, far below the engine's limit on bodies. */
const INSERT_BYTES_MAX = 16 * 1024 * 1024;

/** So many messages refused one after another are no single bad ones: the tables are not what the rows were made for. */
const REFUSED_IN_A_ROW_MAX = 64;

type SinkErrorCode = 'SINK_ROWS_REFUSED';

type ReportMessage = Extract<PendingMessage, { kind: 'report' }>;

interface Where {
  readonly partition: number;
  readonly epoch: StreamEpoch;
}

/** Writes snapshots of raw rows. Rows are keyed by their position in the log, so writing again changes nothing. */
export class RawWriter {
  readonly #store: Store;
  readonly #logger: Logger;
  readonly #rows: RawRows;
  #refusedInARow = 0;

  constructor(parts: { store: Store; logger: Logger; schemaOf: WriterSchemaOf }) {
    this.#store = parts.store;
    this.#logger = parts.logger;
    this.#rows = new RawRows(parts.schemaOf);
  }

  async write(snapshots: readonly RawSnapshot[], epochOf: (topic: string) => StreamEpoch): Promise<void> {
    for (const snapshot of snapshots) {
      const where = { partition: snapshot.partition.partition, epoch: epochOf(snapshot.partition.topic) };
      for (const kind of ['inference', 'verdict'] as const) {
        const messages = snapshot.messages.filter((one): one is RawMessage => one.kind === kind);
        for (const group of cutByBytes(messages))
          await this.#insertOrBisect(group, where, this.#insertEvents);
      }
      const reports = snapshot.messages.filter((one): one is ReportMessage => one.kind === 'report');
      await this.#insertOrBisect(reports, where, this.#insertReports);
      const bad = snapshot.messages.filter((one) => one.kind === 'bad');
      await this.#keepDeadLetters(bad, where);
    }
  }

  readonly #insertEvents = async (messages: readonly RawMessage[], where: Where): Promise<void> => {
    for (const insert of this.#rows.inserts(messages, where)) await this.#store.insertBytes(insert);
  };

  readonly #insertReports = async (messages: readonly ReportMessage[], where: Where): Promise<void> => {
    await this.#store.insertRows(
      'source_reports',
      messages.flatMap((one) => reportRows(one, where)),
    );
  };

  /**
   * Inserts messages; if the database refuses some row of them, halves them until the one at fault is found and set aside.
   * Any other refusal is thrown: a missing table is no fault of the events. So is one that sets everything aside.
   */
  async #insertOrBisect<M extends RawMessage | ReportMessage>(
    messages: readonly M[],
    where: Where,
    insert: (messages: readonly M[], where: Where) => Promise<void>,
  ): Promise<void> {
    const [only] = messages;
    if (only === undefined) return;
    try {
      await insert(messages, where);
      this.#refusedInARow = 0;
    } catch (error) {
      if (!isAppError(error) || error.outcome !== 'dead-letter') throw error;
      if (messages.length === 1) {
        await this.#setAside({ message: only.message, code: error.code, reason: error.message }, where);
        return;
      }
      const middle = Math.ceil(messages.length / 2);
      await this.#insertOrBisect(messages.slice(0, middle), where, insert);
      await this.#insertOrBisect(messages.slice(middle), where, insert);
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
    await this.#keepDeadLetters([letter], where);
  }

  async #keepDeadLetters(letters: readonly DeadLetter[], where: Where): Promise<void> {
    if (letters.length === 0) return;
    await this.#store.insertBytes(deadLetterInsert(letters, where));
    for (const letter of letters) {
      const { topic } = where.epoch;
      const { code, reason } = letter;
      const fields = { topic, partition: where.partition, offset: letter.message.offset, code, reason };
      this.#logger.error(fields, 'a message was set aside; its bytes are in dead_letters');
    }
  }
}

function cutByBytes(messages: readonly RawMessage[]): readonly (readonly RawMessage[])[] {
  const groups: RawMessage[][] = [];
  let bytes = Infinity;
  for (const message of messages) {
    if (bytes >= INSERT_BYTES_MAX) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(message);
    bytes += message.message.value.length;
  }
  return groups;
}

function reportRows(pending: ReportMessage, where: Where): object[] {
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
