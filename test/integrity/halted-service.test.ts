import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/kafka/ports.ts';

/** Goal: a halt is not a restart loop: with BURNLINE_ON_HALT=wait a process that has halted stays, and says why. */
const ROOT = new URL('../..', import.meta.url).pathname;
const children: ChildProcess[] = [];

/** A service whose only loop fails. */
function start(outcome: 'halt' | 'retry', environment: Readonly<Record<string, string>>): ChildProcess {
  const code = `
    import { AppError } from '@burnline/core';
    import { runService } from '@burnline/runtime';
    const error = new AppError('EPOCH_POSITION_LOST', 'the log is another one', { outcome: '${outcome}', remedy: 'Put it back.' });
    process.exitCode = await runService({
      name: 'halting',
      variables: {},
      start: async ({ supervision }) => supervision.start('loop', () => Promise.reject(error)),
    }, process.env);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: `${ROOT}/services/sink`,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  return child;
}

async function ready(port: number): Promise<{ status: number; checks: Record<string, string> } | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/ready`);
    return { status: response.status, ...((await response.json()) as { checks: Record<string, string> }) };
  } catch {
    return null;
  }
}

describe('a service that halts', () => {
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('waits where it is told to, names the cause, and ends when it is asked to', async () => {
    const port = await freePort();
    const child = start('halt', { BURNLINE_ON_HALT: 'wait', BURNLINE_HTTP_PORT: String(port) });
    let answer = await ready(port);
    while (answer?.checks['halted'] === undefined) {
      expect(child.exitCode).toBe(null);
      await sleep(50);
      answer = await ready(port);
    }
    expect(answer).toMatchObject({
      status: 503,
      checks: { halted: 'EPOCH_POSITION_LOST: the log is another one' },
    });
    expect((await fetch(`http://127.0.0.1:${port}/live`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([1, null]);
  });

  it('ends with 1 by default', async () => {
    const child = start('halt', { BURNLINE_HTTP_PORT: String(await freePort()) });
    expect(await once(child, 'exit')).toEqual([1, null]);
  });

  it('is started anew after a failure that may pass', async () => {
    const environment = { BURNLINE_ON_HALT: 'wait', BURNLINE_HTTP_PORT: String(await freePort()) };
    expect(await once(start('retry', environment), 'exit')).toEqual([1, null]);
  });
});
