import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { ReplaySource } from '../replay-source.ts';
import type { ReplayRecord } from '../replay-record.ts';

/** Writes test files into a directory of its own, removed after each test. Returns the file's path. */
export function replayFiles(): (name: string, content: string | Uint8Array) => Promise<string> {
  const directories: string[] = [];
  afterEach(async () => {
    await Promise.all(directories.splice(0).map((path) => rm(path, { recursive: true, force: true })));
  });
  return async (name, content) => {
    const directory = await mkdtemp(join(tmpdir(), 'burnline-replay-'));
    directories.push(directory);
    const file = join(directory, name);
    await writeFile(file, content);
    return file;
  };
}

export async function allRecords(source: ReplaySource): Promise<ReplayRecord[]> {
  const records: ReplayRecord[] = [];
  for await (const batch of source.records()) records.push(...batch);
  return records;
}
