import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLogger } from '@burnline/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Pipeline } from './pipeline.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-start-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const logger = createLogger({ name: 'test', level: 'silent' });

function open(): Promise<Pipeline> {
  return Pipeline.open({ dataDirectory: root, plans: [], receivers: [], logger, sqlPort: 0 });
}

/** Engines are the only processes that this one starts. */
function processCount(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length;
}

describe('a start that fails', () => {
  it('leaves no engine, no lock and no half of a file behind, and tells what failed first', async () => {
    const before = processCount();
    // The database and the log are open by the time that this is noticed.
    await mkdir(path.join(root, 'running.json', 'in the way'), { recursive: true });
    await expect(open()).rejects.toThrow(/running\.json/);
    expect(processCount()).toBe(before);
    expect((await readdir(root)).sort()).toEqual(['clickhouse', 'log', 'running.json']);
    await rm(path.join(root, 'running.json'), { recursive: true });
    const pipeline = await open();
    await pipeline.close();
    expect(processCount()).toBe(before);
  });
});
