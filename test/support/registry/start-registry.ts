import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGuard } from '../kafka/guard.ts';
import { freePort } from '../kafka/ports.ts';
import { lastLines, runCommand } from '../kafka/run-command.ts';
import { registryArchive } from './archive.ts';
import { findRegistryJava } from './java.ts';

export interface RunningRegistry {
  /** Where it serves Confluent's protocol. */
  readonly url: string;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** 6 s on a quiet machine. */
const READY_DEADLINE_MS = 120_000;
const STOP_DEADLINE_MS = 10_000;

/** What a registry needs before it can be started here; rejects with the cause and the remedy. */
export async function registryProgram(
  onProgress: (message: string) => void,
): Promise<{ readonly java: string; readonly archive: string }> {
  return { java: await findRegistryJava(), archive: await registryArchive(onProgress) };
}

/** Starts a real schema registry (Apicurio, in memory) on 127.0.0.1; returns when it answers. */
export async function startRegistry(program: {
  readonly java: string;
  readonly archive: string;
}): Promise<RunningRegistry> {
  const directory = await mkdtemp(path.join(tmpdir(), 'burnline-registry-'));
  const guard = startGuard(directory, true);
  const unpacked = await runCommand('tar', ['-xzf', program.archive, '-C', directory]);
  if (unpacked.exitCode !== 0) throw new Error(`tar failed: ${lastLines(unpacked.output)}`);
  const port = await freePort();
  const managementPort = await freePort();
  const logFile = path.join(directory, 'registry.log');
  const log = openSync(logFile, 'a');
  const child = spawn(
    program.java,
    ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-jar', 'quarkus-run.jar'],
    {
      cwd: directory,
      detached: true,
      stdio: ['ignore', log, log],
      // The management port would listen on all addresses.
      env: {
        ...process.env,
        QUARKUS_HTTP_HOST: '127.0.0.1',
        QUARKUS_HTTP_PORT: String(port),
        QUARKUS_MANAGEMENT_HOST: '127.0.0.1',
        QUARKUS_MANAGEMENT_PORT: String(managementPort),
      },
    },
  );
  closeSync(log);
  if (child.pid !== undefined) guard.watch(child.pid);
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await ended;
    clearTimeout(timer);
    guard.close();
    await rm(directory, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  const deadline = performance.now() + READY_DEADLINE_MS;
  while (!(await answers(url))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      const lines = lastLines(await readFile(logFile, 'utf8'));
      await stop();
      throw new Error(`The schema registry did not start. Its last lines:\n${lines}`);
    }
    await sleep(100);
  }
  return { url, stop };
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/subjects`).then(
    (response) => response.ok,
    () => false,
  );
}
