import { crc32 } from 'node:zlib';
import type { EventLog, LogMessage } from '@burnline/runtime';
import { describe, expect, it } from 'vitest';
import { OffsetsWork, Rig } from './model/rig.ts';
import { withConsumer } from './model/with-consumer.ts';

const TEXTS = ['first', 'second', 'third', 'fourth'];

/** Lends what it gives to who takes it on loan, a message at a time, and overwrites it at the next call. */
function lendingLog(log: EventLog): EventLog {
  let isLent = false;
  let lent: readonly LogMessage[] = [];
  const lending = withConsumer(log, (consumer) => ({
    next: async (waitMsMax) => {
      for (const { value } of lent) value.fill(0xff);
      const delivery = await consumer.next(waitMsMax);
      if (delivery.kind !== 'messages' || !isLent) return delivery;
      lent = delivery.messages.map((message) => ({ ...message, value: Uint8Array.from(message.value) }));
      return { ...delivery, messages: lent };
    },
  }));
  return {
    ...lending,
    consume: (options) => {
      isLent = options.valuesAreLent ?? false;
      return lending.consume({ ...options, deliveryBytesMax: 1 });
    },
  };
}

describe('stream worker: bytes on loan', () => {
  it.each([true, false])(
    'the watermark names the last message by its bytes (let go: %s), however often the log has used their memory again',
    async (letsBytesGo) => {
      const rig = new Rig();
      await rig.open();
      await rig.append(TEXTS);
      const texts: string[] = [];
      const work = Object.assign(new OffsetsWork(), { letsBytesGo });
      work.onWrite = (snapshots) => {
        for (const { lastMessage } of snapshots) texts.push(Buffer.from(lastMessage.value).toString());
      };
      rig.start(work, { log: lendingLog(rig.log) });
      await rig.time.pass(5_000);
      expect(work.written.flat()).toEqual([0, 1, 2, 3]);
      expect(texts.every((text) => TEXTS.includes(text))).toBe(true);
      expect(rig.store.watermarks.get('sink|0')).toMatchObject({ last_checksum: crc32('fourth') });
    },
  );
});
