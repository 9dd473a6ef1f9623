import type { ExactRatio, SliceRule } from '@burnline/core';
import type { ObjectivePlace } from '../sli-kind.ts';
import { boundOf } from './read-bound.ts';
import { checkWholeSlices, readSliceRule } from './read-slice-rule.ts';

/** Slices whose figure has to stay below a bound of 0 or more. */
export interface Ceiling {
  readonly slices: SliceRule;
  readonly operator: '<' | '<=';
  readonly ratio: ExactRatio;
}

/** What an objective says of a figure that may only be small; `why` tells whoever asks for a large one. Null where it has a mistake, which is reported. */
export function readCeiling(objective: ObjectivePlace, why: string): Ceiling | null {
  const [slices, bound] = [readSliceRule(objective), boundOf(objective, 'positive')];
  if (slices === null || bound === null || !checkWholeSlices(objective)) return null;
  const { operator, ratio } = bound;
  if (operator === '<' || operator === '<=') return { slices, operator, ratio };
  const { context, document, path } = objective;
  return context.report(document, [...path, 'op'], { message: why, expected: 'lte or lt' });
}
