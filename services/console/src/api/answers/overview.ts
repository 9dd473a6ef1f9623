import { z } from 'zod';
import { BURN_WORDS, STATES, burnWord, overview, state, type OverviewRow } from '../contract/index.ts';
import { aboutOf, checkedStream } from '../reading/about.ts';
import { cursorOf, placeOf } from '../reading/cursor.ts';
import type { BookPage } from '../reading/judged-book.ts';
import { compareKeys, orderKeyOf, type OrderKey } from '../reading/row-order.ts';
import { QUERY, route } from '../route.ts';

const ROWS_DEFAULT = 200;
const ROWS_MAX = 1_000;

const place = z.tuple([z.number(), z.number(), z.number(), z.string().max(2_000)]);

const query = z.strictObject({
  stream: QUERY.stream,
  asOf: QUERY.asOf,
  service: QUERY.names,
  team: QUERY.names,
  track: QUERY.names,
  criticality: QUERY.names,
  dimension: QUERY.names,
  slo: QUERY.names,
  label: QUERY.names.describe(
    "`NAME=VALUE` of a series' or an SLO document's labels; of several all have to be there.",
  ),
  state: z.union([z.array(state).max(STATES.length), state.transform((one) => [one])]).optional(),
  burn: z.union([z.array(burnWord).max(BURN_WORDS.length), burnWord.transform((one) => [one])]).optional(),
  search: z
    .string()
    .max(200)
    .optional()
    .describe('Text in the name, the service, the team or a label; capitals play no part.'),
  limit: QUERY.limit(ROWS_DEFAULT, ROWS_MAX),
  cursor: QUERY.cursor,
});
type Filters = Omit<z.output<typeof query>, 'limit' | 'cursor' | 'stream' | 'asOf'>;

export const overviewRoute = route({
  path: '/overview',
  summary: 'Where every series stands, what burns first',
  query,
  answer: overview,
  reads: 'book',
  answerTo: async (
    { store, book },
    { query: { limit = ROWS_DEFAULT, cursor, stream, asOf, ...filters } },
  ) => {
    const page = await book.at(asOf, store);
    const name = checkedStream(page, stream);
    const after: OrderKey | undefined = placeOf(cursor, place);
    const whole = wholeOf(page, name);
    const { state: states, ...others } = filters;
    const isFiltered = Object.values(others).some((value) => value !== undefined);
    const counted = isFiltered ? whole.rows.filter(passes(others)) : whole.rows;
    const found = states === undefined ? counted : counted.filter((row) => states.includes(row.state));
    const behind =
      after === undefined ? found : found.filter((row) => compareKeys(orderKeyOf(row), after) > 0);
    const rows = behind.slice(0, limit);
    const last = rows.at(-1);
    return {
      about: aboutOf(page, name),
      counts: isFiltered ? countsOf(counted) : whole.counts,
      facets: whole.facets,
      total: found.length,
      rows,
      next: behind.length > rows.length && last !== undefined ? cursorOf(orderKeyOf(last)) : null,
    };
  },
});

interface Whole {
  readonly rows: readonly OverviewRow[];
  readonly counts: ReturnType<typeof countsOf>;
  readonly facets: ReturnType<typeof facetsOf>;
}

/** By stream, what is the same for everybody who asks while a reading holds; of all streams by null. */
const wholes = new WeakMap<BookPage, Map<string | null, Whole>>();

function wholeOf(page: BookPage, stream: string | null): Whole {
  const known = wholes.get(page) ?? new Map<string | null, Whole>();
  wholes.set(page, known);
  const before = known.get(stream);
  if (before !== undefined) return before;
  const rows = page.rows.map(({ row }) => row).filter((row) => stream === null || row.stream === stream);
  const whole = { rows, counts: countsOf(rows), facets: facetsOf(rows) };
  known.set(stream, whole);
  return whole;
}

/** What has to hold of a row; a filter that is not there lets all through. */
function passes(filters: Filters): (row: OverviewRow) => boolean {
  const isIn = (wanted: readonly string[] | undefined, value: string | null): boolean =>
    wanted === undefined || (value !== null && wanted.includes(value));
  const labels = (filters.label ?? []).map((pair) => {
    const at = pair.indexOf('=');
    return at < 0 ? ([pair, undefined] as const) : ([pair.slice(0, at), pair.slice(at + 1)] as const);
  });
  const search = filters.search?.toLowerCase() ?? '';
  return (row) =>
    isIn(filters.service, row.service) &&
    isIn(filters.team, row.team) &&
    isIn(filters.track, row.track) &&
    isIn(filters.criticality, row.criticality) &&
    isIn(filters.dimension, row.dimension) &&
    isIn(filters.slo, row.slo) &&
    isIn(filters.state, row.state) &&
    isIn(filters.burn, row.burn?.word ?? null) &&
    labels.every(([name, value]) => hasLabel(row, name, value)) &&
    (search === '' || textOf(row).includes(search));
}

function hasLabel({ labels, specLabels }: OverviewRow, name: string, value: string | undefined): boolean {
  return [labels, specLabels].some(
    (own) => Object.hasOwn(own, name) && (value === undefined || own[name] === value),
  );
}

const textOf = (row: OverviewRow): string =>
  [row.slo, row.displayName, row.service, row.team ?? '', ...Object.values(row.labels)]
    .join('\n')
    .toLowerCase();

type Facet = 'stream' | 'service' | 'team' | 'track' | 'criticality' | 'dimension';

function facetsOf(rows: readonly OverviewRow[]) {
  const of = (name: Facet): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const row of rows) {
      const value = row[name];
      if (value !== null) counts[value] = (counts[value] ?? 0) + 1;
    }
    return counts;
  };
  return {
    ...{ stream: of('stream'), service: of('service'), team: of('team'), track: of('track') },
    ...{ criticality: of('criticality'), dimension: of('dimension') },
  };
}

/** In one pass: there may be thousands of rows, and everybody's overview counts them. */
function countsOf(rows: readonly OverviewRow[]) {
  const byState = new Map<string, number>(STATES.map((one) => [one, 0]));
  const byWord = new Map<string, number>(BURN_WORDS.map((one) => [one, 0]));
  let firing = 0;
  for (const { state: own, burn, alert } of rows) {
    byState.set(own, (byState.get(own) ?? 0) + 1);
    if (burn !== null) byWord.set(burn.word, (byWord.get(burn.word) ?? 0) + 1);
    if (alert !== null) firing += 1;
  }
  return {
    state: Object.fromEntries(byState) as Record<(typeof STATES)[number], number>,
    burn: Object.fromEntries(byWord) as Record<(typeof BURN_WORDS)[number], number>,
    firing,
  };
}
