import { planColumns, planSql, recordsSql } from '@burnline/contracts';
import {
  ATTRIBUTION_DIMENSIONS,
  ATTRIBUTION_OUTCOMES,
  labelSql,
  sqlText,
  type SliPlan,
} from '@burnline/core';

/** Values of a dimension that are looked at each for itself, those of most events; all further ones are one. */
const VALUES_MAX = 8;
const OTHER_VALUES = '(other values)';
/** An attribute with more different values in that time is an id, and no place that events come from. */
const ATTRIBUTE_VALUES_MAX = 100;
/** Attributes that are looked at, those of most events. */
const ATTRIBUTES_MAX = 8;
/** How attributes are named, as in specs. */
const ATTRIBUTE = 'attributes.';

const outcomesOf = ({ stream }: SliPlan): readonly string[] =>
  stream === 'inference' ? ATTRIBUTION_OUTCOMES : [];

/** What is counted of which series: those that have one of `{keys}` as the values of these dimensions of the SLO. */
export interface SeriesCounted {
  readonly plan: SliPlan;
  /** Names that the spec checked: they become SQL. */
  readonly names: readonly string[];
}

/** Records that count, by the SLO's own SQL form: key, extra, is_good, own (values of the dimensions), attributes, outcomes. */
function countedSql({ plan, names }: SeriesCounted): string {
  const column = planColumns(plan);
  const { isInScope, isTotal, isGood } = planSql(plan, column);
  const outcomes = outcomesOf(plan);
  const records = recordsSql(plan, {
    where: (time) =>
      `stream = {stream:String} AND ${time} >= {from:DateTime('UTC')} AND ${time} < {to:DateTime('UTC')}`,
    columns: [...ATTRIBUTION_DIMENSIONS, 'attributes', ...outcomes],
  });
  const textOf = (name: string): string => {
    const text = `ifNull(toString(${column(name)}), '')`;
    return name === 'http_status' ? `if(http_status = 0, '', ${text})` : text;
  };
  const key = `[${names.map((name) => labelSql(name, column)).join(', ')}]::Array(String)`;
  const isOfKeys = names.length === 0 ? '' : ` AND key IN (SELECT arrayJoin({keys:Array(Array(String))}))`;
  return `SELECT ${key} AS key, extra, ${isGood} AS is_good, [${ATTRIBUTION_DIMENSIONS.map(textOf).join(', ')}] AS own,
      attributes AS labelled, [${outcomes.map(textOf).join(', ')}]::Array(String) AS outcomes
    FROM (${records})
    WHERE ${isInScope} AND ${isTotal}${isOfKeys}`;
}

/** Sums over records, and over what such sums were made of before. */
const COUNTS = `toFloat64(count()) AS seen, sumIf(1000 + extra, NOT is_good) / 1000 AS bad, sum(1000 + extra) / 1000 AS total,
  sum(pow((1000 + extra) / 1000, 2)) AS squares`;
const SUMS = 'sum(seen) AS seen, sum(bad) AS bad, sum(total) AS total, sum(squares) AS squares';

const pairsOf = (names: readonly string[], values: string): string =>
  `arrayZip([${names.map(sqlText).join(', ')}]::Array(String), ${values})`;
const ATTRIBUTE_PAIRS = `arrayMap((name, value) -> (concat('${ATTRIBUTE}', name), value), mapKeys(labelled), mapValues(labelled))`;

/**
 * Of each series what every value counts: those of most events of each place, those with most bad events of each outcome; of the empty
 * dimension all events. Events that are alike are added up first, which are far fewer. Rows: key, dimension, value, seen, bad, total,
 * squares.
 */
export function valuesSql(counted: SeriesCounted): string {
  const records = countedSql(counted);
  const outcomes = outcomesOf(counted.plan);
  const pairs = [`[('', '')]`, pairsOf(ATTRIBUTION_DIMENSIONS, 'own'), pairsOf(outcomes, 'outcomes')].join(
    ', ',
  );
  const rank =
    outcomes.length === 0 ? 'total' : `if(dimension IN (${outcomes.map(sqlText).join(', ')}), bad, total)`;
  // Attributes that are ids would be as many groups as there are events: they are found before anything is grouped by them.
  const told = `SELECT key, pair.1 FROM (SELECT key, arrayJoin(${ATTRIBUTE_PAIRS}) AS pair FROM (${records}))
    GROUP BY key, pair.1 HAVING uniqUpTo(${ATTRIBUTE_VALUES_MAX})(pair.2) <= ${ATTRIBUTE_VALUES_MAX}
    ORDER BY count() DESC, pair.1 LIMIT ${ATTRIBUTES_MAX} BY key`;
  return `
SELECT key, dimension, value, seen, bad, total, squares FROM (
  SELECT key, pair.1 AS dimension, pair.2 AS value, ${SUMS}
  FROM (
    SELECT key, seen, bad, total, squares, arrayJoin(arrayConcat(${pairs})) AS pair
    FROM (SELECT key, own, outcomes, ${COUNTS} FROM (${records}) GROUP BY key, own, outcomes)
  )
  WHERE pair.2 != '' OR pair.1 = '' GROUP BY key, dimension, value
  UNION ALL
  SELECT key, pair.1 AS dimension, pair.2 AS value, ${COUNTS}
  FROM (SELECT key, extra, is_good, arrayJoin(${ATTRIBUTE_PAIRS}) AS pair FROM (${records}))
  WHERE pair.2 != '' AND (key, pair.1) IN (${told}) GROUP BY key, dimension, value
)
ORDER BY key, dimension, ${rank} DESC, total DESC, value LIMIT ${VALUES_MAX} BY key, dimension`;
}

/** What a value counts, by its place and itself; the place is of two digits. */
const PLACED = `arrayMap((value, place) -> concat(leftPad(toString(place), 2, '0'), value), own, arrayEnumerate(own))`;

/**
 * Of each series how many events there are of every combination of values. Rows: key, cell, bad, total. Records are read once: those that
 * are alike are kept until it is known which values have most.
 */
export function cellsSql(counted: SeriesCounted): string {
  const places = ATTRIBUTION_DIMENSIONS.map((_, index) => String(index + 1).padStart(2, '0'));
  const busiest = places.map(
    (place) =>
      `arraySlice(arrayMap(one -> one.2, arraySort(one -> (-one.1, one.2), arrayFilter(one -> one.2 != '', arrayMap(
        (placed, total) -> (total, if(startsWith(placed, '${place}'), substring(placed, 3), '')), totals.1, totals.2)))), 1, ${VALUES_MAX})`,
  );
  return `
SELECT key, arrayMap((value, busy) -> if(value = '' OR has(busy, value), value, '${OTHER_VALUES}'), one.1, busiest) AS cell,
       sum(one.2) AS bad, sum(one.3) AS total
FROM (
  SELECT key, alike, [${busiest.join(', ')}] AS busiest FROM (
    SELECT key, groupArray((own, bad, total)) AS alike, sumMap(${PLACED}, arrayMap(value -> total, own)) AS totals
    FROM (SELECT key, own, ${COUNTS} FROM (${countedSql(counted)}) GROUP BY key, own) GROUP BY key
  )
) ARRAY JOIN alike AS one
GROUP BY key, cell LIMIT {limit:UInt32}`;
}
