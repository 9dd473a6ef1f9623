import {
  SUM_DECIMALS_MAX,
  sumTermName,
  type ExactRatio,
  type MeanRule,
  type PredicateNode,
} from '@burnline/core';
import { z } from 'zod';
import { COUNTED_SHAPE, integer } from '../counted-shape.ts';
import { havingNumbers, numberNode, type BoundOperator, type NumberNode } from '../number-condition.ts';
import type { ObjectivePlace, SliKind } from '../sli-kind.ts';
import { SliReading, type SliTemplate } from '../sli-reading.ts';
import { boundOf } from '../slices/read-bound.ts';
import { checkWholeSlices, readSliceRule } from '../slices/read-slice-rule.ts';

/** Values that a slice may ask for before it is judged. */
const MINIMUM_MAX = 1_000_000;
/** Of doubles, unless `decimals` says otherwise: squares of up to 9,490 are exact, and means of up to 4,503,599,627. */
const DECIMALS = { mean: 6, 'root-mean-square': 4 } as const;

const MEAN_SHAPE = COUNTED_SHAPE.extend({
  field: z.string(),
  minus: z.string().optional(),
  aggregate: z.enum(['mean', 'root-mean-square'], 'mean, root-mean-square or calibration-error'),
  decimals: integer(0, SUM_DECIMALS_MAX).optional(),
  minimum: integer(1, MINIMUM_MAX).optional(),
});

/**
 * The mean of a number, or of the difference of two, within each slice of time: `thresholdMetric` with an `aggregate`. A slice is good
 * whose mean is on the right side of the objective's threshold. Events are counted as good by their own value, so that where
 * bad ones come from can be told.
 */
export const meanTimeslicesKind: SliKind = {
  metric: 'thresholdMetric',
  leaves: { '': MEAN_SHAPE },
  variant: 'aggregate',
  judgesSlices: 'A mean is one figure of a slice of time.',
  objectiveFields: ['op', 'value', 'timeSliceTarget', 'timeSliceWindow'],
  read: (place) => {
    const mean = readMean(new SliReading({ ...place, countedLeaf: ['thresholdMetric'] }));
    return mean === null ? null : (objective) => meanOf(mean, objective);
  },
};

interface Mean {
  readonly template: Omit<SliTemplate, 'verdict'>;
  /** What the mean is of. */
  readonly value: PredicateNode;
  readonly rule: Pick<MeanRule, 'aggregate' | 'sum' | 'decimals' | 'countMin'>;
}

function readMean(reading: SliReading): Mean | null {
  reading.checkLeaf(['thresholdMetric'], MEAN_SHAPE);
  const parts = reading.countedParts();
  const where = reading.predicate([...reading.counted, 'where']);
  const numbers = numbersOf(reading);
  if (numbers === null || !reading.isSound) return null;
  const { field, minus } = numbers;
  const { document, counted } = reading;
  const aggregate = document.textAt([...counted, 'aggregate']) === 'mean' ? 'mean' : 'root-mean-square';
  const isWhole = field.node.type === 'int';
  const decimals = reading.numberAt([...counted, 'decimals'], isWhole ? 0 : DECIMALS[aggregate]);
  const term = {
    field: field.name,
    minus: minus?.name ?? null,
    decimals,
    isSquared: aggregate === 'root-mean-square',
    countsCut: false,
  };
  const sum = sumTermName(term);
  const value: PredicateNode =
    minus === null
      ? field.node
      : {
          kind: 'arithmetic',
          operator: '-',
          type: isWhole ? 'int' : 'double',
          left: field.node,
          right: minus.node,
        };
  const all = minus === null ? [field.node] : [field.node, minus.node];
  const sums = [...parts.sums, sum, sumTermName({ ...term, countsCut: true })];
  return {
    template: { ...parts, sums, total: havingNumbers(where, all) },
    value,
    rule: { aggregate, sum, decimals, countMin: reading.numberAt([...counted, 'minimum'], 1) },
  };
}

interface NamedNumber {
  readonly name: string;
  readonly node: NumberNode;
}

function numbersOf(
  reading: SliReading,
): { readonly field: NamedNumber; readonly minus: NamedNumber | null } | null {
  const named = (key: string): NamedNumber | null => {
    const name = reading.numberField([...reading.counted, key], 'take the mean of');
    return name === null ? null : { name, node: numberNode(reading, name) };
  };
  const field = named('field');
  const place = [...reading.counted, 'minus'];
  if (field === null || reading.document.at(place) === undefined)
    return field === null ? null : { field, minus: null };
  const minus = named('minus');
  if (minus === null || minus.node.type === field.node.type) return minus === null ? null : { field, minus };
  return reading.fail(place, {
    message: `${field.name} and ${minus.name} are not both whole numbers, nor both doubles.`,
    expected: field.node.type === 'int' ? 'a whole number' : 'a double',
  });
}

/** The SLI of an objective; null, which is reported, where it does not say on which side of what the mean has to be. */
function meanOf(mean: Mean, objective: ObjectivePlace): SliTemplate | null {
  const [rule, bound] = [
    readSliceRule(objective),
    boundOf(objective, mean.rule.aggregate === 'mean' ? 'signed' : 'positive'),
  ];
  if (rule === null || bound === null || !checkWholeSlices(objective)) return null;
  const { operator, ratio } = bound;
  return {
    ...mean.template,
    verdict: { kind: 'good', where: ownValueHolds(mean, operator, ratio) },
    derivation: { kind: 'mean-timeslices', ...rule, ...mean.rule, operator, bound: ratio },
  };
}

/** The same condition of one value: that of its size, where squares are added up. */
function ownValueHolds({ value, rule }: Mean, operator: BoundOperator, bound: ExactRatio): PredicateNode {
  const limit = bound.numerator / bound.denominator;
  const compared = (by: BoundOperator, against: number): PredicateNode => ({
    kind: 'compare',
    operator: by,
    left: value,
    right: { kind: 'literal', type: 'double', value: against },
  });
  if (rule.aggregate === 'mean') return compared(operator, limit);
  const mirrored = ({ '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const)[operator];
  const isBelow = operator === '<' || operator === '<=';
  return { kind: isBelow ? 'and' : 'or', left: compared(operator, limit), right: compared(mirrored, -limit) };
}
