import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AppError } from '@burnline/core';
import { createLogger } from '@burnline/runtime';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EngineSupervisor } from './engine-supervisor.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'burnline-supervisor-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const settings = () => ({ dataDirectory: directory, port: 0, pipelinePassword: 'secret' });
const logger = createLogger({ name: 'test', level: 'silent' });

/** Engines on the directory, running or starting: each has a folder of its own there until it ends. */
const startedEngines = () => readdir(path.join(directory, 'run')).catch(() => []);

it('stops an engine that is being started again, too', async () => {
  const failures: unknown[] = [];
  const parts = { logger, onFailure: (error: unknown) => failures.push(error) };
  const supervisor = await EngineSupervisor.start(settings(), parts);
  const { pid } = supervisor;
  const [firstRun] = await startedEngines();
  process.kill(pid, 'SIGKILL');
  // The second engine's process runs, and does not serve yet.
  await vi.waitFor(async () => expect((await startedEngines()).some((run) => run !== firstRun)).toBe(true), {
    timeout: 15_000,
    interval: 5,
  });
  expect(supervisor.pid).toBe(pid);
  await supervisor.stop();
  await expect(fetch(`${supervisor.url}/ping`)).rejects.toThrow();
  expect(failures).toEqual([]);
  // Nobody holds the directory: the next one starts at once.
  const next = await EngineSupervisor.start(settings(), parts);
  await next.stop();
  await next.stop();
});

it('gives up on an engine that dies again and again, and hands on its last words', async () => {
  const failed = new EventTarget();
  let failure: AppError | undefined;
  const onFailure = (error: unknown): void => {
    failure = error as AppError;
    failed.dispatchEvent(new Event('failure'));
  };
  // Makes Node write to the engine's standard error.
  vi.stubEnv('NODE_DEBUG', 'net');
  const supervisor = await EngineSupervisor.start(settings(), { logger, onFailure, restartsMax: 0 });
  vi.unstubAllEnvs();
  const failing = once(failed, 'failure');
  process.kill(supervisor.pid, 'SIGKILL');
  await failing;
  expect(failure).toMatchObject({ code: 'PIPELINE_ENGINE_DIES', details: { signal: 'SIGKILL' } });
  expect(failure?.message).toMatch(/SIGKILL; its last words:\nNET/);
  await supervisor.stop();
});
