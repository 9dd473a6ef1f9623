import { AppError, type ExactRatio } from '@burnline/core';
import { exactDecimal } from '../../documents/exact-decimal.ts';
import { formatPath } from '../../documents/spec-issue.ts';
import { operatorOf, type BoundOperator } from '../number-condition.ts';
import type { ObjectivePlace } from '../sli-kind.ts';

/** On which side of what the figure of a slice has to be. */
export interface SliceBound {
  readonly operator: BoundOperator;
  /** The numerator may be negative. */
  readonly ratio: ExactRatio;
}

/** `op` and `value` of an objective, digit for digit; null, which is reported, where one is missing or wrong. */
export function boundOf(
  { context, document, path }: ObjectivePlace,
  range: 'signed' | 'positive',
): SliceBound | null {
  const operator = operatorOf(document.textAt([...path, 'op']));
  const place = [...path, 'value'];
  const written = document.writtenNumber(place);
  if (operator === undefined || written === undefined)
    return context.report(document, path, {
      message: `${formatPath(path)} has no ${operator === undefined ? 'op' : 'value'}: a slice is good on one side of its threshold.`,
      expected: 'op (lte, lt, gte or gt) and value',
      remedy: 'Write op: lte and value: 0.15, in the unit of the figure.',
    });
  const text = written.text.trim();
  const isNegative = text.startsWith('-');
  if (isNegative && range === 'positive')
    return context.report(document, place, {
      message: 'The figure of a slice is never below 0.',
      expected: 'a plain decimal of 0 or more',
      found: text,
    });
  const size = exactDecimal(isNegative ? text.slice(1) : text);
  if (size instanceof AppError)
    return context.report(document, place, {
      message: size.message,
      expected: 'a plain decimal',
      found: text,
    });
  return { operator, ratio: isNegative ? { ...size, numerator: -size.numerator } : size };
}
