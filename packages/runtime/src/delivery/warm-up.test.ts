import { loadPackageSchemas } from '@burnline/contracts';
import { describe, expect, it } from 'vitest';
import type { EventLog, LogMessage } from '../event-log/event-log.ts';
import { openMemoryLog } from '../event-log/memory/open-memory-log.ts';
import { readWarmUp } from './warm-up.ts';

const TOPIC = 't';
const schemas = loadPackageSchemas();

async function logOf(messageCount: number): Promise<EventLog> {
  const log = openMemoryLog({ nowMs: () => 1_000 });
  await log.ensureTopics([
    {
      name: TOPIC,
      partitionCount: 1,
      timestamps: 'append',
      retentionMs: null,
      retentionBytes: null,
      messagesKeptMin: 0,
      messageBytesMax: 1_000,
    },
  ]);
  const messages = Array.from({ length: messageCount }, (_, index) => ({ value: Buffer.from([9, index]) }));
  await log.append([{ topic: TOPIC, partition: 0, messages }]);
  return log;
}

const where = { topic: TOPIC, partition: 0, before: 9, windowMessages: 6, epochStart: 0, logStart: 0 };

async function warmedBy(read: EventLog['read']): Promise<number[]> {
  const offsets: number[] = [];
  await readWarmUp({ log: { read }, schemas }, where, ({ offset }) => offsets.push(offset));
  return offsets;
}

describe('warming up', () => {
  it('reads what the window reaches before the start, and nothing from the start on', async () => {
    const log = await logOf(12);
    expect(await warmedBy((from) => log.read(from))).toEqual([3, 4, 5, 6, 7, 8]);
    expect(await warmedBy((from) => log.read({ ...from, bytesMax: 1 }))).toEqual([3, 4, 5, 6, 7, 8]);
  });

  it.each([3, 6])(
    'is not over when a read at offset %d gives nothing: it is to be tried again',
    async (at) => {
      const log = await logOf(12);
      const read: EventLog['read'] = (from) =>
        from.fromOffset === at ? Promise.resolve([]) : log.read({ ...from, bytesMax: 1 });
      await expect(warmedBy(read)).rejects.toMatchObject({ code: 'DELIVERY_READ_SHORT', outcome: 'retry' });
    },
  );

  it.each([3, 5])(
    'halts where the message at offset %d is missing: repeats of it would count',
    async (missing) => {
      const log = await logOf(12);
      const without = (messages: readonly LogMessage[]) =>
        messages.filter(({ offset }) => offset !== missing);
      const read: EventLog['read'] = async (from) => without(await log.read(from));
      await expect(warmedBy(read)).rejects.toMatchObject({ code: 'DELIVERY_LOG_GAP', outcome: 'halt' });
    },
  );
});
