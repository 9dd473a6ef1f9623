import { planColumns } from '@burnline/contracts';
import { OTHER_LABEL, AppError, labelSql, type SliPlan } from '@burnline/core';

/** Alerts cut values of that many characters, less half a pair of surrogates, and end them so. */
const CUT_LABEL = /^[^]{198,199}…$/;

/** Whether events have this value of a label as it is written. */
export const isWholeLabel = (value: string): boolean => value !== OTHER_LABEL && !CUT_LABEL.test(value);

type LabelsErrorCode = 'QUERY_LABELS_UNKNOWN';

/** Labels of a series if its events can be told apart by them, none otherwise: `__other__`, cut values and dimensions of another revision cannot. */
export const labelsThatTell = (
  { groupBy: { dimensions } }: Pick<SliPlan, 'groupBy'>,
  labels: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> =>
  Object.entries(labels).every(([name, value]) => dimensions.includes(name) && isWholeLabel(value))
    ? labels
    : {};

/** @throws AppError QUERY_LABELS_UNKNOWN for names that are no dimensions of the SLO */
export function checkDimensions(plan: SliPlan, names: readonly string[]): void {
  const { dimensions } = plan.groupBy;
  const unknown = names.find((name) => !dimensions.includes(name));
  if (unknown !== undefined)
    throw new AppError<LabelsErrorCode>(
      'QUERY_LABELS_UNKNOWN',
      `${plan.slo} has the dimensions ${dimensions.join(', ') || '(none)'}, not ${unknown}`,
      { remedy: 'Name dimensions of the SLO alone.' },
    );
}

/** Names that the spec checked become SQL, values are parameters. @throws AppError QUERY_LABELS_UNKNOWN */
export function labelConditions(
  plan: SliPlan,
  labels: Readonly<Record<string, string>>,
): { readonly sql: string; readonly params: Readonly<Record<string, string>> } {
  checkDimensions(plan, Object.keys(labels));
  const column = planColumns(plan);
  const named = Object.entries(labels).sort();
  return {
    sql: named.map(([name], index) => ` AND ${labelSql(name, column)} = {label_${index}:String}`).join(''),
    params: Object.fromEntries(named.map(([, value], index) => [`label_${index}`, value])),
  };
}
