import type { SeriesStatus } from '@burnline/queries';
import { expect, it } from 'vitest';
import type { BudgetForecast } from '../forecast/budget-forecast.ts';
import { compareBinding, type ForecastBudget } from './binding-order.ts';

/** Goal: the order that docs/operations.md promises of binding budgets, whatever they are compared with. */
const known = { knownAtMs: 0, rate: { bad: 1, total: 2, overMs: 3, windowMs: 3 } };
const never: BudgetForecast = { kind: 'never', ...known };
const runsOut = (atMs: number): BudgetForecast => ({ kind: 'runs_out', atMs, recoversAtMs: null, ...known });

const budget = (
  slo: string,
  state: string,
  left: number | null,
  forecast: BudgetForecast | null,
  projected: number | null = null,
): ForecastBudget => ({
  status: {
    ...{
      stream: 'live',
      slo,
      displayName: slo,
      service: 'chat',
      labels: {},
      targetRatio: 0.99,
      period: '28d',
    },
    ...{ evaluatedAtMs: 0, good: 0, bad: 0, total: 0, unassigned: 0, sliRatio: null, coverage: 1 },
    ...{ burnRates: [], firing: null, state, isEstimated: projected !== null },
    remainingRatio: left,
    projectedRemainingRatio: projected,
  } satisfies SeriesStatus,
  forecast,
});

/** From the one that binds to the one that binds last. */
const ORDER: readonly ForecastBudget[] = [
  budget('deep', 'breached', -3, { kind: 'spent', recoversAtMs: null, ...known }),
  budget('shallow', 'breached', -0.1, null),
  budget('soon-and-ok', 'ok', 0.9, runsOut(5)),
  budget('later-and-at-risk', 'at_risk', 0.1, runsOut(9)),
  budget('at-risk', 'at_risk', 0.2, never),
  // Overspent so far, by the projection there is most of it left.
  budget('estimated', 'ok', -0.5, never, 0.6),
  budget('ok', 'ok', 0.7, never),
  budget('ok-too', 'ok', 0.7, { kind: 'not_forecast', why: 'many' }),
  budget('blind', 'no_data', -5, { kind: 'no_data' }),
  budget('idle', 'no_traffic', null, { kind: 'no_traffic', ...known }),
];

it('puts breached ones first, then what runs out first, then what is at risk, then what has least left', () => {
  ORDER.forEach((one, index) => {
    ORDER.forEach((other, place) => {
      expect(Math.sign(compareBinding(one, other)), `${one.status.slo} and ${other.status.slo}`).toBe(
        Math.sign(index - place),
      );
    });
  });
});
