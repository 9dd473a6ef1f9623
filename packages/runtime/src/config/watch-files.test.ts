import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLogger } from '../observability/logger.ts';
import { watchFiles } from './watch-files.ts';

const SOON = { timeout: 20_000, interval: 50 };

let file: string;
beforeEach(async () => {
  file = path.join(await mkdtemp(path.join(tmpdir(), 'burnline-watched-')), 'file');
  await writeFile(file, 'right');
});
afterEach(() => rm(path.dirname(file), { recursive: true }));

describe('a file that can no longer be read', () => {
  it.each([
    ['every look', true],
    ['on change', false],
  ] as const)(
    'is tried again %s, and leaves what was there',
    async (retry, isTriedAgain) => {
      let [reads, isWrong] = [0, false];
      const watched = await watchFiles([file], {
        logger: createLogger({ name: 'test', level: 'silent' }),
        texts: { changed: '', kept: '' },
        retry,
        read: () => {
          reads += 1;
          return isWrong ? Promise.reject(new Error('wrong')) : Promise.resolve(reads);
        },
      });
      onTestFinished(() => {
        watched.close();
      });
      isWrong = true;
      await writeFile(file, 'wrong');
      await vi.waitFor(() => expect(reads).toBe(2), SOON);
      if (isTriedAgain) await vi.waitFor(() => expect(reads).toBeGreaterThan(2), SOON);
      else {
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        expect(reads).toBe(2);
      }
      expect(watched.value).toBe(1);
      isWrong = false;
      await writeFile(file, 'right again');
      await vi.waitFor(() => expect(watched.value).toBe(reads), SOON);
    },
    60_000,
  );
});
