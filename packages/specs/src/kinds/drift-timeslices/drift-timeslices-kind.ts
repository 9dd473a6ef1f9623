import { COARSE_EDGE_MS, DAY_MS, HISTOGRAM_SCALE_MAX, HOUR_MS, type DriftRule } from '@burnline/core';
import { z } from 'zod';
import { parseDuration } from '../../documents/spec-duration.ts';
import { COUNTED_SHAPE, integer } from '../counted-shape.ts';
import type { ObjectivePlace, SliKind } from '../sli-kind.ts';
import { SliReading, type SliTemplate } from '../sli-reading.ts';
import { boundOf } from '../slices/read-bound.ts';
import { checkWholeSlices, readSliceRule, type SliceLengths } from '../slices/read-slice-rule.ts';
import { readDistribution } from './read-distribution.ts';

const MINIMUM_DEFAULT = 100;
const MINIMUM_MAX = 1_000_000;
/** A distribution of less than an hour is chance; and every slice asks for one of each series anew, tick by tick. */
const SLICE_LENGTHS: SliceLengths = { leastMs: HOUR_MS, mostMs: DAY_MS };
/** Categories that a spec lists by name. */
const CATEGORY_COUNT_MAX = 100;
/** Every slice is added to the reference of so many after it. */
const REFERENCE_SLICES_MAX = 336;

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/;
const CATEGORIES = `a list of 1 to ${CATEGORY_COUNT_MAX} texts`;
const instant = z.string().regex(INSTANT, 'an instant in UTC such as 2026-10-01T00:00Z');

const DRIFT_SHAPE = COUNTED_SHAPE.omit({ histogram: true }).extend({
  field: z.string(),
  scale: integer(0, HISTOGRAM_SCALE_MAX).optional(),
  drift: z.strictObject({
    statistic: z.enum(['psi', 'kolmogorov-smirnov', 'chi-square'], 'psi, kolmogorov-smirnov or chi-square'),
    from: instant.optional(),
    to: instant.optional(),
    trailing: z.string().optional(),
    minimum: integer(1, MINIMUM_MAX).optional(),
    categories: z.array(z.string()).min(1, CATEGORIES).max(CATEGORY_COUNT_MAX, CATEGORIES).optional(),
  }),
});

/**
 * How far the distribution of a number, or of categories, within each slice of time has moved from another one of the same series:
 * `thresholdMetric` with `drift`. Which values there are is read off the histogram that the SLI keeps; no event is bad by itself.
 */
export const driftTimeslicesKind: SliKind = {
  metric: 'thresholdMetric',
  leaves: { '': DRIFT_SHAPE },
  variant: 'drift',
  judgesSlices: 'A distribution is that of a slice of time.',
  objectiveFields: ['op', 'value', 'timeSliceTarget', 'timeSliceWindow'],
  read: (place) => {
    const reading = new SliReading({ ...place, countedLeaf: ['thresholdMetric'] });
    const template = readTemplate(reading);
    return template === null ? null : (objective) => driftOf(template, reading, objective);
  },
};

function readTemplate(reading: SliReading): SliTemplate | null {
  const { counted } = reading;
  reading.checkLeaf(['thresholdMetric'], DRIFT_SHAPE);
  const parts = reading.countedParts();
  const where = reading.predicate([...counted, 'where']);
  const distribution = readDistribution(reading);
  if (distribution === null || !reading.isSound) return null;
  const { histogram, isThere } = distribution;
  return {
    ...parts,
    histogram,
    total: where === null ? isThere : { kind: 'and', left: where, right: isThere },
    verdict: { kind: 'good', where: isThere },
  };
}

/** The SLI of an objective; null, which is reported, where its bound, its slices or its reference have a mistake. */
function driftOf(template: SliTemplate, reading: SliReading, objective: ObjectivePlace): SliTemplate | null {
  const { document, counted } = reading;
  const rule = readSliceRule(objective, SLICE_LENGTHS);
  const statistic = DRIFT_SHAPE.shape.drift.shape.statistic.parse(
    document.at([...counted, 'drift', 'statistic']),
  );
  const bound = driftBoundOf(statistic, objective);
  const reference = rule === null ? null : referenceOf(reading, rule.sliceMs);
  if (rule === null || bound === null || reference === null || !checkWholeSlices(objective)) return null;
  const countMin = reading.numberAt([...counted, 'drift', 'minimum'], MINIMUM_DEFAULT);
  return {
    ...template,
    derivation: { kind: 'drift-timeslices', ...rule, statistic, ...bound, reference, countMin },
  };
}

/** A distance is to be below a bound, a chance above one. */
function driftBoundOf(
  statistic: DriftRule['statistic'],
  objective: ObjectivePlace,
): Pick<DriftRule, 'operator' | 'bound'> | null {
  const bound = boundOf(objective, 'positive');
  if (bound === null) return null;
  const { operator, ratio } = bound;
  const isChance = statistic === 'chi-square';
  const isUpper = operator === '<' || operator === '<=';
  const { context, document, path } = objective;
  if (isUpper === isChance)
    return context.report(document, [...path, 'op'], {
      message: isChance
        ? 'A chi-square test gives the chance of such a difference: a slice is good while it is above a bound.'
        : `${statistic} is a distance: a slice is good while it is below a bound.`,
      expected: isChance ? 'gte or gt' : 'lte or lt',
    });
  const isShare = ratio.numerator > 0 && ratio.numerator < ratio.denominator;
  if ((isChance || statistic === 'kolmogorov-smirnov') && !isShare)
    return context.report(document, [...path, 'value'], {
      message: `${isChance ? 'A chance' : 'A distance of shares'} is between 0 and 1.`,
      expected: 'a plain decimal above 0 and below 1',
    });
  return { operator, bound: ratio };
}

function referenceOf(
  { document, counted, context }: SliReading,
  sliceMs: number,
): DriftRule['reference'] | null {
  const place = [...counted, 'drift'];
  const [from, to, trailing] = ['from', 'to', 'trailing'].map((key) => document.textAt([...place, key]));
  const isPinned = from !== undefined && to !== undefined && trailing === undefined;
  const isTrailing = from === undefined && to === undefined && trailing !== undefined;
  if (!isPinned && !isTrailing)
    return context.report(document, place, {
      message: 'It is not said what the distribution is held against.',
      expected: 'from and to, or trailing',
      remedy: 'Write trailing: 7d, or from: 2026-10-01T00:00Z and to: 2026-10-08T00:00Z.',
    });
  if (isPinned) {
    const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
    const isOnGrid = [fromMs, toMs].every((atMs) => atMs > 0 && atMs % COARSE_EDGE_MS === 0);
    if (isOnGrid && fromMs < toMs) return { kind: 'pinned', fromMs, toMs };
    return context.report(document, [...place, 'from'], {
      message: `${from} to ${to} is no period.`,
      expected: 'instants that exist, on whole 5 minutes, the first before the second',
    });
  }
  const lengthMs = parseDuration(trailing)?.durationMs ?? 0;
  const slices = lengthMs / sliceMs;
  if (slices >= 1 && Number.isInteger(slices) && slices <= REFERENCE_SLICES_MAX)
    return { kind: 'trailing', lengthMs };
  return context.report(document, [...place, 'trailing'], {
    message: 'The time before a slice is made of whole slices.',
    expected: `1 to ${REFERENCE_SLICES_MAX} slices of ${sliceMs / 60_000}m`,
    found: trailing ?? 'nothing',
  });
}
