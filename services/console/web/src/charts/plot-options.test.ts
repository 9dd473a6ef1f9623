import { describe, expect, test } from 'vitest';
import type uPlot from 'uplot';
import { plotOptions, type PlotInput, type PlotSeries } from './plot-options.ts';

const input = (series: readonly PlotSeries[]): PlotInput => ({
  series,
  look: { ink: '#111', grid: '#eee', cross: '#999', font: '11px sans-serif' },
  width: 600,
  height: 170,
  timeRange: [0, 100],
  include: [],
  formatAxis: String,
  syncKey: 'slo',
  plugins: [],
  onCursor: () => undefined,
  onDrag: () => undefined,
});
const line: PlotSeries = { name: 'SLI', kind: 'line', color: 'rgb(1, 2, 3)' };
const area: PlotSeries = { ...line, name: 'budget left', kind: 'area' };

/** As the plot asks for it: the range of the values that it holds. */
function rangeOf(options: uPlot.Options, values: readonly number[]): readonly number[] {
  const range = options.scales?.['y']?.range;
  if (typeof range !== 'function') throw new Error('the value axis has no range of its own');
  const plot = { data: [values.map((_, index) => index), values] } as unknown as uPlot;
  return range(plot, 0, 0, 'y') as readonly number[];
}

describe('how series are drawn', () => {
  const options = plotOptions(input([line, area]));
  const [, sli, budget, openSli, openBudget] = options.series;

  test('straight lines: no other path than the plain one, and none over a gap', () => {
    for (const series of options.series.slice(1)) {
      expect(series.paths).toBeUndefined();
      expect(series.spanGaps).toBe(false);
    }
  });

  test('the open bucket is dashed and pale, in the colour of its series', () => {
    expect(sli?.dash).toBeUndefined();
    for (const open of [openSli, openBudget]) {
      expect(open?.dash).toEqual([3, 4]);
      expect(open?.stroke).toContain(line.color);
      expect(open?.stroke).toContain('transparent');
    }
  });

  test('areas are filled to zero, from which their axis begins; lines are not filled', () => {
    expect(budget?.fillTo).toBe(0);
    expect(sli?.fill).toBeUndefined();
    expect(rangeOf(options, [40, 50])[0]).toBe(0);
    expect(rangeOf(plotOptions(input([line])), [40, 50])[0]).toBeGreaterThan(0);
  });

  test('charts of one page share the crosshair in time, never in value', () => {
    expect(options.cursor?.sync).toMatchObject({ key: 'slo', scales: ['x', null] });
    expect(options.cursor?.y).toBe(false);
  });

  test('a drag selects a stretch of time and lets the page ask for it', () => {
    expect(options.cursor?.drag).toMatchObject({ x: true, y: false, setScale: false });
  });

  test('a value that stands alone is a dot', () => {
    const filter = sli?.points?.filter;
    if (typeof filter !== 'function') throw new Error('the line has no filter for its dots');
    const plot = {
      data: [
        [0, 1, 2, 3],
        [1, null, 2, 3],
      ],
    } as unknown as uPlot;
    expect(filter(plot, 1, true, null)).toEqual([0]);
  });
});
