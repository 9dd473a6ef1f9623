import type { PredicateNode } from '@burnline/core';
import { z } from 'zod';
import { formatPath } from '../../documents/spec-issue.ts';
import { COUNTED_SHAPE } from '../counted-shape.ts';
import { havingNumbers, numberNode, operatorOf, type NumberNode } from '../number-condition.ts';
import type { ObjectivePlace, SliKind } from '../sli-kind.ts';
import { SliReading, type SliTemplate } from '../sli-reading.ts';

const THRESHOLD_SHAPE = COUNTED_SHAPE.extend({ field: z.string() });

/**
 * A number of the event on the right side of the objective's threshold: `thresholdMetric` with `op` and `value`. Each
 * objective has its own threshold, over the same total: the events that have the number at all.
 */
export const thresholdKind: SliKind = {
  metric: 'thresholdMetric',
  leaves: { '': THRESHOLD_SHAPE },
  objectiveFields: ['op', 'value'],
  read: (place) => {
    const reading = new SliReading({ ...place, countedLeaf: ['thresholdMetric'] });
    const counted = readCounted(reading);
    if (counted === null) return null;
    return (objective) => {
      const where = thresholdOf(objective, counted.field);
      return where === null ? null : { ...counted.template, verdict: { kind: 'good', where } };
    };
  },
};

interface Counted {
  readonly template: Omit<SliTemplate, 'verdict'>;
  readonly field: NumberNode;
}

function readCounted(reading: SliReading): Counted | null {
  // Of a leaf without its source the shape was told.
  if (reading.document.at(reading.counted) === undefined) return null;
  reading.checkLeaf(['thresholdMetric'], THRESHOLD_SHAPE);
  const parts = reading.countedParts();
  const where = reading.predicate([...reading.counted, 'where']);
  const name = reading.numberField([...reading.counted, 'field'], 'hold against a threshold');
  if (name === null || !reading.isSound) return null;
  const field = numberNode(reading, name);
  return { template: { ...parts, total: havingNumbers(where, [field]) }, field };
}

/** The objective's condition; null, which is reported, where it has none. */
function thresholdOf({ context, document, path }: ObjectivePlace, field: NumberNode): PredicateNode | null {
  const operator = operatorOf(document.textAt([...path, 'op']));
  const value = document.at([...path, 'value']);
  if (operator !== undefined && typeof value === 'number') {
    const type = Number.isInteger(value) && field.type === 'int' ? 'int' : 'double';
    return { kind: 'compare', operator, left: field, right: { kind: 'literal', type, value } };
  }
  const missing = operator === undefined ? 'op' : 'value';
  return context.report(document, path, {
    message: `${formatPath(path)} has no ${missing}: a thresholdMetric is good on one side of its threshold.`,
    expected: 'op (lte, lt, gte or gt) and value',
    remedy: 'Write op: lte and value: 800, in the unit of the field.',
  });
}
