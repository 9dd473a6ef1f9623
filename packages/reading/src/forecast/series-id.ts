import { isOfEntities, seriesIdentityOf, UNGROUPED } from '@burnline/counting';
import type { BudgetSpec } from '@burnline/queries';

/** Id, as text, under which a series of an SLO is counted, or judged where it is of entities. */
export function seriesIdOf(
  { sli }: Pick<BudgetSpec, 'sli'>,
  labels: Readonly<Record<string, string>>,
): string {
  const { dimensions } = sli.groupBy;
  const isUngrouped = isOfEntities(sli) || dimensions.length === 0;
  const values = dimensions.map((name) => labels[name] ?? '');
  return (isUngrouped ? UNGROUPED : seriesIdentityOf(dimensions, values)).series;
}
