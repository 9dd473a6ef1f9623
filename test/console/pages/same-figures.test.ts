import fc from 'fast-check';
import { expect, test } from 'vitest';

/** Goal: the same figure has the same digits on a page as in `burnline status`. */
interface Figures {
  formatPercent(ratio: number | null, digits?: number): string;
  formatTarget(ratio: number): string;
  formatBurnRate(rate: number | null): string;
  formatCount(count: number): string;
  formatInstant(atMs: number): string;
}
interface Budgets {
  budgetText(budget: { readonly remainingRatio: number | null; readonly isEstimated: boolean }): string;
}

/** Sources of two projects that know nothing of each other, of which neither exports these. */
const load = async <Module>(path: string): Promise<Module> =>
  (await import(new URL(`../../../services/${path}`, import.meta.url).href)) as Module;
const pages = await load<Figures>('console/web/src/parts/format.ts');
const commands = await load<Figures>('burnline/src/output/format.ts');
const pageBudgets = await load<Budgets>('console/web/src/parts/budget-text.ts');
const commandBudgets = await load<Budgets>('burnline/src/output/status-table.ts');

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
      expect(pageBudgets.budgetText(budget)).toBe(commandBudgets.budgetText(budget));
    }),
    { numRuns: 2_000 },
  );
});
