import { AppError, type ExactRatio } from '@burnline/core';
import { exactDecimal } from '../../documents/exact-decimal.ts';
import { formatPath } from '../../documents/spec-issue.ts';
import type { DerivedKind } from '../derived-kind.ts';
import type { ObjectivePlace } from '../sli-kind.ts';
import { readSliceRule, SLICES_BAD_COUNT_MIN } from '../slices/read-slice-rule.ts';

/**
 * Slices of time instead of events: good is a slice whose share of good events reaches `timeSliceTarget`, total are the slices
 * that had any. A quiet night weighs as much as a busy noon.
 */
export const timeslicesKind: DerivedKind = {
  method: 'Timeslices',
  objectiveFields: ['timeSliceTarget', 'timeSliceWindow'],
  badCountMin: SLICES_BAD_COUNT_MIN,
  read: (objective) => {
    const [target, rule] = [targetOf(objective), readSliceRule(objective)];
    return target === null || rule === null ? null : { kind: 'timeslices', ...rule, target };
  },
};

function targetOf({ context, document, path }: ObjectivePlace): ExactRatio | null {
  const place = [...path, 'timeSliceTarget'];
  const written = document.writtenNumber(place);
  const details = {
    expected: 'a plain decimal above 0 and at most 1',
    message: `${formatPath(place)} is no share.`,
  };
  if (written === undefined)
    return context.report(document, path, {
      ...details,
      found: 'nothing',
      message: `${formatPath(path)} has no timeSliceTarget.`,
    });
  const target = exactDecimal(written.text.trim());
  if (target instanceof AppError)
    return context.report(document, place, { ...details, found: written.text, message: target.message });
  if (target.numerator > 0 && target.numerator <= target.denominator) return target;
  return context.report(document, place, { ...details, found: written.text });
}
