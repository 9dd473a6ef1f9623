import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startCli, type CliResult } from '../support/burnline-cli.ts';

const COMMAND = new URL('../../services/burnline/bin/burnline.js', import.meta.url).pathname;

let directory: string;
let children: ChildProcess[];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'burnline-access-'));
  children = [];
});
afterEach(async () => {
  for (const child of children) await stop(child);
  await rm(directory, { recursive: true, force: true });
});

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** `burnline up` as somebody with the most open of umasks starts it; resolves with the SQL port's URL. */
async function up(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const command = [
    'up',
    '--json',
    '--data-dir',
    path.join(directory, 'data'),
    '--intake-port',
    '0',
    '--sql-port',
    '0',
  ];
  const child = spawn(
    '/bin/sh',
    ['-c', 'umask 0; exec "$@"', 'sh', process.execPath, COMMAND, ...command, ...args],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, ...env },
    },
  );
  children.push(child);
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    const [, sql] = /"sql": "([^"]+)"/.exec(text) ?? [];
    if (sql === undefined) continue;
    // What comes later must not fill the pipe.
    child.stdout.resume();
    return sql;
  }
  throw new Error('burnline up ended without a word');
}

const cli = (args: readonly string[], env: Record<string, string> = {}): Promise<CliResult> =>
  startCli(args, { env }).ended;

describe('the SQL port', () => {
  it('listens beyond loopback for an analyst with a password alone', { timeout: 240_000 }, async () => {
    const refused = await cli(['up', '--data-dir', path.join(directory, 'data'), '--sql-host', '0.0.0.0']);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/BURNLINE_ANALYST_PASSWORD_FILE/);

    const file = path.join(directory, 'password');
    await writeFile(file, 'of-the-analyst\n', { mode: 0o600 });
    const secret = { BURNLINE_ANALYST_PASSWORD_FILE: file };
    const sql = await up(['--sql-host', '0.0.0.0', '--sql-allowed-host', 'sql.example'], secret);
    expect(sql).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const ask = async (headers: Record<string, string>): Promise<string> =>
      (
        await fetch(`${sql}/?query=SELECT%2042`, { headers: { 'X-ClickHouse-User': 'analyst', ...headers } })
      ).text();
    expect(await ask({})).toMatch(/Authentication failed/);
    expect(await ask({ 'X-ClickHouse-Key': 'of-the-analyst' })).toBe('42\n');

    const args = ['query', 'SELECT 43', '--format', 'TSV', '--data-dir', path.join(directory, 'data')];
    expect((await cli(args)).stderr).toMatch(/Authentication failed/);
    expect((await cli(args, secret)).stdout).toBe('43\n');
    expect((await cli(['status', '--data-dir', path.join(directory, 'data')], secret)).exitCode).toBe(0);
  });
});

describe('files', () => {
  it(
    "are the owner's alone, whatever the umask and however open they were before",
    { timeout: 240_000 },
    async () => {
      const data = path.join(directory, 'data');
      await mkdir(path.join(data, 'log'), { recursive: true });
      await writeFile(path.join(data, 'log', 'log.mdb'), '', { mode: 0o666 });
      await chmod(path.join(data, 'log', 'log.mdb'), 0o666);
      await up([]);
      const open: string[] = [];
      for (const name of await readdir(data, { recursive: true })) {
        const found = await lstat(path.join(data, name)).catch(() => null);
        // The engine's links point into its own folder, and the log's socket takes connections to be refused.
        if (found === null || found.isSymbolicLink() || found.isSocket()) continue;
        if ((found.mode & 0o077) !== 0) open.push(`${name} ${(found.mode & 0o777).toString(8)}`);
      }
      expect(open).toEqual([]);
      expect(await readdir(data)).toEqual(expect.arrayContaining(['clickhouse', 'log', 'running.json']));
    },
  );
});
