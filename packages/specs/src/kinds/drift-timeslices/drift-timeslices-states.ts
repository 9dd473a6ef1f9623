import { chiSquareCritical, type DriftRule, type SliceRule } from '@burnline/core';
import type { DerivedRange } from '../derived-kind.ts';
import { SLICE_STEPS, tickOverSql, type OwnStates } from '../slices/slice-sql.ts';

/** Zeros are counted beside the buckets; no bucket is called so. */
const ZERO_KEY = -40_000;
/** What a share of nothing counts as where its logarithm is asked for; evidently's value. */
const SHARE_MIN = '0.0001';
/** PSI is rounded to so many parts before it is compared: sums of logarithms are no exact numbers. */
const PSI_PARTS = 1_000_000_000;
/** Buckets that differ in anything, less one, of which there is a table; with more the value is made from its last one. */
const DEGREES_MAX = 1_000;
/** Chances whose lists are kept, of some 19 KB each. */
const CRITICALS_MAX = 256;
const ADDED = 'sumMap(bucket_keys, bucket_counts)';
const NEVER = 'toInt64(9000000000)';
const NO_COUNTS = `(CAST([], 'Array(Int32)'), CAST([], 'Array(UInt64)'))`;

/**
 * The states of slices whose distribution is held against another one. A slice and its reference are as they are known at a tick: a
 * late event of either may turn it. A reference that is pinned judges the slices from its end on; one that trails is the
 * time before each slice.
 */
export function driftStates(rule: SliceRule & DriftRule): OwnStates {
  const sliceS = rule.sliceMs / 1_000;
  const against =
    rule.reference.kind === 'pinned'
      ? pinnedSql(rule.reference, sliceS)
      : trailingSql(rule.reference, sliceS);
  const verdict = judgedSql(rule);
  const bothAt = (counted: string, toS: number): string => {
    const own = `SELECT sli, series, ${sliceOf(sliceS)}, min(first) AS first_pane, maxIf(p, total > 0) AS newest_pane,
        ${ADDED} AS counts
      FROM (${counted}) GROUP BY sli, series, slice HAVING slice < ${toS}`;
    return against.at(own, counted);
  };
  const perValue = thousandthsOf(rule);
  return {
    columns: bucketColumns(rule),
    reachS: against.reachS,
    pinned: against.pinned,
    partCount: 1,
    at: (counted, { toS }) => verdict(bothAt(counted, toS), 'sli, series, slice, first_pane, newest_pane'),
    figures: (counted, { toS }) =>
      `SELECT * EXCEPT (good_parts), good_parts = 1 AS is_good FROM (${verdict(
        bothAt(counted, toS),
        `sli, series, slice, toFloat64(${figureSql(rule)}) AS figure, length(keys) - 1 AS degrees,
         toFloat64(own_total) / ${perValue} AS own_values, toFloat64(other_total) / ${perValue} AS other_values`,
      )})`,
    overTime: (counted, range, tickS) => {
      const over = tickOverSql(sliceS, tickS);
      const own = `SELECT sli, series, ${sliceOf(sliceS)}, greatest(seen, ${over('slice')}) AS known, min(first) AS first_one,
          ${ADDED} AS counts_step, ${NO_COUNTS} AS others_step
        FROM (${counted}) GROUP BY sli, series, slice, known`;
      const { sources, judged } = against.overTime(counted, range, over);
      const others = `SELECT sli, series, toInt64(judged) AS slice, greatest(known_one, ${over('slice')}) AS known,
          ${NEVER} AS first_one, ${NO_COUNTS} AS counts_step, others AS others_step
        FROM (${sources}) ARRAY JOIN ${judged} AS judged`;
      const steps = `SELECT sli, series, slice, known, min(first_one) AS first_step,
          sumMap(counts_step.1, counts_step.2) AS counts_known, sumMap(others_step.1, others_step.2) AS others_known
        FROM (${own} UNION ALL ${others}) GROUP BY sli, series, slice, known`;
      const both = `SELECT sli, series, slice, known, min(first_step) OVER ${SLICE_STEPS} AS first_pane,
          sumMap(counts_known.1, counts_known.2) OVER ${SLICE_STEPS} AS counts,
          sumMap(others_known.1, others_known.2) OVER ${SLICE_STEPS} AS others
        FROM (${steps})`;
      return verdict(
        `SELECT * FROM (${both}) WHERE slice >= ${against.firstJudgedS}`,
        'sli, series, slice, known, first_pane',
      );
    },
  };
}

const sliceOf = (sliceS: number): string => `intDiv(p, ${sliceS}) * ${sliceS} AS slice`;

/** What slices are held against. */
interface Reference extends Pick<OwnStates, 'reachS' | 'pinned'> {
  /** No slice before this is judged, epoch seconds. */
  readonly firstJudgedS: number;
  /** SELECT of the slices with `others`, what each is held against. */
  readonly at: (own: string, counted: string) => string;
  /**
   * SELECT of sli, series, others (counts that are added to a reference) and known_one (the tick from which they are known, or
   * any before the first slice that is held against them is over), and SQL of the slices that each is in the reference of.
   */
  readonly overTime: (
    counted: string,
    range: DerivedRange,
    over: (slice: string) => string,
  ) => { readonly sources: string; readonly judged: string };
}

function pinnedSql(
  { fromMs, toMs }: Extract<DriftRule['reference'], { kind: 'pinned' }>,
  sliceS: number,
): Reference {
  const pinned = { fromS: fromMs / 1_000, toS: toMs / 1_000 };
  const isPinned = `p >= ${pinned.fromS} AND p < ${pinned.toS}`;
  const firstJudgedS = Math.ceil(pinned.toS / sliceS) * sliceS;
  return {
    reachS: 0,
    pinned,
    firstJudgedS,
    at: (
      own,
      counted,
    ) => `SELECT o.sli AS sli, o.series AS series, slice, first_pane, newest_pane, counts, others
      FROM (${own}) AS o
      INNER JOIN (SELECT sli, series, ${ADDED} AS others FROM (${counted}) WHERE ${isPinned} GROUP BY sli, series) AS r
      ON r.sli = o.sli AND r.series = o.series WHERE slice >= ${firstJudgedS}`,
    overTime: (counted, { fromS, toS }, over) => ({
      sources: `SELECT sli, series, greatest(seen, ${over(`${firstJudgedS}`)}) AS known_one, ${ADDED} AS others
        FROM (${counted}) WHERE ${isPinned} GROUP BY sli, series, known_one`,
      judged: `range(toUInt64(${Math.max(firstJudgedS, fromS)}), toUInt64(${toS}), ${sliceS})`,
    }),
  };
}

function trailingSql(
  { lengthMs }: Extract<DriftRule['reference'], { kind: 'trailing' }>,
  sliceS: number,
): Reference {
  const lengthS = lengthMs / 1_000;
  return {
    reachS: lengthS,
    pinned: null,
    firstJudgedS: 0,
    // What was counted up to the slice, less what was counted up to the reference: adding up each anew takes the square of the time.
    at: (own) => {
      const upTo = (
        agoS: number,
      ): string => `anyLast(counted_so_far) OVER (PARTITION BY sli, series ORDER BY slice
        RANGE BETWEEN UNBOUNDED PRECEDING AND ${agoS} PRECEDING)`;
      const rest = 'arrayMap((k, n) -> n - before.2[indexOf(before.1, k)], so_far.1, so_far.2)';
      return `SELECT *, (so_far.1, ${rest}) AS others FROM (
        SELECT *, ${upTo(sliceS)} AS so_far, ${upTo(lengthS + sliceS)} AS before FROM (
          SELECT *, sumMap(counts.1, counts.2) OVER (PARTITION BY sli, series ORDER BY slice
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS counted_so_far FROM (${own})
        ))`;
    },
    overTime: (counted, { toS }, over) => ({
      sources: `SELECT sli, series, intDiv(p, ${sliceS}) * ${sliceS} AS own_slice,
          greatest(seen, ${over(`own_slice + ${sliceS}`)}) AS known_one, ${ADDED} AS others
        FROM (${counted}) GROUP BY sli, series, own_slice, known_one`,
      judged: `range(toUInt64(own_slice + ${sliceS}), toUInt64(least(own_slice + ${lengthS + sliceS}, ${toS})), ${sliceS})`,
    }),
  };
}

/** The buckets of a row and what they hold: events seen for a test of chance, and what they stand for where shares are held against shares. */
function bucketColumns({ statistic }: DriftRule): Readonly<Record<string, string>> {
  const isSeen = statistic === 'chi-square';
  const zeros = isSeen ? 'zero_count' : '1000 * zero_count + zero_extra';
  const held = isSeen ? 'histogram[k]' : '1000 * histogram[k] + histogram_extra[k]';
  return {
    bucket_keys: `arrayConcat([toInt32(${ZERO_KEY})], arrayMap(k -> toInt32(k), mapKeys(histogram)))`,
    bucket_counts: `arrayConcat([toUInt64(${zeros})], arrayMap(k -> toUInt64(${held}), mapKeys(histogram)))`,
  };
}

/** Shares are made of thousandths, for sampled streams; a test of chance of what was seen. */
const thousandthsOf = ({ statistic }: DriftRule): number => (statistic === 'chi-square' ? 1 : 1_000);

/** SELECT of columns and good_parts from rows with counts and others, where both have as many values as are asked for. */
function judgedSql(rule: DriftRule): (both: string, columns: string) => string {
  const least = rule.countMin * thousandthsOf(rule);
  return (both, columns) => `SELECT ${columns}, toInt64(${isGoodSql(rule)}) AS good_parts
    FROM (
      SELECT *, arraySort(arrayDistinct(arrayConcat(counts.1, arrayFilter((k, n) -> n > 0, others.1, others.2)))) AS keys,
        arrayMap(k -> toInt128(counts.2[indexOf(counts.1, k)]), keys) AS own_counts,
        arrayMap(k -> toInt128(others.2[indexOf(others.1, k)]), keys) AS other_counts,
        arraySum(own_counts) AS own_total, arraySum(other_counts) AS other_total
      FROM (${both})
    ) WHERE own_total >= ${least} AND other_total >= ${least}`;
}

/** Lists of critical values, by chance: each takes a thousand roots to find, and every tick asks for it. */
const CRITICALS = new Map<number, string>();

function criticalsOf(chance: number): string {
  const known = CRITICALS.get(chance);
  if (known !== undefined) return known;
  const list = Array.from({ length: DEGREES_MAX }, (_, index) => chiSquareCritical(chance, index + 1)).join(
    ', ',
  );
  if (CRITICALS.size >= CRITICALS_MAX) CRITICALS.clear();
  CRITICALS.set(chance, list);
  return list;
}

/**
 * SQL: the value that has a chance, by its degrees of freedom. Beyond the table by Wilson and Hilferty's cube root, through the
 * table's last value: off by two millionths at a chance of 1 % or more, and by less than a ten-thousandth at one of 10^-6.
 */
function criticalSql(degrees: string, chance: number): string {
  const spread = (count: string): string => `(2 / (9 * ${count}))`;
  const root = (count: string, deviation: string): string =>
    `(1 - ${spread(count)} + ${deviation} * sqrt${spread(count)})`;
  const last = chiSquareCritical(chance, DEGREES_MAX);
  const lastSpread = 2 / (9 * DEGREES_MAX);
  const deviation = (Math.cbrt(last / DEGREES_MAX) - 1 + lastSpread) / Math.sqrt(lastSpread);
  const beyond = `${degrees} * pow(${root(degrees, `toFloat64(${deviation})`)}, 3)`;
  return `if(${degrees} <= ${DEGREES_MAX}, [${criticalsOf(chance)}][least(${degrees}, ${DEGREES_MAX})], ${beyond})`;
}

/** The largest distance of the cumulated shares, times both totals. */
const DISTANCE =
  'arrayMax(arrayMap((a, b) -> abs(a * other_total - b * own_total), arrayCumSum(own_counts), arrayCumSum(other_counts)))';
const shareSql = (count: string, total: string): string =>
  `if(${count} = 0, ${SHARE_MIN}, toFloat64(${count}) / toFloat64(${total}))`;
const [P, Q] = [shareSql('a', 'own_total'), shareSql('b', 'other_total')];
const PSI = `floor(arraySum(arrayMap((a, b) -> (${P} - ${Q}) * log(${P} / ${Q}), own_counts, other_counts)) * ${PSI_PARTS} + 0.5)`;
const CHI_SQUARE =
  'arraySum(arrayMap((a, b) -> pow(toFloat64(a * other_total - b * own_total), 2) / toFloat64(a + b), own_counts, other_counts)) / toFloat64(own_total) / toFloat64(other_total)';

/** SQL over the counts by bucket of a slice (`own_counts`) and of its reference (`other_counts`), in the order of the values. */
function isGoodSql({ statistic, operator, bound }: DriftRule): string {
  const [numerator, denominator] = [bound.numerator, bound.denominator];
  switch (statistic) {
    case 'kolmogorov-smirnov':
      return `toInt256(${DISTANCE}) * ${denominator} ${operator} toInt256(own_total * other_total) * ${numerator}`;
    case 'psi':
      return `toInt256(${PSI}) * ${denominator} ${operator} toInt256(${PSI_PARTS}) * ${numerator}`;
    case 'chi-square': {
      // A chance of the bound or more is a value that is not above the one that has just that chance.
      const mirrored = operator === '>' ? '<' : '<=';
      return `length(keys) < 2 OR ${CHI_SQUARE} ${mirrored} ${criticalSql('(length(keys) - 1)', numerator / denominator)}`;
    }
  }
}

/** SQL over the same: the figure itself; of a test of chance its value, whose chance goes by the degrees of freedom. */
function figureSql({ statistic }: DriftRule): string {
  switch (statistic) {
    case 'kolmogorov-smirnov':
      return `toFloat64(${DISTANCE}) / toFloat64(own_total) / toFloat64(other_total)`;
    case 'psi':
      return `${PSI} / ${PSI_PARTS}`;
    case 'chi-square':
      return CHI_SQUARE;
  }
}
