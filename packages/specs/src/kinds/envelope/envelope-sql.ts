import { COARSE_EDGE_MS, sqlText, type Envelope } from '@burnline/core';
import type { DerivedSql } from '../derived-kind.ts';
import { entriesSql, thousandthsSql } from '../entry-sql.ts';

/** An entity counts in the five minutes of its last event, which is what history keeps of a time. */
const SLOT_S = COARSE_EDGE_MS / 1_000;
const DAY_S = 86_400;
/** How far back of a window's edge an entity may have begun that counts within it. */
const REACH_S = { life: 2 * DAY_S, day: DAY_S, month: 31 * DAY_S } as const;

/** Of a row in a bucket: the entity was there, had been there the day before, was there the day after. */
const [OWN, BEFORE, AFTER] = [0, -1, 1] as const;

/**
 * Entities in place of events: one row for each entity and bucket (its UTC day, its month, or its day and the one before),
 * good while what it consumed is within its envelope, in the five minutes of its last event. What a cap on groups left over is
 * no entity: it stands as a series of its own, in events, and lowers the coverage of the others.
 */
export function envelopeSql(envelope: Envelope, { paneS }: { readonly paneS: number }): DerivedSql {
  const other = otherSeriesSql(envelope.entity);
  const placed = (counted: string, columns: string): string =>
    `SELECT sli, series AS entity, place.1 AS bucket, place.2 AS role, ${columns}
     FROM (${counted}) ARRAY JOIN if(series = ${other}, [(intDiv(p, ${SLOT_S}), toInt8(${OWN}))], ${placesSql(envelope.per)}) AS place
     WHERE total > 0`;
  const measures = 'consumed, unknown, expected, stated, 1000 * total + total_extra AS weight';
  const columns = `p, first, total, ${measures}`;
  const isOther = `entity = ${other}`;
  const series = `if(${isOther}, ${other}, toUInt64(0)) AS series`;
  const lastPane = (slot: string): string => `${slot} + ${SLOT_S - paneS}`;
  const isJudged = `(${isOther} OR ${isJudgedSql(envelope)})`;
  const isGood = `(${isOther} OR ${isWithinSql(envelope)})`;
  return {
    gridS: SLOT_S,
    carryS: REACH_S[envelope.per],
    pinned: null,
    needsBegin: false,
    columns: measuredSql(envelope),
    rowsAt: ({ counted }) => `SELECT sli, series, p, min(first_pane) AS first, max(newest_pane) AS newest,
        sum(good_one) AS good, sum(total_one) AS total, toInt64(0) AS good_extra, toInt64(0) AS total_extra
      FROM (
        SELECT sli, ${series}, ${lastPane('slot')} AS p, first_pane, newest_pane,
          if(${isOther}, own_events, toUInt64(1)) AS total_one, if(${isGood}, total_one, toUInt64(0)) AS good_one
        FROM (${entitiesSql(placed(counted, columns))})
        WHERE ${isJudged}
      ) GROUP BY sli, series, p`,
    changes: ({ counted }) => {
      const steps =
        '(PARTITION BY sli, entity, bucket ORDER BY seen ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)';
      const sums = SUMMED.map((name) => `sum(${name}_step) OVER ${steps} AS ${name}_sum`).join(', ');
      return `SELECT sli, ${series}, change.1 AS p, first_pane AS first, seen, change.2 AS good, change.3 AS total,
          toInt64(0) AS good_extra, toInt64(0) AS total_extra
        FROM (
          SELECT sli, entity, seen, first_pane, (p_now, good_now, total_now) AS state,
            lagInFrame(state, 1, (toInt64(0), toInt64(0), toInt64(0))) OVER ${steps} AS before
          FROM (
            SELECT sli, entity, bucket, seen, first_pane, toInt64(${lastPane('slot')}) AS p_now,
              is_here AND ${isJudged} AS is_counted,
              if(is_counted, if(${isOther}, toInt64(own_events), toInt64(1)), toInt64(0)) AS total_now,
              if(is_counted AND ${isGood}, total_now, toInt64(0)) AS good_now
            FROM (
              SELECT sli, entity, bucket, seen, min(first_step) OVER ${steps} AS first_pane,
                max(slot_step) OVER ${steps} AS slot, sum(own_step) OVER ${steps} AS own_events,
                sum(after_step) OVER ${steps} AS after_events, own_events > 0 AND after_events = 0 AS is_here, ${sums}
              FROM (${stepsSql(placed(counted, `${columns}, seen`))})
            )
          )
        ) ARRAY JOIN [state, (before.1, -before.2, -before.3)] AS change
        WHERE state != before`;
    },
    entities: (
      counted,
    ) => `SELECT sli, entity, ${lastPane('slot')} AS p, consumed_sum, ${allowedSql(envelope)} AS allowed, ${isGood} AS is_within
      FROM (${entitiesSql(placed(counted, columns))}) WHERE NOT (${isOther}) AND ${isJudged}`,
  };
}

/** What is added up over an entity's rows; names of columns, and with `_sum` of their sums. */
const SUMMED = ['consumed', 'unknown', 'expected', 'stated', 'weight'] as const;

const addedSql = (suffix: string): string =>
  SUMMED.map((name) => `sumIf(${name}, role <= ${OWN}) AS ${name}_${suffix}`).join(', ');

/** One row for each entity and bucket that it was last seen in. */
const entitiesSql = (placed: string): string =>
  `SELECT sli, entity, bucket, maxIf(intDiv(p, ${SLOT_S}) * ${SLOT_S}, role = ${OWN}) AS slot,
     maxIf(p, role = ${OWN}) AS newest_pane, min(first) AS first_pane, sumIf(total, role = ${OWN}) AS own_events, ${addedSql('sum')}
   FROM (${placed}) GROUP BY sli, entity, bucket
   HAVING own_events > 0 AND countIf(role = ${AFTER}) = 0`;

/** The same as it became known. */
const stepsSql = (placed: string): string =>
  `SELECT sli, entity, bucket, seen, maxIf(intDiv(p, ${SLOT_S}) * ${SLOT_S}, role = ${OWN}) AS slot_step,
     min(first) AS first_step, sumIf(total, role = ${OWN}) AS own_step, countIf(role = ${AFTER}) AS after_step, ${addedSql('step')}
   FROM (${placed}) GROUP BY sli, entity, bucket, seen`;

/** The buckets that a row at `p` is looked at in, each with what it is there. */
function placesSql(per: Envelope['per']): string {
  switch (per) {
    case 'day':
      return `[(intDiv(p, ${DAY_S}), toInt8(${OWN}))]`;
    case 'month':
      return `[(toInt64(toRelativeMonthNum(toDateTime(p, 'UTC'), 'UTC')), toInt8(${OWN}))]`;
    case 'life': {
      const day = `intDiv(p, ${DAY_S})`;
      return `[(${day}, toInt8(${OWN})), (${day} + 1, toInt8(${BEFORE})), (${day} - 1, toInt8(${AFTER}))]`;
    }
  }
}

/** Columns of counted rows beside good and total: thousandths, but for `unknown`, which are events. */
function measuredSql({ consumed, expected }: Envelope): Readonly<Record<string, string>> {
  const thousandths = (names: readonly string[]): string => `toInt128(${thousandthsSql('sums', names)})`;
  const events = 'toInt128(1000 * total + total_extra)';
  const stated = (sum: string): string => `${events} - toInt128(${thousandthsSql('missing', [sum])})`;
  return {
    consumed: consumed.length === 0 ? events : thousandths(consumed),
    unknown: consumed.length === 0 ? 'toUInt64(0)' : entriesSql('missing', consumed),
    expected: expected === null ? 'toInt128(0)' : thousandths([expected.sum]),
    stated: expected === null ? 'toInt128(0)' : stated(expected.sum),
  };
}

/** What an entity may consume, as two integers of which the second divides the first; both sides are thousandths. */
function ceilingSql({ expected, limit }: Envelope): {
  readonly numerator: string;
  readonly denominator: string;
} {
  const [numerator, denominator] = [`toInt256(${limit.numerator})`, `toInt256(${limit.denominator})`];
  if (expected === null) return { numerator: `${numerator} * 1000`, denominator };
  if (expected.of === 'event') return { numerator: `${numerator} * expected_sum`, denominator };
  // What every event says of its entity: their mean.
  return { numerator: `${numerator} * expected_sum * 1000`, denominator: `${denominator} * stated_sum` };
}

const differs = ({ expected }: Envelope): boolean => expected?.isBelieved === true;

function isWithinSql(envelope: Envelope): string {
  const { numerator, denominator } = ceilingSql(envelope);
  const consumed = differs(envelope) ? 'abs(consumed_sum - expected_sum)' : 'consumed_sum';
  return `(toInt256(${consumed}) * ${denominator} ${envelope.operator} ${numerator})`;
}

/** What its envelope allowed an entity, in units, rounded down. */
function allowedSql(envelope: Envelope): string {
  if (differs(envelope)) return 'toInt128(intDiv(expected_sum, 1000))';
  const { numerator, denominator } = ceilingSql(envelope);
  return `toInt128(intDiv(${numerator}, 1000 * ${denominator}))`;
}

/**
 * What was not stated must not pass for nothing: of unknown consumption it is certain only that it is beyond, and of an
 * expectation that is not whole nothing is.
 */
function isJudgedSql(envelope: Envelope): string {
  const { expected } = envelope;
  const isBeyond = `NOT ${isWithinSql(envelope)}`;
  if (expected === null) return `(unknown_sum = 0 OR ${isBeyond})`;
  const isStated = expected.of === 'entity' ? 'stated_sum > 0' : 'stated_sum = weight_sum';
  return differs(envelope)
    ? `(unknown_sum = 0 AND ${isStated})`
    : `(${isStated} AND (unknown_sum = 0 OR ${isBeyond}))`;
}

/** The number of the series that a cap's rest is in, as the processor names it. */
function otherSeriesSql(entity: readonly string[]): string {
  const lines = entity.map((name) => `${name}=__other__\n`).join('');
  return `reinterpretAsUInt64(reverse(substring(SHA256(${sqlText(lines)}), 1, 8)))`;
}
