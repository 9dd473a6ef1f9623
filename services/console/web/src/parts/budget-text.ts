import type { BudgetLeft } from '../../../src/api/contract/index.ts';
import { formatCount, formatDuration, formatNumber, formatPercent } from './format.ts';

/** As `status` writes it: a star where the period is only partly filled, and overspending by more than all as a multiple too. */
export function budgetText({ remainingRatio, isEstimated }: BudgetLeft): string {
  const text = `${formatPercent(remainingRatio, 1)}${isEstimated ? '*' : ''}`;
  if (remainingRatio === null || remainingRatio >= -1) return text;
  const spent = 1 - remainingRatio;
  return `${text} (${formatNumber(spent, spent < 10 ? 1 : 0)}x spent)`;
}

/** The same in events and time, as far as that is known. */
export function budgetNote({ remainingEvents, remainingMs }: BudgetLeft): string {
  const parts = [
    ...(remainingEvents === null ? [] : [`${formatCount(remainingEvents)} events`]),
    ...(remainingMs === null ? [] : [formatDuration(remainingMs)]),
  ];
  return parts.join(' / ');
}
