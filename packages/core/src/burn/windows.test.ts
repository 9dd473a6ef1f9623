import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time/units.ts';
import { parseExactRatio } from './exact-ratio.ts';
import type { BudgetPeriod } from './slo-plan.ts';
import { resolveTiers } from './tiers.ts';
import { distinctWindows, periodWindow, windowEdges } from './windows.ts';

const at = (text: string): number => Date.parse(text);
const monthIn = (timeZone: string): BudgetPeriod => ({
  kind: 'calendar',
  text: '1M',
  unit: 'month',
  count: 1,
  startLocal: '2026-01-01 00:00:00',
  timeZone,
});

describe('windowEdges', () => {
  it('cuts short windows at the pane and long ones at 5 minutes', () => {
    const now = at('2026-03-10T12:34:56.789Z');
    expect(windowEdges(now, HOUR_MS)).toEqual({
      startMs: at('2026-03-10T11:34:50Z'),
      endMs: at('2026-03-10T12:34:50Z'),
    });
    expect(windowEdges(now, 6 * HOUR_MS)).toEqual({
      startMs: at('2026-03-10T06:30:00Z'),
      endMs: at('2026-03-10T12:34:50Z'),
    });
    expect(windowEdges(now, HOUR_MS, 60_000).endMs).toBe(at('2026-03-10T12:34:00Z'));
  });

  it('is never shorter than the window, and longer by less than its grain', () => {
    const pane = fc.constantFrom(1000, 5000, 10_000, 15_000, 30_000, 60_000);
    fc.assert(
      fc.property(fc.nat(2e12), fc.integer({ min: 1, max: 90 * DAY_MS }), pane, (now, windowMs, paneMs) => {
        const { startMs, endMs } = windowEdges(now, windowMs, paneMs);
        const grainMs = windowMs <= HOUR_MS ? paneMs : 5 * MINUTE_MS;
        expect(endMs).toBeLessThanOrEqual(now);
        expect(now - endMs).toBeLessThan(paneMs);
        expect(Math.abs(startMs % grainMs)).toBe(0);
        expect(Math.abs(endMs % paneMs)).toBe(0);
        expect(endMs - startMs).toBeGreaterThanOrEqual(windowMs);
        expect(endMs - startMs).toBeLessThan(windowMs + grainMs);
      }),
    );
  });

  it('moves only when the pane does, so that evaluating twice within a pane reads the same', () => {
    const [first, second] = [0, 9_999].map((late) => windowEdges(1_800_000_000_000 + late, HOUR_MS));
    expect(second).toEqual(first);
    expect(windowEdges(1_800_000_010_000, HOUR_MS)).not.toEqual(first);
  });

  it.each([
    [0, HOUR_MS, 7_000],
    [0, HOUR_MS, 0],
    [0, 0, 10_000],
    [0.5, HOUR_MS, 10_000],
  ])('refuses %d, %d, %d', (now, windowMs, paneMs) => {
    expect(() => windowEdges(now, windowMs, paneMs)).toThrow(
      expect.objectContaining({ code: 'WINDOW_INVALID' }),
    );
  });
});

describe('periodWindow', () => {
  it('reads the whole of a rolling period', () => {
    const period: BudgetPeriod = { kind: 'rolling', durationMs: 28 * DAY_MS, text: '28d' };
    const now = at('2026-03-29T00:02:10Z');
    expect(periodWindow(now, period)).toEqual({
      startMs: at('2026-03-01T00:00:00Z'),
      endMs: now,
      periodMs: 28 * DAY_MS,
    });
  });

  it('reads a calendar period so far, and knows its true length', () => {
    const now = at('2026-03-29T12:00:07Z');
    expect(periodWindow(now, monthIn('Europe/Berlin'))).toEqual({
      startMs: at('2026-02-28T23:00:00Z'),
      endMs: at('2026-03-29T12:00:00Z'),
      periodMs: 31 * DAY_MS - HOUR_MS,
    });
    expect(periodWindow(now, monthIn('Asia/Kathmandu')).startMs).toBe(at('2026-02-28T18:15:00Z'));
    expect(() => periodWindow(now, monthIn('UTC'), 7_000)).toThrow(
      expect.objectContaining({ code: 'WINDOW_INVALID' }),
    );
  });
});

describe('distinctWindows', () => {
  it('names each window of a set of SLOs once', () => {
    const tiers = resolveTiers({ target: parseExactRatio('0.999'), periodMs: 28 * DAY_MS, preset: 'google' });
    const rolling: BudgetPeriod = { kind: 'rolling', durationMs: 28 * DAY_MS, text: '28d' };
    const needs = distinctWindows([
      { tiers, period: rolling },
      { tiers, period: rolling },
      { tiers: tiers.slice(0, 1), period: monthIn('Europe/Berlin') },
      { tiers: [], period: { ...monthIn('Europe/Berlin'), text: 'month' } },
      { tiers: [], period: monthIn('UTC') },
    ]);
    expect(needs.rollingMs.map((windowMs) => windowMs / MINUTE_MS)).toEqual([
      5, 30, 60, 120, 360, 1440, 4320, 40320,
    ]);
    expect(needs.calendars.map((period) => period.timeZone)).toEqual(['Europe/Berlin', 'UTC']);
    expect(distinctWindows([])).toEqual({ rollingMs: [], calendars: [] });
  });
});
