import fc from 'fast-check';
import { AppError } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { MESSAGE_BYTES_MAX } from './batch-format.ts';
import { BATCH_FRAMES_MAX, decodeBatchFrames, encodeBatchFrames } from './batch-frames.ts';
import type { BatchFrame } from './batch-frames.ts';

const frames: fc.Arbitrary<BatchFrame> = fc.record({
  topic: fc.oneof(
    fc.constant('burnline.live.inference'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  ),
  partition: fc.integer({ min: 0, max: 0x7fffffff }),
  value: fc.uint8Array({ minLength: 1, maxLength: 300 }),
});
const refused = expect.objectContaining({ code: 'CONTRACT_FRAMES_INVALID', outcome: 'dead-letter' }) as Error;
const one: BatchFrame = { topic: 'burnline.live.inference', partition: 3, value: new Uint8Array([1, 2, 3]) };

describe('batch frames', () => {
  it('come back as they were, from any place in a larger buffer', () => {
    fc.assert(
      fc.property(fc.array(frames, { minLength: 1, maxLength: 20 }), fc.nat({ max: 9 }), (given, offset) => {
        const body = encodeBatchFrames(given);
        const within = new Uint8Array(body.length + offset);
        within.set(body, offset);
        const decoded = decodeBatchFrames(within.subarray(offset));
        expect(decoded.map((frame) => ({ ...frame, value: frame.value.slice() }))).toEqual(given);
      }),
    );
  });

  it('have a fixed layout', () => {
    const body = encodeBatchFrames([{ topic: 'ab', partition: 258, value: new Uint8Array([9]) }]);
    expect([...body]).toEqual([2, 0x61, 0x62, 0, 0, 1, 2, 0, 0, 0, 1, 9]);
  });

  it('are refused when they break off anywhere but between frames', () => {
    const body = encodeBatchFrames([one, one]);
    for (let length = 0; length < body.length; length += 1) {
      const cut = body.subarray(0, length);
      if (length === body.length / 2) expect(decodeBatchFrames(cut)).toHaveLength(1);
      else expect(() => decodeBatchFrames(cut), `${length} bytes`).toThrow(refused);
    }
  });

  it('never crash a reader, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
        try {
          expect(decodeBatchFrames(body).length).toBeLessThanOrEqual(body.length / 10);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[string, Partial<BatchFrame>]>([
    ['no topic', { topic: '' }],
    ['a long topic', { topic: 'x'.repeat(250) }],
    ['no message', { value: new Uint8Array() }],
    ['a message beyond the log', { value: new Uint8Array(MESSAGE_BYTES_MAX + 1) }],
    ['a negative partition', { partition: -1 }],
    ['half a partition', { partition: 0.5 }],
  ])('are not written with %s', (_, wrong) => {
    expect(() => encodeBatchFrames([{ ...one, ...wrong }])).toThrow(refused);
  });

  it('are bounded in number, both ways', () => {
    const many = Array<BatchFrame>(BATCH_FRAMES_MAX).fill(one);
    const body = encodeBatchFrames(many);
    expect(decodeBatchFrames(body)).toHaveLength(BATCH_FRAMES_MAX);
    expect(() => encodeBatchFrames([...many, one])).toThrow(refused);
    const longer = new Uint8Array([...body, ...encodeBatchFrames([one])]);
    expect(() => decodeBatchFrames(longer)).toThrow(refused);
  });
});
