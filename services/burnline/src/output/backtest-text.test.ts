import type { SloPlan } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import type { BacktestAlert, TierOutcome } from '../backtest/outcome.ts';
import type { Backtest } from '../backtest/run-backtest.ts';
import { printBacktest } from './backtest-text.ts';
import { Output } from './output.ts';

const MINUTE_MS = 60_000;
const T0 = Date.UTC(2026, 2, 1, 10);
const alert: BacktestAlert = {
  ...{
    slo: 'chat-availability',
    series: '1',
    labels: { provider: 'openai', model: 'gpt-4o-mini-2024-07-18' },
  },
  ...{ tier: '1h&5m', severity: 'SEV-1', urgency: 'page', firedAtMs: T0 + 4 * MINUTE_MS },
  ...{ endedAtMs: T0 + 94 * MINUTE_MS, toldAtMs: T0 + 4 * MINUTE_MS },
  long: { windowMs: 60 * MINUTE_MS, bad: 120, total: 400 },
  short: { windowMs: 5 * MINUTE_MS, bad: 80, total: 90 },
};
const tier: TierOutcome = {
  ...{ slo: 'chat-availability', tier: '1h&5m', urgency: 'page', alertCount: 1, firingMs: 90 * MINUTE_MS },
  ...{ notificationCount: 1, notificationsPerWeek: 0.025 },
};
const detected = {
  slo: 'chat-availability',
  tier: '1h&5m',
  urgency: 'page',
  afterMs: 4 * MINUTE_MS,
} as const;
const incident = { name: 'provider down', fromMs: T0, toMs: T0 + 60 * MINUTE_MS, slo: null };
const backtest: Backtest = {
  ...{ stream: 'live', fromMs: T0 - 1_440 * MINUTE_MS, toMs: T0 + 1_440 * MINUTE_MS },
  counts: { 'chat-availability': 10_000 },
  alerts: [alert, { ...alert, tier: '3d&6h', urgency: 'ticket', endedAtMs: null, toldAtMs: null }],
  tiers: [tier],
  decisions: [],
  series: [],
  incidents: [
    { ...incident, detected, paged: detected },
    { ...incident, name: 'slow \u001b[31m answers', detected: null, paged: null },
  ],
  pagesOutside: [{ ...alert, firedAtMs: T0 + 600 * MINUTE_MS }],
};
const plans = [
  { slo: 'chat-availability', sli: {} },
  { slo: 'chat-nothing', sli: {} },
] as unknown as readonly SloPlan[];

class Lines extends Output {
  readonly lines: string[] = [];
  override line(text = ''): void {
    this.lines.push(...text.split('\n'));
  }
}

function printed(columns: number, over: Partial<Backtest> = {}): readonly string[] {
  const options = { isJson: false, isErrorTerminal: false, hasColors: false, hasErrorColors: false };
  const output = new Lines({ ...options, columns });
  printBacktest({ ...backtest, ...over }, plans, output);
  return output.lines;
}

describe('what a backtest found', () => {
  it.each([60, 80, 120])('fits a terminal of %i columns', (columns) => {
    expect(Math.max(...printed(columns).map(({ length }) => length))).toBeLessThanOrEqual(columns);
  });

  it('is said with every figure where there is room, and nothing that a terminal obeys', () => {
    const lines = printed(400).map((line) => line.replaceAll(/\s+/g, ' ').trim());
    expect(lines).toEqual(
      expect.arrayContaining([
        'live, judged from 2026-02-28 10:00:00 to 2026-03-02 10:00:00 UTC, 2d',
        'chat-nothing: no record is within its scope',
        'chat-availability 1h&5m page 1 1h30m 1 0.03',
        '2026-03-01 10:04:00 2026-03-01 11:34:00 1h30m SEV-1 chat-availability provider=openai model=gpt-4o-mini-2024-07-18 1h&5m 120/400, 80/90 at once',
        '2026-03-01 10:04:00 fires still SEV-1 chat-availability provider=openai model=gpt-4o-mini-2024-07-18 3d&6h 120/400, 80/90 held back',
        'provider down 2026-03-01 10:00:00 4m chat-availability 1h&5m 4m chat-availability 1h&5m',
        String.raw`slow \e[31m answers 2026-03-01 10:00:00 missed never`,
        '1 of 2 incidents told of',
        '1 page outside of every incident:',
      ]),
    );
    expect(printed(400, { pagesOutside: [] })).toContain('No page outside of an incident.');
    const marked = printed(400, { pagesOutside: null, incidents: null }).join('\n');
    expect(marked).not.toContain('incident');
  });

  it('is cut where alerts are many', () => {
    const alerts = Array.from({ length: 75 }, () => alert);
    expect(printed(400, { alerts })).toContain('and 15 later alerts: --json has all');
  });
});
