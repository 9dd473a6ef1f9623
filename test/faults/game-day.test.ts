import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { runCli } from '../support/burnline-cli.ts';
import { Fleet } from '../support/services/fleet.ts';
import { startRig, type Rig } from '../support/services/rig.ts';
import { startWebhook, type WebhookLog } from '../support/webhook.ts';
import { Closing } from './closing.ts';

const SPECS = new URL('../../examples/drill/slos.yaml', import.meta.url).pathname;
const STREAM = 'game-day';
const SLO_COUNT = 6;
const PHASE_S = 8;
const RATE = 30;
const FAULT_COUNT = PHASE_S * RATE;
/**
 * A third of the example's steps: its faults take a minute, this one 8 s. What a provider that fails half of that has spent is 5.5 to
 * 7 % of its budget, by how many of the events were judged when the gate is asked.
 */
const LADDER = {
  warn: { at: 0.01, liftBelow: 0.005 },
  approval: { at: 0.02, liftBelow: 0.01 },
  freeze: { at: 0.03, liftBelow: 0.02 },
};

interface Report {
  readonly drillId: string;
  readonly events: { acknowledged: number; lost: string[]; doubled: string[]; foreign: string[] };
  readonly detections: {
    outcome: string;
    counts: { slo: string; labels: Record<string, string>; bad: number; total: number; isAlerted: boolean }[];
    alerts: {
      slo: string;
      told: { receiver: string; firstToldAt: string | null; outcome: string }[];
    }[];
  }[];
  readonly gate: { moment: string }[];
  readonly parts: { name: string; stop: { exitCode: number }; resume: { exitCode: number } }[];
  readonly faults: string[];
}

/**
 * Goal: a game day on services over Kafka, of which one stands still in the middle of the fault: a provider fails, another one
 * answers, and the report, the receiver, the raw rows and the gate tell the same.
 */
describe.skipIf(!inject('canStartKafka'))('a game day over Kafka', () => {
  const closing = new Closing();
  let rig: Rig;
  let fleet: Fleet;
  let webhook: WebhookLog;
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    rig = await startRig();
    closing.add(() => rig.close());
    webhook = await startWebhook();
    closing.add(() => webhook.close());
    folder = await mkdtemp(path.join(tmpdir(), 'burnline-game-day-'));
    closing.add(() => rm(folder, { recursive: true, force: true }));
    const specsFile = path.join(folder, 'slos.yaml');
    await writeFile(specsFile, await specsOfShortFaults());
    fleet = await Fleet.start({
      brokers: rig.kafka.brokers,
      directBrokers: rig.kafka.directBrokers,
      databaseUrl: rig.database.url,
      store: rig.database.store,
      ...{ stream: STREAM, partitionCount: 2, specsFile, sloCount: SLO_COUNT },
      environments: { alerter: { BURNLINE_WEBHOOK_URL: `oncall=${webhook.url}` } },
    });
    closing.add(() => fleet.close());
    env = {
      ...{ CLICKHOUSE_URL: rig.database.url, CLICKHOUSE_USER: 'burnline', CLICKHOUSE_PASSWORD: 'test' },
      BURNLINE_STREAM: STREAM,
    };
  });
  afterAll(() => closing.all());

  it('loses nothing while a part stands still, pages for the provider, and leaves the requests alone', async () => {
    const [processor] = fleet.members('processor');
    const parts = path.join(folder, 'parts.yaml');
    const part = {
      name: 'processor',
      stop: `kill -STOP ${processor!.pid}`,
      resume: `kill -CONT ${processor!.pid}`,
      ...{ atS: PHASE_S + 1, forS: 3 },
    };
    await writeFile(parts, JSON.stringify([part]));
    const result = await runCli(
      [
        ...[
          '--json',
          'drill',
          '--intake',
          fleet.intake.intakeUrl,
          '--scenario',
          'fallback',
          '--parts',
          parts,
        ],
        ...['--phase', String(PHASE_S), '--rate', String(RATE), '--resolve', '0'],
      ],
      { env },
    );
    await fleet.check();
    expect(result.stdout).toMatch(/^\{/);
    const report = JSON.parse(result.stdout) as Report;
    expect(report.faults).toEqual([]);
    expect(result.exitCode).toBe(0);
    expect(report.parts).toMatchObject([
      { name: 'processor', stop: { exitCode: 0 }, resume: { exitCode: 0 } },
    ]);
    expect(report.events).toMatchObject({
      acknowledged: 3 * FAULT_COUNT,
      lost: [],
      doubled: [],
      foreign: [],
    });

    // The report against raw rows.
    const [rows] = await fleet.store.query<Record<string, number>>(
      `SELECT toUInt32(count()) AS attempts, toUInt32(countIf(status != 'ok')) AS failed,
              toUInt32(countIf(is_final)) AS requests, toUInt32(countIf(is_final AND status != 'ok')) AS unanswered,
              toUInt32(countIf(fallback_kind = 'provider')) AS degraded
       FROM inferences WHERE stream = {stream:String} AND attributes['burnline.drill'] = {drill:String}`,
      { stream: STREAM, drill: report.drillId },
    );
    const half = FAULT_COUNT / 2;
    expect(rows).toEqual({
      ...{ attempts: 3 * FAULT_COUNT, failed: half, requests: 3 * FAULT_COUNT - half },
      ...{ unanswered: 0, degraded: half },
    });
    const [detection] = report.detections;
    const countOf = (slo: string, provider?: string) =>
      detection!.counts.find((one) => one.slo === slo && one.labels['provider'] === provider);
    expect(countOf('drill-availability', 'drill-provider')).toMatchObject({
      ...{ bad: half, total: half, isAlerted: true },
    });
    expect(countOf('drill-availability', 'drill-provider-fallback')).toMatchObject({
      bad: 0,
      isAlerted: false,
    });
    expect(countOf('drill-requests')).toMatchObject({ bad: 0, total: half, isAlerted: false });
    expect(countOf('drill-degraded')).toMatchObject({ bad: half, total: half });

    // Who was told, against what the receiver got.
    const page = detection!.alerts.find(({ slo }) => slo === 'drill-availability')!;
    expect(page.told).toMatchObject([{ receiver: 'oncall', outcome: 'delivered' }]);
    expect(Date.parse(page.told[0]!.firstToldAt!)).toBeGreaterThan(0);
    const fired = webhook.bodies.filter(({ decision }) => decision === 'fire').map(({ slo }) => slo);
    expect(fired.filter((slo) => slo === 'drill-availability')).toHaveLength(1);
    expect(fired).not.toContain('drill-requests');
  });

  it('freezes features and lets fixes pass', async () => {
    const gate = (change: string) =>
      runCli(['--json', 'gate', '--service', 'burnline-drill', '--change', change, '--stream', STREAM], {
        env,
      });
    const [feature, fix] = [await gate('feature'), await gate('fix')];
    expect(JSON.parse(feature.stdout)).toMatchObject({
      answer: 'deny',
      reasons: expect.arrayContaining([
        expect.objectContaining({ slo: 'drill-availability', code: 'frozen', effect: 'deny' }),
      ]) as unknown,
    });
    expect(feature.exitCode).toBe(3);
    expect(JSON.parse(fix.stdout)).toMatchObject({ answer: 'allow' });
    expect(fix.exitCode).toBe(0);
  });
});

async function specsOfShortFaults(): Promise<string> {
  const documents = parseAllDocuments(await readFile(SPECS, 'utf8'));
  const policy = documents.find((document) => document.get('kind') === 'ErrorBudgetPolicy')!;
  policy.setIn(['spec', 'ladder'], LADDER);
  return documents.map((document) => stringify(document)).join('---\n');
}
