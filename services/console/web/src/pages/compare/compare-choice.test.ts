import { describe, expect, it } from 'vitest';
import { choiceOf } from './compare-choice.ts';

/** Goal: an address that names two arms is kept to, and one that names less leads to a comparison that somebody would ask for. */
const arm = (by: 'model_served' | 'variant', name: string, firstMs: number, inferences: number) => ({
  ...{ by, arm: name, firstMs, inferences, lastMs: firstMs },
});
const HOUR_MS = 3_600_000;
const ARMS = {
  fromMs: 0,
  arms: [
    arm('variant', 'only', 5, 100),
    arm('model_served', 'm-1', 1, 900),
    arm('model_served', 'm-2', 2, 500),
    arm('model_served', 'm-3', 9 * HOUR_MS, 10),
  ],
};

describe('what is compared', () => {
  it('without a word is what came last against the busiest, by what has two values', () => {
    expect(choiceOf({}, ARMS)).toEqual({ by: 'model_served', baseline: 'm-1', candidate: 'm-3' });
  });

  it('where nothing is new is the busiest two, whichever of them the stretch saw first', () => {
    const steady = (first: number, second: number) => ({
      fromMs: 0,
      arms: [arm('model_served', 'm-1', first, 900), arm('model_served', 'm-2', second, 500)],
    });
    for (const given of [steady(10, 20), steady(20, 10)])
      expect(choiceOf({}, given)).toMatchObject({ baseline: 'm-1', candidate: 'm-2' });
  });

  it('is what the address says, also what the time does not have', () => {
    const named = { by: 'model_served', baseline: 'm-2', candidate: 'gone' };
    expect(choiceOf(named, ARMS)).toEqual(named);
  });

  it('holds a candidate against the busiest other, and a baseline against the newest other', () => {
    expect(choiceOf({ by: 'model_served', candidate: 'm-1' }, ARMS).baseline).toBe('m-2');
    expect(choiceOf({ by: 'model_served', baseline: 'm-1' }, ARMS).candidate).toBe('m-3');
    expect(choiceOf({ by: 'model_served', baseline: 'm-3' }, ARMS).candidate).toBe('m-1');
  });

  it('takes no values of another dimension along', () => {
    expect(choiceOf({ by: 'no-such', baseline: 'x', candidate: 'y' }, ARMS)).toEqual({
      ...{ by: 'model_served', baseline: 'm-1', candidate: 'm-3' },
    });
    expect(choiceOf({ by: 'variant' }, ARMS)).toEqual({ by: 'variant', baseline: null, candidate: 'only' });
    expect(choiceOf({}, { fromMs: 0, arms: [] })).toEqual({
      by: 'model_served',
      baseline: null,
      candidate: null,
    });
  });
});
