import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli, startCli, type RunningCli } from '../support/burnline-cli.ts';

const run = promisify(execFile);
const MEBIBYTE = 1024 * 1024;

let mount: string;
let dataDir: string;
let isMounted = false;

beforeAll(async () => {
  mount = await mkdtemp(path.join(tmpdir(), 'burnline-full-disk-'));
  dataDir = path.join(mount, 'data');
  const size = 'size=192m,mode=700';
  isMounted = await run('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', mount]).then(
    () => true,
    () => false,
  );
  if (!isMounted)
    process.stderr.write('SKIPPED: a full disk cannot be tried, this user may not mount a small one\n');
});
afterAll(async () => {
  if (isMounted) await run('umount', ['--lazy', mount]);
  await rm(mount, { recursive: true, force: true });
});

interface Up extends RunningCli {
  readonly intake: string;
}

async function up(): Promise<Up> {
  const args = ['up', '--data-dir', dataDir, '--intake-port', '0', '--sql-port', '0'];
  const running = startCli(['--json', ...args]);
  for (;;) {
    const intake = /"intake": "([^"]+)"/.exec(running.stdout())?.[1];
    if (intake !== undefined) return { ...running, intake };
    const ended = await Promise.race([running.ended, sleep(50)]);
    if (ended !== undefined) throw new Error(`burnline up ended: ${JSON.stringify(ended)}`);
  }
}

/** Takes what is left of the disk, to the last byte. */
async function fill(): Promise<() => Promise<void>> {
  const file = path.join(mount, 'filler');
  const handle = await open(file, 'a');
  for (const size of [MEBIBYTE, 4096, 1]) {
    try {
      for (;;) await handle.write(Buffer.alloc(size, 1));
    } catch {
      // Full for pieces of this size.
    }
  }
  await handle.close();
  return () => rm(file);
}

/** Publishes events of 4 kB and keeps the names of those that were taken. */
async function publish(intake: string, count: number, taken: Set<string>): Promise<number> {
  let refusedCount = 0;
  for (let index = 0; index < count; index += 1) {
    const name = `r-${randomUUID()}`;
    const event = {
      event_id: randomUUID(),
      request_id: name,
      service: 'chat',
      environment: 'test',
      provider: 'p',
      model_requested: 'm',
      status: 'ok',
      duration_ms: 5,
      attributes: Object.fromEntries(
        Array.from({ length: 15 }, (_, note) => [`note_${note}`, randomUUID().repeat(7)]),
      ),
    };
    const answer = await fetch(`${intake}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
    }).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.ok === true) taken.add(name);
    else refusedCount += 1;
  }
  return refusedCount;
}

async function stored(): Promise<Set<string>> {
  const sql = "SELECT DISTINCT request_id FROM inferences WHERE service = 'chat'";
  const result = await runCli(['query', sql, '--format', 'TSV', '--data-dir', dataDir]);
  if (result.exitCode !== 0) return new Set();
  return new Set(result.stdout.split('\n').filter((line) => line !== ''));
}

const missing = async (taken: ReadonlySet<string>): Promise<readonly string[]> => {
  const there = await stored();
  return [...taken].filter((name) => !there.has(name));
};

it(
  'up waits for space on a full disk, with its engine killed too, and has all it acknowledged',
  { timeout: 300_000 },
  async () => {
    if (!isMounted) return;
    const running = await up();
    try {
      const taken = new Set<string>();
      expect(await publish(running.intake, 50, taken)).toBe(0);
      await expect.poll(() => missing(taken), { timeout: 60_000 }).toEqual([]);

      const makeSpace = await fill();
      await publish(running.intake, 60, taken);
      await sleep(3000);
      // One that has died of the full disk by itself is waited for all the same.
      for (const name of await readdir(path.join(dataDir, 'clickhouse', 'run'))) {
        process.kill(Number.parseInt(name, 10), 'SIGKILL');
      }
      await publish(running.intake, 20, taken);
      // Long enough for every start of the engine that would have been counted against it.
      await sleep(15_000);
      expect(running.child.exitCode).toBeNull();

      await makeSpace();
      await expect.poll(() => publish(running.intake, 1, taken), { timeout: 60_000 }).toBe(0);
      await expect.poll(() => missing(taken), { timeout: 90_000, interval: 1000 }).toEqual([]);
      expect(running.child.exitCode).toBeNull();
      running.child.kill('SIGTERM');
      const { exitCode, stderr } = await running.ended;
      expect(exitCode, stderr).toBe(0);
      // The cause and its remedy were said.
      expect(stderr).toMatch(/full/);
      expect(stderr).toMatch(/Free space/);
    } finally {
      running.killAll();
    }
  },
);
