import type { BudgetState } from '@burnline/core';
import type { SeriesStatus } from '@burnline/queries';
import { leftOf } from '../forecast/budget-left.ts';
import type { BudgetForecast } from '../forecast/budget-forecast.ts';

/** A series' budget with its forecast, as far as there is one. */
export interface ForecastBudget {
  readonly status: SeriesStatus;
  readonly forecast: BudgetForecast | null;
}

/** States whose budgets say something; the others do not bind, whatever they have left. */
const JUDGED: readonly string[] = ['ok', 'at_risk', 'breached'] satisfies BudgetState[];

export const isJudged = ({ status }: ForecastBudget): boolean => JUDGED.includes(status.state);

function runsOutMs({ status, forecast }: ForecastBudget): number {
  if (status.state === 'breached' || forecast?.kind === 'spent') return Number.NEGATIVE_INFINITY;
  return forecast?.kind === 'runs_out' ? forecast.atMs : Number.POSITIVE_INFINITY;
}

const ascending = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/**
 * Which budget binds, the first of: what is judged before what is not; breached; what runs out first; at risk; what has least
 * left. Equal ones stand by name.
 */
export function compareBinding(a: ForecastBudget, b: ForecastBudget): number {
  const keysOf = (one: ForecastBudget): readonly number[] => [
    isJudged(one) ? 0 : 1,
    runsOutMs(one),
    one.status.state === 'at_risk' ? 0 : 1,
    leftOf(one.status),
  ];
  const [left, right] = [keysOf(a), keysOf(b)];
  const first = left.map((key, index) => ascending(key, right[index] ?? 0)).find((order) => order !== 0);
  return first ?? compareTexts(nameOf(a), nameOf(b));
}

const nameOf = ({ status }: ForecastBudget): string =>
  JSON.stringify([status.slo, Object.entries(status.labels).sort()]);
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
