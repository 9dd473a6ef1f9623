import { useMemo, type ReactNode } from 'react';
import type { SloHistory, TierNow } from '../../../../src/api/contract/index.ts';
import type { TimeRange } from '../../charts/align.ts';
import type { ChartProps, ChartSeries } from '../../charts/chart-props.ts';
import { Chart } from '../../charts/chart.tsx';
import {
  formatBurnRate,
  formatCompact,
  formatCount,
  formatDuration,
  formatLatency,
  formatPercent,
  formatTarget,
} from '../../parts/format.ts';
import { Badge, BURN_TONES } from '../../parts/state-badge.tsx';
import {
  belowTargetBands,
  burnPoints,
  happeningBands,
  happeningMarks,
  overspentBands,
  pointsOf,
} from './slo-charts-data.ts';

type Shared = Pick<ChartProps, 'stepMs' | 'range' | 'bands' | 'marks' | 'syncKey' | 'onRange'>;

/** All charts of one series, under one crosshair; a drag over any of them zooms all. */
export function SloCharts({
  history,
  tiers,
  onRange,
}: {
  readonly history: SloHistory;
  readonly tiers: readonly TierNow[];
  readonly onRange: (range: TimeRange) => void;
}): ReactNode {
  const shared = useMemo<Shared>(
    () => ({
      stepMs: history.stepMs,
      range: { fromMs: history.fromMs, toMs: history.toMs },
      bands: happeningBands(history),
      marks: happeningMarks(history),
      syncKey: 'slo',
      onRange,
    }),
    [history, onRange],
  );
  return (
    <div className="stack">
      <BurnDown history={history} shared={shared} />
      <Traffic history={history} shared={shared} />
      <Sli history={history} shared={shared} />
      <div className="grid-2">
        {history.burn.tiers.map((tier) => (
          <TierBurn
            key={tier.tier}
            tier={tier}
            now={tiers.find((one) => one.tier === tier.tier)}
            history={history}
            shared={shared}
          />
        ))}
      </div>
      <Latency history={history} shared={shared} />
    </div>
  );
}

interface PartProps {
  readonly history: SloHistory;
  readonly shared: Shared;
}

const percentAxis = (value: number): string => `${Number((value * 100).toPrecision(6))} %`;

function BurnDown({ history, shared }: PartProps): ReactNode {
  const { points, sql } = history.budget;
  const isEstimated = points.some((point) => point.isEstimated);
  const series = useMemo<readonly ChartSeries[]>(
    () => [
      {
        name: 'budget left',
        kind: 'area',
        color: '--accent',
        missing: 'gap',
        points: pointsOf(points, ({ remainingRatio }) => remainingRatio),
      },
      ...(isEstimated
        ? [
            {
              name: 'projected',
              kind: 'line' as const,
              color: '--warn',
              missing: 'gap' as const,
              points: pointsOf(points, ({ projectedRemainingRatio }) => projectedRemainingRatio),
            },
          ]
        : []),
    ],
    [points, isEstimated],
  );
  const bands = useMemo(() => [...overspentBands(history), ...(shared.bands ?? [])], [history, shared.bands]);
  return (
    <Chart
      {...shared}
      bands={bands}
      title="Budget left"
      summary="Share of the error budget that was left at each moment; below zero it is overspent."
      series={series}
      format={(value) => formatPercent(value, 1)}
      formatAxis={percentAxis}
      thresholds={[{ value: 0, color: '--bad', label: '' }]}
      height={190}
      sql={sql}
    />
  );
}

function Traffic({ history, shared }: PartProps): ReactNode {
  const { points, sql } = history.traffic;
  const series = useMemo<readonly ChartSeries[]>(
    () => [
      {
        name: 'counted',
        kind: 'bars',
        color: '--bar',
        missing: 'zero',
        points: pointsOf(points, ({ total }) => total),
      },
      {
        name: 'bad',
        kind: 'bars',
        color: '--bad',
        missing: 'zero',
        points: pointsOf(points, ({ bad }) => bad),
      },
    ],
    [points],
  );
  return (
    <Chart
      {...shared}
      title="Traffic"
      summary="Events that counted in each bucket, and how many of them were bad."
      series={series}
      format={formatCount}
      formatAxis={formatCompact}
      height={92}
      sql={sql}
    />
  );
}

function Sli({ history, shared }: PartProps): ReactNode {
  const { points, sql } = history.traffic;
  const series = useMemo<readonly ChartSeries[]>(
    () => [
      {
        name: 'SLI',
        kind: 'line',
        color: '--accent',
        missing: 'gap',
        points: pointsOf(points, ({ sliRatio }) => sliRatio),
      },
    ],
    [points],
  );
  const bands = useMemo(() => belowTargetBands(history), [history]);
  return (
    <Chart
      {...shared}
      bands={bands}
      title="SLI"
      summary="Share of good events in each bucket, with the objective; shaded where it was missed."
      series={series}
      format={formatPercent}
      formatAxis={percentAxis}
      thresholds={[
        {
          value: history.targetRatio,
          color: '--good',
          label: `objective ${formatTarget(history.targetRatio)}`,
        },
      ]}
      height={140}
      sql={sql}
    />
  );
}

function TierBurn({
  tier,
  now,
  history,
  shared,
}: PartProps & {
  readonly tier: SloHistory['burn']['tiers'][number];
  readonly now: TierNow | undefined;
}): ReactNode {
  const { longWindowMs, shortWindowMs, factor } = tier;
  const series = useMemo<readonly ChartSeries[]>(
    () =>
      [
        { name: `long, ${formatDuration(longWindowMs)}`, color: '--e0', windowMs: longWindowMs },
        { name: `short, ${formatDuration(shortWindowMs)}`, color: '--e1', windowMs: shortWindowMs },
      ].map(({ name, color, windowMs }) => ({
        name,
        color,
        kind: 'line',
        missing: 'gap',
        points: burnPoints(history, windowMs),
      })),
    [history, longWindowMs, shortWindowMs],
  );
  return (
    <Chart
      {...shared}
      title={`Burn, tier ${tier.tier}`}
      note={now === undefined ? null : <Badge tone={BURN_TONES[now.word]}>{now.word}</Badge>}
      summary={`How fast the budget burnt in the tier's two windows, as a multiple of what the period allows; it fires where both are at ${formatBurnRate(factor)}.`}
      series={series}
      format={formatBurnRate}
      formatAxis={(value) => `${formatCompact(value)}x`}
      thresholds={[{ value: factor, color: '--bad', label: `fires at ${formatBurnRate(factor)}` }]}
      height={118}
      sql={history.burn.sql}
    />
  );
}

const PERCENTILES = ['p50', 'p95', 'p99'] as const;
const PERCENTILE_COLORS = { p50: '--e2', p95: '--e0', p99: '--e3' } as const;

function Latency({ history, shared }: PartProps): ReactNode {
  const latency = history.latency;
  const series = useMemo<readonly ChartSeries[]>(
    () =>
      PERCENTILES.map((name) => ({
        name,
        kind: 'line',
        color: PERCENTILE_COLORS[name],
        missing: 'gap',
        points: latency === null ? [] : pointsOf(latency.points, (point) => point[name]),
      })),
    [latency],
  );
  if (latency === null) return null;
  const format = latency.unit === 'ms' ? formatLatency : formatCount;
  return (
    <Chart
      {...shared}
      title={`Percentiles of ${latency.field}`}
      summary={`The median, the 95th and the 99th percentile of ${latency.field} in each bucket.`}
      series={series}
      format={format}
      height={150}
      sql={latency.sql}
    />
  );
}
