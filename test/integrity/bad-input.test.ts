import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli, runCliJson, startCli, type CliResult } from '../support/burnline-cli.ts';

/** Bad input is normal input: each gets an error that names the cause and the remedy, and an exit code for scripts. */
const EXAMPLE = new URL('../../examples/llmperf-2023/', import.meta.url).pathname;
const SPECS = path.join(EXAMPLE, 'slos.yaml');

interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string; readonly remedy?: string };
}

let root: string;

async function failure(args: readonly string[]): Promise<ErrorAnswer['error'] & { exitCode: number | null }> {
  const result = await runCli(['--json', ...args]);
  return { ...(JSON.parse(result.stdout) as ErrorAnswer).error, exitCode: result.exitCode };
}

async function upUntilReady(
  args: readonly string[],
): Promise<{ stop: () => Promise<CliResult>; intake: string; sql: string }> {
  const running = startCli(['--json', 'up', '--intake-port', '0', '--sql-port', '0', ...args]);
  for (;;) {
    const ready = /"intake": "([^"]+)",\s+"sql": "([^"]+)"/.exec(running.stdout());
    if (ready !== null) {
      const stop = (): Promise<CliResult> => {
        running.child.kill('SIGTERM');
        return running.ended;
      };
      return { stop, intake: ready[1]!, sql: ready[2]! };
    }
    const ended = await Promise.race([running.ended, new Promise((resolve) => setTimeout(resolve, 50))]);
    if (ended !== undefined) throw new Error(`burnline up ended: ${JSON.stringify(ended)}`);
  }
}

describe('bad input', () => {
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'burnline-bad-'));
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  it('a spec with five mistakes: all at once, each with its line', async () => {
    const file = path.join(root, 'slos.yaml');
    await writeFile(
      file,
      `apiVersion: openslo/v1
kind: SLO
metadata: { name: Not_A_Name }
spec:
  service: nowhere
  indicator:
    metadata: { name: x }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "stauts == 'ok'" } } }
        total: { metricSource: { type: burnline, spec: { where: "status == 'okay'" } } }
  timeWindow: [{ duration: 30x, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ displayName: o, target: 1 }]
`,
    );
    const result = await runCli(['--json', 'validate', file]);
    expect(result.exitCode).toBe(2);
    const { issues } = JSON.parse(result.stdout) as { issues: { line: number; path: string }[] };
    const lines = new Set(issues.map((issue) => issue.line));
    for (const line of [3, 11, 12, 13, 15]) expect(lines, JSON.stringify(issues)).toContain(line);
  });

  it('a mapping that names a column which the file lacks: nothing is published', async () => {
    const mapping = path.join(root, 'mapping.yaml');
    const { readFile } = await import('node:fs/promises');
    const text = await readFile(path.join(EXAMPLE, 'mapping.yaml'), 'utf8');
    await writeFile(mapping, text.replaceAll('ttft_s', 'ttft_seconds'));
    const data = path.join(EXAMPLE, 'data/requests.csv');
    const dataDir = path.join(root, 'data');
    const error = await failure([
      'replay',
      data,
      '--mapping',
      mapping,
      '--specs',
      SPECS,
      '--data-dir',
      dataDir,
    ]);
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain('ttft_seconds');
    const status = await failure(['status', '--data-dir', dataDir]);
    expect(status.code).toBe('CLI_NO_DATA');
  });

  it('a data directory in use: names the process that has it', async () => {
    const dataDir = path.join(root, 'data');
    const first = await upUntilReady(['--data-dir', dataDir]);
    try {
      const error = await failure(['up', '--data-dir', dataDir, '--intake-port', '0', '--sql-port', '0']);
      expect(error).toMatchObject({ code: 'LOG_IN_USE', exitCode: 1 });
      expect(error.message).toMatch(/\d+/);
      expect(error.remedy).toBeTruthy();
    } finally {
      expect((await first.stop()).exitCode).toBe(0);
    }
  });

  it('a port already taken, for the intake and for SQL', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const port = String((blocker.address() as AddressInfo).port);
    try {
      const intake = await failure([
        'up',
        '--data-dir',
        path.join(root, 'a'),
        '--intake-port',
        port,
        '--sql-port',
        '0',
      ]);
      expect(intake).toMatchObject({ code: 'COLLECTOR_PORT_IN_USE', exitCode: 1 });
      const sql = await failure([
        'up',
        '--data-dir',
        path.join(root, 'b'),
        '--intake-port',
        '0',
        '--sql-port',
        port,
      ]);
      expect(sql).toMatchObject({ code: 'ENGINE_PORT_IN_USE', exitCode: 1 });
      expect(sql.remedy).toContain('--sql-port');
    } finally {
      blocker.close();
    }
  });

  it('a directory that cannot be written', async () => {
    // A file where a folder should be cannot be written by anybody, root included.
    await writeFile(path.join(root, 'file'), '');
    const error = await failure(['up', '--data-dir', path.join(root, 'file', 'data')]);
    expect(error.code).toBe('PIPELINE_DIRECTORY_UNWRITABLE');
    expect(error.remedy).toContain('--data-dir');
    await mkdir(path.join(root, 'locked'));
    await chmod(path.join(root, 'locked'), 0o700);
  });

  it('events that are wrong are refused as a whole, with every reason; right ones are queryable', async () => {
    const dataDir = path.join(root, 'data');
    const up = await upUntilReady(['--data-dir', dataDir]);
    try {
      const post = (body: string): Promise<Response> =>
        fetch(`${up.intake}/v1/events`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
      const bad = await post(
        JSON.stringify([
          { service: 's', model_requested: 'm', duration_ms: 1 },
          { service: 's', durationms: -1 },
        ]),
      );
      expect(bad.status).toBe(400);
      const { error } = (await bad.json()) as { error: { code: string; details: { problems: unknown[] } } };
      expect(error.code).toBe('COLLECTOR_RECORDS_INVALID');
      expect(JSON.stringify(error.details.problems)).toContain('duration_ms');
      expect((await post('{"service": ')).status).toBe(400);
      expect((await post('x'.repeat(9 * 1024 * 1024))).status).toBe(413);
      const good = await post(
        '{"service":"s","model_requested":"m","status":"ok","duration_ms":5}\n{"service":"s","model_requested":"n","status":"ok","duration_ms":6}\n',
      );
      expect(good.status).toBe(200);
      expect(await good.json()).toMatchObject({ accepted: 2, ids: [expect.any(String), expect.any(String)] });
      for (;;) {
        const rows = await runCliJsonRows([
          'query',
          'SELECT model_requested FROM inferences ORDER BY 1',
          '--data-dir',
          dataDir,
        ]);
        if (rows.length === 0) continue;
        expect(rows).toEqual([{ model_requested: 'm' }, { model_requested: 'n' }]);
        break;
      }
    } finally {
      expect((await up.stop()).exitCode).toBe(0);
    }
  });

  it('a folder without examples: what to name instead', async () => {
    const none = {
      code: 'CLI_EXAMPLES_MISSING',
      exitCode: 2,
      remedy: expect.stringContaining('--examples') as string,
    };
    expect(await failure(['demo', '--examples', path.join(root, 'nowhere')])).toMatchObject(none);
    expect(await failure(['demo', '--examples', root])).toMatchObject(none);
  });

  it('questions to a stopped data directory: by several at once, and about what is not there', async () => {
    const dataDir = path.join(root, 'data');
    expect((await (await upUntilReady(['--data-dir', dataDir])).stop()).exitCode).toBe(0);
    const ask = (...args: readonly string[]) => runCli([...args, '--data-dir', dataDir]);
    const [one, other] = await Promise.all([ask('status'), ask('status')]);
    for (const { exitCode, stdout, stderr } of [one, other]) {
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toContain('Nothing has been evaluated yet');
    }
    const typo = await ask('status', '--stream', 'liev', '--fail-on', 'at_risk');
    expect(typo).toMatchObject({ exitCode: 2, stdout: '' });
    expect(typo.stderr).toContain('there are live');
    expect(typo.stderr).toContain('Did you mean "live"?');
    const none = await ask('query', 'SELECT * FROM inferences');
    expect(none).toMatchObject({ exitCode: 0, stdout: '', stderr: '0 rows\n' });
    const wrong = await failure(['query', 'SELECT nonsense FROM inferences', '--data-dir', dataDir]);
    expect(wrong).toMatchObject({ code: 'CLI_QUERY_REFUSED', exitCode: 2 });
    expect(wrong.remedy).toContain('docs/tables.md');
  });

  it('a reader that has read enough', async () => {
    const running = startCli(['validate', SPECS]);
    running.child.stdout?.destroy();
    const { exitCode, stderr } = await running.ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('arguments that make no sense', async () => {
    expect((await runCli(['statsu'])).exitCode).toBe(2);
    expect((await runCli(['status', '--as-of', 'yesterday-ish'])).exitCode).toBe(2);
    expect((await runCli(['replay', 'x.csv'])).exitCode).toBe(2);
    expect((await runCli(['--help'])).exitCode).toBe(0);
    const missing = await runCliJson<ErrorAnswer>(['validate', path.join(root, 'none.yaml')]);
    expect(missing.error.code).toBe('SPECS_UNREADABLE');
  });
});

async function runCliJsonRows(args: readonly string[]): Promise<unknown[]> {
  const result = await runCli(['--json', ...args]);
  return result.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
