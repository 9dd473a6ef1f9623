import { describe, expect, it } from 'vitest';
import { Output } from './output.ts';
import type { SeriesStatus } from '@burnline/queries';
import type { BurnTier } from '@burnline/core';
import { seriesKeyOf, tierBurns } from '@burnline/reading';
import { printStatus } from './status-table.ts';

const whole: SeriesStatus = {
  stream: 'live',
  slo: 'chat',
  displayName: 'Chat',
  service: 'chat',
  labels: {},
  targetRatio: 0.99,
  period: '28d',
  evaluatedAtMs: 0,
  good: 95,
  bad: 5,
  total: 100,
  unassigned: 0,
  sliRatio: 0.95,
  remainingRatio: -4,
  projectedRemainingRatio: null,
  isEstimated: false,
  state: 'ok',
  coverage: 1,
  burnRates: [],
  firing: null,
};

class Lines extends Output {
  readonly lines: string[] = [];
  override line(text = ''): void {
    this.lines.push(...text.split('\n').map((line) => line.replaceAll(/\s+/g, ' ').trim()));
  }
}

function printed(...over: Partial<SeriesStatus>[]): readonly string[] {
  const output = new Lines({
    isJson: false,
    isErrorTerminal: false,
    hasColors: false,
    hasErrorColors: false,
  });
  printStatus(
    over.map((one) => ({ ...whole, ...one })),
    output,
  );
  return output.lines.slice(1, -1).filter((line) => !line.startsWith('budget left below 0'));
}

describe('the status table', () => {
  it('says nothing of what is whole', () => {
    expect(printed({})).toEqual([
      'SLO series target SLI good / total budget left burn state alert',
      'chat (all) 99.0 % 95.00 % 95 / 100 -400.0 % (5.0x spent) 0 ok',
    ]);
  });

  it('marks periods that are only partly filled', () => {
    expect(printed({}, { isEstimated: true }).slice(1)).toEqual([
      'chat (all) 99.0 % 95.00 % 95 / 100 -400.0 % (5.0x spent) 0 ok',
      'chat (all) 99.0 % 95.00 % 95 / 100 -400.0 %* (5.0x spent) 0 ok',
      '* the period is only partly filled: the state goes by its projection, in which the rest has as much traffic and nothing bad',
    ]);
  });

  it('shows how much is missing, and where it is too much', () => {
    expect(printed({}, { coverage: 0.9999 })).toEqual([
      'SLO series target SLI good / total budget left burn state coverage alert',
      'chat (all) 99.0 % 95.00 % 95 / 100 -400.0 % (5.0x spent) 0 ok',
      'chat (all) 99.0 % 95.00 % 95 / 100 -400.0 % (5.0x spent) 0 ok 99.9 %',
    ]);
    expect(printed({ coverage: 0.25, state: 'no_data' }).slice(1)).toEqual([
      'chat (all) 99.0 % 95.00 % 95 / 100 -400.0 % (5.0x spent) 0 no_data 25.0 %',
      'coverage is too low to conclude anything: see the view `sources`',
    ]);
  });
});

describe('the words of tiers', () => {
  it('are told by the worst one, with its tier', () => {
    const first: BurnTier = {
      ...{ name: '1h&5m', longWindowMs: 3_600_000, shortWindowMs: 300_000, severity: 'page', holdMs: 0 },
      ...{
        budgetShare: { numerator: 1, denominator: 50 },
        factor: { numerator: 72, denominator: 5 },
        operator: '>=',
      },
    };
    const target = { numerator: 99, denominator: 100 };
    const burns = (short: number, long: number) =>
      tierBurns(
        { tiers: [first], target },
        new Map([
          [first.shortWindowMs, { bad: short, total: 100 }],
          [first.longWindowMs, { bad: long, total: 100 }],
        ]),
      );
    const wordOf = (short: number, long: number): string => {
      const output = new Lines({
        ...{ isJson: false, isErrorTerminal: false, hasColors: false, hasErrorColors: false },
      });
      printStatus([whole], output, { tiers: new Map([[seriesKeyOf(whole), burns(short, long)]]) });
      return /spent\) 0 (.*) ok/.exec(output.lines[2]!)![1]!;
    };
    expect(wordOf(50, 50)).toBe(`critical ${first.name}`);
    expect(wordOf(50, 0)).toBe(`increasing ${first.name}`);
    expect(wordOf(0, 50)).toBe(`recovering ${first.name}`);
    expect(wordOf(0, 0)).toBe('acceptable');
  });
});
