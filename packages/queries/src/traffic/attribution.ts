import {
  ATTRIBUTION_DIMENSIONS,
  ATTRIBUTION_OUTCOMES,
  attributeBad,
  groupBy,
  isAppError,
  type ArmCounts,
  type Attribution,
  type AttributionCell,
  type SliPlan,
  type ValueCounts,
} from '@burnline/core';
import type { QueryParams, Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';
import { cellsSql, valuesSql, type SeriesCounted } from './attribution-sql.ts';
import { checkDimensions } from './label-conditions.ts';

type AttributionDimension = (typeof ATTRIBUTION_DIMENSIONS)[number];

/** What is assigned at random where anything is. */
const RANDOMISED = 'variant' satisfies AttributionDimension;
/** An inference that failed has none. */
const OF_ANSWER = ['model_served'] satisfies AttributionDimension[];
/** Combinations of values that one question takes; there are a thousand in a busy service. */
const CELLS_MAX = 50_000;
/** Values named of each dimension. */
const NAMED_MAX = 5;

interface Counted extends TimeRange {
  readonly stream: string;
  /** Counted as this revision counts, see readBudgetSpecs. */
  readonly plan: SliPlan;
  /** How long the database may take for each of its statements; absent: as long as its own limit. */
  readonly timeoutMs?: number;
}

export interface AttributionQuery extends Counted {
  /** Only events with these group values; none: all series. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface AttributionsQuery extends Counted {
  /** Dimensions of the SLO by which series are told apart. */
  readonly names: readonly string[];
  /** Of each series that is asked for the values of those. */
  readonly keys: readonly (readonly string[])[];
}

/**
 * Where the bad events of an SLO came from in any range of event time, over raw rows (kept for 35 days) by the SLO's own SQL form: what
 * pages, commands, reports and the console go by. Where there are too many combinations of values to hold like against like, all of it
 * is association.
 *
 * Rejects with QUERY_LABELS_UNKNOWN for labels that are no dimensions of the SLO.
 */
export async function readAttribution(
  store: Store,
  { labels, ...query }: AttributionQuery,
): Promise<Attribution> {
  const names = Object.keys(labels).sort();
  checkDimensions(query.plan, names);
  const keys = [names.map((name) => labels[name] ?? '')];
  const [found] = await readAttributions(store, { ...query, names, keys });
  return found ?? NOTHING;
}

const NOTHING: Attribution = { bad: 0, total: 0, values: [], outcomes: [], causes: [] };

/** The same for many series by the same few statements, in the order of their keys. */
export async function readAttributions(
  store: Store,
  query: AttributionsQuery,
): Promise<readonly Attribution[]> {
  const counted: SeriesCounted = { plan: query.plan, names: query.names };
  const values = await store.query<ValueRow>(
    `${valuesSql(counted)} ${limitSql(query)}`,
    paramsOf(query, query.keys),
  );
  const cells = await readCells(store, query, query.keys);
  const [valuesByKey, cellsByKey] = [groupBy(values, keyText), groupBy(cells.rows, keyText)];
  return query.keys.map((key) => {
    const name = JSON.stringify(key);
    const own = valuesByKey.get(name) ?? [];
    return attributionOf(own, cells.tooMany.has(name) ? null : (cellsByKey.get(name) ?? []));
  });
}

interface ValueRow extends ValueCounts, ArmCounts {
  readonly key: readonly string[];
}

interface CellRow {
  readonly key: readonly string[];
  readonly cell: readonly string[];
  readonly bad: number;
  readonly total: number;
}

interface Cells {
  readonly rows: readonly CellRow[];
  /** Keys, as JSON, of series that have more than fit. */
  readonly tooMany: ReadonlySet<string>;
}

/** Where all of them are too many, they are asked for by halves. */
async function readCells(
  store: Store,
  query: AttributionsQuery,
  keys: AttributionsQuery['keys'],
): Promise<Cells> {
  try {
    const rows = await readWhole<CellRow>(store, `${cellsSql(query)} ${limitSql(query)}`, {
      ...paramsOf(query, keys),
      limit: CELLS_MAX,
    });
    return { rows, tooMany: new Set() };
  } catch (error) {
    if (!isAppError(error) || error.code !== 'QUERY_TOO_LARGE') throw error;
  }
  if (keys.length < 2) return { rows: [], tooMany: new Set(keys.map((key) => JSON.stringify(key))) };
  const half = Math.ceil(keys.length / 2);
  const first = await readCells(store, query, keys.slice(0, half));
  const second = await readCells(store, query, keys.slice(half));
  return {
    rows: [...first.rows, ...second.rows],
    tooMany: new Set([...first.tooMany, ...second.tooMany]),
  };
}

const isOf = (names: readonly string[], { dimension }: ValueCounts): boolean => names.includes(dimension);

/** @param cells null: more than can be looked at, so that places are held against all others */
function attributionOf(values: readonly ValueRow[], cells: readonly CellRow[] | null): Attribution {
  const all = values.find(({ dimension }) => dimension === '') ?? NOTHING;
  const outcomes = values.filter((one) => isOf(ATTRIBUTION_OUTCOMES, one));
  const places = values.filter((one) => isOf(ATTRIBUTION_DIMENSIONS, one));
  const attributes = values.filter(
    (one) => one.dimension !== '' && !outcomes.includes(one) && !places.includes(one),
  );
  const own: readonly AttributionCell[] | undefined = cells?.map(({ cell, bad, total }) => ({
    ...{ values: cell, bad, total },
  }));
  return attributeBad({
    dimensions: own === undefined ? [] : ATTRIBUTION_DIMENSIONS,
    cells: own ?? [{ values: [], bad: all.bad, total: all.total }],
    marginals: own === undefined ? [...places, ...attributes] : attributes,
    outcomes,
    arms: values.filter((one) => isOf([RANDOMISED], one)),
    randomised: RANDOMISED,
    ofAnswer: OF_ANSWER,
    valuesMax: NAMED_MAX,
  });
}

const keyText = ({ key }: { readonly key: readonly string[] }): string => JSON.stringify(key);

const paramsOf = ({ stream, fromMs, toMs }: Counted, keys: AttributionsQuery['keys']): QueryParams => ({
  ...{ stream, from: dateTimeOfMs(fromMs), to: dateTimeOfMs(toMs), keys },
});

const limitSql = ({ timeoutMs }: Counted): string =>
  timeoutMs === undefined ? '' : `SETTINGS max_execution_time = ${Math.ceil(timeoutMs / 1_000)}`;
