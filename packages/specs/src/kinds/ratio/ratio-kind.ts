import { z } from 'zod';
import { COUNTED_SHAPE, FIELDS_SHAPE, STREAM_SHAPE } from '../counted-shape.ts';
import type { SliKind } from '../sli-kind.ts';
import { checkCounter } from './check-counter.ts';
import { SliReading, type SliTemplate } from '../sli-reading.ts';
import { readWeight } from '../weight/read-weight.ts';

/** `metricSource.spec` of a good or bad leaf of type burnline. */
const VERDICT_SHAPE = z.strictObject({ where: z.string(), stream: STREAM_SHAPE });
/** And of total. */
const TOTAL_SHAPE = COUNTED_SHAPE.extend({ weight: FIELDS_SHAPE.optional() });

/** Good or bad events of a total, or what they weigh: `ratioMetric`. */
export const ratioKind: SliKind = {
  metric: 'ratioMetric',
  leaves: { good: VERDICT_SHAPE, bad: VERDICT_SHAPE, total: TOTAL_SHAPE },
  objectiveFields: [],
  read: (place) => {
    const sli = readRatio(new SliReading({ ...place, countedLeaf: ['ratioMetric', 'total'] }));
    return sli === null ? null : () => sli;
  },
};

type VerdictKind = SliTemplate['verdict']['kind'];

function readRatio(reading: SliReading): SliTemplate | null {
  const kind = verdictKindOf(reading);
  if (kind === null) return null;
  reading.checkLeaf(['ratioMetric', kind], VERDICT_SHAPE);
  reading.checkLeaf(['ratioMetric', 'total'], TOTAL_SHAPE);
  const verdict = reading.specOf(['ratioMetric', kind]);
  const where = reading.predicate([...verdict, 'where']);
  const counted = reading.countedParts();
  const total = reading.predicate([...reading.counted, 'where']);
  const weighed = readWeight(reading, [...reading.counted, 'weight']);
  checkStream(reading, kind);
  if (where === null || !reading.isSound) return null;
  const plain: SliTemplate = { ...counted, total, verdict: { kind, where } };
  const sli: SliTemplate =
    weighed === null
      ? plain
      : { ...plain, weight: weighed.weight, sums: [...new Set([...plain.sums, ...weighed.sums])] };
  reading.warn(sli, [...verdict, 'where']);
  return sli;
}

/** Which of good and bad is given, if the metric is one that is counted here at all. */
function verdictKindOf(reading: SliReading): VerdictKind | null {
  const { document } = reading;
  const metric = [...reading.base, 'ratioMetric'];
  const has = (key: string): boolean => document.at([...metric, key]) !== undefined;
  if (has('rawType'))
    return reading.fail([...metric, 'rawType'], {
      message: 'rawType says what raw is a ratio of, and there is no raw.',
      expected: 'raw beside it, or good or bad, and total',
      remedy: 'Remove it; or write raw in the place of what is counted, where events carry a ratio.',
      atKey: true,
    });
  checkCounter(reading);
  const given = (['good', 'bad'] as const).filter(has);
  const [kind] = given;
  if (!has('total')) {
    reading.fail([...metric, 'total'], {
      message: 'ratioMetric has no total.',
      expected: 'what is counted at all',
    });
  }
  if (given.length === 1 && kind !== undefined) return kind;
  const found = given.length === 0 ? 'neither' : 'both';
  return reading.fail(metric, {
    message: `ratioMetric has ${found} of good and bad.`,
    expected: 'one of good and bad',
    found,
  });
}

function checkStream(reading: SliReading, kind: VerdictKind): void {
  const { document, stream } = reading;
  const path = [...reading.specOf(['ratioMetric', kind]), 'stream'];
  const given = document.textAt(path);
  if (given === undefined || given === stream) return;
  const message = `${kind} counts the stream ${given}, and total counts ${stream}.`;
  reading.fail(path, { message, expected: stream, remedy: 'Write stream in total alone.' });
}
