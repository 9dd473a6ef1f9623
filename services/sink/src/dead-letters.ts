import { RowContainer } from '@burnline/contracts';
import type { BytesInsert, LogMessage } from '@burnline/runtime';
import { keptSinceS, type Where } from './raw-item.ts';

/** A message that cannot be read or stored, and why. */
export interface DeadLetter {
  readonly message: LogMessage;
  readonly code: string;
  readonly reason: string;
}

/** Avro, because a message's bytes are no text that JSON could carry. */
export function deadLetterInsert(letters: readonly DeadLetter[], where: Where): BytesInsert {
  const container = new RowContainer<object>({
    writerSchema: { type: 'record', name: 'Nothing', fields: [] },
    prefix: [
      { name: 'stream_epoch', type: 'string' },
      { name: 'topic', type: 'string' },
      { name: 'partition', type: 'int' },
      { name: 'offset', type: 'long' },
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
