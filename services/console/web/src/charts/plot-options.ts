import uPlot from 'uplot';
import { loneIndexes, valueRange } from './align.ts';

/** How one series is drawn. */
export interface PlotSeries {
  readonly name: string;
  readonly kind: 'line' | 'area' | 'bars';
  /** A colour as CSS writes it. */
  readonly color: string;
}

interface PlotLook {
  readonly ink: string;
  readonly grid: string;
  readonly cross: string;
  readonly font: string;
}

export interface PlotInput {
  readonly series: readonly PlotSeries[];
  readonly look: PlotLook;
  readonly width: number;
  readonly height: number;
  /** Stretch of time that is shown, epoch seconds. */
  readonly timeRange: readonly [number, number];
  /** Values that the axis has to show: thresholds, an objective. */
  readonly include: readonly number[];
  readonly formatAxis: (value: number) => string;
  /** Charts with one key share the crosshair and what is dragged. */
  readonly syncKey: string;
  readonly plugins: readonly uPlot.Plugin[];
  readonly onCursor: (index: number | null) => void;
  readonly onDrag: (fromS: number, toS: number) => void;
}

/** Shorter drags are clicks, CSS pixels. */
const DRAG_MIN_PX = 6;
const OPEN_DASH = [3, 4];

function isFilled(series: readonly PlotSeries[]): boolean {
  return series.some(({ kind }) => kind !== 'line');
}

/**
 * Options of a plot whose columns are: times, then the closed values of every series, then the open ones. Straight lines, no
 * line over a gap, dots for values that stand alone, the open bucket pale and dashed, filled axes from zero.
 */
export function plotOptions(input: PlotInput): uPlot.Options {
  const filled = isFilled(input.series);
  return {
    width: input.width,
    height: input.height,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true, range: () => [...input.timeRange] as [number, number] },
      y: {
        range: (plot) => {
          const values = plot.data.slice(1).flatMap((column) => [...column] as (number | null)[]);
          return [...valueRange(values, { isFilled: filled, include: input.include })] as [number, number];
        },
      },
    },
    axes: [timeAxis(input.look), valueAxis(input)],
    series: [
      {},
      ...input.series.map((series) => closedSeries(series)),
      ...input.series.map((series) => openSeries(series)),
    ],
    cursor: {
      sync: { key: input.syncKey, setSeries: false, scales: ['x', null] },
      drag: { x: true, y: false, setScale: false, dist: DRAG_MIN_PX },
      points: { size: 6 },
      y: false,
    },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
    plugins: [...input.plugins],
    hooks: {
      setCursor: [
        (plot) => {
          input.onCursor(plot.cursor.idx ?? null);
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < DRAG_MIN_PX) return;
          input.onDrag(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
        },
      ],
    },
  };
}

const straightBars = uPlot.paths.bars?.({ size: [0.86, 60], align: 1 });

function closedSeries({ name, kind, color }: PlotSeries): uPlot.Series {
  const shared: uPlot.Series = {
    label: name,
    stroke: color,
    width: 1.5,
    spanGaps: false,
    points: { show: false },
  };
  if (kind === 'bars') {
    return {
      ...shared,
      width: 0,
      fill: color,
      ...(straightBars === undefined ? {} : { paths: straightBars }),
    };
  }
  return {
    ...shared,
    ...(kind === 'area' ? { fill: pale(color, 0.13), fillTo: 0 } : {}),
    points: { show: true, size: 4, fill: color, filter: lonePoints },
  };
}

function openSeries(series: PlotSeries): uPlot.Series {
  const closed = closedSeries(series);
  const { kind, color } = series;
  if (kind === 'bars') return { ...closed, fill: pale(color, 0.35) };
  return {
    ...closed,
    stroke: pale(color, 0.6),
    dash: OPEN_DASH,
    ...(kind === 'area' ? { fill: pale(color, 0.06) } : {}),
  };
}

const lonePoints: uPlot.Series.Points.Filter = (plot, seriesIndex) =>
  loneIndexes([...(plot.data[seriesIndex] ?? [])]);

/** The same colour, seen through: for fills, and for what is not whole yet. */
function pale(color: string, share: number): string {
  return `color-mix(in srgb, ${color} ${Math.round(share * 100)}%, transparent)`;
}

const axisOf = (look: PlotLook): uPlot.Axis => ({
  stroke: look.ink,
  font: look.font,
  ticks: { show: false },
  grid: { stroke: look.grid, width: 1 },
});

function timeAxis(look: PlotLook): uPlot.Axis {
  return {
    ...axisOf(look),
    grid: { show: false },
    size: 36,
    gap: 4,
    space: 72,
    values: [
      [86_400, '{D} {MMM}', null, null, null, null, null, null, 1],
      [3_600, '{HH}:{mm}', '\n{D} {MMM}', null, '\n{D} {MMM}', null, null, null, 1],
      [60, '{HH}:{mm}', '\n{D} {MMM}', null, '\n{D} {MMM}', null, null, null, 1],
      [1, '{HH}:{mm}:{ss}', '\n{D} {MMM}', null, '\n{D} {MMM}', null, null, null, 1],
    ],
  };
}

function valueAxis({ look, formatAxis, height }: PlotInput): uPlot.Axis {
  return {
    ...axisOf(look),
    size: 58,
    gap: 6,
    // A low chart still shows how high it goes.
    space: height < 125 ? 20 : 34,
    values: (_, ticks) => ticks.map((tick) => formatAxis(tick)),
  };
}
