import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * Writes a request's rows to a file of the data directory, runs `work` with its path and removes it, whatever happens.
 *
 * The engine reads rows in any format from a file, binary ones included, and reports exactly how many it read. The file is not
 * synced: nothing is acknowledged before the engine has its own copy.
 */
export async function withIncomingFile<T>(
  directory: string,
  rows: AsyncIterable<Buffer>,
  work: (path: string) => Promise<T>,
): Promise<T> {
  return withTemporaryPath(directory, async (path) => {
    await pipeline(rows, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    return work(path);
  });
}

/** Runs `work` with the path of a file that does not exist yet, and removes what it left there. */
export async function withTemporaryPath<T>(
  directory: string,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(directory, randomUUID());
  try {
    return await work(path);
  } finally {
    await rm(path, { force: true });
  }
}
