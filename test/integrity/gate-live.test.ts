import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeptGateAnswer } from 'burnline';
import { runCli, runCliJson, startCli, type RunningCli } from '../support/burnline-cli.ts';

/**
 * Goal: of a pipeline that runs, the gate answers by command and over HTTP, overrides let changes pass until they end, what was said of a moment
 * stays so, and the jobs for CI that the documentation has do what it says.
 */
const HOUR_MS = 3_600_000;
const BIN = new URL('../../services/burnline/bin/burnline.js', import.meta.url).pathname;
const PAGE = new URL('../../docs/governing.md', import.meta.url).pathname;
const iso = (atMs: number): string => new Date(atMs).toISOString();
const specsOf = (nowMs: number): string => `apiVersion: openslo/v1
kind: Service
metadata: { name: chat }
spec: {}
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: availability }
spec:
  service: chat
  budgetingMethod: Occurrences
  timeWindow: [{ duration: 28d, isRolling: true }]
  indicator:
    metadata: { name: availability }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
        total: { metricSource: { type: burnline, spec: { scope: "service == 'chat'" } } }
  objectives: [{ displayName: held, target: 0.9 }]
---
apiVersion: openslo/v1
kind: ErrorBudgetPolicy
metadata: { name: chat-policy }
spec:
  services: [chat]
  evidence: { minEvents: 20, minCoverage: 0 }
  changeFreezes:
    - { reason: audit, from: '${iso(nowMs - HOUR_MS)}', to: '${iso(nowMs + HOUR_MS)}', stops: [feature] }
`;

let root: string;
let dataDir: string;
let running: RunningCli;
let operations: { readonly url: string; readonly token: string };

async function started(): Promise<string> {
  while (!running.stdout().includes('"intake"')) {
    const ended = await Promise.race([running.ended, sleep(50)]);
    if (ended !== undefined) throw new Error(`burnline up ended: ${JSON.stringify(ended)}`);
  }
  return /"intake":\s*"([^"]+)"/.exec(running.stdout())![1]!;
}

const ask = async (
  body: object,
  token = operations.token,
): Promise<{ readonly status: number; readonly body: KeptGateAnswer }> => {
  const response = await fetch(`${operations.url}/gate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as KeptGateAnswer };
};

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-gate-'));
  dataDir = path.join(root, 'data');
  await writeFile(path.join(root, 'slos.yaml'), specsOf(Date.now()));
  running = startCli([
    ...['--json', 'up', '--specs', path.join(root, 'slos.yaml'), '--data-dir', dataDir],
    ...['--sql-port', '0', '--intake-port', '0', '--operations-port', '0'],
  ]);
  const intake = await started();
  const recorded = JSON.parse(await readFile(path.join(dataDir, 'running.json'), 'utf8')) as {
    operations: typeof operations;
  };
  ({ operations } = recorded);
  const events = Array.from({ length: 40 }, () => ({
    ...{ service: 'chat', provider: 'p', model_requested: 'm', status: 'ok', duration_ms: 10 },
  }));
  const taken = await fetch(`${intake}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  expect(taken.status, await taken.text()).toBeLessThan(300);
  // Judged, and written long enough ago to be known.
  for (;;) {
    const { body } = await ask({ service: 'chat', change: 'fix' });
    if (body.answer === 'allow') break;
    expect(body.answer).toBe('insufficient');
    await sleep(1_000);
  }
}, 180_000);
afterAll(async () => {
  running.child.kill('SIGTERM');
  await running.ended;
  await rm(root, { recursive: true, force: true });
});

describe('the gate of a pipeline that runs', () => {
  it('answers over HTTP to whoever has the token, and says what is wrong with a question', async () => {
    const denied = await ask({ service: 'chat', change: 'feature' });
    expect([denied.status, denied.body.answer]).toEqual([200, 'deny']);
    expect(denied.body.reasons).toMatchObject([
      { effect: 'deny', code: 'change-freeze', policy: 'chat-policy' },
    ]);
    expect((await ask({ service: 'chat', change: 'feature' }, 'wrong')).status).toBe(401);
    for (const wrong of [
      { service: 'chat', change: 'deploy' },
      { change: 'fix' },
      { service: 'chat', change: 'fix', asOf: iso(Date.now() + HOUR_MS) },
      { service: 'chat', change: 'fix', asOf: 'yesterday' },
      { service: 'chat', change: 'model', by: 'tenant', baseline: 'a', candidate: 'b' },
    ])
      expect(await ask(wrong)).toMatchObject({ status: 409, body: { error: { code: 'GOVERNING_INVALID' } } });
  });

  it(
    'lets pass what an override approves until it is ended, and says of then what it said then',
    { timeout: 120_000 },
    async () => {
      const dir = ['--data-dir', dataDir];
      const sign = ['override', 'add', '--service', 'chat', '--change', 'feature', '--author', 'ann'];
      const { added } = await runCliJson<{ added: string }>([
        ...sign,
        '--for',
        '1',
        '--reason',
        'contract',
        ...dir,
      ]);
      const passed = await ask({ service: 'chat', change: 'feature' });
      expect(passed.body).toMatchObject({
        answer: 'allow',
        reasons: [{ effect: 'passed', override: added }],
      });
      const ended = await runCli(['override', 'end', added, '--reason', 'shipped', ...dir]);
      expect(ended.exitCode, ended.stderr).toBe(0);
      expect((await ask({ service: 'chat', change: 'feature' })).body.answer).toBe('deny');
      const again = await ask({ service: 'chat', change: 'feature', asOf: passed.body.asOf });
      expect({ ...again.body, id: '' }).toEqual({ ...passed.body, id: '' });
      const { overrides } = await runCliJson<{ overrides: readonly object[] }>(['override', 'list', ...dir]);
      expect(overrides).toMatchObject([{ id: added, author: 'ann', reason: 'contract', isInForce: false }]);
      const twice = await runCli(['override', 'end', added, '--reason', 'again', ...dir]);
      expect([twice.exitCode, twice.stderr]).toEqual([2, expect.stringContaining('No override')]);
      for (const wrong of [
        ['--for', '169', '--service', 'chat', '--change', 'feature'],
        ['--for', '1', '--service', 'chta', '--change', 'feature'],
        ['--for', '1', '--service', 'chat', '--change', 'fix'],
      ])
        expect((await runCli(['override', 'add', '--reason', 'x', ...wrong, ...dir])).exitCode).toBe(2);
    },
  );
});

describe('the jobs for CI', () => {
  const jobs = async (): Promise<{
    readonly github: Job;
    readonly gitlab: Job;
    readonly tolerated: readonly number[];
  }> => {
    const blocks = [...(await readFile(PAGE, 'utf8')).matchAll(/^```yaml\n(.*?)^```/gms)].map(
      ([, block]) => block!,
    );
    const one = (key: string): Record<string, never> =>
      (parse(blocks.find((block) => block.startsWith(key))!) as Record<string, never>)[key]!;
    const { gate } = one('jobs') as unknown as {
      gate: { env: Job['env']; steps: readonly { run: string }[] };
    };
    const lab = one('error-budget') as unknown as {
      variables: Job['env'];
      script: readonly string[];
      allow_failure: { exit_codes: readonly number[] };
    };
    return {
      github: { env: gate.env, script: gate.steps[0]!.run },
      gitlab: { env: lab.variables, script: lab.script.join('\n') },
      tolerated: lab.allow_failure.exit_codes,
    };
  };
  interface Job {
    readonly env: Readonly<Record<string, string>>;
    readonly script: string;
  }

  /** As runners do: bash that ends at the first command that fails. */
  async function run({ env, script }: Job, over: Readonly<Record<string, string>>) {
    await writeFile(path.join(root, 'burnline'), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`);
    await chmod(path.join(root, 'burnline'), 0o755);
    const child = spawn('bash', ['-eo', 'pipefail', '-c', script], {
      cwd: root,
      env: {
        ...process.env,
        ...env,
        ...over,
        BURNLINE_DATA_DIR: dataDir,
        PATH: `${root}:${process.env['PATH']}`,
      },
    });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, stdout };
  }

  it(
    'let a fix ship, stop a feature, and warn where there is not enough evidence',
    { timeout: 180_000 },
    async () => {
      const { github, gitlab, tolerated } = await jobs();
      expect(await run(github, { CHANGE: 'fix' })).toEqual({ code: 0, stdout: 'may ship\n' });
      const stopped = await run(github, {});
      expect([stopped.code, stopped.stdout]).toEqual([
        1,
        expect.stringContaining('::error::the error budget stops this feature'),
      ]);
      const unknown = await run(github, { SERVICE: 'search' });
      expect([unknown.code, unknown.stdout]).toEqual([
        1,
        expect.stringContaining('::warning::not enough evidence'),
      ]);
      const none = await run(github, { CHANGE: 'deploy' });
      expect([none.code, none.stdout]).toEqual([
        2,
        expect.stringContaining('::error::the gate gave no answer'),
      ]);
      expect((await run(gitlab, { CHANGE: 'fix' })).code).toBe(0);
      expect((await run(gitlab, {})).code).toBe(3);
      expect(tolerated).toEqual([(await run(gitlab, { SERVICE: 'search' })).code]);
    },
  );
});
