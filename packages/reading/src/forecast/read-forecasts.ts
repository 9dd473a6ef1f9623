import { PANE_MS_DEFAULT, type BudgetPeriod, type CompositePart } from '@burnline/core';
import { isOfEntities } from '@burnline/counting';
import { readPeriodPast, type SeriesPast } from '@burnline/judging';
import {
  readBudgetSpecs,
  readEntityCounts,
  readEvaluatedThrough,
  readSpentSince,
  type BudgetSpec,
  type SeriesStatus,
} from '@burnline/queries';
import { mapInTurns, type Store } from '@burnline/runtime';
import { leftOf } from './budget-left.ts';
import { seriesIdOf } from './series-id.ts';
import { seriesKeyOf } from './series-key.ts';
import { readPartPasts } from './composite-past.ts';
import {
  FINE_MS,
  compositeForecast,
  rateWindowOf,
  seriesForecast,
  windowAt,
  type BudgetForecast,
} from './budget-forecast.ts';

/** Of more series the worst are forecast: each takes some ten milliseconds. */
const SERIES_MAX = 200;
/** A look at more entities takes seconds. */
const ENTITIES_MAX = 20_000;

export interface ForecastQuery {
  /** Moment of the history, epoch ms; null is now. */
  readonly asOfMs: number | null;
  /** Whose rate is assumed to go on, ms; by what fires, see `rateWindowOf`, where it is absent. */
  readonly rateWindowMs?: number | undefined;
  /** By SLO, what they were judged by at the moment, where all are of one stream and it was read before; read where it is absent. */
  readonly specs?: ReadonlyMap<string, BudgetSpec>;
}

/** A series whose past is to be read. */
interface Wanted {
  readonly status: SeriesStatus;
  readonly spec: BudgetSpec;
  readonly period: BudgetPeriod;
  readonly series: string;
  readonly rateWindowMs: number;
}

/** When budgets run out, by `seriesKeyOf`: an entry for each of the series. */
export async function readForecasts(
  store: Store,
  all: readonly SeriesStatus[],
  query: ForecastQuery,
): Promise<ReadonlyMap<string, BudgetForecast>> {
  const found = new Map<string, BudgetForecast>();
  const worst = [...all].sort((a, b) => leftOf(a) - leftOf(b));
  for (const status of worst.slice(SERIES_MAX))
    found.set(seriesKeyOf(status), { kind: 'not_forecast', why: 'many' });
  for (const stream of new Set(all.map((one) => one.stream))) {
    const own = worst.slice(0, SERIES_MAX).filter((one) => one.stream === stream);
    for (const [key, forecast] of await ofStream(store, own, { ...query, stream })) found.set(key, forecast);
  }
  return found;
}

type StreamQuery = ForecastQuery & { readonly stream: string };

async function ofStream(
  store: Store,
  all: readonly SeriesStatus[],
  query: StreamQuery,
): Promise<readonly (readonly [string, BudgetForecast])[]> {
  const { stream, asOfMs } = query;
  const slos = [...new Set(all.map(({ slo }) => slo))];
  const [own, throughMs] = await Promise.all([
    query.specs === undefined
      ? readBudgetSpecs(store, { stream, asOfMs, slos })
      : slos.flatMap((slo) => query.specs?.get(slo) ?? []),
    readEvaluatedThrough(store, { stream, asOfMs }),
  ]);
  const specs = new Map(own.map((spec) => [spec.slo, spec]));
  const entities = await entitiesOf(store, own);
  const found = new Map<string, BudgetForecast>();
  const groups = new Map<string, Wanted[]>();
  const composites: Composite[] = [];
  for (const status of all) {
    const spec = specs.get(status.slo);
    const unsaid = unsaidOf(status, spec, entities);
    if (unsaid !== null) found.set(seriesKeyOf(status), unsaid);
    else if (spec?.period) {
      const wanted = wantedOf(status, spec, spec.period, query);
      const { composite, derivation, weight } = spec.sli;
      const key = JSON.stringify([derivation, weight, spec.period]);
      if (composite !== undefined) composites.push({ wanted, parts: composite });
      else groups.set(key, [...(groups.get(key) ?? []), wanted]);
    }
  }
  if (throughMs === null) return [...found];
  for (const composite of composites)
    found.set(
      seriesKeyOf(composite.wanted.status),
      await ofComposite(store, composite, { stream, atMs: throughMs }),
    );
  for (const group of groups.values())
    for (const [key, forecast] of await ofGroup(store, group, { stream, atMs: throughMs }))
      found.set(key, forecast);
  return withSince(store, [...found], all, query);
}

/** How many entities those of some SLOs, and of what they are made of, that count entities have named. */
async function entitiesOf(store: Store, specs: readonly BudgetSpec[]): Promise<ReadonlyMap<string, number>> {
  const read = specs.flatMap(({ slo, specRev, sli }) => [
    { slo, specRev, derivation: sli.derivation ?? null },
    ...(sli.composite ?? []),
  ]);
  const ofEntities = read.filter(isOfEntities);
  return ofEntities.length === 0 ? new Map() : readEntityCounts(store, ofEntities);
}

/** Why nothing is said of a series, if so. */
function unsaidOf(
  { state }: SeriesStatus,
  spec: BudgetSpec | undefined,
  entities: ReadonlyMap<string, number>,
): BudgetForecast | null {
  if (state === 'no_data') return { kind: 'no_data' };
  if (spec === undefined || spec.period === null) return { kind: 'not_forecast', why: 'period' };
  const read = [spec, ...(spec.sli.composite ?? [])];
  return read.some(({ slo }) => (entities.get(slo) ?? 0) > ENTITIES_MAX)
    ? { kind: 'not_forecast', why: 'entities' }
    : null;
}

/** A composite whose parts' past is to be read. */
interface Composite {
  readonly wanted: Wanted;
  readonly parts: readonly CompositePart[];
}

async function ofComposite(
  store: Store,
  { wanted, parts }: Composite,
  { stream, atMs }: { readonly stream: string; readonly atMs: number },
): Promise<BudgetForecast> {
  const window = windowAt(atMs, wanted.period);
  const { pasts, firstMs } = await readPartPasts(store, parts, {
    ...{ stream, fromMs: window.startMs, atMs: window.endMs, fineFromMs: window.endMs - FINE_MS },
  });
  const past =
    firstMs === null ? undefined : { slo: wanted.spec.slo, series: wanted.series, firstMs, buckets: [] };
  return compositeForecast({ ...wanted, past, window }, pasts);
}

function wantedOf(
  status: SeriesStatus,
  spec: BudgetSpec,
  period: BudgetPeriod,
  { rateWindowMs = rateWindowOf(status, spec) }: ForecastQuery,
): Wanted {
  return { status, spec, period, series: seriesIdOf(spec, status.labels), rateWindowMs };
}

/** Series that are made from their rows in one way over one period. */
async function ofGroup(
  store: Store,
  group: readonly Wanted[],
  { stream, atMs }: { readonly stream: string; readonly atMs: number },
): Promise<readonly (readonly [string, BudgetForecast])[]> {
  const [first] = group;
  if (first === undefined) return [];
  const { derivation = null, weight } = first.spec.sli;
  const window = windowAt(atMs, first.period);
  const slis = [...new Map(group.map(({ spec }) => [spec.slo, spec])).values()];
  const past = await readPeriodPast(store, {
    ...{ stream, derivation, paneMs: PANE_MS_DEFAULT, fromMs: window.startMs, atMs: window.endMs },
    ...(weight !== undefined && { weight }),
    slis: slis.map(({ slo, specRev }) => ({ slo, specRev })),
    fineFromMs: window.endMs - FINE_MS,
    series: derivation?.kind === 'envelope' ? undefined : [...new Set(group.map(({ series }) => series))],
  });
  const pasts = new Map<string, SeriesPast>(past.map((one) => [`${one.series} ${one.slo}`, one]));
  return mapInTurns(group, (wanted) => {
    const own = pasts.get(`${wanted.series} ${wanted.spec.slo}`);
    return [seriesKeyOf(wanted.status), seriesForecast({ ...wanted, past: own, window })] as const;
  });
}

/** Says of what is spent since when it is. */
async function withSince(
  store: Store,
  found: readonly (readonly [string, BudgetForecast])[],
  all: readonly SeriesStatus[],
  { stream, asOfMs }: StreamQuery,
): Promise<readonly (readonly [string, BudgetForecast])[]> {
  const spent = new Set(found.filter(([, { kind }]) => kind === 'spent').map(([key]) => key));
  const slos = new Set(all.filter((one) => spent.has(seriesKeyOf(one))).map(({ slo }) => slo));
  if (slos.size === 0) return found;
  const since = new Map(
    (await readSpentSince(store, { stream, asOfMs, slos: [...slos] })).map((one) => [
      seriesKeyOf({ stream, ...one }),
      one.sinceMs,
    ]),
  );
  return found.map(([key, forecast]) => {
    const sinceMs = since.get(key);
    return [key, forecast.kind === 'spent' && sinceMs !== undefined ? { ...forecast, sinceMs } : forecast];
  });
}
