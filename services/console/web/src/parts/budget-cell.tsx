import type { ReactNode } from 'react';
import type { OverviewRow } from '../../../src/api/contract/index.ts';
import { budgetNote, budgetText } from './budget-text.ts';
import { formatPercent } from './format.ts';
import { Meter } from './meter.tsx';
import { budgetTone } from './state-badge.tsx';

/** What is left of a budget: share, as a bar, and what that is in events and time. */
export function BudgetCell({ row }: { readonly row: OverviewRow }): ReactNode {
  const tone = budgetTone(row.state);
  return (
    <>
      <span className={tone === 'good' ? undefined : `tone-${tone}`}>{budgetText(row.budget)}</span>
      <Meter ratio={row.budget.remainingRatio} tone={tone} />
      <div className="dim">
        {row.budget.isEstimated && row.budget.projectedRemainingRatio !== null
          ? `projected ${formatPercent(row.budget.projectedRemainingRatio, 1)}`
          : budgetNote(row.budget)}
      </div>
    </>
  );
}
