import { isAppError } from '@burnline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { avroFingerprint } from './avro-fingerprint.ts';
import {
  DEAD_LETTER_BYTES_MAX,
  DEAD_LETTER_REASON_LENGTH_MAX,
  decodeDeadLetter,
  encodeDeadLetter,
} from './dead-letter-message.ts';

const letters = fc.record({
  stream_epoch: fc.string(),
  topic: fc.string(),
  partition: fc.nat(1_023),
  offset: fc.nat(2 ** 52),
  log_time: fc.integer({ min: 0, max: 4_294_967_295_000 }),
  code: fc.string(),
  reason: fc.string({ unit: 'binary' }),
  value: fc.uint8Array({ maxLength: 300 }),
});

describe('dead letter', () => {
  it('is read as it was written, byte for byte', () => {
    fc.assert(
      fc.property(letters, (letter) => {
        const read = decodeDeadLetter(encodeDeadLetter(letter));
        expect({ ...read, value: new Uint8Array(read.value) }).toEqual({
          ...letter,
          value_bytes: letter.value.length,
        });
      }),
    );
  });

  it('fits its topic at its largest, and says how much of an oversized message is missing', () => {
    const letter = {
      stream_epoch: 't'.repeat(260),
      topic: 't'.repeat(249),
      partition: 1_023,
      offset: 2 ** 53 - 2,
      log_time: 4_294_967_295_000,
      code: 'CONTRACT_DECODE_FAILED',
      reason: '€'.repeat(DEAD_LETTER_REASON_LENGTH_MAX),
      value: new Uint8Array(1_500_000).fill(7),
    };
    const message = encodeDeadLetter(letter);
    expect(message.length).toBeLessThanOrEqual(DEAD_LETTER_BYTES_MAX);
    const { value, value_bytes } = decodeDeadLetter(message);
    expect(value_bytes).toBe(1_500_000);
    expect(Buffer.compare(value, letter.value.subarray(0, 1_000_000))).toBe(0);
  });

  it('refuses bytes that are no letter, whatever they are', () => {
    const whole = encodeDeadLetter({
      stream_epoch: 't@1',
      topic: 't',
      partition: 0,
      offset: 1,
      log_time: 2,
      code: 'C',
      reason: 'r',
      value: new Uint8Array([1, 2, 3]),
    });
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => decodeDeadLetter(whole.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'CONTRACT_DEAD_LETTER_INVALID' }),
      );
    }
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        try {
          decodeDeadLetter(bytes);
          return false;
        } catch (error) {
          return isAppError(error) && error.code === 'CONTRACT_DEAD_LETTER_INVALID';
        }
      }),
    );
  });

  it('names its schema by the fingerprint of the Avro specification', () => {
    // From the test data of Apache Avro, share/test/data/schema-tests.txt.
    const known = { '"null"': 7195948357588979594n, '"int"': 8247732601305521295n };
    for (const [schema, fingerprint] of Object.entries(known)) {
      expect(new DataView(avroFingerprint(schema).buffer).getBigUint64(0, true)).toBe(fingerprint);
    }
  });
});
