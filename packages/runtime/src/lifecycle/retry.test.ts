import { AppError } from '@burnline/core';
import { expect, it } from 'vitest';
import { createLogger, type Logger } from '../observability/logger.ts';
import { systemClock } from './clock.ts';
import { STORE_RETRY, retrying, tellRetries } from './retry.ts';

const clock = { ...systemClock, sleep: () => Promise.resolve() };
const failing = (code: string) => new AppError(code, 'it failed', { outcome: 'retry' });

it('gives up on a database that is away, and never on one whose disk is full', async () => {
  let attempts = 0;
  const work = (code: string, successAt: number) => () => {
    attempts += 1;
    return attempts < successAt ? Promise.reject(failing(code)) : Promise.resolve(attempts);
  };
  await expect(retrying(work('STORE_UNREACHABLE', 1_000), STORE_RETRY, { clock })).rejects.toMatchObject({
    code: 'STORE_UNREACHABLE',
  });
  expect(attempts).toBe(STORE_RETRY.attemptsMax);
  attempts = 0;
  expect(await retrying(work('STORE_DISK_FULL', 1_000), STORE_RETRY, { clock })).toBe(1_000);
});

it('ends waiting for space when it is to stop', async () => {
  const controller = new AbortController();
  const work = (): Promise<never> => {
    controller.abort();
    return Promise.reject(failing('STORE_DISK_FULL'));
  };
  const context = { clock, signal: controller.signal };
  await expect(retrying(work, STORE_RETRY, context)).rejects.toMatchObject({ code: 'STORE_DISK_FULL' });
});

it('tells of a full disk at once, of anything else once it lasts, and both ever more seldom', () => {
  const lines: unknown[] = [];
  const logger: Logger = {
    ...createLogger({ name: 'test', level: 'silent' }),
    error: (fields) => {
      lines.push(fields);
    },
  };
  const tell = tellRetries(logger, 'decider');
  for (let attempt = 1; attempt <= 40; attempt += 1) tell(failing('STORE_BUSY'), attempt, 1);
  expect(lines).toMatchObject(
    [8, 16, 32].map((attempt) => ({ loop: 'decider', code: 'STORE_BUSY', attempt })),
  );
  lines.length = 0;
  for (let attempt = 1; attempt <= 40; attempt += 1) tell(failing('STORE_DISK_FULL'), attempt, 1);
  expect(lines).toMatchObject([1, 2, 4, 8, 16, 32].map((attempt) => ({ attempt })));
});
