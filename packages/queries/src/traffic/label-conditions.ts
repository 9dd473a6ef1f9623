import { planColumns } from '@burnline/contracts';
import { AppError, labelSql, type SliPlan } from '@burnline/core';

type LabelsErrorCode = 'QUERY_LABELS_UNKNOWN';

/** Names that the spec checked become SQL, values are parameters. @throws AppError QUERY_LABELS_UNKNOWN */
export function labelConditions(
  plan: SliPlan,
  labels: Readonly<Record<string, string>>,
): { readonly sql: string; readonly params: Readonly<Record<string, string>> } {
  const { dimensions } = plan.groupBy;
  const unknown = Object.keys(labels).find((name) => !dimensions.includes(name));
  if (unknown !== undefined)
    throw new AppError<LabelsErrorCode>(
      'QUERY_LABELS_UNKNOWN',
      `${plan.slo} has the dimensions ${dimensions.join(', ') || '(none)'}, not ${unknown}`,
      { remedy: 'Name dimensions of the SLO alone.' },
    );
  const column = planColumns(plan);
  const named = Object.entries(labels).sort();
  return {
    sql: named.map(([name], index) => ` AND ${labelSql(name, column)} = {label_${index}:String}`).join(''),
    params: Object.fromEntries(named.map(([, value], index) => [`label_${index}`, value])),
  };
}
