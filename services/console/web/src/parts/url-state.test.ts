import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alertLink, eventLink, sloLink } from './links.ts';
import { presetsWithin } from './range.ts';
import { rangeOf, readUrlState, writeUrlState } from './url-state.ts';

const DAY_MS = 86_400_000;

describe('the address of a page', () => {
  test('what was written is read again, whatever it is', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), value), (state) => {
        expect(readUrlState(`?${writeUrlState({}, state)}`)).toEqual({ ...state });
      }),
    );
  });

  test('a change leaves the rest, null takes a filter away, and equal states have one address', () => {
    const state = { service: 'chat', state: 'breached' };
    expect(writeUrlState(state, { state: null, team: 'a' })).toBe('service=chat&team=a');
    expect(writeUrlState({ b: '1', a: '2' }, {})).toBe(writeUrlState({ a: '2', b: '1' }, {}));
  });

  test('a stretch has an end after its begin, or is none', () => {
    expect(rangeOf({ from: '1000', to: '2000' })).toEqual({ fromMs: 1_000, toMs: 2_000 });
    for (const state of [{}, { from: '2000', to: '1000' }, { from: 'x', to: '1' }, { from: '1.5', to: '2' }])
      expect(rangeOf(state)).toBeNull();
  });

  test('all pages lie at one depth, and the live stream needs no name', () => {
    const links = [
      sloLink({ slo: 'chat/fast', series: 'a b', stream: 'live' }),
      alertLink('x/y'),
      eventLink('1', 'old'),
    ];
    expect(links).toEqual(['/slo?series=a+b&slo=chat%2Ffast', '/alert?id=x%2Fy', '/event?id=1&stream=old']);
  });
});

test('presets are never longer than the window, whose own length is the last', () => {
  for (const periodMs of [DAY_MS / 2, DAY_MS, 7 * DAY_MS, 28 * DAY_MS, 30 * DAY_MS]) {
    const lengths = presetsWithin(periodMs).map(({ lengthMs }) => lengthMs);
    expect(Math.max(...lengths)).toBe(periodMs);
    expect([...lengths].sort((a, b) => a - b)).toEqual(lengths);
  }
});
