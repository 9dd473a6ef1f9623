import { wilsonInterval } from '@burnline/core';
import { COST_DIMENSIONS, readAlertHistory, readBudgetBurn, readCost, readFleet } from '@burnline/queries';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ALL_SERIES,
  WHOLE_RANGE,
  events,
  judgedOf,
  keyOf,
  recount,
  replayHistory,
  type ReplayedHistory,
} from '../integrity/questions/replayed-history.ts';
import { readDashboards, sqlOf, type Dashboard } from './dashboards.ts';
import { expanded } from './grafana-macros.ts';

/** Goal: what Grafana's panels show of a history is what `burnline status`, the questions and a recount of its file say. */
type Row = Readonly<Record<string, unknown>>;

const RANGE = { fromS: Math.floor(WHOLE_RANGE.fromMs / 1_000), toS: Math.ceil(WHOLE_RANGE.toMs / 1_000) };
const SAME_RANGE = { fromMs: RANGE.fromS * 1_000, toMs: RANGE.toS * 1_000 };
const BUCKET_S = 3_600;

let history: ReplayedHistory;
let dashboards: ReadonlyMap<string, Dashboard>;

beforeAll(async () => {
  dashboards = await readDashboards();
  history = await replayHistory();
}, 120_000);
afterAll(() => history.close());

const rowsOf = (
  file: string,
  title: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Row[]> =>
  history.store.query<Row>(
    expanded(sqlOf(dashboards.get(`${file}.json`)!, title), {
      ...RANGE,
      intervalS: BUCKET_S,
      variables: { stream: history.stream, slo: 'availability', by: 'service', ...variables },
    }),
  );

const sum = (values: readonly unknown[]): number => values.reduce<number>((all, one) => all + Number(one), 0);
const labelsOf = (row: Row): Readonly<Record<string, string>> => row['labels'] as Record<string, string>;
const SLOS = [...new Set(ALL_SERIES.map(({ slo }) => slo))];

it('every statement answers in any time zone the same, and most of them something', async () => {
  const empty: string[] = [];
  for (const [file, { panels }] of dashboards)
    for (const { title, targets } of panels)
      for (const { rawSql } of targets) {
        const sql = expanded(rawSql, {
          ...{ ...RANGE, intervalS: BUCKET_S },
          variables: { stream: history.stream, slo: 'availability', by: 'model' },
        });
        const rows = await history.store.query(sql);
        // Seconds until now are others a second later.
        if (!sql.includes('dateDiff'))
          expect(
            await history.store.query(`${sql} SETTINGS session_timezone = 'America/New_York'`),
            title,
          ).toEqual(rows);
        if (rows.length === 0) empty.push(`${file} ${title}`);
      }
  // A replay has no sources that report, no page that waits, nothing set aside; its SLOs keep no histogram: grafana.test.ts has such rows.
  expect(empty.sort()).toEqual([
    'pipeline.json Dead letters',
    'pipeline.json Pages not delivered',
    'pipeline.json Recoveries',
    'pipeline.json Sources',
    'slo.json Percentiles',
  ]);
});

it('variables name the streams and the SLOs that are judged', async () => {
  const list = dashboards.get('slo.json')!.templating.list;
  const valuesOf = async (name: string): Promise<unknown[]> =>
    (
      await history.store.query<Row>(
        expanded(list.find((one) => one.name === name)!.query, {
          ...{ ...RANGE, intervalS: BUCKET_S },
          variables: { stream: history.stream },
        }),
      )
    ).map((row) => Object.values(row)[0]);
  expect(await valuesOf('stream')).toEqual([history.stream]);
  expect(await valuesOf('slo')).toEqual([...SLOS].sort());
});

describe('budgets', () => {
  it('are those of `burnline status`', async () => {
    const rows = await rowsOf('overview', 'Budgets');
    expect(rows).toHaveLength(history.told.length);
    for (const told of history.told) {
      const row = rows.find(
        (one) => keyOf({ slo: String(one['slo']), labels: labelsOf(one) }) === keyOf(told),
      )!;
      expect(row).toMatchObject({
        state: told.state,
        good: told.good,
        total: told.total,
        sli: told.sliRatio,
        target: told.targetRatio,
        budget_left: told.remainingRatio,
        coverage: told.coverage,
      });
    }
    const states = await rowsOf('overview', 'Series by state');
    for (const { state, series } of states)
      expect(series).toBe(history.told.filter((one) => one.state === state).length);
    expect(sum(states.map(({ series }) => series))).toBe(history.told.length);
  });

  it.each(SLOS)('of one SLO stand, burn and burn down as they are told: %s', async (slo) => {
    const own = history.told.filter((one) => one.slo === slo);
    const now = await rowsOf('slo', 'Where it stands', { slo });
    expect(now.map((row) => row['budget_left']).sort()).toEqual(own.map((one) => one.remainingRatio).sort());
    const last = new Map(
      (await rowsOf('slo', 'Budget left', { slo })).map((row) => [row['name'], row['budget_left']]),
    );
    expect([...last.values()].sort()).toEqual(own.map((one) => one.remainingRatio).sort());
    const windows = await rowsOf('slo', 'Windows of its tiers', { slo });
    const burn = await readBudgetBurn(history.store, {
      asOfMs: SAME_RANGE.toMs,
      stream: history.stream,
      slo,
    });
    expect(windows.map((row) => row['budget_burn']).sort()).toEqual(burn.map((one) => one.budgetBurn).sort());
    expect(windows.length).toBeGreaterThan(0);
  });
});

describe('events', () => {
  it.each(SLOS)('are those of the file: %s', async (slo) => {
    const series = ALL_SERIES.filter((one) => one.slo === slo);
    const counts = series.map((one) => recount(one, SAME_RANGE));
    const [good, bad] = [sum(counts.map((one) => one.good)), sum(counts.map((one) => one.bad))];
    const traffic = await rowsOf('slo', 'Traffic', { slo });
    expect(sum(traffic.map((row) => row['counted']))).toBeCloseTo((good + bad) / 1_000, 6);
    expect(sum(traffic.map((row) => row['bad_events']))).toBeCloseTo(bad / 1_000, 6);
    const overview = (await rowsOf('overview', 'Bad events')).filter((row) => row['name'] === slo);
    expect(sum(overview.map((row) => row['bad_events']))).toBeCloseTo(bad / 1_000, 6);
    // Of every hour and series its own share of good ones, and none where there was nothing.
    const hours = new Set(
      series.flatMap((one) =>
        judgedOf(one, SAME_RANGE)
          .filter(({ countedAs }) => countedAs !== 'excluded')
          .map(({ event }) => `${keyOf(one)} ${Math.floor(event.atMs / 3_600_000)}`),
      ),
    );
    expect(await rowsOf('slo', 'SLI', { slo })).toHaveLength(hours.size);
  });

  it('are as many as the pipeline took', async () => {
    expect(sum((await rowsOf('pipeline', 'Events')).map((row) => row['events']))).toBe(events.length);
  });
});

it('alerts are those of the history', async () => {
  const { alerts } = await readAlertHistory(history.store, {
    ...SAME_RANGE,
    stream: history.stream,
    limit: 100,
  });
  const rows = await rowsOf('overview', 'Alerts');
  expect(rows.map((row) => [row['slo'], row['tier'], row['long_bad'], row['long_total']])).toEqual(
    alerts.map((one) => [one.slo, one.tier, one.long.bad, one.long.total]),
  );
  expect(rows.length).toBeGreaterThan(0);
  const [open] = await rowsOf('overview', 'Open alerts');
  expect(open).toEqual({ open: alerts.filter((one) => one.overAtMs === null).length });
});

it('models are those of the fleet', async () => {
  const fleet = await readFleet(history.store, { stream: history.stream, ...SAME_RANGE });
  const rows = await rowsOf('overview', 'Models');
  expect(rows).toHaveLength(fleet.length);
  for (const row of rows)
    expect(fleet.find((one) => one.provider === row['provider'] && one.model === row['model'])).toMatchObject(
      {
        requests: row['requests'],
        availabilityRatio: row['availability'],
        outputTokensPerSecond: row['output_tokens_per_s'],
      },
    );
});

it.each(COST_DIMENSIONS)('spend is what was spent: by %s', async (by) => {
  const spend = await readCost(history.store, {
    ...SAME_RANGE,
    stream: history.stream,
    by,
    bucketMs: BUCKET_S * 1_000,
  });
  const usd = sum(spend.map((one) => one.costNanoUsd)) / 1e9;
  const requests = sum(spend.map((one) => one.requests));
  const unpriced = sum(spend.map((one) => one.unpriced));
  const [all] = await rowsOf('cost', 'In the chosen time', { by });
  expect(all).toEqual({
    usd: expect.closeTo(usd, 9) as number,
    requests,
    without_a_price: expect.closeTo(unpriced / requests, 12) as number,
    usd_per_thousand: expect.closeTo((usd / (requests - unpriced)) * 1_000, 9) as number,
  });
  expect(sum((await rowsOf('cost', 'Spend', { by })).map((row) => row['usd']))).toBeCloseTo(usd, 9);
  const values = await rowsOf('cost', 'By value', { by });
  expect(values).toHaveLength(new Set(spend.map(({ value }) => value)).size);
  expect(sum(values.map((row) => row['usd']))).toBeCloseTo(usd, 9);
  expect(sum(values.map((row) => row['share']))).toBeCloseTo(1, 9);
});

it('verdicts are those of the file, with the bounds that the console says', async () => {
  const verdicts = events.flatMap((event) => event.verdicts);
  const rows = await rowsOf('quality', 'Evaluators');
  expect(rows.map((row) => row['dimension']).sort()).toEqual(['quality', 'safety']);
  for (const row of rows) {
    const own = verdicts.filter(({ dimension }) => dimension === row['dimension']);
    const passed = own.filter((one) => one.passed).length;
    expect([row['passing'], row['verdicts']]).toEqual([passed, own.length]);
    const { lower, upper } = wilsonInterval(passed, own.length);
    expect(row['at_least']).toBeCloseTo(lower, 9);
    expect(row['at_most']).toBeCloseTo(upper, 9);
  }
  const volume = await rowsOf('quality', 'Verdicts');
  expect(sum(volume.map((row) => row['verdicts']))).toBe(verdicts.length);
  const budgets = await rowsOf('quality', 'Budgets of quality, safety and drift');
  expect(budgets).toHaveLength(history.told.filter(({ slo }) => slo === 'quality').length);
});
