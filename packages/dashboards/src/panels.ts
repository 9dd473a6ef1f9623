import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  LineInterpolation,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
  type Dashboard,
  type DynamicConfigValue,
  type Panel,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { CLICKHOUSE, ClickhouseQuery } from './clickhouse-query.ts';

/** What every panel has; `width` of the 24 columns of a row. */
interface Shown {
  readonly title: string;
  readonly description?: string;
  readonly sql: string;
  readonly width: number;
  readonly height: number;
}

/** How a column is written: Grafana's id of its unit, and decimals. */
export interface ColumnUnit {
  readonly unit: string;
  readonly decimals?: number;
}
export const SHARE: ColumnUnit = { unit: 'percentunit', decimals: 2 };
export const USD: ColumnUnit = { unit: 'currencyUSD' };
export const COUNT: ColumnUnit = { unit: 'short' };
export const MS: ColumnUnit = { unit: 'ms' };

export function table(
  shown: Shown & {
    readonly units?: Readonly<Record<string, ColumnUnit>>;
    /** Column whose cells open another dashboard, by the address that they are put into. */
    readonly links?: Readonly<Record<string, string>>;
  },
): TableBuilder {
  const panel = placed(new TableBuilder(), shown, 'table');
  for (const [column, unit] of Object.entries(shown.units ?? {}))
    panel.overrideByName(column, propertiesOf(unit));
  for (const [column, url] of Object.entries(shown.links ?? {}))
    panel.overrideByName(column, [{ id: 'links', value: [{ title: 'Its charts', url }] }]);
  return panel;
}

/** `bars` where a value belongs to its bucket alone, `steps` where it holds until the next one. Gaps stay gaps, and nothing is smoothed. */
export function timeSeries(
  shown: Shown & { readonly look: 'bars' | 'steps'; readonly unit: ColumnUnit; readonly isStacked?: boolean },
): TimeSeriesBuilder {
  const { unit, decimals } = shown.unit;
  const panel = placed(new TimeSeriesBuilder(), shown, 'timeseries').unit(unit).spanNulls(false);
  if (decimals !== undefined) panel.decimals(decimals);
  if (shown.look === 'steps') return panel.lineInterpolation(LineInterpolation.StepAfter);
  panel.drawStyle(GraphDrawStyle.Bars).fillOpacity(80).min(0);
  return shown.isStacked === true
    ? panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    : panel;
}

/** One figure for each column of one row, or, `isPerRow`, one for each row by its name. */
export function stat(
  shown: Shown & {
    readonly units?: Readonly<Record<string, ColumnUnit>>;
    readonly isPerRow?: boolean;
  },
): StatBuilder {
  const panel = placed(new StatBuilder(), shown, 'table')
    .reduceOptions(new ReduceDataOptionsBuilder().values(shown.isPerRow === true).calcs(['lastNotNull']))
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.None)
    .textMode(BigValueTextMode.ValueAndName);
  for (const [column, unit] of Object.entries(shown.units ?? {}))
    panel.overrideByName(column, propertiesOf(unit));
  return panel;
}

const propertiesOf = ({ unit, decimals }: ColumnUnit): DynamicConfigValue[] => [
  { id: 'unit', value: unit },
  ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
];

function placed<Of extends StatBuilder | TableBuilder | TimeSeriesBuilder>(
  panel: Of,
  { title, description, sql, width, height }: Shown,
  format: 'timeseries' | 'table',
): Of {
  panel.title(title).datasource(CLICKHOUSE).span(width).height(height);
  if (description !== undefined) panel.description(description);
  panel.withTarget(new ClickhouseQuery(sql, format));
  return panel;
}

/** A variable whose values a statement answers. */
export function queryVariable(
  name: string,
  { label, sql, current }: { readonly label: string; readonly sql: string; readonly current?: string },
): QueryVariableBuilder {
  const variable = new QueryVariableBuilder(name)
    .label(label)
    .datasource(CLICKHOUSE)
    .query(sql)
    .definition(sql)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
  return current === undefined ? variable : variable.current({ text: current, value: current });
}

/** Which stream: live, or a replay. Every dashboard has it. */
export const streamVariable = (): QueryVariableBuilder =>
  queryVariable('stream', {
    label: 'Stream',
    sql: 'SELECT DISTINCT stream FROM stream_epochs ORDER BY stream',
    current: 'live',
  });

export function dashboardOf(
  { uid, title, description }: { readonly uid: string; readonly title: string; readonly description: string },
  {
    variables,
    panels,
  }: { readonly variables: readonly Builder<VariableModel>[]; readonly panels: readonly Builder<Panel>[] },
): Dashboard {
  const dashboard = new DashboardBuilder(title)
    .uid(`burnline-${uid}`)
    .description(description)
    .tags(['burnline'])
    .timezone('utc')
    .refresh('30s')
    .time({ from: 'now-6h', to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .link(linkToOthers());
  for (const variable of variables) dashboard.withVariable(variable);
  for (const panel of panels) dashboard.withPanel(panel);
  return dashboard.build();
}

/** The other dashboards, of the same stream and time. */
const linkToOthers = (): DashboardLinkBuilder =>
  new DashboardLinkBuilder('Burnline').tags(['burnline']).asDropdown(true).includeVars(true).keepTime(true);
