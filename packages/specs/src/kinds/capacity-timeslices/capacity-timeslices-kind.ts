import type { CapacityRule } from '@burnline/core';
import { z } from 'zod';
import { COUNTED_SHAPE, FIELDS_SHAPE } from '../counted-shape.ts';
import type { ObjectivePlace, SliKind } from '../sli-kind.ts';
import { SliReading, type SliTemplate } from '../sli-reading.ts';
import { readCeiling } from '../slices/read-ceiling.ts';

const REQUESTS = 'requests';
const QUOTA = 'a whole number per minute, or a field or measure that carries it';

const CAPACITY_SHAPE = COUNTED_SHAPE.omit({ histogram: true }).extend({
  use: FIELDS_SHAPE,
  quota: z.union([z.number(QUOTA).int(QUOTA).min(1, QUOTA), z.string()], QUOTA),
});

/**
 * What each slice of time used of a quota per minute: `thresholdMetric` with a `quota`. A slice is good while it used no more than
 * the objective's share of it; no event is bad by itself.
 */
export const capacityTimeslicesKind: SliKind = {
  metric: 'thresholdMetric',
  leaves: { '': CAPACITY_SHAPE },
  variant: 'quota',
  judgesSlices: 'What is used per minute is one figure of a slice of time.',
  objectiveFields: ['op', 'value', 'timeSliceTarget', 'timeSliceWindow'],
  read: (place) => {
    const capacity = readCapacity(new SliReading({ ...place, countedLeaf: ['thresholdMetric'] }));
    return capacity === null ? null : (objective) => capacityOf(capacity, objective);
  },
};

interface Capacity {
  readonly template: SliTemplate;
  readonly rule: Pick<CapacityRule, 'used' | 'quota'>;
}

function readCapacity(reading: SliReading): Capacity | null {
  reading.checkLeaf(['thresholdMetric'], CAPACITY_SHAPE);
  return reading.isSound ? readParts(reading) : null;
}

function readParts(reading: SliReading): Capacity | null {
  const { document, counted } = reading;
  const parts = reading.countedParts();
  const total = reading.predicate([...counted, 'where']);
  const place = [...counted, 'use'];
  const used =
    document.textAt(place) === REQUESTS ? [] : reading.summedFields(place, 'count against a quota');
  const given = document.at([...counted, 'quota']);
  const named =
    typeof given === 'number' ? [] : reading.summedFields([...counted, 'quota'], 'take for a quota');
  const quota = typeof given === 'number' ? given : named[0];
  if (quota === undefined || !reading.isSound) return null;
  return {
    template: {
      ...parts,
      sums: [...new Set([...used, ...named, ...parts.sums])],
      total,
      verdict: { kind: 'good', where: { kind: 'literal', type: 'bool', value: true } },
    },
    rule: { used, quota },
  };
}

/** The SLI of an objective; null, which is reported, where its share or its slices have a mistake. */
function capacityOf({ template, rule }: Capacity, objective: ObjectivePlace): SliTemplate | null {
  const ceiling = readCeiling(
    objective,
    'A quota is a ceiling: a slice is good while it uses less than a share of it.',
  );
  if (ceiling === null) return null;
  const { slices, operator, ratio } = ceiling;
  const { context, document, path } = objective;
  if (ratio.numerator === 0)
    return context.report(document, [...path, 'value'], {
      message: 'Of a quota, no share at all may be used.',
      expected: 'a plain decimal above 0, such as 0.8',
    });
  return {
    ...template,
    derivation: { kind: 'capacity-timeslices', ...slices, ...rule, operator, bound: ratio },
  };
}
