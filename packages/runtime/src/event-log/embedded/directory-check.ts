import { chmod, mkdir, open, unlink, writeFile, type FileHandle } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { logError } from '../log-errors.ts';
import { storageError } from './lmdb-tables.ts';

/** More than LMDB writes when it makes a database: its lock file and its first pages. */
const PROBE_BYTES = 64 * 1024;
/** LMDB's mark in the first page of a database. */
const MAGIC = 0xbeef_c0de;
const MAGIC_POSITION = 24;
/** Messages are read by the pipeline alone. LMDB goes by the umask, so the files are there before it opens them. */
const OWNER_ONLY = 0o600;

/** Makes the directory if it is not there, and makes it the owner's alone. Rejects with LOG_UNWRITABLE. */
export async function makeDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw logError('LOG_UNWRITABLE', `The log's directory ${directory} cannot be made: ${String(cause)}.`, {
      remedy: 'Name a directory that the process may create and write.',
      details: { directory },
      cause,
    });
  });
  // Another user's directory that we may write keeps its rights; the files in it are ours.
  await chmod(directory, 0o700).catch(() => undefined);
}

/**
 * Finds what would keep LMDB from opening its files, because the binding does not report it: a failure to open ends the
 * process with a segmentation fault. Rejects with LOG_UNWRITABLE, LOG_DISK_FULL or LOG_CORRUPT.
 */
export async function checkDirectory(directory: string): Promise<void> {
  try {
    const probe = join(directory, 'probe');
    await writeFile(probe, Buffer.alloc(PROBE_BYTES), { flush: true });
    await unlink(probe);
    await withFile(join(directory, 'log.mdb-lock'), closeToOthers);
    await withFile(join(directory, 'log.mdb'), async (file) => {
      await closeToOthers(file);
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

/** Files of earlier versions were open; a file system without rights has nothing to close. */
async function closeToOthers(file: FileHandle): Promise<void> {
  await file.chmod(OWNER_ONLY).catch(() => undefined);
}

/** Makes the file if it is not there. */
async function withFile(path: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, OWNER_ONLY);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
