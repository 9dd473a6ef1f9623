import { AppError } from '@burnline/core';
import { expect, it } from 'vitest';
import { createLogger, type Logger } from '../observability/logger.ts';
import { retrying, tellRetries, type RetryContext } from './retry.ts';

const failing = (code: string) => new AppError(code, 'it failed', { outcome: 'retry' });

const POLICY = { attemptsMax: 3, delayMsFirst: 1, delayMsMax: 1 };
const context = (): RetryContext => ({
  clock: { nowMs: () => 0, monotonicMs: () => 0, sleep: () => Promise.resolve() },
});
/** Fails with these codes, one after the other, then succeeds. */
const failingWith = (
  codes: readonly string[],
): { readonly work: () => Promise<string>; callCount: number } => {
  const state = {
    callCount: 0,
    work: (): Promise<string> => {
      const code = codes[state.callCount];
      state.callCount += 1;
      return code === undefined
        ? Promise.resolve('done')
        : Promise.reject(new AppError(code, code, { outcome: 'retry' }));
    },
  };
  return state;
};

it('gives up after as many attempts as the policy has', async () => {
  const failing = failingWith(Array.from({ length: 9 }, () => 'STORE_BUSY'));
  await expect(retrying(failing.work, POLICY, context())).rejects.toMatchObject({ code: 'STORE_BUSY' });
  expect(failing.callCount).toBe(3);
});

it.each(['STORE_DISK_FULL', 'LOG_DISK_FULL'])(
  'waits for space as long as it takes (%s), without using up attempts',
  async (code) => {
    const full = Array.from({ length: 50 }, () => code);
    const failing = failingWith(['STORE_BUSY', ...full, 'STORE_BUSY']);
    expect(await retrying(failing.work, POLICY, context())).toBe('done');
    expect(failing.callCount).toBe(53);
  },
);

it('stops waiting for space when it is told to', async () => {
  const stopping = new AbortController();
  const failing = failingWith(Array.from({ length: 50 }, () => 'STORE_DISK_FULL'));
  const onRetry = (): void => {
    if (failing.callCount === 5) stopping.abort();
  };
  const waiting = retrying(failing.work, POLICY, { ...context(), signal: stopping.signal, onRetry });
  await expect(waiting).rejects.toMatchObject({ code: 'STORE_DISK_FULL' });
  expect(failing.callCount).toBe(6);
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
