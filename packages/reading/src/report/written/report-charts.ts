import type { TimeRange } from '@burnline/queries';
import { scaleBand, scaleLinear, scaleUtc } from 'd3-scale';
import { line, stack } from 'd3-shape';
import { formatLabels } from '../../words/format.ts';
import type { ReportBurnDown, ReportCost } from '../report.ts';
import { escaped } from './escaped.ts';
import type { Block } from './report-block.ts';

/** As many series as eyes can tell apart, by Okabe and Ito: colours that those who see few of them tell apart too. */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'] as const;
const REST_COLOR = '#8a8f98';
const WIDTH = 760;
const HEIGHT = 230;
const MARGIN = { left: 62, right: 12, top: 10, bottom: 24 };
const LEGEND_ROW = 18;

interface Entry {
  readonly name: string;
  readonly color: string;
}

/** How budgets went down: straight lines, a gap where nobody judged. */
export function burnDownChart(burnDowns: readonly ReportBurnDown[], range: TimeRange): Block {
  const x = scaleUtc([range.fromMs, range.toMs], [MARGIN.left, WIDTH - MARGIN.right]);
  const known = burnDowns.flatMap(({ points }) =>
    points.flatMap(({ remainingRatio }) => remainingRatio ?? []),
  );
  const y = scaleLinear(
    [Math.min(0, ...known), Math.max(1, ...known)],
    [HEIGHT - MARGIN.bottom, MARGIN.top],
  ).nice();
  const path = line<ReportBurnDown['points'][number]>()
    .defined(({ remainingRatio }) => remainingRatio !== null)
    .x(({ atMs }) => x(atMs))
    .y(({ remainingRatio }) => y(remainingRatio ?? 0));
  const lines = burnDowns.map(
    ({ points }, index) =>
      `<path d="${path(points) ?? ''}" fill="none" stroke="${colorOf(index)}" stroke-width="1.8"/>`,
  );
  const entries = burnDowns.map(({ slo, labels }, index) => ({
    name: Object.keys(labels).length === 0 ? slo : `${slo} ${formatLabels(labels)}`,
    color: colorOf(index),
  }));
  return chart('budgets', 'Budget left over time', {
    marks: [
      ...timeAxis(x),
      ...valueAxis(y, (value) => `${Number((value * 100).toPrecision(6))} %`),
      zeroLine(y(0)),
      ...lines,
    ],
    entries,
  });
}

/** Spend by day, of each service on top of the others, from zero. */
export function spendChart(days: ReportCost['days'], range: TimeRange): Block {
  const DAY_MS = 86_400_000;
  const services = [...new Set(days.map(({ service }) => service))].sort(bySpend(days));
  const shown = services.slice(0, COLORS.length);
  const starts = Array.from(
    { length: Math.ceil((range.toMs - range.fromMs) / DAY_MS) },
    (_, index) => range.fromMs + index * DAY_MS,
  );
  const keys = services.length > shown.length ? [...shown, REST] : shown;
  const rows = starts.map((atMs) => {
    const own = days.filter((one) => one.atMs === atMs);
    const sum = (of: (service: string) => boolean): number =>
      own.filter(({ service }) => of(service)).reduce((all, one) => all + one.costNanoUsd / 1e9, 0);
    return new Map(
      keys.map((key) => [key, sum((service) => (key === REST ? !shown.includes(service) : service === key))]),
    );
  });
  const layers = stack<Map<string, number>, string>()
    .keys(keys)
    .value((row, key) => row.get(key) ?? 0)(rows);
  const most = Math.max(...layers.flatMap((layer) => layer.map(([, top]) => top)));
  const x = scaleBand<number>(starts, [MARGIN.left, WIDTH - MARGIN.right]).padding(0.15);
  const y = scaleLinear([0, most], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice();
  const bars = layers.flatMap((layer, index) =>
    layer.map(
      ([bottom, top], at) =>
        `<rect x="${round(x(starts[at] ?? 0) ?? 0)}" y="${round(y(top))}" width="${round(x.bandwidth())}" height="${round(y(bottom) - y(top))}" fill="${keys[index] === REST ? REST_COLOR : colorOf(index)}"/>`,
    ),
  );
  const time = scaleUtc([range.fromMs, range.toMs], [MARGIN.left, WIDTH - MARGIN.right]);
  return chart('spend', 'Spend by day and service, US dollars', {
    marks: [...timeAxis(time), ...valueAxis(y, (value) => `$${Number(value.toPrecision(6))}`), ...bars],
    entries: keys.map((name, index) => ({
      name: name || '(none)',
      color: name === REST ? REST_COLOR : colorOf(index),
    })),
  });
}

/** No service has it as its name. */
const REST = '(all others)';
const colorOf = (index: number): string => COLORS[index % COLORS.length] ?? REST_COLOR;
const round = (value: number): number => Math.round(value * 100) / 100;

function bySpend(days: ReportCost['days']): (a: string, b: string) => number {
  const spent = new Map<string, number>();
  for (const { service, costNanoUsd } of days) spent.set(service, (spent.get(service) ?? 0) + costNanoUsd);
  return (a, b) => (spent.get(b) ?? 0) - (spent.get(a) ?? 0) || (a < b ? -1 : 1);
}

function timeAxis(x: ReturnType<typeof scaleUtc<number>>): readonly string[] {
  return x.ticks(7).map((tick) => {
    const at = round(x(tick));
    const label = tick
      .toISOString()
      .slice(5, tick.getUTCHours() === 0 ? 10 : 16)
      .replace('T', ' ');
    return `<text x="${at}" y="${HEIGHT - 8}" text-anchor="middle" class="axis">${label}</text>`;
  });
}

function valueAxis(
  y: ReturnType<typeof scaleLinear<number>>,
  format: (value: number) => string,
): readonly string[] {
  return y.ticks(5).map((tick) => {
    const at = round(y(tick));
    return `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}" stroke="#d8dbe0"/><text x="${MARGIN.left - 6}" y="${at + 4}" text-anchor="end" class="axis">${escaped(format(tick))}</text>`;
  });
}

const zeroLine = (at: number): string =>
  `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${round(at)}" y2="${round(at)}" stroke="#c0392b" stroke-dasharray="5 4"/>`;

function chart(
  name: string,
  label: string,
  { marks, entries }: { readonly marks: readonly string[]; readonly entries: readonly Entry[] },
): Block {
  const height = HEIGHT + entries.length * LEGEND_ROW + 4;
  const legend = entries.map(
    (entry, index) =>
      `<rect x="${MARGIN.left}" y="${HEIGHT + index * LEGEND_ROW + 2}" width="12" height="10" fill="${entry.color}"/><text x="${MARGIN.left + 18}" y="${HEIGHT + index * LEGEND_ROW + 11}" class="axis">${escaped(entry.name)}</text>`,
  );
  // Presentation attributes and no style: a page that forbids inline styles shows them too.
  const font = 'font-size="12" font-family="system-ui, sans-serif"';
  const ground = `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(label)}" ${font}><title>${escaped(label)}</title>${[ground, ...marks, ...legend].join('')}</svg>`;
  return { kind: 'chart', name, label, svg };
}
