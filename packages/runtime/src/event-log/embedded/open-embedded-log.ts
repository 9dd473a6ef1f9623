import { invariant } from '@burnline/core';
import { InProcessLog, type InProcessEventLog } from '../in-process/in-process-log.ts';
import type { StartTimer } from '../in-process/log-storage.ts';
import { openLmdbStorage } from './lmdb-storage.ts';

export interface EmbeddedLogOptions {
  /** Made if it is not there; a local disk. Owned by this process until the log is closed or the process ends. */
  readonly directory: string;
  /** The append clock in epoch milliseconds. */
  readonly nowMs?: () => number;
  /**
   * What the messages may take of the disk, page rounding included; beyond it appends reject with LOG_DISK_FULL until
   * retention has made room. The file never shrinks, and free pages of unfit sizes can leave it somewhat larger.
   */
  readonly bytesMax?: number;
  /** What may wait in memory to be written; beyond it appends reject with LOG_BUSY. */
  readonly pendingBytesMax?: number;
  /** How often retention is applied in the background; null: only when `expire` is called. */
  readonly expiryIntervalMs?: number | null;
  /** Retention in the background failed, for example because the disk is full. It is tried again at the next interval. */
  readonly onExpiryError?: (error: unknown) => void;
}

/** A day at 0.75 MB a second; a stated end that is reached before most disks are full. */
const BYTES_MAX = 64 * 1024 ** 3;
/** About a second of the fastest input that was measured. */
const PENDING_BYTES_MAX = 128 * 1024 ** 2;
/** Partitions overshoot their size bound by what arrives in it: 150 MB at 30 MB a second. */
const EXPIRY_INTERVAL_MS = 5_000;

/**
 * The event log in a directory of this machine: one process, any number of topics and groups.
 *
 * An append is on the disk when it resolves, safe against kill -9 and power loss; appends that arrive during a flush share
 * the next one. Rejects with LOG_IN_USE (naming the owner's pid), LOG_UNWRITABLE, LOG_DISK_FULL or LOG_CORRUPT.
 */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<InProcessEventLog> {
  const bytesMax = options.bytesMax ?? BYTES_MAX;
  invariant(Number.isSafeInteger(bytesMax) && bytesMax > 0, 'bytesMax is a positive whole number');
  const storage = await openLmdbStorage({
    directory: options.directory,
    bytesMax,
    pendingBytesMax: options.pendingBytesMax ?? PENDING_BYTES_MAX,
    nowMs: options.nowMs ?? Date.now,
    expiryIntervalMs: options.expiryIntervalMs === undefined ? EXPIRY_INTERVAL_MS : options.expiryIntervalMs,
    onExpiryError: options.onExpiryError ?? (() => undefined),
  });
  return new InProcessLog({ storage, startTimer });
}

const startTimer: StartTimer = (waitMs, done) => {
  const timer = setTimeout(done, waitMs);
  return () => {
    clearTimeout(timer);
  };
};
