import { quantileFromHistogram, relativeErrorMax, type SloPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import type { ExpectedFigures } from './expected-figures.ts';

/** One figure of the pipeline beside an independent one. */
export interface FigureCheck {
  readonly name: string;
  readonly expected: number;
  readonly actual: number | null;
  /** Largest relative difference that is right: 0, or the histogram's stated error. */
  readonly tolerance: number;
  readonly holds: boolean;
}

type Labels = Readonly<Record<string, string>>;

interface PaneSum {
  readonly slo: string;
  readonly labels: Labels;
  readonly good: number;
  readonly total: number;
  readonly sums: Readonly<Record<string, number>>;
  readonly histogram: Readonly<Record<string, number>>;
  readonly zero_count: number;
}

/** Compares what the pipeline made of an example with the figures that were computed without it. */
export async function checkFigures(
  store: Store,
  example: { readonly expected: ExpectedFigures; readonly streams: readonly string[] },
  plans: readonly SloPlan[],
): Promise<readonly FigureCheck[]> {
  const { expected, streams } = example;
  const panes = await readPanes(store, streams);
  return [
    ...(await countChecks(store, expected, streams)),
    ...sloChecks(expected, panes),
    ...percentileChecks(expected, panes, plans),
    ...(await minuteChecks(store, expected, streams)),
    ...(await verdictChecks(store, expected, streams)),
    ...(await costChecks(store, expected, streams)),
    ...(await burnChecks(store, expected, streams)),
  ];
}

function check(
  name: string,
  expected: number,
  actual: number | null | undefined,
  tolerance = 0,
): FigureCheck {
  const holds =
    actual !== null && actual !== undefined && Math.abs(actual - expected) <= tolerance * Math.abs(expected);
  return { name, expected, actual: actual ?? null, tolerance, holds };
}

function labelsKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function nameOf(slo: string, labels: Labels): string {
  return `${slo} ${Object.values(labels).join('/')}`;
}

async function readPanes(store: Store, streams: readonly string[]): Promise<ReadonlyMap<string, PaneSum>> {
  const rows = await store.query<PaneSum>(
    `SELECT slo, labels, sum(good) AS good, sum(total) AS total, sumMap(sums) AS sums, sumMap(histogram) AS histogram,
            sum(zero_count) AS zero_count
     FROM slo_panes WHERE stream IN {streams:Array(String)} GROUP BY slo, labels`,
    { streams },
  );
  return new Map(rows.map((row) => [row.slo + labelsKey(row.labels), row]));
}

async function countChecks(
  store: Store,
  expected: ExpectedFigures,
  streams: readonly string[],
): Promise<readonly FigureCheck[]> {
  const count = async (table: string): Promise<number> => {
    const sql = `SELECT count() AS count FROM ${table} FINAL WHERE stream IN {streams:Array(String)} AND NOT is_repeat`;
    return (await store.query<{ count: number }>(sql, { streams }))[0]?.count ?? 0;
  };
  const total = (kind: 'inferences' | 'verdicts'): number =>
    expected.replays.reduce((sum, replay) => sum + replay[kind], 0);
  return [
    check('inferences kept', total('inferences'), await count('inference_events')),
    check('verdicts kept', total('verdicts'), await count('eval_verdicts')),
  ];
}

function sloChecks(expected: ExpectedFigures, panes: ReadonlyMap<string, PaneSum>): readonly FigureCheck[] {
  return expected.slos.flatMap(({ slo, series }) =>
    series.flatMap((one) => {
      const actual = panes.get(slo + labelsKey(one.group));
      const name = nameOf(slo, one.group);
      return [
        check(`${name} total`, one.total, actual?.total),
        check(`${name} good`, one.good, actual?.good),
        ...Object.entries(one.sums ?? {}).map(([field, sum]) =>
          check(`${name} ${field}`, sum, actual?.sums[field]),
        ),
      ];
    }),
  );
}

function percentileChecks(
  expected: ExpectedFigures,
  panes: ReadonlyMap<string, PaneSum>,
  plans: readonly SloPlan[],
): readonly FigureCheck[] {
  return expected.percentiles.flatMap((one) => {
    const pane = panes.get(one.slo + labelsKey(one.group));
    const kept = plans.find((plan) => plan.slo === one.slo)?.sli.histogram ?? null;
    if (kept?.field !== one.field) return [];
    const counts = new Map(
      Object.entries(pane?.histogram ?? {}).map(([index, count]) => [Number(index), count]),
    );
    const histogram = { scale: kept.scale, zeroCount: pane?.zero_count ?? 0, counts };
    return Object.entries(one.nearest_rank).map(([percentile, value]) =>
      check(
        `${nameOf(one.slo, one.group)} ${one.field} ${percentile}`,
        value,
        quantileFromHistogram(histogram, Number(percentile.slice(1)) / 100),
        relativeErrorMax(kept.scale),
      ),
    );
  });
}

async function minuteChecks(
  store: Store,
  expected: ExpectedFigures,
  streams: readonly string[],
): Promise<readonly FigureCheck[]> {
  const minutes = expected.minutes ?? [];
  if (minutes.length === 0) return [];
  const rows = await store.query<{
    labels: Labels;
    minute: number;
    total: number;
    sums: Record<string, number>;
  }>(
    `SELECT labels, toUnixTimestamp(toStartOfMinute(pane)) AS minute, any(total_one) AS total, any(sums_one) AS sums
     FROM (SELECT slo, labels, toStartOfMinute(pane) AS pane, sum(total) AS total_one, sumMap(sums) AS sums_one
           FROM slo_panes WHERE stream IN {streams:Array(String)} GROUP BY slo, labels, pane)
     GROUP BY labels, minute`,
    { streams },
  );
  const actual = new Map(rows.map((row) => [`${labelsKey(row.labels)}${row.minute}`, row]));
  return minutes.flatMap((one) => {
    const found = actual.get(`${labelsKey(one.group)}${Date.parse(one.minute) / 1_000}`);
    const name = `minute ${one.minute.slice(11, 16)} ${Object.values(one.group).join('/')}`;
    return [
      check(`${name} requests`, one.total, found?.total),
      ...Object.entries(one.sums).map(([field, sum]) => check(`${name} ${field}`, sum, found?.sums[field])),
    ];
  });
}

async function verdictChecks(
  store: Store,
  expected: ExpectedFigures,
  streams: readonly string[],
): Promise<readonly FigureCheck[]> {
  const rates = expected.rates_without_slo ?? [];
  const checks: FigureCheck[] = [];
  for (const { dimension, series } of rates) {
    for (const one of series) {
      const [row] = await store.query<{ good: number; total: number }>(
        `SELECT countIf(passed) AS good, count() AS total FROM verdicts
         WHERE stream IN {streams:Array(String)} AND dimension = {dimension:String} AND ${groupSql(one.group)}`,
        { streams, dimension, ...groupParams(one.group) },
      );
      checks.push(check(`${nameOf(dimension, one.group)} total`, one.total, row?.total));
      checks.push(check(`${nameOf(dimension, one.group)} passed`, one.good, row?.good));
    }
  }
  return checks;
}

async function costChecks(
  store: Store,
  expected: ExpectedFigures,
  streams: readonly string[],
): Promise<readonly FigureCheck[]> {
  const checks: FigureCheck[] = [];
  const costOf = async (group: Labels): Promise<{ cost: number; total: number } | undefined> => {
    const rows = await store.query<{ cost: number; total: number }>(
      `SELECT sum(cost_nano_usd) AS cost, count() AS total FROM inferences
       WHERE stream IN {streams:Array(String)} AND ${groupSql(group)}`,
      { streams, ...groupParams(group) },
    );
    return rows[0];
  };
  for (const one of expected.cost_nano_usd_by_task_and_model ?? []) {
    const row = await costOf(one.group);
    checks.push(check(`${nameOf('cost', one.group)} nano-USD`, one.cost_nano_usd, row?.cost));
    checks.push(check(`${nameOf('cost', one.group)} requests`, one.total, row?.total));
  }
  if (expected.cost_nano_usd !== undefined) {
    checks.push(check('cost of all, nano-USD', expected.cost_nano_usd, (await costOf({}))?.cost));
  }
  return checks;
}

async function burnChecks(
  store: Store,
  expected: ExpectedFigures,
  streams: readonly string[],
): Promise<readonly FigureCheck[]> {
  const rows = await store.query<{ slo: string; labels: Labels; count: number }>(
    `SELECT slo, labels, count() AS count FROM alert_decisions FINAL
     WHERE stream IN {streams:Array(String)} AND decision = 'fire' GROUP BY slo, labels`,
    { streams },
  );
  return expected.burning.map((one) => {
    const fired = rows.some((row) => row.slo === one.slo && labelsKey(row.labels) === labelsKey(one.group));
    return check(`${nameOf(one.slo, one.group)} has fired`, 1, fired ? 1 : 0);
  });
}

/** Names of group-by columns come from this project's own files and are plain identifiers. */
function groupSql(group: Labels): string {
  const tests = Object.keys(group).map(
    (name, index) => `${name.replace(/[^a-z_]/g, '')} = {group${index}:String}`,
  );
  return tests.length === 0 ? '1' : tests.join(' AND ');
}

function groupParams(group: Labels): Record<string, string> {
  return Object.fromEntries(Object.values(group).map((value, index) => [`group${index}`, value]));
}
