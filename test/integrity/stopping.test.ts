import { access, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startCli, type CliResult, type RunningCli } from '../support/burnline-cli.ts';

/** Ctrl+C: every process of the terminal's group gets SIGINT at once, and all of it ends in order. */
const EXAMPLE = new URL('../../examples/llmperf-2023/', import.meta.url).pathname;

let root: string;
let dataDir: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-stop-'));
  dataDir = path.join(root, 'data');
});
afterEach(() => rm(root, { recursive: true, force: true }));

function pressCtrlC(running: RunningCli): Promise<CliResult> {
  process.kill(-running.child.pid!, 'SIGINT');
  return running.ended;
}

function groupIsAlive(running: RunningCli): boolean {
  try {
    return process.kill(-running.child.pid!, 0);
  } catch {
    return false;
  }
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );
const startUp = () =>
  startCli(['--json', 'up', '--intake-port', '0', '--sql-port', '0', '--data-dir', dataDir]);

async function ready(running: RunningCli): Promise<URL> {
  return vi.waitFor(() => new URL(/"intake": "([^"]+)"/.exec(running.stdout())![1]!), { timeout: 20_000 });
}

describe('Ctrl+C', () => {
  it('ends `up` and its engine without a word, though a request was sent half', async () => {
    const running = startUp();
    const intake = await ready(running);
    const event = { service: 's', provider: 'p', model_requested: 'm', status: 'ok', duration_ms: 1 };
    const answer = await fetch(`${intake.href}v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
    });
    expect(await answer.json()).toMatchObject({ accepted: 1 });
    const socket = connect(Number(intake.port), intake.hostname);
    await once(socket, 'connect');
    socket.on('error', () => undefined);
    const head = 'POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
    socket.write(`${head}content-length: 100\r\n\r\n{"serv`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { exitCode, stderr } = await pressCtrlC(running);
    socket.destroy();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(groupIsAlive(running)).toBe(false);
    expect(await exists(path.join(dataDir, 'running.json'))).toBe(false);
    expect(await readdir(path.join(dataDir, 'clickhouse', 'run'))).toEqual([]);
  });

  it('ends `up` while it starts', async () => {
    const running = startUp();
    await vi.waitFor(async () => expect(await exists(path.join(dataDir, 'clickhouse', 'run'))).toBe(true), {
      timeout: 20_000,
      interval: 5,
    });
    const { exitCode, stderr } = await pressCtrlC(running);
    expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: '' });
    expect(groupIsAlive(running)).toBe(false);
    expect(await exists(path.join(dataDir, 'running.json'))).toBe(false);
  });

  it('ends `replay`', async () => {
    const args = ['replay', path.join(EXAMPLE, 'data/requests.csv')]
      .concat(['--mapping', path.join(EXAMPLE, 'mapping.yaml')])
      .concat(['--specs', path.join(EXAMPLE, 'slos.yaml'), '--data-dir', dataDir]);
    const running = startCli(args);
    await vi.waitFor(async () => expect(await exists(path.join(dataDir, 'running.json'))).toBe(true), {
      timeout: 20_000,
      interval: 5,
    });
    const { exitCode, stderr } = await pressCtrlC(running);
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/stopped\n$/);
    expect(groupIsAlive(running)).toBe(false);
  });

  it('ends `demo`, which removes its temporary directory', async () => {
    const temporary = path.join(root, 'tmp');
    await mkdir(temporary);
    const running = startCli(['demo'], { env: { TMPDIR: temporary } });
    const made = () =>
      readdir(temporary).then((names) => names.find((name) => name.startsWith('burnline-demo-')));
    await vi.waitFor(
      async () => expect(await exists(path.join(temporary, (await made())!, 'running.json'))).toBe(true),
      { timeout: 20_000, interval: 20 },
    );
    expect((await pressCtrlC(running)).exitCode).toBe(130);
    expect(groupIsAlive(running)).toBe(false);
    expect(await made()).toBeUndefined();
  });
});
