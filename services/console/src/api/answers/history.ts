import { periodWindow, ratioToNumber, type ExactRatio } from '@burnline/core';
import {
  HISTORY_STEPS_MS,
  budgetHistoryStatement,
  burnRateHistoryStatement,
  eventCountsStatement,
  percentileHistoryStatement,
  readBudgetHistory,
  readBurnRateHistory,
  readEventCounts,
  readPercentileHistory,
  stepOf,
  type BudgetPoint,
  type EventCount,
  type HistoryQuery,
  type StreamProgress,
} from '@burnline/queries';
import { z } from 'zod';
import { consoleError } from '../../console-error.ts';
import type { ConsoleParts } from '../../console-parts.ts';
import { sloHistory, type SloHistory } from '../contract/index.ts';
import { aboutOf, endOf, oneStream } from '../reading/about.ts';
import { findSeries, type JudgedSeries } from '../reading/find-series.ts';
import { planOf } from '../reading/kept-plans.ts';
import { readMarks } from '../reading/marks.ts';
import { stretchOf, type Stretch } from '../reading/time-range.ts';
import { QUERY, route } from '../route.ts';

const DAY_MS = 86_400_000;
/** Two years of days, or of what is kept of them. */
const LENGTH_MAX_MS = 800 * DAY_MS;
/** Of one chart: more than a screen has columns. */
const POINTS_MAX = 5_000;

export const historyRoute = route({
  path: '/slos/{slo}/series/{key}/history',
  summary: 'All charts of one series over a stretch of time',
  params: ['slo', 'key'],
  query: z.strictObject({
    ...{ stream: QUERY.stream, from: QUERY.from, to: QUERY.to },
    stepMs: QUERY.stepMs.describe(
      `Width of a point: ${HISTORY_STEPS_MS.join(', ')}; by the length where it is absent.`,
    ),
  }),
  answer: sloHistory,
  answerTo: async (parts, { params, query: { stream, from, to, stepMs } }) => {
    const page = await parts.book.page();
    const found = findSeries(page, { ...params, stream });
    const { row, status, facts } = found;
    const progress = oneStream(page, row.stream);
    const periodMs = facts.period === null ? null : periodWindow(status.evaluatedAtMs, facts.period).periodMs;
    const stretch = stretchOf(
      { from, to },
      { endMs: endOf(progress, page), defaultMs: periodMs ?? 28 * DAY_MS, lengthMaxMs: LENGTH_MAX_MS },
    );
    const step = checkedStep(stretch, stepMs);
    const query = { stream: row.stream, slo: row.slo, labels: row.labels, ...stretch, stepMs: step };
    const [marks, charts] = await Promise.all([
      readMarks(parts, { ...query, service: row.service, facts }),
      chartsOf(parts, found, { query, progress }),
    ]);
    return {
      about: aboutOf(page, row.stream),
      ...{ stream: row.stream, slo: row.slo, series: params.key, labels: row.labels },
      ...{ ...stretch, stepMs: step, periodMs, targetRatio: row.targetRatio },
      ...charts,
      marks: [...marks],
    };
  },
});

function checkedStep(stretch: Stretch, stepMs: number | undefined): number {
  const step = stepMs ?? stepOf(stretch);
  const isKnown = HISTORY_STEPS_MS.some((one) => one === step);
  if (isKnown && (stretch.toMs - stretch.fromMs) / step <= POINTS_MAX) return step;
  throw consoleError(
    'CONSOLE_PARAMETER_INVALID',
    isKnown ? `The stretch has more than ${POINTS_MAX} such steps` : `${step} ms is no width of a point`,
    {
      remedy: `Give one of ${HISTORY_STEPS_MS.join(', ')}, wide enough for ${POINTS_MAX} points at most, or none.`,
    },
  );
}

interface ChartsQuery {
  readonly query: HistoryQuery & { readonly stepMs: number };
  readonly progress: StreamProgress;
}

type Charts = Pick<SloHistory, 'budget' | 'burn' | 'traffic' | 'latency' | 'breached' | 'gaps'>;

async function chartsOf(
  parts: ConsoleParts,
  { facts }: JudgedSeries,
  { query, progress }: ChartsQuery,
): Promise<Charts> {
  const { store } = parts;
  const [budget, burn, counts, plan] = await Promise.all([
    readBudgetHistory(store, query),
    readBurnRateHistory(store, query),
    readEventCounts(store, query),
    planOf(parts, facts),
  ]);
  const isOpen = isOpenAt(progress);
  const histogram = plan?.histogram ?? null;
  return {
    budget: {
      points: budget.map((point) => ({ ...point, isOpen: isOpen(point.toMs) })),
      sql: budgetHistoryStatement(query),
    },
    burn: {
      tiers: facts.tiers.map(({ name, severity, factor, longWindowMs, shortWindowMs }) => ({
        ...{ tier: name, severity, factor: ratioToNumber(factor), longWindowMs, shortWindowMs },
      })),
      points: burn.map(({ fromMs, toMs, windows }) => ({
        ...{ fromMs, toMs, isOpen: isOpen(toMs), windows: [...windows] },
      })),
      sql: burnRateHistoryStatement(query),
    },
    traffic: {
      points: counts.map((count) => ({ ...trafficOf(count, facts.target), isOpen: isOpen(count.toMs) })),
      sql: eventCountsStatement(query),
    },
    latency:
      histogram === null || !('field' in histogram)
        ? null
        : await latencyOf(store, { ...query, scale: histogram.scale }, { field: histogram.field, isOpen }),
    breached: stretchesOf(budget, ({ state }) => state === 'breached'),
    gaps: gapsOf(budget, query, progress),
  };
}

/** Whether more may come into a bucket that ends then; into a history nothing does. */
const isOpenAt =
  ({ clock, evaluatedThroughMs }: StreamProgress) =>
  (toMs: number): boolean =>
    clock === 'live' && toMs > (evaluatedThroughMs ?? 0);

function trafficOf({ fromMs, toMs, good, bad, total, excluded }: EventCount, target: ExactRatio) {
  return {
    ...{ fromMs, toMs, good, bad, total, excluded, sliRatio: total === 0 ? null : good / total },
    isBelowTarget: bad * target.denominator > total * (target.denominator - target.numerator),
  };
}

async function latencyOf(
  store: ConsoleParts['store'],
  query: HistoryQuery & { readonly scale: number },
  { field, isOpen }: { readonly field: string; readonly isOpen: (toMs: number) => boolean },
): Promise<SloHistory['latency']> {
  const points = await readPercentileHistory(store, query);
  return {
    field,
    unit: field.endsWith('_ms') ? 'ms' : null,
    points: points.map((point) => ({ ...point, isOpen: isOpen(point.toMs) })),
    sql: percentileHistoryStatement(query),
  };
}

/** Runs of buckets that touch each other and of which something holds. */
function stretchesOf(points: readonly BudgetPoint[], holds: (point: BudgetPoint) => boolean): Stretch[] {
  const found: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of points.filter(holds)) {
    const last = found.at(-1);
    if (last?.toMs === fromMs) last.toMs = toMs;
    else found.push({ fromMs, toMs });
  }
  return found;
}

/** What no bucket covers, up to where the stream is judged. */
function gapsOf(
  points: readonly BudgetPoint[],
  { fromMs, toMs, stepMs }: ChartsQuery['query'],
  { evaluatedThroughMs }: StreamProgress,
): Stretch[] {
  const endMs = Math.min(Math.ceil(toMs / stepMs) * stepMs, evaluatedThroughMs ?? 0);
  const gaps: Stretch[] = [];
  let atMs = Math.floor(fromMs / stepMs) * stepMs;
  for (const point of points) {
    if (point.fromMs > atMs) gaps.push({ fromMs: atMs, toMs: point.fromMs });
    atMs = point.toMs;
  }
  if (endMs > atMs) gaps.push({ fromMs: atMs, toMs: endMs });
  return gaps;
}
