import { quantileFromHistogram, relativeErrorMax, type SloPlan } from '@burnline/core';
import {
  readAlertHistory,
  readKeptRows,
  readPromptCosts,
  readPromptVerdicts,
  readSeriesTotals,
  type SeriesTotals,
} from '@burnline/queries';
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

const MINUTE_MS = 60_000;
/** Far more alerts than an example has. */
const ALERTS_MAX = 10_000;

type Labels = Readonly<Record<string, string>>;

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

async function readPanes(
  store: Store,
  streams: readonly string[],
): Promise<ReadonlyMap<string, SeriesTotals>> {
  const rows = await readSeriesTotals(store, { streams });
  return new Map(rows.map((row) => [row.slo + labelsKey(row.labels), row]));
}

async function countChecks(
  store: Store,
  expected: ExpectedFigures,
  streams: readonly string[],
): Promise<readonly FigureCheck[]> {
  const kept = await readKeptRows(store, streams);
  const total = (kind: 'inferences' | 'verdicts'): number =>
    expected.replays.reduce((sum, replay) => sum + replay[kind], 0);
  return [
    check('inferences kept', total('inferences'), kept.inferences),
    check('verdicts kept', total('verdicts'), kept.verdicts),
  ];
}

function sloChecks(
  expected: ExpectedFigures,
  panes: ReadonlyMap<string, SeriesTotals>,
): readonly FigureCheck[] {
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
  panes: ReadonlyMap<string, SeriesTotals>,
  plans: readonly SloPlan[],
): readonly FigureCheck[] {
  return expected.percentiles.flatMap((one) => {
    const pane = panes.get(one.slo + labelsKey(one.group));
    const kept = plans.find((plan) => plan.slo === one.slo)?.sli.histogram ?? null;
    if (kept === null || !('field' in kept) || kept.field !== one.field) return [];
    const counts = new Map(
      Object.entries(pane?.histogram ?? {}).map(([index, count]) => [Number(index), count]),
    );
    const histogram = { scale: kept.scale, zeroCount: pane?.zeroCount ?? 0, counts };
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
  const rows = await readSeriesTotals(store, { streams, bucketMs: MINUTE_MS });
  const keyOf = (labels: Labels, atMs: number): string => `${labelsKey(labels)}${atMs}`;
  // Every SLO of the example counts all events; those that sum fields say how much they were.
  const summed = rows.filter((row) => Object.keys(row.sums).length > 0);
  const actual = new Map([...rows, ...summed].map((row) => [keyOf(row.labels, row.bucketMs), row]));
  return minutes.flatMap((one) => {
    const found = actual.get(keyOf(one.group, Date.parse(one.minute)));
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
  const checks: FigureCheck[] = [];
  for (const { dimension, series } of expected.rates_without_slo ?? []) {
    const rows = await readPromptVerdicts(store, { streams, dimension });
    for (const one of series) {
      const row = rows.find((found) => isOfGroup(found, one.group));
      checks.push(check(`${nameOf(dimension, one.group)} total`, one.total, row?.total));
      checks.push(check(`${nameOf(dimension, one.group)} passed`, one.good, row?.passed));
    }
  }
  return checks;
}

async function costChecks(
  store: Store,
  expected: ExpectedFigures,
  streams: readonly string[],
): Promise<readonly FigureCheck[]> {
  const rows = await readPromptCosts(store, streams);
  const checks = (expected.cost_nano_usd_by_task_and_model ?? []).flatMap((one) => {
    const row = rows.find((found) => isOfGroup(found, one.group));
    return [
      check(`${nameOf('cost', one.group)} nano-USD`, one.cost_nano_usd, row?.costNanoUsd),
      check(`${nameOf('cost', one.group)} requests`, one.total, row?.requests),
    ];
  });
  if (expected.cost_nano_usd === undefined) return checks;
  const all = rows.reduce((sum, row) => sum + row.costNanoUsd, 0);
  return [...checks, check('cost of all, nano-USD', expected.cost_nano_usd, all)];
}

/** Groups of the examples are a prompt and a model. */
function isOfGroup(
  row: { readonly promptName: string; readonly modelServed: string },
  group: Labels,
): boolean {
  return row.promptName === group['prompt_name'] && row.modelServed === group['model_served'];
}

async function burnChecks(
  store: Store,
  expected: ExpectedFigures,
  streams: readonly string[],
): Promise<readonly FigureCheck[]> {
  const range = { fromMs: 0, toMs: Date.now(), limit: ALERTS_MAX };
  const pages = await Promise.all(streams.map((stream) => readAlertHistory(store, { ...range, stream })));
  const fired = new Set(pages.flatMap(({ alerts }) => alerts.map((one) => one.slo + labelsKey(one.labels))));
  return expected.burning.map((one) =>
    check(`${nameOf(one.slo, one.group)} has fired`, 1, Number(fired.has(one.slo + labelsKey(one.group)))),
  );
}
