import { SUM_DECIMALS_MAX, sumTermName, type CalibrationRule, type PredicateNode } from '@burnline/core';
import { z } from 'zod';
import { COUNTED_SHAPE, integer } from '../counted-shape.ts';
import { isShare, numberNode, type NumberNode } from '../number-condition.ts';
import type { ObjectivePlace, SliKind } from '../sli-kind.ts';
import { SliReading, type SliTemplate } from '../sli-reading.ts';
import { readCeiling } from '../slices/read-ceiling.ts';

const AGGREGATE = 'calibration-error';
/** Values that a slice may ask for before it is judged. */
const MINIMUM_MAX = 1_000_000;
/** Each bin is a sum of every row. */
const BINS_MAX = 20;
const BINS_DEFAULT = 10;
const DECIMALS_DEFAULT = 6;
/** What a verdict says of whether it came true. */
const CORRECT_DEFAULT = 'passed';

const CALIBRATION_SHAPE = COUNTED_SHAPE.extend({
  field: z.string(),
  aggregate: z.literal(AGGREGATE),
  correct: z.string().optional(),
  bins: integer(2, BINS_MAX).optional(),
  decimals: integer(1, SUM_DECIMALS_MAX).optional(),
  minimum: integer(1, MINIMUM_MAX).optional(),
});

/**
 * How far the confidence that was stated is from how often it came true, within each slice of time: `thresholdMetric` with
 * `aggregate: calibration-error`. Events are counted as good where it came true, so that how often it did stands beside.
 */
export const calibrationTimeslicesKind: SliKind = {
  metric: 'thresholdMetric',
  leaves: { '': CALIBRATION_SHAPE },
  variant: 'aggregate',
  variantWord: AGGREGATE,
  judgesSlices: 'A calibration error is one figure of a slice of time.',
  objectiveFields: ['op', 'value', 'timeSliceTarget', 'timeSliceWindow'],
  read: (place) => {
    const calibration = readCalibration(new SliReading({ ...place, countedLeaf: ['thresholdMetric'] }));
    return calibration === null ? null : (objective) => calibrationOf(calibration, objective);
  },
};

interface Calibration {
  readonly template: SliTemplate;
  readonly rule: Pick<CalibrationRule, 'sums' | 'decimals' | 'countMin'>;
}

function readCalibration(reading: SliReading): Calibration | null {
  reading.checkLeaf(['thresholdMetric'], CALIBRATION_SHAPE);
  const { counted } = reading;
  const parts = reading.countedParts();
  const where = reading.predicate([...counted, 'where']);
  const field = reading.numberField([...counted, 'field'], 'take for a confidence');
  const correct = reading.booleanField([...counted, 'correct'], 'go by as what came true', CORRECT_DEFAULT);
  if (field === null || correct === null || !reading.isSound) return null;
  const [decimals, count] = [
    reading.numberAt([...counted, 'decimals'], DECIMALS_DEFAULT),
    reading.numberAt([...counted, 'bins'], BINS_DEFAULT),
  ];
  const term = { field, minus: correct.name, decimals, isSquared: false, countsCut: false };
  const sums = Array.from({ length: count }, (_, place) => sumTermName({ ...term, bin: { place, count } }));
  const cameTrue: PredicateNode = {
    kind: 'field',
    name: correct.name,
    type: 'bool',
    nullable: correct.nullable,
  };
  return {
    template: {
      ...parts,
      sums: [...parts.sums, ...sums],
      total: statedNode(where, numberNode(reading, field), cameTrue),
      verdict: { kind: 'good', where: cameTrue },
    },
    rule: { sums, decimals, countMin: reading.numberAt([...counted, 'minimum'], 1) },
  };
}

/** Events that say both, the confidence as a share. */
function statedNode(
  where: PredicateNode | null,
  field: NumberNode,
  cameTrue: Extract<PredicateNode, { kind: 'field' }>,
): PredicateNode {
  const share = isShare(field);
  const said: PredicateNode = { kind: 'has', operand: cameTrue };
  const both: PredicateNode = cameTrue.nullable ? { kind: 'and', left: share, right: said } : share;
  return where === null ? both : { kind: 'and', left: where, right: both };
}

/** The SLI of an objective; null, which is reported, where its bound or its slices have a mistake. */
function calibrationOf({ template, rule }: Calibration, objective: ObjectivePlace): SliTemplate | null {
  const ceiling = readCeiling(
    objective,
    'A calibration error is a distance: a slice is good while it is below a bound.',
  );
  if (ceiling === null) return null;
  const { slices, operator, ratio } = ceiling;
  const { context, document, path } = objective;
  if (ratio.numerator === 0 || ratio.numerator >= ratio.denominator)
    return context.report(document, [...path, 'value'], {
      message: 'A calibration error is a mean of distances between shares.',
      expected: 'a plain decimal above 0 and below 1',
    });
  return {
    ...template,
    derivation: { kind: 'calibration-timeslices', ...slices, ...rule, operator, bound: ratio },
  };
}
