import { seriesKeyOf } from '../forecast/series-key.ts';
import { seriesNameOf } from './series-name.ts';
import type { ReportBudget, ReportChange, ReportFigures } from './report.ts';

/** What of a report is another now than it was told before, budgets by their counts: shares follow from those. In the order of the report. */
export function restatedFigures(before: ReportFigures, after: ReportFigures): readonly ReportChange[] {
  const keyOf = ({ slo, labels }: ReportBudget): string => seriesKeyOf({ stream: after.stream, slo, labels });
  const told = new Map(before.budgets.map((one) => [keyOf(one), one]));
  const now = new Set(after.budgets.map(keyOf));
  return [
    ...after.budgets.flatMap((one) => budgetChanges(one, told.get(keyOf(one)) ?? null, one)),
    ...before.budgets.filter((one) => !now.has(keyOf(one))).flatMap((one) => budgetChanges(one, one, null)),
    ...changed('alerts that fired', 'alerts', countOf(before), countOf(after)),
    ...changed('spend', 'cost', before.cost?.costNanoUsd ?? null, after.cost?.costNanoUsd ?? null),
  ];
}

const countOf = ({ alerts, alertsLeftOut }: ReportFigures): number => alerts.length + alertsLeftOut;

function budgetChanges(
  named: ReportBudget,
  before: ReportBudget | null,
  after: ReportBudget | null,
): readonly ReportChange[] {
  const name = seriesNameOf(named);
  const counts = (['good', 'total'] as const).flatMap((figure) =>
    changed(name, figure, before?.[figure] ?? null, after?.[figure] ?? null),
  );
  // Of the same counts only another target makes another share.
  return [...counts, ...changed(name, 'spent', before?.spentRatio ?? null, after?.spentRatio ?? null)];
}

const changed = (
  what: string,
  figure: ReportChange['figure'],
  before: number | null,
  after: number | null,
): readonly ReportChange[] => (before === after ? [] : [{ what, figure, before, after }]);
