import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli, runCliJson, startCli, type RunningCli } from '../support/burnline-cli.ts';
import { startWebhook, type WebhookLog } from '../support/webhook.ts';

/**
 * Goal: alerts end because things are well again, or are told to have ended for another reason: neither the death of the
 * only publisher, nor a start without specs, nor the end of their SLOs is a recovery.
 *
 * Method: the real command with a real publisher in a process of its own, which is killed with -9 after the page.
 */
const SPECS = new URL('./silence/crash.slos.yaml', import.meta.url).pathname;
const ROOT = new URL('../..', import.meta.url).pathname;
/** Ten events a second, three of five bad, for as long as it lives, and five minutes at most. */
const PUBLISH = `
  import { createPublisher, httpTransport } from '@burnline/publisher';
  const publisher = createPublisher({
    transport: httpTransport({ url: process.argv[1] }), partitionCount: 2, service: 'chat', environment: 'test',
  });
  let number = 0;
  setInterval(() => {
    publisher.emit({ model_requested: 'model-a', status: (number += 1) % 5 < 2 ? 'ok' : 'error', duration_ms: 100 });
  }, 100);
  setTimeout(() => process.exit(), 300_000);`;

interface Up extends RunningCli {
  readonly intake: string;
  readonly operations: string;
}

interface Open {
  readonly alerts: readonly { readonly alertKey: string; readonly slo: string; readonly state: string }[];
}

let root: string;
let dataDir: string;
let webhook: WebhookLog;
let heartbeats: { readonly url: string; count: number; close(): void };
let publisher: ChildProcess | undefined;

async function up(...args: readonly string[]): Promise<Up> {
  const ports = ['--intake-port', '0', '--sql-port', '0', '--operations-port', '0'];
  const told = ['--webhook', webhook.url, '--heartbeat', heartbeats.url, '--heartbeat-interval', '1'];
  const running = startCli(['--json', 'up', '--data-dir', dataDir, ...ports, ...told, ...args]);
  for (;;) {
    const found = ['intake', 'operations'].map(
      (name) => new RegExp(`"${name}": "([^"]+)"`).exec(running.stdout())?.[1],
    );
    const [intake, operations] = found;
    if (intake !== undefined && operations !== undefined) return { ...running, intake, operations };
    const ended = await Promise.race([running.ended, new Promise((resolve) => setTimeout(resolve, 50))]);
    if (ended !== undefined) throw new Error(`burnline up ended: ${JSON.stringify(ended)}`);
  }
}

async function stopped(running: Up): Promise<void> {
  running.child.kill('SIGTERM');
  await running.ended;
}

async function until(look: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 300));
}

const told = (): readonly string[] =>
  webhook.bodies.map(({ decision, slo }) => `${String(decision)} ${String(slo)}`);
const openAlerts = (): Promise<Open> => runCliJson<Open>(['alerts', '--data-dir', dataDir]);

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-silence-'));
  dataDir = path.join(root, 'data');
  webhook = await startWebhook();
  const receiver = { url: '', count: 0, close: () => server.close() };
  const server = createServer((_, response) => {
    receiver.count += 1;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/beat`;
  heartbeats = receiver;
});
afterAll(async () => {
  publisher?.kill('SIGKILL');
  heartbeats.close();
  await webhook.close();
  await rm(root, { recursive: true, force: true });
});

it(
  'an alert whose only source dies is frozen, outlives a start without specs, and ends by name or with its SLO',
  { timeout: 600_000 },
  async () => {
    let running = await up('--specs', SPECS);
    publisher = spawn(process.execPath, ['--input-type=module', '-e', PUBLISH, running.intake], {
      cwd: path.join(ROOT, 'services/collector'),
      stdio: 'inherit',
    });
    await until(() => told().length === 2);
    publisher.kill('SIGKILL');
    await until(() => told().length === 4);
    expect([...told()].sort()).toEqual([
      'fire fast',
      'fire fast-nodata',
      'freeze fast',
      'freeze fast-nodata',
    ]);
    const ready = await fetch(`${running.operations}/ready`);
    expect(await ready.json()).toMatchObject({ ready: true, checks: { judging: 'ok' } });
    expect(await (await fetch(`${running.operations}/metrics`)).text()).toContain(
      'burnline_judging_age_seconds{part="decision",stream="live",shard="0"',
    );
    expect(heartbeats.count).toBeGreaterThan(1);
    await stopped(running);

    running = await up();
    expect(running.stdout()).toContain('"slos": 2');
    await until(async () => (await fetch(`${running.operations}/ready`)).status === 200);
    const { alerts } = await openAlerts();
    expect(alerts.map(({ slo, state }) => `${slo} ${state}`).sort()).toEqual([
      'fast frozen',
      'fast-nodata frozen',
    ]);
    expect(told().length).toBe(4);

    // Whoever may read the data directory may end one, and nobody else.
    expect((await stat(path.join(dataDir, 'running.json'))).mode & 0o777).toBe(0o600);
    const key = alerts.find(({ slo }) => slo === 'fast')!.alertKey;
    const body = JSON.stringify({ alert_key: key, by: 'x', reason: 'x' });
    const refused = await fetch(`${running.operations}/alerts/end`, { method: 'POST', body });
    expect(refused.status).toBe(401);
    const end = ['alerts', 'end', key, '--data-dir', dataDir];
    expect((await runCli(end)).exitCode).toBe(2);
    const by = ['--by', 'somebody', '--reason', 'the host was taken down'];
    expect(await runCli([...end, ...by])).toMatchObject({ exitCode: 0 });
    await until(() => told().length === 5);
    expect(webhook.bodies[4]).toMatchObject({
      decision: 'ended',
      slo: 'fast',
      ended_by: 'somebody',
      reason: 'the host was taken down',
    });
    const again = await runCli([...end, ...by]);
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('ALERT_NOT_OPEN')]);
    const other = await runCli(['alerts', 'end', 'live|no|0|such', '--data-dir', dataDir, ...by]);
    expect(other.stderr).toContain('ALERT_UNKNOWN');
    await stopped(running);

    running = await up('--remove-slos');
    await until(() => told().length === 6);
    expect(webhook.bodies[5]).toMatchObject({ decision: 'removed', slo: 'fast-nodata' });
    await stopped(running);
    running = await up();
    expect(running.stdout()).toContain('"slos": 0');
    const rows = await runCli([
      '--json',
      'query',
      `SELECT toString(decision) AS decision, ended_by, reason FROM alert_decisions FINAL WHERE decision IN ('removed', 'ended')
     ORDER BY log_offset`,
      '--data-dir',
      dataDir,
    ]);
    expect(
      rows.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { decision: 'ended', ended_by: 'somebody', reason: 'the host was taken down' },
      { decision: 'removed', ended_by: '' },
    ]);
    await stopped(running);
    expect(told().filter((one) => one.startsWith('resolve'))).toEqual([]);
  },
);
