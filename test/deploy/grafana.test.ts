import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { dateTime64OfMs, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { bindMounts, readCompose } from './compose-file.ts';
import { GRAFANA, readDashboards, sqlOf } from './dashboards.ts';
import { expanded } from './grafana-macros.ts';

/** Goal: what Grafana is provisioned with fits together, and panels of what a replay has none of answer on the engine with rows. */
const AT_S = Math.floor(Date.now() / 10_000) * 10;

const dashboards = await readDashboards();
const provisioned = async <T>(file: string): Promise<T> =>
  parse(await readFile(path.join(GRAFANA, 'provisioning', file), 'utf8')) as T;

it('provisions one data source, which every panel and variable uses, and finds the dashboards where they are mounted', async () => {
  const { datasources } = await provisioned<{ datasources: Record<string, unknown>[] }>(
    'datasources/clickhouse.yaml',
  );
  expect(datasources).toHaveLength(1);
  const [source] = datasources;
  const { secureJsonData, jsonData } = source as Record<string, Record<string, string>>;
  expect(secureJsonData!['password']).toBe('$__file{/run/secrets/analyst_password}');
  expect(jsonData).toMatchObject({ host: 'clickhouse', port: 8123, protocol: 'http', username: 'analyst' });
  expect([...dashboards.keys()]).toEqual([
    'cost.json',
    'overview.json',
    'pipeline.json',
    'quality.json',
    'slo.json',
  ]);
  for (const { panels } of dashboards.values())
    for (const panel of panels)
      for (const { uid, type } of [panel.datasource, ...panel.targets.map((target) => target.datasource)])
        expect({ uid, type }).toEqual({ uid: source!['uid'], type: source!['type'] });
  const { providers } = await provisioned<{ providers: { options: { path: string } }[] }>(
    'dashboards/burnline.yaml',
  );
  const { grafana } = (await readCompose()).services;
  expect(bindMounts(grafana!).map(({ source, target }) => `${source}:${target}`)).toContain(
    `./deploy/grafana/dashboards:${providers[0]!.options.path}`,
  );
  expect(await readFile(path.join(GRAFANA, 'Dockerfile'), 'utf8')).toContain(
    `plugins install ${String(source!['type'])} `,
  );
});

it('panels read what is judged and decided through views, and have no variable that their dashboard has not', () => {
  for (const { panels, templating } of dashboards.values()) {
    const names = new Set(templating.list.map(({ name }) => name));
    for (const { rawSql } of panels.flatMap(({ targets }) => targets)) {
      expect(rawSql).not.toMatch(
        /\b(FROM|JOIN)\s+(budgets|burn_rates|alert_decisions|sli_\w+|inference_events|eval_verdicts)\b/i,
      );
      for (const [, name] of rawSql.matchAll(/\$\{(\w+)[:}]/g)) expect(names).toContain(name);
    }
  }
});

describe('panels of a live stream', () => {
  let database: TestDatabase;
  let store: Store;

  beforeAll(async () => {
    database = await startTestDatabase();
    store = database.store;
    const place = { slo: 'a', spec_rev: 'r', series: '7' };
    await store.insertRows('stream_epochs', [
      {
        stream_epoch: 'live@1',
        stream: 'live',
        topic: 'live',
        clock: 'live',
        partition_count: 1,
        start_offsets: [0],
        interval_ms: 60_000,
        chunk_events_max: 1,
        repeat_window_messages: 1,
        pane_ms: 10_000,
        created_at: '2026-01-01 00:00:00.000',
      },
    ]);
    await store.insertRows('slos', [
      { slo: 'a', spec_rev: 'r', target_numerator: 99, target_denominator: 100, loaded_at: AT_S },
    ]);
    await store.insertRows('series', [{ ...place, labels: { model_served: 'm' } }]);
    await store.insertRows('spec_revisions', [
      { slo: 'a', spec_rev: 'r', plan: JSON.stringify({ histogram: { field: 'ttft_ms', scale: 5 } }) },
    ]);
    await store.insertRows('budgets', [
      {
        ...{ stream: 'live', ...place, evaluated_at: AT_S, coverage: 1 },
        ...{ period_start: AT_S - 86_400, good: 95, bad: 5, total: 100, remaining_ratio: -4 },
        state: 'breached',
      },
    ]);
    await store.insertRows('sli_panes', [
      {
        ...{ stream: 'live', stream_epoch: 'live@1', ...place, pane: AT_S, good: 95, total: 100, version: 1 },
        histogram: { 288: 100 },
      },
    ]);
    await store.insertRows('active_specs', [{ stream: 'live', slo: 'a', spec_rev: 'r', activated_at: AT_S }]);
    await store.insertRows('evaluations', [
      { stream: 'live', evaluated_through: AT_S - 5, data_start: AT_S - 60, coverage: 1 },
      { stream: 'live', evaluated_through: AT_S, data_start: AT_S - 60, coverage: 0.75 },
    ]);
    await store.insertRows('watermarks', [
      {
        ...{ consumer: 'processor', stream: 'live', stream_epoch: 'live@1', topic: 't', position: 1 },
        log_time: dateTime64OfMs((AT_S - 40) * 1_000),
      },
    ]);
    await store.insertRows('alert_decisions', [
      {
        ...{ decision_key: 'k', alert_key: 'live|a|7|1h&5m', stream: 'live', slo: 'a', tier: '1h&5m' },
        ...{ decision: 'fire', severity: 'SEV-1', evaluated_at: AT_S },
      },
    ]);
    await store.insertRows('alert_notifications', [
      {
        ...{ decision_key: 'k', receiver: 'slack', outcome: 'waiting', attempts: 3, status_code: 503 },
        finished_at: dateTime64OfMs(AT_S * 1_000),
      },
    ]);
    await store.insertRows('dead_letters', [
      {
        ...{ stream_epoch: 'live@1', topic: 'live', code: 'CONTRACT_DECODE_FAILED', reason: 'no Avro' },
        ...{ value: 'x', kept_since: AT_S },
      },
    ]);
    await store.insertRows('source_reports', [
      {
        ...{ stream: 'live', service: 'chat', instance: 'i', interval_start: AT_S - 10, interval_end: AT_S },
        ...{ emitted_count: 7, kept_since: AT_S, dropped_by_reason: { full: 2 } },
      },
    ]);
    await store.insertRows('recoveries', [
      {
        ...{ stream: 'live', topic: 'live', new_epoch: 'live@1', consumer: 'sink', code: 'LOG_GAP' },
        ...{ lost_messages: 12, recovered_by: 'ann', recovered_at: AT_S },
        ...{ uncovered_from: AT_S - 90, uncovered_to: AT_S - 60 },
      },
    ]);
  });
  afterAll(() => database.close());

  it.each([
    ['pipeline', 'Coverage', { coverage: 0.75 }],
    ['pipeline', 'Sources', { instance: 'i', emitted: 7, dropped: 2, dropped_by_reason: { full: 2 } }],
    ['pipeline', 'Dead letters', { code: 'CONTRACT_DECODE_FAILED', state: 'open', letters: 1 }],
    ['pipeline', 'Pages not delivered', { receiver: 'slack', outcome: 'waiting', attempts: 3, slo: 'a' }],
    ['pipeline', 'Recoveries', { lost_messages: 12, recovered_by: 'ann' }],
    // Of the last days by panes, not by hours: the bucket is as narrow as it was asked for.
    ['overview', 'Bad events', { name: 'a', bad_events: 5 }],
    ['slo', 'Traffic', { counted: 100, bad_events: 5 }],
    ['slo', 'SLI', { sli: 0.95 }],
    ['overview', 'Budgets', { slo: 'a', budget_left: -4, target: 0.99 }],
  ] as const)('answer, %s: %s', async (file, title, expected) => {
    const sql = expanded(sqlOf(dashboards.get(`${file}.json`)!, title), {
      ...{ fromS: AT_S - 3_600, toS: AT_S + 3_600, intervalS: 60 },
      variables: { stream: 'live', slo: 'a' },
    });
    const rows = await store.query<Record<string, unknown>>(sql);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject(expected);
    if ('time' in rows[0]!)
      expect(Date.parse(`${String(rows[0]['time'])}Z`) / 1_000).toBe(Math.floor(AT_S / 60) * 60);
  });

  it('count what is behind from the log to now', async () => {
    const sql = expanded(sqlOf(dashboards.get('pipeline.json')!, 'Behind the log'), {
      ...{ fromS: AT_S - 3_600, toS: AT_S, intervalS: 60, variables: { stream: 'live' } },
    });
    const [row] = await store.query<{ behind_s: number }>(sql);
    expect(row!.behind_s).toBeGreaterThanOrEqual(40);
    expect(row!.behind_s).toBeLessThan(40 + 600);
  });

  it('tell percentiles in the unit of the field', async () => {
    const sql = expanded(sqlOf(dashboards.get('slo.json')!, 'Percentiles'), {
      ...{ fromS: AT_S - 7_200, toS: AT_S, intervalS: 60, variables: { stream: 'live', slo: 'a' } },
    });
    const rows = await store.query<{ p50: number; p99: number }>(sql);
    expect(rows).toHaveLength(1);
    // Bucket 288 of scale 5 is (2^(288/32), 2^(289/32)], about 512 ms.
    expect(rows[0]!.p50).toBeGreaterThan(512);
    expect(rows[0]!.p99).toBeLessThan(524);
  });
});
