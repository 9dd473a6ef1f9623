import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCli, type CliResult, type RunningCli } from '../support/burnline-cli.ts';
import { queryRows } from '../support/embedded-up.ts';
import { startWebhook, type WebhookLog } from '../support/webhook.ts';

/**
 * Goal: a game day on a real pipeline finds nothing wrong where nothing is, sees what is lost and what nobody made, and
 * resumes what it stopped.
 */
const SPECS = new URL('../../examples/drill/slos.yaml', import.meta.url).pathname;
const LOOK_MS = 50;

interface Report {
  readonly drillId: string;
  readonly events: {
    acknowledged: number;
    made: number;
    lost: string[];
    doubled: string[];
    foreign: string[];
  };
  readonly visible: { delays: { max: number } | null; allAfterMs: number | null };
  readonly panes: {
    slo: string;
    isComparable: boolean;
    missing: number;
    surplus: number;
    entities: { count: number; beyond: number; consumed: { missing: number; surplus: number } } | null;
  }[];
  readonly detections: {
    scenario: string;
    outcome: string;
    counts: { slo: string; labels: Record<string, string>; bad: number; total: number; isAlerted: boolean }[];
    alerts: {
      slo: string;
      tier: string;
      firedAfterMs: number;
      deliveredAfterMs: number | null;
      ruleMs: number | null;
      told: { receiver: string; firstToldAt: string | null; outcome: string; decision: string }[];
    }[];
  }[];
  readonly gate: { scenario: string; moment: string; feature: string; fix: string; reasons: string[] }[];
  readonly parts: { name: string; stop: { exitCode: number }; resume: { exitCode: number } }[];
  readonly faults: string[];
}

interface KeptAnswer {
  readonly answer: string;
}

let root: string;
let dataDir: string;
let webhook: WebhookLog;
let pipeline: RunningCli;
let intake: string;
let dummy: ChildProcess;
let liar: Server;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-drill-'));
  dataDir = path.join(root, 'data');
  webhook = await startWebhook();
  dummy = spawn('sleep', ['600'], { stdio: 'ignore' });
  const args = ['--json', 'up', '--specs', SPECS, '--data-dir', dataDir, '--webhook', webhook.url];
  pipeline = startCli([...args, '--intake-port', '0', '--sql-port', '0']);
  for (;;) {
    const found = /"intake": "([^"]+)"/.exec(pipeline.stdout())?.[1];
    if (found !== undefined) {
      intake = found;
      return;
    }
    const ended = await Promise.race([pipeline.ended, pause()]);
    if (ended !== undefined) throw new Error(`burnline up ended: ${JSON.stringify(ended)}`);
  }
});

afterAll(async () => {
  pipeline.child.kill('SIGTERM');
  await pipeline.ended;
  dummy.kill('SIGKILL');
  liar.close();
  await webhook.close();
  await rm(root, { recursive: true, force: true });
});

function pause(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), LOOK_MS));
}

function startDrill(intakeUrl: string, ...args: readonly string[]): RunningCli {
  const common = ['drill', '--intake', intakeUrl, '--data-dir', dataDir, '--resolve', '0'];
  return startCli(['--json', ...common, ...args]);
}

function reportOf(result: CliResult): Report {
  try {
    return JSON.parse(result.stdout) as Report;
  } catch {
    throw new Error(`no report: ${JSON.stringify(result)}`);
  }
}

/** An intake that acknowledges everything, loses the first event of all and adds one that nobody sent. */
async function startLiar(): Promise<string> {
  let isFirst = true;
  liar = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const lines = Buffer.concat(chunks).toString('utf8').split('\n');
      if (isFirst && request.method === 'POST') {
        isFirst = false;
        const lost = JSON.parse(lines.shift()!) as object;
        for (const kind of ['ok', 'error'])
          lines.push(JSON.stringify({ ...lost, event_id: crypto.randomUUID(), status: kind }));
      }
      const body = request.method === 'POST' ? lines.join('\n') : null;
      void fetch(`${intake}${request.url ?? ''}`, {
        method: request.method ?? 'GET',
        headers: { 'content-type': 'application/x-ndjson' },
        body,
      }).then((answer) => response.writeHead(answer.status).end());
    });
  });
  await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(liar.address() as AddressInfo).port}`;
}

describe('burnline drill', () => {
  it(
    'tells what the gate said before, during and after a model was swapped',
    { timeout: 120_000 },
    async () => {
      const phase = ['--scenario', 'quality', '--phase', '12', '--rate', '20', '--deadline', '60'];
      const { faults, gate, drillId } = reportOf(await startDrill(intake, ...phase).ended);
      expect(faults).toEqual([]);
      // Rows of then decide: a machine that is late with them has not judged yet what a phase's end is asked about.
      expect(gate.map(({ moment }) => moment)).toEqual(['before', 'during', 'after']);
      expect(['allow', 'insufficient']).toContain(gate[0]!.feature);
      for (const { feature, reasons } of gate.filter((one) => one.feature === 'deny'))
        expect([feature, ...reasons]).toEqual([
          'deny',
          expect.stringMatching(/^drill-quality .* of the budget is spent, frozen/),
        ]);
      const askNow = async (change: string) => {
        const asked = ['--json', 'gate', '--service', 'burnline-drill', '--change', change];
        return (JSON.parse((await startCli([...asked, '--data-dir', dataDir]).ended).stdout) as KeptAnswer)
          .answer;
      };
      expect([await askNow('feature'), await askNow('fix')]).toEqual(['deny', 'allow']);
      const models = await queryRows(
        dataDir,
        `SELECT model_served, toUInt32(count()) AS all, toUInt32(countIf(attributes['burnline.drill'] = '${drillId}')) AS own
         FROM inferences GROUP BY model_served ORDER BY model_served`,
      );
      expect(models).toEqual([
        { model_served: 'drill-model', all: 480, own: 480 },
        { model_served: 'drill-model-next', all: 240, own: 240 },
      ]);
    },
  );

  it(
    'is well where all is well, though parts were stopped, and names what was lost or never made; two at a time',
    { timeout: 180_000 },
    async () => {
      const { pid } = pipeline.child;
      const engine = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]!;
      const parts = path.join(root, 'parts.yaml');
      await writeFile(
        parts,
        [
          {
            name: 'nothing',
            stop: `kill -STOP ${dummy.pid}`,
            resume: `kill -CONT ${dummy.pid}`,
            atS: 1,
            forS: 1,
          },
          {
            name: 'database',
            stop: `kill -STOP ${engine}`,
            resume: `kill -CONT ${engine}`,
            atS: 1.5,
            forS: 2,
          },
        ]
          .map((part) => `- ${JSON.stringify(part)}`)
          .join('\n'),
      );
      const well = startDrill(intake, '--phase', '1.5', '--rate', '40', '--deadline', '60', '--parts', parts);
      const ill = startDrill(
        await startLiar(),
        ...['--scenario', 'outage', '--phase', '1', '--rate', '40', '--deadline', '8'],
      );
      const [wellResult, illResult] = await Promise.all([well.ended, ill.ended]);

      const good = reportOf(wellResult);
      expect(good.faults).toEqual([]);
      expect(wellResult.exitCode).toBe(0);
      expect(good.events).toMatchObject({ made: 540, acknowledged: 540, lost: [], doubled: [], foreign: [] });
      expect(good.visible.allAfterMs).not.toBeNull();
      const slos = [
        ...['drill-availability', 'drill-availability', 'drill-degraded', 'drill-quality', 'drill-quality'],
        ...['drill-requests', 'drill-task-cost', 'drill-ttft', 'drill-ttft'],
      ];
      expect(good.panes.map((one) => [one.slo, one.isComparable, one.missing, one.surplus])).toEqual(
        slos.map((slo) => [slo, true, 0, 0]),
      );
      // Every second of 60 calls is a loop's, the first 20 of them one loop's, and the rest does for another one.
      expect(good.panes.find(({ slo }) => slo === 'drill-task-cost')!.entities).toMatchObject({
        ...{ beyond: 2, consumed: { missing: 0, surplus: 0 } },
      });
      const pagedFor = {
        fallback: 'drill-availability',
        quality: 'drill-quality',
        runaway: 'drill-task-cost',
      };
      expect(good.detections.map((one) => [one.scenario, one.outcome])).toEqual(
        Object.keys(pagedFor).map((scenario) => [scenario, 'detected']),
      );
      for (const { scenario, alerts, counts } of good.detections) {
        const alert = alerts.find(({ slo }) => slo === pagedFor[scenario as keyof typeof pagedFor])!;
        const { firedAfterMs, deliveredAfterMs, ruleMs, told } = alert;
        expect(ruleMs).toBeGreaterThanOrEqual(0);
        expect(firedAfterMs).toBeGreaterThanOrEqual(ruleMs!);
        expect(deliveredAfterMs).toBeGreaterThanOrEqual(firedAfterMs);
        expect(told).toMatchObject([{ receiver: 'webhook', outcome: 'delivered', decision: 'fire' }]);
        // No request failed, whatever the fault was.
        expect(counts.find(({ slo }) => slo === 'drill-requests')).toMatchObject({
          bad: 0,
          isAlerted: false,
        });
      }
      expect(good.parts.map((one) => [one.name, one.stop.exitCode, one.resume.exitCode])).toEqual([
        ['nothing', 0, 0],
        ['database', 0, 0],
      ]);
      // The page that it tells of is the one that came.
      expect(webhook.bodies).toContainEqual(
        expect.objectContaining({
          slo: 'drill-quality',
          decision: 'fire',
          labels: { provider: 'drill-provider', 'attributes.burnline.drill': good.drillId },
        }),
      );

      expect(webhook.bodies).toContainEqual(
        expect.objectContaining({ slo: 'drill-task-cost', tier: 'runaway', decision: 'fire' }),
      );

      const bad = reportOf(illResult);
      expect(illResult.exitCode).toBe(3);
      expect(bad.events).toMatchObject({ made: 120, acknowledged: 120, doubled: [] });
      expect(bad.events.lost).toHaveLength(1);
      expect(bad.events.foreign).toHaveLength(2);
      const availability = bad.panes.find((one) => one.slo === 'drill-availability');
      // One good event was replaced by another good one, and a bad one was added.
      expect(availability).toMatchObject({ isComparable: true, missing: 0, surplus: 1 });
      // It is not waited for until the outage is detected, too.
      expect(bad.faults.filter((fault) => !fault.startsWith('outage:'))).toEqual([
        '1 acknowledged events are not there',
        '2 events are there that were never made',
        expect.stringMatching(/^panes count \d+ too many$/),
        expect.stringMatching(/^drill-task-cost: by its panes entities consumed \d+ too much$/),
      ]);
    },
  );

  it(
    'asks before it disturbs real traffic, and resumes what it stopped when it is interrupted',
    { timeout: 60_000 },
    async () => {
      const body = JSON.stringify({
        service: 'chat',
        environment: 'prod',
        model_requested: 'm',
        status: 'ok',
        duration_ms: 1,
      });
      const headers = { 'content-type': 'application/json' };
      await fetch(`${intake}/v1/events`, { method: 'POST', headers, body });
      const query = [
        'query',
        "SELECT 'there' FROM inferences WHERE environment = 'prod'",
        '--data-dir',
        dataDir,
      ];
      while (!(await startCli(query).ended).stdout.includes('there')) await pause();
      const refused = await startDrill(intake).ended;
      expect(refused.exitCode).toBe(2);
      expect(JSON.parse(refused.stdout)).toMatchObject({
        error: {
          code: 'DRILL_NOT_CONFIRMED',
          details: { environments: [{ environment: 'prod', events: 1 }] },
        },
      });

      const log = path.join(root, 'log');
      const parts = path.join(root, 'interrupted.yaml');
      const part = {
        name: 'x',
        stop: `echo stop >> ${log}`,
        resume: `echo resume >> ${log}`,
        atS: 0,
        forS: 60,
      };
      await writeFile(parts, JSON.stringify([part]));
      const running = startDrill(intake, '--yes', '--parts', parts);
      while ((await readFile(log, 'utf8').catch(() => '')) === '') await pause();
      running.child.kill('SIGINT');
      expect((await running.ended).exitCode).toBe(130);
      expect(await readFile(log, 'utf8')).toBe('stop\nresume\n');
    },
  );
});
