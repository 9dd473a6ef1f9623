import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli, runCliJson } from '../support/burnline-cli.ts';

/**
 * A service that spends half of its budget, evenly: one error in 200 at a target of 99 %. Whatever its period, nobody is
 * told. One that then fails for ten minutes is told of by every SLO, so that the silence says something.
 */
const PERIODS = [
  '2h',
  '6h',
  '12h',
  '1d',
  '2d',
  '3d',
  '5d',
  '7d',
  '8d',
  '10d',
  '14d',
  '21d',
  '28d',
  '30d',
  '90d',
  '1Y',
];

const specOf = (period: string): string => `
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: p-${period.toLowerCase()} }
spec:
  service: chat
  indicator:
    metadata: { name: p-${period.toLowerCase()} }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
        total: { metricSource: { type: burnline, spec: { scope: "service == 'chat'" } } }
  timeWindow: [{ duration: ${period}, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.99 }]`;

const EVENT_COUNT = 3_600;
const STEP_MS = 3_000;

function historyOf(isFailing: (index: number) => boolean): string {
  const startMs = Date.UTC(2026, 5, 1, 0, 0, 1);
  return Array.from({ length: EVENT_COUNT }, (_, index) =>
    JSON.stringify({
      occurred_at: new Date(startMs + index * STEP_MS).toISOString(),
      service: 'chat',
      model_requested: 'm',
      status: isFailing(index) ? 'error' : 'ok',
      duration_ms: 1,
    }),
  ).join('\n');
}

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'burnline-within-target-'));
  const service = 'apiVersion: openslo/v1\nkind: Service\nmetadata: { name: chat }\nspec: {}';
  await writeFile(join(directory, 'slos.yaml'), service + PERIODS.map(specOf).join(''));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

interface Fired {
  readonly slo: string;
  readonly count: number;
}

async function firedIn(name: string, history: string): Promise<readonly Fired[]> {
  const [file, dataDirectory] = [join(directory, `${name}.ndjson`), join(directory, name)];
  await writeFile(file, history);
  // The file behind --specs: a list of paths would swallow it.
  const args = ['replay', '--data-dir', dataDirectory, '--specs', join(directory, 'slos.yaml'), file];
  const { series } = await runCliJson<{ series: readonly { slo: string; total: number }[] }>(args);
  expect(series.map(({ total }) => total)).toEqual(series.map(() => expect.any(Number) as number));
  expect(new Set(series.map(({ slo }) => slo)).size).toBe(PERIODS.length);
  const answer = await runCli([
    '--json',
    'query',
    '--data-dir',
    dataDirectory,
    "SELECT slo, toUInt32(count()) AS count FROM alert_decisions WHERE decision = 'fire' GROUP BY slo ORDER BY slo",
  ]);
  expect(answer.exitCode).toBe(0);
  return answer.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Fired);
}

test('a service within its target is told nothing, at any period', async () => {
  expect(
    await firedIn(
      'steady',
      historyOf((index) => index % 200 === 150),
    ),
  ).toEqual([]);
}, 240_000);

test('one that fails is told of, at every period', async () => {
  const failing = (index: number): boolean => index % 200 === 150 || (index >= 3_000 && index < 3_400);
  const fired = await firedIn('failing', historyOf(failing));
  expect(fired.map(({ slo }) => slo)).toEqual(PERIODS.map((period) => `p-${period.toLowerCase()}`).sort());
}, 240_000);
