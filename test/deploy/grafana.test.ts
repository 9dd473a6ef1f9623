import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { dateTime64OfMs, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { ROOT, bindMounts, readCompose } from './compose-file.ts';

/** Goal: what Grafana is provisioned with fits together, and every panel's SQL answers on the engine with rows. */
const GRAFANA = path.join(ROOT, 'deploy/grafana');
const AT_S = Math.floor(Date.now() / 10_000) * 10;

interface Panel {
  readonly title: string;
  readonly datasource: { readonly uid: string; readonly type: string };
  readonly targets: readonly {
    readonly rawSql: string;
    readonly datasource: { readonly uid: string; readonly type: string };
  }[];
}
interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}

const dashboard = JSON.parse(
  await readFile(path.join(GRAFANA, 'dashboards/budgets.json'), 'utf8'),
) as Dashboard;
const provisioned = async <T>(file: string): Promise<T> =>
  parse(await readFile(path.join(GRAFANA, 'provisioning', file), 'utf8')) as T;

/** As the data source plugin writes them for the last hour. */
function withoutMacros(sql: string): string {
  const [from, to] = [AT_S - 3_600, AT_S + 3_600];
  const expanded = sql
    .replace(/\$__timeFilter\(([^)]+)\)/g, `$1 >= toDateTime(${from}) AND $1 <= toDateTime(${to})`)
    .replaceAll('$__fromTime', `toDateTime(${from})`)
    .replaceAll('$__toTime', `toDateTime(${to})`)
    .replaceAll('$__interval_s', '60')
    .replaceAll('$stream', 'live');
  expect(expanded).not.toContain('$');
  return expanded;
}

it('provisions one data source, which every panel uses, and finds the dashboards where they are mounted', async () => {
  const { datasources } = await provisioned<{ datasources: Record<string, unknown>[] }>(
    'datasources/clickhouse.yaml',
  );
  expect(datasources).toHaveLength(1);
  const [source] = datasources;
  const { secureJsonData, jsonData } = source as Record<string, Record<string, string>>;
  expect(secureJsonData!['password']).toBe('$__file{/run/secrets/analyst_password}');
  expect(jsonData).toMatchObject({ host: 'clickhouse', port: 8123, protocol: 'http', username: 'analyst' });
  for (const panel of dashboard.panels)
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
  expect(await readdir(path.join(GRAFANA, 'dashboards'))).toEqual(['budgets.json']);
});

describe('each panel', () => {
  let database: TestDatabase;
  let store: Store;

  beforeAll(async () => {
    database = await startTestDatabase();
    store = database.store;
    const place = { slo: 'a', spec_rev: 'r', series: '7' };
    const moment = { stream: 'live', ...place, evaluated_at: AT_S, coverage: 1 };
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
    await store.insertRows('budgets', [
      {
        ...moment,
        period_start: AT_S - 86_400,
        good: 95,
        bad: 5,
        total: 100,
        remaining_ratio: -4,
        state: 'breached',
      },
    ]);
    await store.insertRows('burn_rates', [
      { ...moment, window_s: [300, 3_600], bad: [5, 5], total: [100, 100], burn_rate: [5, 5] },
    ]);
    await store.insertRows('sli_panes', [
      { stream: 'live', stream_epoch: 'live@1', ...place, pane: AT_S, good: 95, total: 100, version: 1 },
    ]);
    await store.insertRows('active_specs', [{ stream: 'live', slo: 'a', spec_rev: 'r', activated_at: AT_S }]);
    await store.insertRows('watermarks', [
      {
        consumer: 'processor',
        stream: 'live',
        stream_epoch: 'live@1',
        topic: 't',
        position: 1,
        log_time: AT_S,
      },
    ]);
    await store.insertRows('alert_decisions', [
      { decision_key: 'k', stream: 'live', slo: 'a', decision: 'fire', evaluated_at: AT_S },
    ]);
    await store.insertRows('inference_events', [
      {
        stream: 'live',
        service: 'chat',
        provider: 'p',
        model_served: 'm',
        status: 'ok',
        cost_nano_usd: 2e9,
        occurred_at: dateTime64OfMs(AT_S * 1_000),
        kept_since: AT_S,
      },
    ]);
    await store.insertRows('source_reports', [
      {
        stream: 'live',
        service: 'chat',
        instance: 'i',
        interval_start: AT_S - 10,
        interval_end: AT_S,
        kept_since: AT_S,
      },
    ]);
  });
  afterAll(() => database.close());

  it('reads what is judged and decided through views', () => {
    const statements = dashboard.panels.flatMap(({ targets }) => targets.map(({ rawSql }) => rawSql));
    expect(statements.join('\n')).toMatch(/FROM slo_status_at\(/);
    for (const sql of statements)
      expect(sql).not.toMatch(
        /\b(FROM|JOIN)\s+(budgets|burn_rates|alert_decisions|sli_\w+|inference_events)\b/i,
      );
  });

  it.each(dashboard.panels.map((panel) => [panel.title, panel] as const))('answers: %s', async (_, panel) => {
    for (const { rawSql } of panel.targets) {
      const rows = await store.query<Record<string, unknown>>(withoutMacros(rawSql));
      // A server may stand in any time zone; what counts seconds until now is another a second later.
      if (!rawSql.includes('now()')) {
        const elsewhere = `${withoutMacros(rawSql)} SETTINGS session_timezone = 'America/New_York'`;
        expect(await store.query(elsewhere)).toEqual(rows);
      }
      expect(rows).toHaveLength(1);
      for (const [name, value] of [
        ['budget_left', -4],
        ['burn_1h', 5],
        ['bad', 5],
        ['requests', 1],
        ['usd', 2],
      ] as const)
        if (name in rows[0]!) expect(rows[0]![name]).toBe(value);
    }
  });

  it('and the list of streams', async () => {
    const [variable] = dashboard.templating.list;
    expect(await store.query(withoutMacros(variable!.query))).toEqual([{ stream: 'live' }]);
  });
});
