import { readBudgetSpecs, type BudgetSpec } from '@burnline/queries';
import {
  readForecasts,
  seriesKeyOf,
  seriesToForecast,
  serviceView,
  type BudgetView,
  type ServiceView,
  type StreamBudgets,
} from '@burnline/reading';
import { z } from 'zod';
import type { ConsoleParts } from '../../console-parts.ts';
import { STATES, services, type OverviewRow, type Services, type State } from '../contract/index.ts';
import { aboutOf, checkedStream } from '../reading/about.ts';
import { QUERY, route } from '../route.ts';
import { forecastOf } from './slo.ts';

export const servicesRoute = route({
  path: '/services',
  summary: 'All budgets of every service, and the one that binds',
  query: z.strictObject({ stream: QUERY.stream, service: QUERY.name, asOf: QUERY.asOf }),
  answer: services,
  answerTo: async ({ store, book }, { query: { stream, service, asOf } }) => {
    const page = await book.at(asOf, store);
    const name = checkedStream(page, stream);
    const rows = page.rows.filter(
      ({ row }) =>
        (name === null || row.stream === name) && (service === undefined || row.service === service),
    );
    const rowOf = new Map(
      rows.flatMap(({ row, status }) => (status === null ? [] : [[seriesKeyOf(status), row] as const])),
    );
    const views: ServiceView[] = [];
    for (const one of [...new Set(rows.map(({ row }) => row.stream))].sort()) {
      const series = page.rows.flatMap(({ status }) => (status?.stream === one ? [status] : []));
      views.push(...(await viewsOf(store, { stream: one, series, asOfMs: asOf ?? null }, service)));
    }
    return { about: aboutOf(page, name), services: views.flatMap((view) => answerOf(view, rowOf)) };
  },
});

async function viewsOf(
  store: ConsoleParts['store'],
  { stream, series, asOfMs }: Pick<StreamBudgets, 'stream' | 'series'> & { readonly asOfMs: number | null },
  service: string | undefined,
): Promise<readonly ServiceView[]> {
  const own = series.filter((one) => service === undefined || one.service === service);
  const specs = await specsOf(store, { stream, asOfMs, slos: new Set(own.map(({ slo }) => slo)) });
  const budgets: StreamBudgets = { stream, series, specs };
  const names = new Set(own.map((one) => one.service));
  const forecasts = await readForecasts(store, seriesToForecast(budgets, names), { asOfMs });
  return [...names].sort().map((one) => serviceView(budgets, one, forecasts));
}

/** What some SLOs are judged by, and all that they are within, whatever service that is of. */
async function specsOf(
  store: ConsoleParts['store'],
  {
    stream,
    asOfMs,
    slos,
  }: { readonly stream: string; readonly asOfMs: number | null; readonly slos: ReadonlySet<string> },
): Promise<ReadonlyMap<string, BudgetSpec>> {
  const found = new Map<string, BudgetSpec>();
  const asked = new Set<string>();
  for (let wanted = [...slos]; wanted.length > 0;) {
    for (const slo of wanted) asked.add(slo);
    const specs = await readBudgetSpecs(store, { stream, asOfMs, slos: wanted });
    for (const spec of specs) found.set(spec.slo, spec);
    wanted = [
      ...new Set(specs.flatMap(({ within }) => (within === null || asked.has(within) ? [] : [within]))),
    ];
  }
  return found;
}

type Rows = ReadonlyMap<string, OverviewRow>;

function answerOf(view: ServiceView, rows: Rows): Services['services'] {
  const budgets = view.budgets.flatMap((one) => budgetOf(one, rows));
  const [first] = budgets;
  if (first === undefined) return [];
  const worst = STATES.find((state) => budgets.some((one) => one.worst.state === state));
  const binding = view.binding === null ? undefined : rows.get(seriesKeyOf(view.binding.status));
  return [
    {
      ...{ stream: view.stream, service: view.service, state: worst ?? ('ok' satisfies State) },
      firingCount: budgets.reduce((sum, one) => sum + one.firingCount, 0),
      binding:
        view.binding === null || binding === undefined || binding.series === null
          ? null
          : {
              ...{ slo: binding.slo, series: binding.series, budget: binding.budget },
              forecast: forecastOf(view.binding.forecast ?? { kind: 'no_data' }),
            },
      budgets,
    },
  ];
}

function budgetOf(view: BudgetView, rows: Rows): Services['services'][number]['budgets'] {
  const worst = rows.get(seriesKeyOf(view.status));
  if (worst === undefined) return [];
  const { slo, dimension, track, criticality, states, firingCount } = view;
  return [{ slo, displayName: worst.displayName, dimension, track, criticality, states, firingCount, worst }];
}
