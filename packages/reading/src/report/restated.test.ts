import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restatedFigures } from './restated.ts';
import type { ReportBudget, ReportFigures } from './report.ts';

/** Goal: a change is told where both reports have the figure; where one had no room for a series, it is neither new nor gone. */
const SERIES = ['a', 'b', 'c', 'd', 'e'];

const figuresOf = (totals: ReadonlyMap<string, number>, budgetsLeftOut: number): ReportFigures => ({
  ...{ stream: 'live', kind: 'weekly', fromMs: 0, toMs: 604_800_000, labels: {}, coverage: 1 },
  budgets: [...totals].map(
    ([name, total]) =>
      ({ slo: 's', labels: { name }, good: total, total, spentRatio: 0 }) as unknown as ReportBudget,
  ),
  ...{ budgetsLeftOut, burnDowns: [], alerts: [], alertsLeftOut: 0 },
  ...{ alertsOver: { count: 0, resolveMedianMs: null }, cost: null, costUnread: null },
});
/** Every series that there is has a total; a report has room for those of a subset. */
const totals = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 5, maxLength: 5 });
const room = fc.subarray(SERIES);

describe('what a report restates', () => {
  it('is exactly what changed of the series that both have, and of one alone nothing but that it is untold', () => {
    fc.assert(
      fc.property(totals, totals, room, room, (before, after, wasShown, isShown) => {
        const of = (all: readonly number[], shown: readonly string[]): ReportFigures =>
          figuresOf(
            new Map(shown.map((name) => [name, all[SERIES.indexOf(name)]!])),
            SERIES.length - shown.length,
          );
        const { restated, restatedUntold } = restatedFigures(of(before, wasShown), of(after, isShown));
        const changed = SERIES.filter(
          (name, index) =>
            wasShown.includes(name) && isShown.includes(name) && before[index] !== after[index],
        );
        expect(new Set(restated.filter(({ figure }) => figure === 'total').map(({ what }) => what))).toEqual(
          new Set(changed.map((name) => `s ${name}`)),
        );
        const oneSided = SERIES.filter((name) => wasShown.includes(name) !== isShown.includes(name));
        expect(restatedUntold).toBe(oneSided.length);
      }),
    );
  });

  it('is of a composite what it spent, and none of the counts that stand for it', () => {
    const of = (good: number, spentRatio: number): ReportFigures => {
      const figures = figuresOf(new Map([['a', good]]), 0);
      return { ...figures, budgets: figures.budgets.map((one) => ({ ...one, spentRatio, parts: [] })) };
    };
    const { restated } = restatedFigures(of(1, 0.5), of(2, 0.6));
    expect(restated).toEqual([{ what: 's a', figure: 'spent', before: 0.5, after: 0.6 }]);
  });

  it('tells of a series that came or went where both reports have all', () => {
    const told = restatedFigures(figuresOf(new Map([['a', 1]]), 0), figuresOf(new Map([['b', 2]]), 0));
    expect(told).toMatchObject({ restatedUntold: 0 });
    expect(told.restated).toContainEqual({ what: 's a', figure: 'total', before: 1, after: null });
    expect(told.restated).toContainEqual({ what: 's b', figure: 'total', before: null, after: 2 });
  });
});
