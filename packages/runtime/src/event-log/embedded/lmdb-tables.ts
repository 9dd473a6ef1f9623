import { closeSync, fsyncSync, openSync, statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { TopicSpec } from '../event-log.ts';
import { isLogError, logError, type LogError, type LogErrorCode } from '../log-errors.ts';
import { loadLmdb, type Database, type RootDatabase } from './lmdb.ts';

export interface StoredTopic {
  readonly number: number;
  readonly spec: TopicSpec;
}

interface StoredPosition {
  readonly offset: number;
  readonly metadata: string;
}

export interface LmdbTables {
  readonly root: RootDatabase;
  /** By `MessageKey`; see message-codec.ts. */
  readonly messages: Database<Buffer, Buffer>;
  readonly topics: Database<StoredTopic, string>;
  /** First offset by topic number and partition, once something has expired: an emptied partition keeps its place. */
  readonly starts: Database<number, [number, number]>;
  /** By group, topic number and partition. */
  readonly positions: Database<StoredPosition, [string, number, number]>;
}

/**
 * Opens the database. Rejects with LOG_UNWRITABLE, LOG_DISK_FULL or LOG_CORRUPT.
 *
 * `overlappingSync: false` is the point: a transaction's promise resolves only after its pages were written and fdatasync
 * returned, and then its meta page was written through a descriptor opened with O_DSYNC. With overlapping sync, the
 * library's default, the promise resolves at the commit, a power loss may take it back, and readers see what is not yet
 * durable. What it buys, flushing outside the write lock, group commit gives us already.
 *
 * `eventTurnBatching: false`: every transaction is one call of `batch`, whose promise we hold. With the default, the library
 * makes a second promise that nobody holds, and a full disk ends the process with an unhandled rejection.
 *
 * The map is twice the bound: it costs address space alone, and a map that suffices is never replaced while it is read.
 */
export function openTables(directory: string, bytesMax: number): LmdbTables {
  try {
    const root: RootDatabase = loadLmdb().open({
      path: join(directory, 'log.mdb'),
      noSubdir: true,
      overlappingSync: false,
      eventTurnBatching: false,
      mapSize: 2 * bytesMax,
      maxDbs: 8,
    });
    const tables: LmdbTables = {
      root,
      messages: root.openDB('messages', { encoding: 'binary', keyEncoding: 'binary' }),
      topics: root.openDB('topics', { encoding: 'json' }),
      starts: root.openDB('starts', { encoding: 'json' }),
      positions: root.openDB('positions', { encoding: 'json' }),
    };
    // A new file is only safe once its directory entry is.
    const descriptor = openSync(directory, 'r');
    fsyncSync(descriptor);
    closeSync(descriptor);
    return tables;
  } catch (error) {
    throw storageError(error, `The log in ${directory} cannot be opened`);
  }
}

const { errno } = constants;
const CODES: ReadonlyMap<unknown, LogErrorCode> = new Map<unknown, LogErrorCode>([
  [errno.ENOSPC, 'LOG_DISK_FULL'],
  [errno.EDQUOT, 'LOG_DISK_FULL'],
  [errno.EFBIG, 'LOG_DISK_FULL'],
  // LMDB's own: MAP_FULL, then PAGE_NOTFOUND, CORRUPTED, VERSION_MISMATCH, INVALID.
  [-30792, 'LOG_DISK_FULL'],
  [-30797, 'LOG_CORRUPT'],
  [-30796, 'LOG_CORRUPT'],
  [-30794, 'LOG_CORRUPT'],
  [-30793, 'LOG_CORRUPT'],
  [errno.EACCES, 'LOG_UNWRITABLE'],
  [errno.EPERM, 'LOG_UNWRITABLE'],
  [errno.EROFS, 'LOG_UNWRITABLE'],
]);

/** Turns an error of LMDB or of the file system into the log's own; leaves the log's own as they are. */
export function storageError(cause: unknown, what: string): LogError {
  if (isLogError(cause)) return cause;
  const number = systemNumber(cause);
  const code = CODES.get(number) ?? 'LOG_WRITE_FAILED';
  const reason = cause instanceof Error ? cause.message : String(cause);
  return logError(code, `${what}: ${reason}.`, { ...ADVICE[code], details: { number }, cause });
}

/** LMDB gives the system's number as `code`, Node its negative as `errno`. */
function systemNumber(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  if ('errno' in error && typeof error.errno === 'number') return -error.errno;
  return 'code' in error ? error.code : undefined;
}

const HALT = {
  outcome: 'halt',
  remedy: 'Look at the system log for errors of the disk, then restart.',
} as const;
const ADVICE: Partial<Record<LogErrorCode, { outcome: 'retry' | 'halt'; remedy: string }>> = {
  LOG_DISK_FULL: {
    outcome: 'retry',
    remedy: 'Free space on the disk, or lower the retention of the topics.',
  },
  LOG_CORRUPT: {
    outcome: 'halt',
    remedy: 'Restore the directory from a copy, or move it away and start a new stream epoch.',
  },
  LOG_UNWRITABLE: { outcome: 'halt', remedy: 'Give the process write access to the directory.' },
  LOG_WRITE_FAILED: HALT,
};

/**
 * A full disk may take a part of a write, and LMDB reports that as an I/O error. With less room than this, two of the
 * largest transactions, such an error is taken for a full disk.
 */
const ROOM_BYTES_MIN = 32 * 1024 * 1024;

/** Room for a common transaction: messages of a moment and the pages above them. */
const WRITE_ROOM_BYTES_MIN = 2 * 1024 * 1024;

/**
 * Throws LOG_DISK_FULL before LMDB would meet the end of the disk itself: its binding may end the process over a write that
 * fails in the middle.
 */
export function requireRoom(directory: string): void {
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize < WRITE_ROOM_BYTES_MIN) throw fullError(undefined);
}

/** Why a commit failed: its rejection says only that it did, and the reason is a promise beside it. */
export async function commitError(error: unknown, directory: string): Promise<LogError> {
  const hasReason = error instanceof Error && 'commitError' in error;
  const reason: unknown = hasReason
    ? await Promise.resolve(error.commitError).catch((cause: unknown) => cause)
    : error;
  const failed = storageError(reason, 'The log cannot be written');
  if (failed.details['number'] !== errno.EIO) return failed;
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize < ROOM_BYTES_MIN ? fullError(reason) : failed;
}

function fullError(cause: unknown): LogError {
  const enough = Object.assign(new Error('the disk is full', { cause }), { code: errno.ENOSPC });
  return storageError(enough, 'The log cannot be written');
}
