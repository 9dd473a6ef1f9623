import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { runCli, startCli, type RunningCli } from './burnline-cli.ts';

const EVENTS_PER_REQUEST = 500;
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

/** Where its parts listen, as it says once it is ready. */
export interface Ready {
  readonly console: string;
  readonly intake: string;
  readonly sql: string;
}

/** As people start it, every part on a port of its own; resolves when it is ready. */
export async function startReadyUp(
  at: { readonly specs: string; readonly dataDir: string },
  ...more: readonly string[]
): Promise<{ readonly running: RunningCli; readonly ready: Ready }> {
  const running = startCli([
    ...[
      '--json',
      'up',
      '--specs',
      at.specs,
      '--data-dir',
      at.dataDir,
      '--intake-port',
      '0',
      '--sql-port',
      '0',
    ],
    ...['--console-port', '0', '--operations-port', '0', '--otlp-grpc-port', '0', ...more],
  ]);
  return { running, ready: await readyOf(running) };
}

/** Waits until it is ready; throws if it ends before. */
async function readyOf(running: RunningCli): Promise<Ready> {
  for (;;) {
    const ready = parsed(running.stdout());
    if (ready !== null) return ready;
    const ended = await Promise.race([running.ended, sleep(50)]);
    if (ended !== undefined) throw new Error(`burnline up ended: ${JSON.stringify(ended)}`);
  }
}

/** What it says once it is ready, a JSON text over several lines; null while that is not whole. */
function parsed(stdout: string): Ready | null {
  try {
    return JSON.parse(stdout) as Ready;
  } catch {
    return null;
  }
}

/** Sends events or verdicts, some hundreds in a request; each is acknowledged when it resolves. */
export async function postRecords(url: string, records: readonly object[]): Promise<void> {
  for (let from = 0; from < records.length; from += EVENTS_PER_REQUEST) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(records.slice(from, from + EVENTS_PER_REQUEST)),
    });
    expect(response.ok, `${url}: ${response.status} ${await response.text()}`).toBe(true);
  }
}

/** Rows of a statement, by the database's own HTTP. */
export async function sqlRows<Row>(sqlUrl: string, statement: string): Promise<readonly Row[]> {
  const response = await fetch(`${sqlUrl}/?user=analyst&database=burnline`, {
    method: 'POST',
    body: `${statement} FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 0`,
  });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}
