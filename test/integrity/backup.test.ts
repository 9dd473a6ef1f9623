import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningCli } from '../support/burnline-cli.ts';
import { queryRows, startUp } from '../support/embedded-up.ts';

/** Goal: what docs/backup.md says: a copy of a stopped data directory is a backup, and a pipeline that starts on it goes on from there. */
let root: string;
let running: RunningCli | null = null;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-backup-'));
});
afterAll(async () => {
  if (running !== null) await stop();
  await rm(root, { recursive: true, force: true });
});

async function stop(): Promise<void> {
  running!.child.kill('SIGTERM');
  const { exitCode, stderr } = await running!.ended;
  running = null;
  expect(exitCode, stderr).toBe(0);
}

async function send(ids: readonly number[]): Promise<void> {
  const url = /"intake":\s*"([^"]+)"/.exec(running!.stdout())![1]!;
  const events = ids.map((id) => ({
    event_id: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
    ...{ service: 'chat', provider: 'openai', model_requested: 'gpt-4o', duration_ms: 90 },
    status: id % 4 === 0 ? 'error' : 'ok',
  }));
  const answer = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  expect(answer.status).toBeLessThan(300);
}

/** Good and all that an SLO counts, and raw rows, once they are as many as they have to be. */
async function countsOf(dataDir: string, total: number): Promise<unknown> {
  const sql = `SELECT toUInt32(sum(good)) AS good, toUInt32(sum(total)) AS total,
    (SELECT toUInt32(count()) FROM inferences WHERE stream = 'live') AS raw
    FROM slo_panes WHERE stream = 'live' AND slo = 'chat-availability'`;
  for (;;) {
    const [row] = await queryRows<{ good: number; total: number; raw: number }>(dataDir, sql);
    if (row !== undefined && row.total >= total && row.raw >= total) return row;
    await sleep(300);
  }
}

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

it('restores what was there when it was made, and counts on from it, repeats left out', async () => {
  const [dataDir, backup] = ['data', 'backup'].map((name) => path.join(root, name)) as [string, string];
  running = await startUp({ dataDir, port: 0 });
  await send(range(0, 40));
  expect(await countsOf(dataDir, 40)).toEqual({ good: 30, total: 40, raw: 40 });
  await stop();
  await cp(dataDir, backup, { recursive: true });

  // What comes after the backup is lost with the original.
  running = await startUp({ dataDir, port: 0 });
  await send(range(40, 60));
  expect(await countsOf(dataDir, 60)).toEqual({ good: 45, total: 60, raw: 60 });
  await stop();
  await rm(dataDir, { recursive: true });

  await cp(backup, dataDir, { recursive: true });
  running = await startUp({ dataDir, port: 0 });
  expect(await countsOf(dataDir, 40)).toEqual({ good: 30, total: 40, raw: 40 });
  // Publishers that send the lost ones again, and some that were not lost.
  await send(range(20, 60));
  expect(await countsOf(dataDir, 60)).toEqual({ good: 45, total: 60, raw: 60 });
}, 240_000);
