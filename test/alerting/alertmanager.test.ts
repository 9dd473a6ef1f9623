import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { alertmanagerReceiver } from '@burnline/alerter';
import { systemClock, type EventLog, type Store } from '@burnline/runtime';
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { hasAlertmanager, startAlertmanager, type RunningAlertmanager } from '../support/alertmanager.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  T0_S,
  emptyTables,
  evaluatedThrough,
  insertBurn,
  newDecider,
  notifications,
  openLog,
  plan,
  startNotifier,
  until,
} from './bench.ts';

/** Goal: a real Alertmanager shows what fires, for as long as it fires, and pages about its begin and its end. */
const CONFIG = new URL('../../deploy/alertmanager/alertmanager.yml', import.meta.url);
/** A minute passes in 600 ms: waits and the clock agree. */
const startMs = Date.now();
const fastClock = {
  ...systemClock,
  nowMs: () => startMs + (Date.now() - startMs) * 100,
  sleep: (delayMs: number, signal?: AbortSignal) => systemClock.sleep(delayMs / 100, signal),
};

interface Page {
  readonly status: string;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

async function startPager(): Promise<{
  readonly url: string;
  readonly pages: Page[];
  readonly server: Server;
}> {
  const pages: Page[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      pages.push(JSON.parse(Buffer.concat(chunks).toString()) as Page);
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, pages, server };
}

describe.skipIf(!hasAlertmanager())('Alertmanager', () => {
  let database: TestDatabase;
  let store: Store;
  let log: EventLog;
  let manager: RunningAlertmanager;
  let pager: Awaited<ReturnType<typeof startPager>>;

  beforeAll(async () => {
    database = await startTestDatabase();
    store = database.store;
    return () => database.close();
  });
  beforeEach(async () => {
    await emptyTables(store);
    log = await openLog();
    pager = await startPager();
    manager = await startAlertmanager(await pagingConfig(pager.url));
  });
  afterEach(async () => {
    await manager.stop();
    pager.server.close();
  });

  const judge = async (rows: readonly { readonly at: number; readonly bad: number }[]): Promise<void> => {
    await insertBurn(
      store,
      rows.map((row) => ({ slo: 'a', ...row })),
    );
    await evaluatedThrough(store, rows.at(-1)!.at);
    await newDecider(store, log, [plan('a')]).run();
  };
  const notify = (): ReturnType<typeof startNotifier> =>
    startNotifier(store, log, [alertmanagerReceiver(`${manager.url}/`)], fastClock);

  it('lists what fires under labels that routes can use, and pages about the end as well', async () => {
    const notifier = notify();
    onTestFinished(() => notifier.stop());
    await judge([{ at: 100, bad: 50 }]);
    await until(async () => (await manager.alerts()).length === 1);
    const [alert] = await manager.alerts();
    expect(alert!.labels).toEqual({
      alertname: 'ErrorBudgetBurn',
      slo: 'a',
      service: 'chat',
      severity: 'SEV-1',
      stream: 'live',
      tier: 'fast',
      urgency: 'page',
    });
    expect(Date.parse(alert!.startsAt)).toBe((T0_S + 100) * 1_000);
    expect(alert!.annotations).toMatchObject({
      decision: 'fire',
      description: '50 of 100 bad in 3600 s, 50 of 100 in 300 s; target 0.99, coverage 1',
    });
    await until(() => pager.pages.some((page) => page.status === 'firing'));
    await judge([{ at: 110, bad: 0 }]);
    await until(() => pager.pages.some((page) => page.status === 'resolved'));
    expect(await manager.alerts()).toEqual([]);
    expect((await notifications(store)).map(({ said, outcome }) => `${said} ${outcome}`)).toEqual([
      'fire@100 fast delivered',
      'resolve@110 fast delivered',
    ]);
  });

  it('hears of what still fires again after it was restarted, and nothing of what has ended', async () => {
    const notifier = notify();
    onTestFinished(() => notifier.stop());
    await judge([{ at: 100, bad: 50 }]);
    await until(async () => (await manager.alerts()).length === 1);
    await manager.restart();
    expect(await manager.alerts()).toEqual([]);
    await until(async () => (await manager.alerts()).length === 1);
    await judge([{ at: 110, bad: 0 }]);
    await until(async () => (await manager.alerts()).length === 0);
    // Two times the pause between posts.
    await systemClock.sleep(1_300);
    expect(await manager.alerts()).toEqual([]);
  });

  it('hears of what fires from an alerter that was restarted', async () => {
    const first = notify();
    await judge([{ at: 100, bad: 50 }]);
    await until(async () => (await notifications(store)).length === 1);
    await first.stop();
    await manager.restart();
    const second = notify();
    onTestFinished(() => second.stop());
    await until(async () => (await manager.alerts()).length === 1);
    expect((await manager.alerts())[0]!.annotations).toMatchObject({ decision: 'fire' });
    // Posted again, not decided or told again.
    expect(await notifications(store)).toHaveLength(1);
  });

  it('takes series labels of any name, without losing those of its own', async () => {
    const notifier = notify();
    onTestFinished(() => notifier.stop());
    await store.insertRows('series', [
      {
        slo: 'a',
        spec_rev: '00000000000000aa',
        series: '7',
        labels: { 'attributes.team': 'x', service: 'y', '1st': 'z' },
      },
    ]);
    await insertBurn(store, [{ slo: 'a', series: '7', at: 100, bad: 50 }]);
    await evaluatedThrough(store, 100);
    await newDecider(store, log, [plan('a')]).run();
    await until(async () => (await manager.alerts()).length === 1);
    expect((await manager.alerts())[0]!.labels).toMatchObject({
      service: 'chat',
      series_service: 'y',
      attributes_team: 'x',
      series_1st: 'z',
    });
  });
});

/** The shipped configuration, with somebody to page. */
async function pagingConfig(url: string): Promise<string> {
  const shipped = await readFile(CONFIG, 'utf8');
  return shipped
    .replace(
      '- name: on-call',
      `- name: on-call\n    webhook_configs: [{ url: '${url}', send_resolved: true }]`,
    )
    .replace('group_wait: 5s', 'group_wait: 100ms')
    .replace('group_interval: 1m', 'group_interval: 1s');
}
