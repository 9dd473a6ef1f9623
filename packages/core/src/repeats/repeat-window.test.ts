import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RepeatWindow } from './repeat-window.ts';

describe('repeat window', () => {
  it('agrees with a recount from positions alone, whatever the window and the gaps between messages', () => {
    const history = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 3 })), { maxLength: 3_000 });
    fc.assert(
      fc.property(
        history,
        fc.integer({ min: 1, max: 40 }),
        fc.nat({ max: 2 ** 40 }),
        (steps, window, start) => {
          const seen = new Map<number, number>();
          const repeats = new RepeatWindow(window);
          let offset = start;
          for (const [id, gap] of steps) {
            offset += gap;
            const last = seen.get(id);
            seen.set(id, offset);
            const expected = last !== undefined && offset - last <= window;
            expect(repeats.observe(id * 0x1000_0001, id, offset)).toBe(expected);
          }
        },
      ),
    );
  });

  it('stays small however many ids pass by', () => {
    const repeats = new RepeatWindow(16);
    for (let offset = 0; offset < 200_000; offset += 1) repeats.observe(offset, offset * 7, offset);
    expect(repeats.usedCount).toBeLessThan(4_096);
  });

  it('a reader that starts one window earlier decides like one that has read everything', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 }), { minLength: 60, maxLength: 200 }), (ids) => {
        const window = 12;
        const [whole, late] = [new RepeatWindow(window), new RepeatWindow(window)];
        const start = 40;
        ids.forEach((id, offset) => {
          const expected = whole.observe(id, id, offset);
          if (offset >= start - window) {
            const actual = late.observe(id, id, offset);
            if (offset >= start) expect(actual).toBe(expected);
          }
        });
      }),
    );
  });
});
