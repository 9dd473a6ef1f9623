import { floorTo, type SliceRule } from '@burnline/core';
import type { CountedRows, DerivedRange, DerivedSql } from '../derived-kind.ts';

/** What kinds make of the rows of slices: the states of those that are over and have something of their own to be judged by. */
export interface OwnStates {
  /** What they read beside the counts, by name: SQL over the columns of sli_panes and sli_archive. */
  readonly columns: Readonly<Record<string, string>>;
  /** From how many seconds before a slice they read. */
  readonly reachS: number;
  /** And a period whatever slices are judged, epoch seconds. */
  readonly pinned: DerivedRange | null;
  /** 1: a slice is good or bad as a whole. */
  readonly partCount: number;
  /** SELECT of sli, series, slice (its start, Int64), first_pane, newest_pane and good_parts (Int64), of slices before an end. */
  readonly at: (counted: string, range: DerivedRange) => string;
  /** SELECT of sli, series, slice, known, first_pane and good_parts: the state of each slice from each tick on that changes it. */
  readonly overTime: (counted: string, range: DerivedRange, tickS: number) => string;
  /** SELECT of the figure that each slice is judged by, of slices before an end; columns as in `DerivedSql.figures`, without p. */
  readonly figures?: (counted: string, range: DerivedRange) => string;
}

/** Beyond any slice, and any tick. */
const NEVER = '9000000000';
/** Of the states that a slice may have: of its own data, of so many slices ago, and where there is none at all. */
const OWN_AGE = 0;
const EMPTY_AGE = 1_000_000_000;

/**
 * Rows of slices of time. A slice is one row once it is over and there is anything to judge it by; it is counted where its
 * last pane lies, so that a window as long as a slice always holds one. A late event may turn it. Of the row, `good` and `total` are
 * 1 at most; what its parts come to beyond that is in the extras.
 */
export function sliceSql(rule: SliceRule, own: OwnStates, { paneS }: { readonly paneS: number }): DerivedSql {
  const parts = new SliceParts(rule, own);
  const lastPane = `slice + ${parts.sliceS - paneS} AS p`;
  const { figures } = own;
  return {
    gridS: parts.sliceS,
    carryS: parts.holdCount * parts.sliceS + own.reachS,
    pinned: own.pinned,
    columns: own.columns,
    needsBegin: rule.empty !== undefined,
    ...(figures !== undefined && {
      figures: (counted, { fromS, toS }) =>
        `SELECT *, ${lastPane} FROM (${figures(counted, { fromS, toS: floorTo(toS, parts.sliceS) })})`,
    }),
    rowsAt: (rows, range) => `SELECT sli, series, ${lastPane}, first_pane AS first, newest_pane AS newest,
        toUInt64(${parts.isWhole('good_parts')}) AS good, toUInt64(1) AS total,
        toUInt64(${parts.extra('good_parts')}) AS good_extra, toUInt64(${1_000 * (own.partCount - 1)}) AS total_extra
      FROM (${parts.statesAt(rows, range)})`,
    changes: (rows, range, tickS) => {
      const change = (of: (goodParts: string) => string): string =>
        `toInt64(${of('good_parts')}) - if(is_first, 0, toInt64(${of('parts_before')}))`;
      return `SELECT sli, series, ${lastPane}, first_pane AS first, known AS seen,
          ${change((good) => parts.isWhole(good))} AS good, toInt64(is_first) AS total,
          ${change((good) => parts.extra(good))} AS good_extra, is_first * toInt64(${1_000 * (own.partCount - 1)}) AS total_extra
        FROM (
          SELECT *, lagInFrame(good_parts) OVER ${SLICE_STEPS} AS parts_before,
            row_number() OVER (PARTITION BY sli, series, slice ORDER BY known) = 1 AS is_first
          FROM (${parts.statesOverTime(rows, range, tickS)})
        )`;
    },
  };
}

/** SQL: the first tick at which a slice is over. */
export const tickOverSql =
  (sliceS: number, tickS: number) =>
  (slice: string): string =>
    `toInt64(intDiv(${slice} + ${sliceS + tickS - 1}, ${tickS}) * ${tickS})`;

/** A frame over the ticks of one slice, up to each. */
export const SLICE_STEPS =
  '(PARTITION BY sli, series, slice ORDER BY known ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)';

/** The parts that both forms are made of. */
class SliceParts {
  readonly sliceS: number;
  readonly holdCount: number;
  readonly #own: OwnStates;
  readonly #empty: SliceRule['empty'];

  constructor({ sliceMs, empty, holdMs = 0 }: SliceRule, own: OwnStates) {
    this.sliceS = sliceMs / 1_000;
    this.holdCount = holdMs / sliceMs;
    this.#own = own;
    this.#empty = empty;
  }

  isWhole(goodParts: string): string {
    return `${goodParts} = ${this.#own.partCount}`;
  }

  /** Thousandths beyond what is good as a whole. */
  extra(goodParts: string): string {
    return this.#own.partCount === 1 ? '0' : `1000 * (${goodParts} - (${this.isWhole(goodParts)}))`;
  }

  #floor(at: string): string {
    return `intDiv(${at}, ${this.sliceS}) * ${this.sliceS}`;
  }

  /** SELECT of sli, series, slice, first_pane, newest_pane and good_parts of every slice that has a state. */
  statesAt({ counted, begins }: CountedRows, { fromS, toS }: DerivedRange): string {
    const { sliceS, holdCount } = this;
    const endS = Math.floor(toS / sliceS) * sliceS;
    const own = this.#own.at(counted, { fromS, toS: endS });
    // A state holds until the next slice that has one of its own.
    const held = `SELECT sli, series, own_slice + after * ${sliceS} AS slice, first_pane, newest_pane, good_parts, after AS age
      FROM (
        SELECT sli, series, slice AS own_slice, first_pane, newest_pane, good_parts, least(leadInFrame(slice, 1, ${NEVER}) OVER (PARTITION BY sli, series ORDER BY slice
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), ${endS}) AS end
        FROM (${own})
      ) ARRAY JOIN range(toUInt64(least(intDiv(end - own_slice, ${sliceS}), ${holdCount + 1}))) AS after`;
    if (this.#empty === undefined) return holdCount === 0 ? own : held;
    const known = holdCount === 0 ? `SELECT *, toUInt64(${OWN_AGE}) AS age FROM (${own})` : held;
    const empty = `SELECT sli, series, toInt64(slice_at) AS slice, begin AS first_pane, toInt64(0) AS newest_pane,
        ${this.#emptyParts} AS good_parts, toUInt64(${EMPTY_AGE}) AS age
      FROM (SELECT sli, series, min(first) AS begin FROM (${begins}) GROUP BY sli, series)
      ARRAY JOIN range(toUInt64(greatest(${this.#floor('begin')}, ${fromS})), toUInt64(${endS}), ${sliceS}) AS slice_at`;
    return `SELECT sli, series, slice, min(s.first_pane) AS first_pane, max(s.newest_pane) AS newest_pane,
        argMin(s.good_parts, s.age) AS good_parts
      FROM (${known} UNION ALL ${empty}) AS s GROUP BY sli, series, slice`;
  }

  get #emptyParts(): string {
    return `toInt64(${this.#empty === 'good' ? this.#own.partCount : 0})`;
  }

  /** SELECT of sli, series, slice, known, first_pane and good_parts: what each slice's state is from a tick on. */
  statesOverTime({ counted, begins }: CountedRows, { fromS, toS }: DerivedRange, tickS: number): string {
    const { sliceS, holdCount } = this;
    const endS = Math.floor(toS / sliceS) * sliceS;
    const over = tickOverSql(sliceS, tickS);
    const own = this.#own.overTime(counted, { fromS, toS: endS }, tickS);
    if (holdCount === 0 && this.#empty === undefined) return own;
    // Once the next slice with a state of its own is known in time, what lies behind it never had this one's.
    const held = `SELECT sli, series, own_slice + after * ${sliceS} AS slice, greatest(state.1, ${over('slice')}) AS known,
        state.2 AS first_pane, state.3 AS good_parts, toInt64(after) AS age, -state.1 AS rank
      FROM (
        SELECT sli, series, slice AS own_slice, state, end FROM (
          SELECT *, least(if(next_known <= ${over('next_slice')}, next_slice, toInt64(${NEVER})), ${endS}) AS end
          FROM (
            SELECT *, leadInFrame(slice, 1, ${NEVER}) OVER slices AS next_slice,
              leadInFrame(first_known, 1, ${NEVER}) OVER slices AS next_known
            FROM (
              SELECT sli, series, slice, groupArray((known, first_pane, good_parts)) AS states, min(known) AS first_known
              FROM (${own}) GROUP BY sli, series, slice
            )
            WINDOW slices AS (PARTITION BY sli, series ORDER BY slice ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
          )
        ) ARRAY JOIN states AS state
      ) ARRAY JOIN range(toUInt64(greatest(0, least(intDiv(end - own_slice, ${sliceS}), ${holdCount + 1})))) AS after`;
    const sources = [
      held,
      ...(this.#empty === undefined ? [] : [this.#emptyOverTime(begins, { fromS, endS }, over)]),
    ];
    return `SELECT sli, series, slice, known, min(first_one) OVER ${SLICE_STEPS} AS first_pane,
        argMin(parts_one, rank_one) OVER ${SLICE_STEPS} AS good_parts
      FROM (
        SELECT sli, series, slice, known, min(first_pane) AS first_one, argMin(good_parts, (age, rank)) AS parts_one,
          min((age, rank)) AS rank_one
        FROM (${sources.join(' UNION ALL ')}) GROUP BY sli, series, slice, known
      )`;
  }

  /** Slices without a state of their own, from the tick on at which it is known that the series had begun by then. */
  #emptyOverTime(
    begins: string,
    { fromS, endS }: { readonly fromS: number; readonly endS: number },
    over: (slice: string) => string,
  ): string {
    const { sliceS } = this;
    const earlier = `(PARTITION BY sli, series ORDER BY seen ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
    return `SELECT sli, series, toInt64(slice_at) AS slice, greatest(seen, ${over('slice')}) AS known, begin AS first_pane,
        ${this.#emptyParts} AS good_parts, toInt64(${EMPTY_AGE}) AS age, toInt64(0) AS rank
      FROM (
        SELECT sli, series, seen, begin, from_slice, lagInFrame(from_slice, 1, toInt64(${endS})) OVER ${earlier} AS to_slice
        FROM (
          SELECT sli, series, seen, begin, greatest(${this.#floor('begin')}, ${fromS}) AS from_slice FROM (
            SELECT sli, series, seen, min(begin_one) OVER ${earlier} AS begin
            FROM (SELECT sli, series, seen, min(first) AS begin_one FROM (${begins}) GROUP BY sli, series, seen)
          )
        )
      ) ARRAY JOIN range(toUInt64(from_slice), toUInt64(to_slice), ${sliceS}) AS slice_at`;
  }
}
