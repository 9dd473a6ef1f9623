import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { runCli, startCli, type RunningCli } from './burnline-cli.ts';

const SPECS = new URL('../../examples/quickstart/slos.yaml', import.meta.url).pathname;

/** The whole product in one process group, as `burnline up` starts it; resolves when its intake takes events. */
export async function startUp(at: { readonly dataDir: string; readonly port: number }): Promise<RunningCli> {
  const args = ['up', '--specs', SPECS, '--data-dir', at.dataDir, '--sql-port', '0'];
  const running = startCli(['--json', ...args, '--intake-port', String(at.port)]);
  while (!running.stdout().includes('"intake"')) {
    const ended = await Promise.race([running.ended, sleep(50)]);
    if (ended !== undefined) throw new Error(`burnline up ended: ${JSON.stringify(ended)}`);
  }
  return running;
}

/** Rows of a statement, while it runs or when it has ended. */
export async function queryRows<Row>(dataDir: string, sql: string): Promise<readonly Row[]> {
  const { exitCode, stdout, stderr } = await runCli(['--json', 'query', sql, '--data-dir', dataDir]);
  expect(exitCode, stderr + stdout).toBe(0);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Row);
}
