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

  it('agrees with a recount where all ids begin at the last slots, so that probes wrap around and removals move others', () => {
    // Bursts and silences: whole windows pass without an occurrence.
    const history = fc.array(fc.tuple(fc.nat({ max: 500 }), fc.constantFrom(0, 0, 0, 1, 1, 7, 300)), {
      minLength: 2_000,
      maxLength: 6_000,
    });
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 200 }), (steps, window) => {
        const seen = new Map<number, number>();
        const repeats = new RepeatWindow(window);
        let offset = 5;
        for (const [id, gap] of steps) {
          offset += gap;
          const last = seen.get(id);
          seen.set(id, offset);
          const expected = last !== undefined && offset - last <= window;
          if (repeats.observe(0, 0xffff_ffff - id, offset) !== expected)
            expect({ id, offset }).toEqual(expected);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('agrees with a recount while it grows, keeps its size and shrinks again', () => {
    const window = 300;
    const repeats = new RepeatWindow(window);
    const seen = new Map<string, number>();
    let memoryBytesMax = 0;
    const hashOf = (id: number): [number, number] => [
      Math.imul(id, 0x85eb_ca6b) >>> 0,
      Math.imul(id, 0xc2b2_ae35) >>> 0,
    ];
    let wrongCount = 0;
    for (let offset = 0; offset < 12_000; offset += 1) {
      const idCount = offset < 4_000 ? 40 : 1;
      for (let index = 0; index < idCount; index += 1) {
        // Every third id comes again, some within the window and some beyond it.
        const id = index % 3 === 0 ? (offset % 450) * 64 + index : offset * 64 + index + 1_000_000;
        const last = seen.get(String(id));
        seen.set(String(id), offset);
        const expected = last !== undefined && offset - last <= window;
        if (repeats.observe(...hashOf(id), offset) !== expected) wrongCount += 1;
      }
      memoryBytesMax = Math.max(memoryBytesMax, repeats.memoryBytes);
    }
    expect(wrongCount).toBe(0);
    expect(memoryBytesMax).toBeLessThanOrEqual(300 * 40 * 20 * 1.25);
    expect(repeats.memoryBytes).toBe(4_096 * 12);
  });

  it('finds in whole messages what it finds id by id, repeats within a message included', () => {
    const message = fc.tuple(
      fc.array(fc.nat({ max: 900 }), { maxLength: 100 }),
      fc.constantFrom(0, 1, 1, 2, 40),
    );
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 20, maxLength: 300 }),
        fc.integer({ min: 1, max: 60 }),
        (messages, window) => {
          const seen = new Map<number, number>();
          const repeats = new RepeatWindow(window);
          const repeated = new Uint8Array(100);
          let offset = 0;
          for (const [ids, gap] of messages) {
            offset += gap;
            const expected = ids.map((id) => {
              const last = seen.get(id);
              seen.set(id, offset);
              return last !== undefined && offset - last <= window ? 1 : 0;
            });
            // All ids begin at the last slots, so that probes pass what has left the window.
            const lows = Uint32Array.from(ids, (id) => 0xffff_ffff - id);
            const highs = new Uint32Array(ids.length);
            repeats.observeAll({ highs, lows, count: ids.length }, offset, repeated);
            expect([...repeated.subarray(0, ids.length)]).toEqual(expected);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('takes at most 32 MB for 16,384 messages of 100 events', () => {
    const repeats = new RepeatWindow(16_384);
    let memoryBytesMax = 0;
    for (let offset = 0; offset < 24_000; offset += 1) {
      for (let index = 0; index < 100; index += 1) {
        const id = offset * 100 + index;
        repeats.observe(Math.imul(id, 0x85eb_ca6b), Math.imul(id ^ 0x5bd1_e995, 0xc2b2_ae35), offset);
      }
      memoryBytesMax = Math.max(memoryBytesMax, repeats.memoryBytes);
    }
    expect(memoryBytesMax).toBeLessThanOrEqual(32_000_000);
    expect(repeats.usedCount).toBeGreaterThanOrEqual(16_384 * 100);
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
