import { describe, expect, it, vi } from 'vitest';
import { Bell } from './bell.ts';
import { systemClock } from './clock.ts';
import { repeat } from './supervision.ts';

const never = () => ({ clock: systemClock, signal: new AbortController().signal });
/** Far longer than a test may take: whoever waits it out has not heard. */
const LONG_MS = 600_000;

describe('a bell', () => {
  it('wakes all who wait', async () => {
    const bell = new Bell();
    const waits = [1, 2, 3].map(() => bell.wait(bell.ringCount, LONG_MS, never()));
    bell.ring();
    await Promise.all(waits);
  });

  it('is heard by who looked before it rang and waits only now', async () => {
    const bell = new Bell();
    const seen = bell.ringCount;
    bell.ring();
    await bell.wait(seen, LONG_MS, never());
  });

  it('lets who waits go by himself, and when the signal aborts', async () => {
    const bell = new Bell();
    await bell.wait(0, 1, never());
    const stop = new AbortController();
    const waiting = bell.wait(0, LONG_MS, { clock: systemClock, signal: stop.signal });
    stop.abort();
    await waiting;
    await bell.wait(0, LONG_MS, { clock: systemClock, signal: stop.signal });
  });
});

describe('a loop with a bell', () => {
  it('loses no ring, whether it comes while it works or while it pauses', async () => {
    const bell = new Bell();
    const stop = new AbortController();
    let [asked, done] = [0, 0];
    const loop = repeat(
      async () => {
        const found = asked;
        // The ring of what is asked for meanwhile comes before the pause.
        await systemClock.sleep(1);
        done = found;
        return false;
      },
      { clock: systemClock, signal: stop.signal, pauseMs: LONG_MS, bell },
    );
    for (let round = 1; round <= 20; round += 1) {
      await systemClock.sleep(round % 4);
      asked = round;
      bell.ring();
      await vi.waitFor(() => expect(done).toBe(round), { interval: 1 });
    }
    stop.abort();
    await loop;
  });

  it('rests after work however often it rings', async () => {
    const bell = new Bell();
    const stop = new AbortController();
    const startsMs: number[] = [];
    const loop = repeat(
      () => {
        startsMs.push(performance.now());
        bell.ring();
        return Promise.resolve(false);
      },
      { clock: systemClock, signal: stop.signal, pauseMs: LONG_MS, bell, restMs: () => 20 },
    );
    await vi.waitFor(() => expect(startsMs.length).toBeGreaterThan(3));
    stop.abort();
    await loop;
    const gaps = startsMs.slice(1).map((atMs, index) => atMs - startsMs[index]!);
    expect(Math.min(...gaps)).toBeGreaterThan(18);
  });
});
