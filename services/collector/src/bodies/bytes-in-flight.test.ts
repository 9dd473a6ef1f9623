import { describe, expect, it } from 'vitest';
import { BytesInFlight } from './bytes-in-flight.ts';

const KIB = 1024;
const BUSY = expect.objectContaining({ code: 'COLLECTOR_BUSY', outcome: 'retry' }) as Error;

function setUp() {
  const clock = { nowMs: 0 };
  const gone: string[] = [];
  const inFlight = new BytesInFlight(256 * KIB, () => clock.nowMs);
  const open = (name: string) => inFlight.open(() => gone.push(name));
  return { clock, gone, inFlight, open };
}

describe('memory for bodies', () => {
  it('is given back by whoever is done, once', () => {
    const { inFlight, open } = setUp();
    const one = open('one');
    one.take(64 * KIB);
    expect(inFlight.bytes).toBeGreaterThanOrEqual(64 * KIB);
    one.release();
    one.release();
    expect(inFlight.bytes).toBe(0);
    // What still comes of it has no place any more.
    expect(() => {
      one.take(1);
    }).toThrow(BUSY);
    expect(inFlight.bytes).toBe(0);
  });

  it('is bounded, also against requests without a body', () => {
    const { open } = setUp();
    expect(() => {
      for (let count = 0; count < 100; count += 1) open('small');
    }).toThrow(BUSY);
    expect(() => open('another')).toThrow(BUSY);
  });

  it('is taken from bodies that are long on their way, the longest first, and not from those being worked on', () => {
    const { clock, gone, open } = setUp();
    open('working').settle();
    const [slow, slower] = [open('slow'), open('slower')];
    slow.take(60 * KIB);
    slower.take(60 * KIB);
    clock.nowMs = 3_000;
    const fresh = open('fresh');
    fresh.take(90 * KIB);
    expect(gone).toEqual(['slow']);
    clock.nowMs = 3_100;
    const next = open('next');
    next.take(60 * KIB);
    expect(gone).toEqual(['slow', 'slower']);
    expect(() => {
      next.take(60 * KIB);
    }).toThrow(BUSY);
    expect(gone).toHaveLength(2);
  });
});
