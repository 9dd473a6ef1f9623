import type { Store } from '@burnline/runtime';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';
import type { ArmDimension } from './arm-counts.ts';

/** Values of one dimension that are listed; nobody chooses among more. */
const ARMS_SHOWN_MAX = 100;

/** A value by which events can be told apart. */
export interface Arm {
  readonly by: ArmDimension;
  readonly arm: string;
  /** Inferences that have it, as many as were seen. */
  readonly inferences: number;
  /** Its first and last event of the time that was asked for, epoch ms. */
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface ArmsOfTimeQuery extends TimeRange {
  readonly stream: string;
  readonly by: readonly ArmDimension[];
  /** Absent: of all services. */
  readonly service?: string | undefined;
  /** Those that are asked about: they come before all others, however few events they have. */
  readonly named?: readonly string[];
}

interface ArmRow {
  by: ArmDimension;
  arm: string;
  inferences: number;
  first_ms: number;
  last_ms: number;
}

/**
 * The arms that inferences of a range of event time have, by dimension, the busiest of each first; at most 100 of each, those without a value
 * left out. Raw rows live for 35 days.
 */
export async function readArms(store: Store, query: ArmsOfTimeQuery): Promise<readonly Arm[]> {
  const rows = await store.query<ArmRow>(armsSql(query.by), {
    ...{ stream: query.stream, service: query.service ?? '', named: query.named ?? [] },
    ...{ from: dateTimeOfMs(query.fromMs), to: dateTimeOfMs(query.toMs) },
  });
  return rows.map(({ first_ms: firstMs, last_ms: lastMs, ...row }) => ({ ...row, firstMs, lastMs }));
}

function armsSql(dimensions: readonly ArmDimension[]): string {
  const pairs = dimensions.map((by) => `('${by}', ifNull(toString(${by}), ''))`).join(', ');
  return `
SELECT pair.1 AS by, pair.2 AS arm, toFloat64(count()) AS inferences,
       toFloat64(toUnixTimestamp64Milli(toDateTime64(min(occurred_at), 3, 'UTC'))) AS first_ms,
       toFloat64(toUnixTimestamp64Milli(toDateTime64(max(occurred_at), 3, 'UTC'))) AS last_ms
FROM inferences ARRAY JOIN [${pairs}] AS pair
WHERE stream = {stream:String} AND occurred_at >= {from:DateTime('UTC')} AND occurred_at < {to:DateTime('UTC')}
  AND ({service:String} = '' OR service = {service:String}) AND arm != ''
GROUP BY by, arm ORDER BY indexOf([${dimensions.map((by) => `'${by}'`).join(', ')}], by),
         arm IN {named:Array(String)} DESC, inferences DESC, arm
LIMIT ${ARMS_SHOWN_MAX} BY by`;
}

/** What an arm's traffic was like, beside what its SLOs count: no verdict is drawn of it. Every event counts once. */
export interface ArmFigures {
  readonly arm: string;
  readonly inferences: number;
  /** Share of those that did not end well, of those that nobody cancelled; null without any. */
  readonly errorRatio: number | null;
  /** Exact quantiles, of each the value that a share of `level` of the others is below; null without a value. */
  readonly ttftMs: { readonly p50: number; readonly p95: number } | null;
  readonly durationMs: { readonly p50: number; readonly p95: number } | null;
  /** Means over those that have a value; null without any. */
  readonly outputTokens: number | null;
  readonly costNanoUsd: number | null;
}

interface FiguresRow {
  arm: string;
  inferences: number;
  error_ratio: number | null;
  ttft: [number, number];
  ttft_count: number;
  duration: [number, number];
  duration_count: number;
  output_tokens: number | null;
  cost_nano_usd: number | null;
}

/** Figures of the arms that have any event, in no order. */
export async function readArmFigures(
  store: Store,
  query: TimeRange & {
    readonly stream: string;
    readonly by: ArmDimension;
    readonly arms: readonly string[];
    readonly service?: string | undefined;
  },
): Promise<readonly ArmFigures[]> {
  const rows = await store.query<FiguresRow>(figuresSql(query.by), {
    ...{ stream: query.stream, service: query.service ?? '', arms: query.arms },
    ...{ from: dateTimeOfMs(query.fromMs), to: dateTimeOfMs(query.toMs) },
  });
  return rows.map((row) => ({
    ...{ arm: row.arm, inferences: row.inferences, errorRatio: row.error_ratio },
    ttftMs: quantilesOf(row.ttft, row.ttft_count),
    durationMs: quantilesOf(row.duration, row.duration_count),
    ...{ outputTokens: row.output_tokens, costNanoUsd: row.cost_nano_usd },
  }));
}

const quantilesOf = ([p50, p95]: readonly [number, number], count: number): ArmFigures['ttftMs'] =>
  count === 0 ? null : { p50, p95 };

const figuresSql = (by: ArmDimension): string => `
SELECT toString(${by}) AS arm, toFloat64(count()) AS inferences,
       if(countIf(status != 'cancelled') = 0, NULL, countIf(status NOT IN ('ok', 'cancelled')) / countIf(status != 'cancelled')) AS error_ratio,
       arrayMap(x -> toFloat64(x), quantilesExactIf(0.5, 0.95)(ifNull(ttft_ms, 0), ttft_ms IS NOT NULL)) AS ttft,
       toFloat64(countIf(ttft_ms IS NOT NULL)) AS ttft_count,
       arrayMap(x -> toFloat64(x), quantilesExactIf(0.5, 0.95)(ifNull(duration_ms, 0), duration_ms IS NOT NULL)) AS duration,
       toFloat64(countIf(duration_ms IS NOT NULL)) AS duration_count,
       avgOrNull(output_tokens) AS output_tokens, avgOrNull(cost_nano_usd) AS cost_nano_usd
FROM inferences
WHERE stream = {stream:String} AND occurred_at >= {from:DateTime('UTC')} AND occurred_at < {to:DateTime('UTC')}
  AND ({service:String} = '' OR service = {service:String}) AND toString(${by}) IN {arms:Array(String)}
GROUP BY arm`;
