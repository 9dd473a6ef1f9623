import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as pages from '../../../services/console/web/src/parts/format.ts';
import { budgetText } from '../../../services/console/web/src/parts/budget-text.ts';
import * as commands from '../../../services/burnline/src/output/format.ts';
import { budgetText as commandBudgetText } from '../../../services/burnline/src/output/status-table.ts';

/** Goal: the same figure has the same digits on a page as in `burnline status`. */
const figure = fc.oneof(
  fc.double({ noNaN: true, min: -100, max: 100 }),
  fc.constantFrom(0, 1, -1, 0.999, 0.9999, 0.99995, 14.4, 13.44, 0.07),
);

test('shares, targets, burn rates, counts and instants', () => {
  fc.assert(
    fc.property(figure, fc.nat(), fc.integer({ min: 1, max: 4 }), (value, count, digits) => {
      expect(pages.formatPercent(value, digits)).toBe(commands.formatPercent(value, digits));
      expect(pages.formatTarget(Math.abs(value))).toBe(commands.formatTarget(Math.abs(value)));
      expect(pages.formatBurnRate(Math.abs(value))).toBe(commands.formatBurnRate(Math.abs(value)));
      expect(pages.formatCount(count)).toBe(commands.formatCount(count));
      expect(pages.formatInstant(count * 1_000)).toBe(commands.formatInstant(count * 1_000));
    }),
    { numRuns: 2_000 },
  );
});

test('budgets, those overspent many times too', () => {
  fc.assert(
    fc.property(fc.option(figure), fc.boolean(), (remainingRatio, isEstimated) => {
      const budget = { remainingRatio, isEstimated };
      const rest = { projectedRemainingRatio: null, remainingEvents: null, remainingMs: null };
      expect(budgetText({ ...budget, ...rest })).toBe(commandBudgetText(budget));
    }),
    { numRuns: 2_000 },
  );
});
