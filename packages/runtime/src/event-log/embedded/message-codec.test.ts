import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  HEADER_BYTES,
  MessageKey,
  offsetOfKey,
  readHeader,
  readMessage,
  writeHeader,
} from './message-codec.ts';

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const place = fc.tuple(u32, u32, fc.maxSafeNat());

it('orders keys as topic, partition and offset are ordered', () => {
  const compareNumbers = (one: readonly number[], two: readonly number[]) => {
    const index = one.findIndex((value, position) => value !== two[position]);
    return index === -1 ? 0 : Math.sign(one[index]! - two[index]!);
  };
  fc.assert(
    fc.property(place, place, (one, two) => {
      const keys = [one, two].map(([topicNumber, partition, offset]) =>
        new MessageKey().at(topicNumber, partition, offset),
      );
      expect(Buffer.compare(keys[0]!, keys[1]!)).toBe(compareNumbers(one, two));
      expect(offsetOfKey(keys[0]!)).toBe(one[2]);
    }),
  );
});

it('reads back header and payload, from a buffer larger than the message', () => {
  const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  const header = fc.record({
    appendMs: whole,
    timestampMs: fc.double({ noNaN: true, noDefaultInfinity: true }),
    payloadBytesBefore: whole,
    diskBytesBefore: whole,
  });
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 500 }), (written, payload) => {
      const stored = Buffer.alloc(HEADER_BYTES + payload.length);
      writeHeader(stored, written);
      stored.set(payload, HEADER_BYTES);
      expect(readHeader(stored)).toEqual(written);
      const message = readMessage(7, stored);
      stored.fill(0);
      expect({ ...message, value: [...message.value] }).toEqual({
        offset: 7,
        timestampMs: written.timestampMs,
        value: [...payload],
      });
    }),
  );
});
