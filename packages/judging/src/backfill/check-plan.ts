import { inferenceFields, verdictFields } from '@burnline/specs';
import {
  AppError,
  histogramFieldOf,
  referenceParts,
  summedFieldOf,
  sumReferencesOf,
  sumTermOf,
  type SliPlan,
} from '@burnline/core';

type BackfillPlanErrorCode = 'BACKFILL_PLAN_UNSUPPORTED';

/**
 * Refuses what SQL would write as other text or other sums than the stream: doubles as labels, and sums of doubles that are
 * neither measures nor in fixed point. Spec files cannot ask for either.
 *
 * @throws AppError BACKFILL_PLAN_UNSUPPORTED
 */
export function checkPlan(plan: SliPlan): void {
  const fields = plan.stream === 'inference' ? inferenceFields : verdictFields;
  const typeOf = (name: string) => fields.find((field) => field.name === name)?.type;
  for (const dimension of plan.groupBy.dimensions) {
    const { field, key } = referenceParts(dimension);
    const type = typeOf(field);
    const isText = key === null && (type === 'string' || type === 'int' || type === 'bool');
    if (!isText && !(key !== null && type === 'string_map'))
      throw unsupported(plan, `groups by ${dimension}`);
  }
  const isCategory = (name: string): boolean => {
    const { field, key } = referenceParts(name);
    const type = typeOf(field);
    return key === null ? type === 'string' || type === 'bool' : type === 'string_map';
  };
  const isNumber = (name: string): boolean => {
    const { field, key } = referenceParts(name);
    const type = typeOf(field);
    return key === null ? type === 'int' || type === 'double' : type === 'double_map';
  };
  const isSummable = (sum: string): boolean => {
    const references = sumReferencesOf(sum);
    if (sumTermOf(sum)?.bin === undefined) return references.every(isNumber);
    const [field = '', isTrue = ''] = references;
    return isNumber(field) && typeOf(isTrue) === 'bool';
  };
  for (const sum of plan.sums) {
    const own = summedFieldOf(sum);
    const isSummed = own === null ? isSummable(sum) : typeOf(own) === 'int';
    if (!isSummed) throw unsupported(plan, `sums ${sum}`);
  }
  if (plan.histogram === null) return;
  const field = histogramFieldOf(plan.histogram);
  const isKept = 'categoryOf' in plan.histogram ? isCategory(field) : isNumber(field);
  if (!isKept) throw unsupported(plan, `keeps a histogram of ${field}`);
}

function unsupported({ slo, specRev }: SliPlan, what: string): AppError<BackfillPlanErrorCode> {
  return new AppError<BackfillPlanErrorCode>(
    'BACKFILL_PLAN_UNSUPPORTED',
    `${slo}, revision ${specRev}, ${what}, which raw rows cannot be counted by`,
    {
      remedy:
        'Group by texts, integers, booleans or attributes; sum integers and measures; keep histograms of numbers, texts and booleans.',
    },
  );
}
