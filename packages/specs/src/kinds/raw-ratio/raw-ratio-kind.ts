import { SHARE_DECIMALS, sumTermName, type PredicateNode } from '@burnline/core';
import { z } from 'zod';
import { RAW_TYPES } from '../../documents/spec-shapes.ts';
import { COUNTED_SHAPE } from '../counted-shape.ts';
import { compared, isShare, numberNode } from '../number-condition.ts';
import { checkCounter } from '../ratio/check-counter.ts';
import type { SliKind } from '../sli-kind.ts';
import { SliReading, type SliTemplate } from '../sli-reading.ts';

const RAW_SHAPE = COUNTED_SHAPE.extend({ field: z.string() });
const LEAF = ['ratioMetric', 'raw'];

/**
 * A ratio that every event carries: `ratioMetric` with `raw` and `rawType`. An event is good, or bad, for as much of itself as it says;
 * of rows and guards, good ones are those that are good as a whole.
 */
export const rawRatioKind: SliKind = {
  metric: 'ratioMetric',
  ownLeaf: 'raw',
  leaves: { raw: RAW_SHAPE },
  objectiveFields: [],
  read: (place) => {
    const sli = readRaw(new SliReading({ ...place, countedLeaf: LEAF }));
    return sli === null ? null : () => sli;
  },
};

function readRaw(reading: SliReading): SliTemplate | null {
  const { document, base, counted } = reading;
  const metric = [...base, 'ratioMetric'];
  for (const key of ['good', 'bad', 'total'])
    if (document.at([...metric, key]) !== undefined)
      reading.fail([...metric, key], {
        message: `raw is the whole ratio of an event, and ${key} counts events.`,
        expected: 'raw and rawType alone',
        remedy: `Remove ${key}, or raw.`,
        atKey: true,
      });
  const type = RAW_TYPES.find((word) => word === document.textAt([...metric, 'rawType']));
  if (document.at([...metric, 'rawType']) === undefined)
    reading.fail(metric, {
      message: 'raw does not say what it is a ratio of.',
      expected: `rawType: ${RAW_TYPES.join(' or ')}`,
    });
  checkCounter(reading);
  if (document.at(counted) === undefined) return null;
  reading.checkLeaf(LEAF, RAW_SHAPE);
  const parts = reading.countedParts();
  const where = reading.predicate([...counted, 'where']);
  const name = reading.numberField([...counted, 'field'], 'take for a ratio');
  if (name === null || type === undefined || !reading.isSound) return null;
  const field = numberNode(reading, name);
  const term = { field: name, minus: null, decimals: SHARE_DECIMALS, isSquared: false, countsCut: false };
  const shareSum = sumTermName(term);
  const share = isShare(field);
  const total: PredicateNode = where === null ? share : { kind: 'and', left: where, right: share };
  return {
    ...{ ...parts, total, sums: [...parts.sums, shareSum] },
    verdict: {
      kind: 'good',
      where: type === 'success' ? compared(field, '>=', 1) : compared(field, '<=', 0),
    },
    weight: { shareSum, of: type === 'success' ? 'good' : 'bad' },
  };
}
