import { mkdir, open, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { logError } from '../log-errors.ts';
import { storageError } from './lmdb-tables.ts';

/** More than LMDB writes when it makes a database: its lock file and its first pages. */
const PROBE_BYTES = 64 * 1024;
/** LMDB's mark in the first page of a database. */
const MAGIC = 0xbeef_c0de;
const MAGIC_POSITION = 24;

/** Makes the directory if it is not there. Rejects with LOG_UNWRITABLE. */
export async function makeDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true }).catch((cause: unknown) => {
    throw logError('LOG_UNWRITABLE', `The log's directory ${directory} cannot be made: ${String(cause)}.`, {
      remedy: 'Name a directory that the process may create and write.',
      details: { directory },
      cause,
    });
  });
}

/**
 * Finds what would keep LMDB from opening its files, because the binding does not report it: a failure to open ends the
 * process with a segmentation fault. Rejects with LOG_UNWRITABLE, LOG_FULL or LOG_CORRUPT.
 */
export async function checkDirectory(directory: string): Promise<void> {
  try {
    const probe = join(directory, 'probe');
    await writeFile(probe, Buffer.alloc(PROBE_BYTES), { flush: true });
    await unlink(probe);
    await withFile(join(directory, 'log.mdb-lock'), () => Promise.resolve());
    await withFile(join(directory, 'log.mdb'), async (file) => {
      const { size } = await file.stat();
      // A process that was killed between making the file and writing it leaves it empty; LMDB begins anew.
      if (size === 0) return;
      const magic = Buffer.alloc(4);
      await file.read(magic, 0, magic.length, MAGIC_POSITION);
      if (magic.readUInt32LE() === MAGIC) return;
      throw logError('LOG_CORRUPT', `${join(directory, 'log.mdb')} is not a log's file.`, {
        remedy: 'Restore the directory from a copy, or move it away and start a new stream epoch.',
        details: { directory },
      });
    });
  } catch (error) {
    throw storageError(error, `The log's directory ${directory} cannot be used`);
  }
}

async function withFile(
  path: string,
  use: (file: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const file = await open(path, 'r+').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return;
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
