import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UNREADABLE_LIMITS, UnreadableShare, type UnreadableLimits } from './unreadable-share.ts';

const REACH = 30;

/** Messages with their offsets; null for a mark, which is not added. */
const logs = fc.array(fc.constantFrom<boolean | null>(true, true, false, null, null), { maxLength: 120 });
const limitsOf = fc.record({
  windowMessages: fc.integer({ min: 1, max: 12 }),
  shareMax: fc.constantFrom(0, 0.25, 0.5, 0.9, 1),
  countMin: fc.integer({ min: 1, max: 8 }),
});

/** The definition, by counting anew: of the messages within reach, the last so many. */
function isBeyond(log: readonly (boolean | null)[], limits: UnreadableLimits): boolean {
  const seen = log
    .slice(-REACH)
    .filter((isBad) => isBad !== null)
    .slice(-limits.windowMessages);
  const badCount = seen.filter((isBad) => isBad).length;
  return badCount >= limits.countMin && badCount / seen.length > limits.shareMax;
}

describe('share of unreadable messages', () => {
  it('is that of the last messages within reach, at every position, wherever reading began', () => {
    fc.assert(
      fc.property(logs, limitsOf, fc.nat(120), (log, limits, start) => {
        const whole = new UnreadableShare(limits, REACH);
        const restarted = new UnreadableShare(limits, REACH);
        log.forEach((isBad, offset) => {
          if (isBad !== null) {
            whole.add(offset, isBad);
            if (offset >= start - REACH) restarted.add(offset, isBad);
          }
          // Asked for at messages alone, and after a start only from there on.
          if (isBad === null) return;
          expect(whole.isBeyondLimits).toBe(isBeyond(log.slice(0, offset + 1), limits));
          if (offset >= start) expect(restarted.isBeyondLimits).toBe(whole.isBeyondLimits);
        });
      }),
      { numRuns: 500 },
    );
  });

  it('by default heeds no fewer than 100 bad messages, and no share up to one half', () => {
    const first = new UnreadableShare(UNREADABLE_LIMITS, 16_384);
    for (let offset = 0; offset < 99; offset += 1) first.add(offset, true);
    expect(first.isBeyondLimits).toBe(false);
    first.add(99, true);
    expect(first.isBeyondLimits).toBe(true);
    const half = new UnreadableShare(UNREADABLE_LIMITS, 16_384);
    for (let offset = 0; offset < 2_000; offset += 1) half.add(offset, offset % 2 === 0);
    expect(half.isBeyondLimits).toBe(false);
  });
});
