import { useEffect, useId, useMemo, useRef, useState, type ReactNode } from 'react';
import uPlot from 'uplot';
import { resolveColors, useColorKey } from '../theme/colors.ts';
import { CopySql } from '../parts/copy-sql.tsx';
import { alignSeries, type Aligned } from './align.ts';
import type { ChartProps } from './chart-props.ts';
import { ChartTable } from './chart-table.tsx';
import { ChartReadout } from './chart-readout.tsx';
import { overlayPlugin } from './overlays.ts';
import { plotOptions } from './plot-options.ts';

/** One chart: its name, the figures under the crosshair, the plot, its numbers as a table and the statement behind it. */
export function Chart(props: ChartProps): ReactNode {
  const aligned = useMemo(
    () =>
      alignSeries(
        props.series.map(({ points, missing, kind }) => ({ points, missing, isJoined: kind !== 'bars' })),
        { stepMs: props.stepMs, range: props.range },
      ),
    [props.series, props.stepMs, props.range],
  );
  const [index, setIndex] = useState<number | null>(null);
  const titleId = useId();
  return (
    <figure className="panel chart" aria-labelledby={titleId}>
      <header>
        <h3 id={titleId}>{props.title}</h3>
        <div className="row">
          {props.note}
          {props.sql === undefined ? null : <CopySql sql={props.sql} of={props.title} />}
        </div>
      </header>
      <ChartReadout chart={props} aligned={aligned} index={index} />
      {aligned.times.length === 0 ? (
        <p className="chart-empty">Nothing was counted in this stretch.</p>
      ) : (
        <Plot chart={props} aligned={aligned} onCursor={setIndex} />
      )}
      <ChartTable chart={props} aligned={aligned} />
    </figure>
  );
}

const LOOK = ['--ink-3', '--chart-grid', '--chart-cross', '--surface'] as const;

/** uPlot on a canvas of its own: made anew when what it looks like changes, given new numbers when those do. */
function Plot({
  chart,
  aligned,
  onCursor,
}: {
  readonly chart: ChartProps;
  readonly aligned: Aligned;
  readonly onCursor: (index: number | null) => void;
}): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ chart, aligned, onCursor });
  useEffect(() => {
    latest.current = { chart, aligned, onCursor };
  });
  const colorKey = useColorKey();
  const shape = JSON.stringify([
    chart.series.map(({ name, kind, color }) => [name, kind, color]),
    chart.bands,
    chart.marks,
    chart.thresholds,
    chart.range,
    chart.height,
    chart.syncKey,
    colorKey,
  ]);

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const made = makePlot(element, latest);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      const width = element.clientWidth;
      if (width > 0 && width !== made.width) made.setSize({ width, height: made.height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current = null;
      made.destroy();
    };
  }, [shape]);

  useEffect(() => {
    plot.current?.setData(columnsOf(aligned));
  }, [aligned]);

  return <div ref={host} className="plot" role="img" aria-label={`${chart.title}. ${chart.summary}`} />;
}

interface Latest {
  readonly chart: ChartProps;
  readonly aligned: Aligned;
  readonly onCursor: (index: number | null) => void;
}

/** The chart that a drag began on: the others show the same selection, and must not report it once more. */
let draggedOver: HTMLElement | null = null;

function makePlot(host: HTMLElement, latest: { readonly current: Latest }): uPlot {
  host.onpointerdown = () => {
    draggedOver = host;
  };
  const { chart, aligned } = latest.current;
  const overlays = [...(chart.bands ?? []), ...(chart.marks ?? []), ...(chart.thresholds ?? [])];
  const colors = resolveColors([
    ...LOOK,
    ...chart.series.map(({ color }) => color),
    ...overlays.map(({ color }) => color),
  ]);
  const colored = <T extends { readonly color: string }>(things: readonly T[] = []): T[] =>
    things.map((thing) => ({ ...thing, color: colors[thing.color] ?? thing.color }));
  const look = {
    ink: colors['--ink-3'] ?? '',
    grid: colors['--chart-grid'] ?? '',
    cross: colors['--chart-cross'] ?? '',
    surface: colors['--surface'] ?? '',
    font: `11px ${getComputedStyle(document.documentElement).fontFamily}`,
  };
  const options = plotOptions({
    series: colored(chart.series),
    look,
    width: host.clientWidth,
    height: chart.height ?? 170,
    timeRange: [chart.range.fromMs / 1_000, chart.range.toMs / 1_000],
    include: (chart.thresholds ?? []).map(({ value }) => value),
    formatAxis: chart.formatAxis ?? chart.format,
    syncKey: chart.syncKey ?? 'alone',
    plugins: [
      overlayPlugin(
        { bands: colored(chart.bands), marks: colored(chart.marks), thresholds: colored(chart.thresholds) },
        look,
      ),
    ],
    onCursor: (index) => {
      latest.current.onCursor(index);
    },
    onDrag: (fromS, toS) => {
      if (draggedOver !== host) return;
      // Whole seconds, as the tables are asked: a part of one at the end would be left out.
      latest.current.chart.onRange?.({ fromMs: Math.floor(fromS) * 1_000, toMs: Math.ceil(toS) * 1_000 });
    },
  });
  return new uPlot(options, columnsOf(aligned), host);
}

function columnsOf({ times, series }: Aligned): uPlot.AlignedData {
  return [
    [...times],
    ...series.map(({ closed }) => [...closed]),
    ...series.map(({ open }) => [...open]),
  ] as unknown as uPlot.AlignedData;
}
