import {
  DEAD_LETTERS_TOPIC,
  DEAD_LETTER_REASON_LENGTH_MAX,
  RowContainer,
  encodeDeadLetter,
} from '@burnline/contracts';
import type { BytesInsert, EventLog, LogMessage, Logger, Store } from '@burnline/runtime';
import { keptSinceS, type Where } from './raw-item.ts';

/** A message that cannot be read or stored, and why. */
export interface DeadLetter {
  readonly message: LogMessage;
  readonly code: string;
  readonly reason: string;
}

/** Letters of one append hold so many bytes of messages, one message more at most: their encoded copies are in memory beside them. */
const APPEND_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Keeps what cannot be read or stored, twice: as a message of the dead-letter topic and as a row. Both are durable when
 * `keep` resolves, and only then may the position be committed.
 *
 * A letter's identity is its source position. The table keeps one of each; the topic may hold a letter again after a crash
 * between its append and the commit, so whoever reads the topic has to look at the position.
 */
export class DeadLetterKeeper {
  readonly #store: Store;
  readonly #log: Pick<EventLog, 'append'>;
  readonly #logger: Logger;
  /** Messages whose letters are in the topic: a write that is tried again need not append them again. */
  readonly #appended = new WeakSet<LogMessage>();

  constructor(parts: {
    readonly store: Store;
    readonly log: Pick<EventLog, 'append'>;
    readonly logger: Logger;
  }) {
    this.#store = parts.store;
    this.#log = parts.log;
    this.#logger = parts.logger;
  }

  async keep(found: readonly DeadLetter[], where: Where): Promise<void> {
    const letters = found.map((letter) => ({
      ...letter,
      reason: letter.reason.slice(0, DEAD_LETTER_REASON_LENGTH_MAX),
    }));
    await this.#append(letters, where);
    if (letters.length > 0) await this.#store.insertBytes(deadLetterInsert(letters, where));
    for (const { message, code, reason } of letters) {
      const fields = {
        topic: where.epoch.topic,
        partition: where.partition,
        offset: message.offset,
        code,
        reason,
      };
      this.#logger.error(fields, 'a message was set aside; its bytes are in dead_letters');
    }
  }

  async #append(letters: readonly DeadLetter[], where: Where): Promise<void> {
    let [group, bytes]: [DeadLetter[], number] = [[], 0];
    const flush = async (): Promise<void> => {
      if (group.length === 0) return;
      const messages = group.map((letter) => ({ value: letterMessage(letter, where) }));
      await this.#log.append([{ topic: DEAD_LETTERS_TOPIC, partition: 0, messages }]);
      for (const { message } of group) this.#appended.add(message);
      [group, bytes] = [[], 0];
    };
    for (const letter of letters) {
      if (this.#appended.has(letter.message)) continue;
      group.push(letter);
      bytes += letter.message.value.length;
      if (bytes >= APPEND_BYTES_MAX) await flush();
    }
    await flush();
  }
}

function letterMessage({ message, code, reason }: DeadLetter, where: Where): Uint8Array {
  return encodeDeadLetter({
    stream_epoch: where.epoch.epoch,
    topic: where.epoch.topic,
    partition: where.partition,
    offset: message.offset,
    log_time: message.timestampMs,
    code,
    reason,
    value: message.value,
  });
}

/** Avro, because a message's bytes are no text that JSON could carry. */
function deadLetterInsert(letters: readonly DeadLetter[], where: Where): BytesInsert {
  const container = new RowContainer<object>({
    writerSchema: { type: 'record', name: 'Nothing', fields: [] },
    prefix: [
      { name: 'stream_epoch', type: 'string' },
      { name: 'topic', type: 'string' },
      { name: 'partition', type: 'int' },
      { name: 'offset', type: 'long' },
      { name: 'log_time', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'code', type: 'string' },
      { name: 'reason', type: 'string' },
      { name: 'value', type: 'bytes' },
      { name: 'kept_since', type: 'long' },
    ],
    replaced: [],
  });
  for (const letter of letters) {
    const row = {
      stream_epoch: where.epoch.epoch,
      topic: where.epoch.topic,
      partition: where.partition,
      offset: letter.message.offset,
      log_time: letter.message.timestampMs,
      code: letter.code,
      reason: letter.reason,
      value: Buffer.from(letter.message.value),
      kept_since: keptSinceS(letter.message.timestampMs, where.epoch),
    };
    container.add(row, letter.message.value, { start: 0, end: 0 });
  }
  const { columns, rowCount } = container;
  return { table: 'dead_letters', columns, format: 'Avro', body: container.finish(), rowCount };
}
