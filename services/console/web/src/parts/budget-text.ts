import type { BudgetLeft } from '../../../src/api/contract/index.ts';
import { formatCount, formatDuration, formatNumber, formatPercent } from './format.ts';

/** As `status` writes it: a star where the period is only partly filled, and overspending by more than all as a multiple too. */
export function budgetText(budget: BudgetLeft): string {
  if (budget.remainingRatio === null) return '-';
  const text = `${formatPercent(budget.remainingRatio, 1)}${budget.isEstimated ? '*' : ''}`;
  const spent = spentText(budget);
  return spent === null ? text : `${text} (${spent})`;
}

/** What the star says. */
export const STAR_NOTE = '* the period is only partly filled: the state goes by its projection.';

/** How many times the budget was spent, once it was spent twice: -8990 % is nothing that people can picture. */
export function spentText({ remainingRatio }: BudgetLeft): string | null {
  if (remainingRatio === null || remainingRatio >= -1) return null;
  const spent = 1 - remainingRatio;
  return `${formatNumber(spent, spent < 10 ? 1 : 0)}x spent`;
}

/** The same in events and time, as far as that is known. */
export function budgetNote({ remainingEvents, remainingMs }: BudgetLeft): string {
  const parts = [
    ...(remainingEvents === null ? [] : [`${formatCount(remainingEvents)} events`]),
    ...(remainingMs === null ? [] : [formatDuration(remainingMs)]),
  ];
  return parts.join(' / ');
}
