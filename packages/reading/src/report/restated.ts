import { seriesKeyOf } from '../forecast/series-key.ts';
import { seriesNameOf } from './series-name.ts';
import type { Report, ReportBudget, ReportChange, ReportFigures } from './report.ts';

/**
 * What of a report is another now than it was told before, budgets by their counts: shares follow from those. In the order of the report.
 * A series that only one of both has is new or gone where the other has all; where it had no room for all, it is counted as untold.
 */
export function restatedFigures(before: ReportFigures, after: ReportFigures): Restated {
  const keyOf = ({ slo, labels }: ReportBudget): string => seriesKeyOf({ stream: after.stream, slo, labels });
  const told = new Map(before.budgets.map((one) => [keyOf(one), one]));
  const now = new Set(after.budgets.map(keyOf));
  const come = after.budgets.filter((one) => !told.has(keyOf(one)));
  const gone = before.budgets.filter((one) => !now.has(keyOf(one)));
  const isComeKnown = before.budgetsLeftOut === 0;
  const isGoneKnown = after.budgetsLeftOut === 0;
  return {
    restated: [
      ...after.budgets.flatMap((one) => {
        const was = told.get(keyOf(one));
        return was === undefined && !isComeKnown ? [] : budgetChanges(one, was ?? null, one);
      }),
      ...(isGoneKnown ? gone.flatMap((one) => budgetChanges(one, one, null)) : []),
      ...changed('alerts that fired', 'alerts', countOf(before), countOf(after)),
      ...changed('spend', 'cost', before.cost?.costNanoUsd ?? null, after.cost?.costNanoUsd ?? null),
    ],
    restatedUntold: (isComeKnown ? 0 : come.length) + (isGoneKnown ? 0 : gone.length),
  };
}

type Restated = Pick<Report, 'restated' | 'restatedUntold'>;

const countOf = ({ alerts, alertsLeftOut }: ReportFigures): number => alerts.length + alertsLeftOut;

function budgetChanges(
  named: ReportBudget,
  before: ReportBudget | null,
  after: ReportBudget | null,
): readonly ReportChange[] {
  const name = seriesNameOf(named);
  // Those of a composite stand for shares.
  const figures = named.parts === undefined ? (['good', 'total'] as const) : [];
  const counts = figures.flatMap((figure) =>
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
