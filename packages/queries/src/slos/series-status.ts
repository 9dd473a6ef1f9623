import { sqlText, type WindowCounts } from '@burnline/core';
import { mapInTurns, type Store } from '@burnline/runtime';
import { dateTimeOfMs, msOfDateTime } from '../sql-values.ts';

/** The state of one SLO's series at one moment, as the tables hold it. */
export interface SeriesStatus {
  readonly stream: string;
  readonly slo: string;
  readonly displayName: string;
  readonly service: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly targetRatio: number;
  readonly period: string;
  /** When the figures last changed, epoch ms. */
  readonly evaluatedAtMs: number;
  readonly good: number;
  readonly bad: number;
  readonly total: number;
  /** Events that the cap on series left in `__other__`: any of them may be this series'. */
  readonly unassigned: number;
  readonly sliRatio: number | null;
  readonly remainingRatio: number | null;
  readonly projectedRemainingRatio: number | null;
  readonly isEstimated: boolean;
  readonly state: string;
  readonly coverage: number;
  readonly burnRates: readonly { readonly windowMs: number; readonly burnRate: number }[];
  /** Most urgent tier that fires, with its severity; null if none does. */
  readonly firing: { readonly tier: string; readonly severity: string } | null;
}

/** The same with what its windows counted. */
export interface CountedStatus extends SeriesStatus {
  /** By their length in ms; none where the rates are of a revision that is not judged any more. */
  readonly windows: ReadonlyMap<number, WindowCounts>;
}

export interface StatusQuery {
  /** Moment of the history, epoch ms; null is now, by the database's clock. */
  readonly asOfMs: number | null;
  /** One stream; null is all. So are the two below. */
  readonly stream: string | null;
  readonly service?: string | null;
  /** Of an SLO with several objectives its name alone is all of them. */
  readonly slo?: string | null;
}

/** A row of the view slo_status. */
interface StatusRow {
  stream: string;
  slo: string;
  display_name: string;
  service: string;
  labels: Record<string, string>;
  target: number;
  period: string;
  evaluated_at: string;
  good: number;
  bad: number;
  total: number;
  unassigned: number;
  sli: number | null;
  remaining_ratio: number | null;
  projected_remaining_ratio: number | null;
  is_estimated: boolean;
  state: string;
  coverage: number;
  window_s: number[];
  burn_rate: number[];
  window_bad: number[];
  window_total: number[];
  firing_tier: string;
  firing_severity: string;
}

/**
 * Every series as it stood at a moment: between two rows of the history the earlier one holds. Worst budget first within
 * an SLO; one row per series, of which the specs' own caps bound the number.
 */
export async function readStatus(store: Store, query: StatusQuery): Promise<readonly SeriesStatus[]> {
  const { sql, params } = statusSql(query);
  return (await store.query<StatusRow>(sql, params)).map(statusOf);
}

/** The same series, with the counts of all windows, in no order: all that is judged of them, in one statement. */
export async function readCountedStatus(store: Store, query: StatusQuery): Promise<readonly CountedStatus[]> {
  const { view, where, params } = statusOfView(query);
  const rows = await store.query<StatusRow>(`SELECT * FROM ${view} WHERE ${where}`, params);
  const first = new Map<string, StatusRow>();
  await mapInTurns(rows, (row) => {
    const key = JSON.stringify([row.stream, row.slo, row.labels]);
    const other = first.get(key);
    if (other === undefined || isBefore(row, other)) first.set(key, row);
  });
  return mapInTurns(first.values(), (row) => ({ ...statusOf(row), windows: windowsOf(row) }));
}

/** The order of `ORDER_SQL` within a name. */
function isBefore(one: StatusRow, other: StatusRow): boolean {
  const [left, otherLeft] = [one, other].map((row) => row.remaining_ratio ?? Infinity) as [number, number];
  return left === otherLeft ? one.window_bad.length > other.window_bad.length : left < otherLeft;
}

/** The statement of `readStatus` with its values in it, for whoever runs it by hand. */
export function statusStatement(query: StatusQuery): string {
  const { sql, params } = statusSql(query);
  return sql.replace(/\{(\w+):[^}]+\}/g, (_, name: string) => sqlText(params[name] ?? ''));
}

/**
 * The same of one stream, by expressions of SQL and not by values: the stream, and the moment as the view takes it (UTC). For whoever
 * fills them in, as Grafana does.
 */
export const statusSqlAt = (by: { readonly stream: string; readonly asOf: string }): string =>
  `SELECT * FROM slo_status_at(as_of = ${by.asOf}) WHERE stream = ${by.stream} AND ${NAMED_SQL}
LIMIT 1 BY stream, slo, toString(labels)`;

function statusSql(query: StatusQuery): {
  readonly sql: string;
  readonly params: Readonly<Record<string, string>>;
} {
  const { view, where, params } = statusOfView(query);
  return {
    sql: `SELECT * FROM ${view} WHERE ${where} ${ORDER_SQL} LIMIT 1 BY stream, slo, toString(labels)`,
    params,
  };
}

// Sorting 10,000 rows takes the engine half as long again as making them: whoever has an order of his own goes without.
const ORDER_SQL =
  'ORDER BY stream, slo, remaining_ratio ASC NULLS LAST, toString(labels), notEmpty(window_bad) DESC';

function statusOfView({ asOfMs, stream, service, slo }: StatusQuery): {
  readonly view: string;
  readonly where: string;
  readonly params: Readonly<Record<string, string>>;
} {
  const view = asOfMs === null ? 'slo_status' : `slo_status_at(as_of = {as_of:DateTime('UTC')})`;
  const given = { as_of: asOfMs === null ? null : dateTimeOfMs(asOfMs), stream, service, slo };
  const params = Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  const tests = [
    ...('stream' in params ? ['stream = {stream:String}'] : []),
    ...('service' in params ? ['service = {service:String}'] : []),
    ...('slo' in params ? [`(slo = {slo:String} OR startsWith(slo, concat({slo:String}, '/')))`] : []),
  ];
  return { view, where: [...tests, NAMED_SQL].join(' AND '), params };
}

/**
 * A series that went with the revision before has rows of the one after, all zero and without labels, as a whole SLO has none: they are
 * its only where it has a series of that name, and then it has traffic or is as empty as they are, and is ordered first.
 */
const NAMED_SQL = `(notEmpty(labels) OR (slo, spec_rev) IN (SELECT slo, spec_rev FROM series WHERE empty(labels)))`;

function statusOf(row: StatusRow): SeriesStatus {
  return {
    stream: row.stream,
    slo: row.slo,
    displayName: row.display_name,
    service: row.service,
    labels: row.labels,
    targetRatio: row.target,
    period: row.period,
    evaluatedAtMs: msOfDateTime(row.evaluated_at),
    good: row.good,
    bad: row.bad,
    total: row.total,
    unassigned: row.unassigned,
    sliRatio: row.sli,
    remainingRatio: row.remaining_ratio,
    projectedRemainingRatio: row.projected_remaining_ratio,
    isEstimated: row.is_estimated,
    state: row.state,
    coverage: row.coverage,
    burnRates: row.window_s.map((windowS, index) => ({
      windowMs: windowS * 1_000,
      burnRate: row.burn_rate[index] ?? 0,
    })),
    firing: row.firing_tier === '' ? null : { tier: row.firing_tier, severity: row.firing_severity },
  };
}

const windowsOf = (row: StatusRow): CountedStatus['windows'] =>
  new Map(
    row.window_bad.map((bad, index) => [
      (row.window_s[index] ?? 0) * 1_000,
      { bad, total: row.window_total[index] ?? 0 },
    ]),
  );
