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
import { cursorOf, placeOf } from '../reading/cursor.ts';
import type { BookPage } from '../reading/judged-book.ts';
import { QUERY, route } from '../route.ts';
import { forecastOf } from './slo.ts';

/** Of a page; each service has some budgets, and each of those its worst series. */
const SERVICES_DEFAULT = 20;
const SERVICES_MAX = 200;

const place = z.tuple([z.string().max(500), z.string().max(500)]);

export const servicesRoute = route({
  path: '/services',
  summary: 'All budgets of every service, and the one that binds',
  query: z.strictObject({
    ...{ stream: QUERY.stream, service: QUERY.name, asOf: QUERY.asOf },
    ...{ limit: QUERY.limit(SERVICES_DEFAULT, SERVICES_MAX), cursor: QUERY.cursor },
  }),
  answer: services,
  answerTo: async (
    { store, book },
    { query: { stream, service, asOf, limit = SERVICES_DEFAULT, cursor } },
  ) => {
    const page = await book.at(asOf, store);
    const name = checkedStream(page, stream);
    const after = placeOf(cursor, place);
    const all = placesOf(
      page.rows.flatMap(({ row, status }) =>
        (name === null || row.stream === name) &&
        (service === undefined || row.service === service) &&
        status !== null
          ? [[row.stream, row.service] as const]
          : [],
      ),
    );
    const behind = after === undefined ? all : all.filter((one) => comparePlaces(one, after) > 0);
    const shown = behind.slice(0, limit);
    const last = shown.at(-1);
    const views: ServiceView[] = [];
    for (const one of new Set(shown.map(([of]) => of))) {
      const names = new Set(shown.flatMap(([of, own]) => (of === one ? [own] : [])));
      views.push(...(await viewsOf(store, page, { stream: one, asOfMs: asOf ?? null, names })));
    }
    const wanted = new Set(shown.map(([, own]) => own));
    const rowOf = new Map(
      page.rows.flatMap(({ row, status }) =>
        status !== null && wanted.has(row.service) ? [[seriesKeyOf(status), row] as const] : [],
      ),
    );
    return {
      about: aboutOf(page, name),
      total: all.length,
      services: views.flatMap((view) => answerOf(view, rowOf)),
      next: behind.length > shown.length && last !== undefined ? cursorOf(last) : null,
    };
  },
});

/** A stream, and a service of it. */
type Place = readonly [stream: string, service: string];

const comparePlaces = (one: Place, other: Place): number => {
  const at = one[0] === other[0] ? 1 : 0;
  return one[at] === other[at] ? 0 : one[at] < other[at] ? -1 : 1;
};

const placesOf = (places: readonly Place[]): readonly Place[] =>
  [...new Map(places.map((one) => [JSON.stringify(one), one])).values()].sort(comparePlaces);

async function viewsOf(
  store: ConsoleParts['store'],
  page: BookPage,
  {
    stream,
    asOfMs,
    names,
  }: { readonly stream: string; readonly asOfMs: number | null; readonly names: ReadonlySet<string> },
): Promise<readonly ServiceView[]> {
  const series = page.rows.flatMap(({ status }) => (status?.stream === stream ? [status] : []));
  const slos = new Set(series.flatMap((one) => (names.has(one.service) ? [one.slo] : [])));
  const specs = await specsOf(store, { stream, asOfMs, slos });
  const budgets: StreamBudgets = { stream, series, specs };
  const forecasts = await readForecasts(store, seriesToForecast(budgets, names), { asOfMs, specs });
  return [...names].map((one) => serviceView(budgets, one, forecasts));
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
