import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEngine } from '@burnline/engine';
import { isAppError } from '@burnline/core';
import { orStop, stopAll, type Store } from '@burnline/runtime';
import { DATABASE, openMigrated } from '../pipeline/database.ts';
import { PIPELINE_USER } from '../pipeline/engine-supervisor.ts';

/** A database of one command's own, gone with it. */
export interface ScratchDatabase {
  readonly store: Store;
  /** Ends the engine and removes its folder. */
  close(): Promise<void>;
}

const PREFIX = 'burnline-backtest-';

/**
 * Starts an engine in a folder of its own, with the tables of the pipeline: what is judged there is judged by the same
 * statements, and no table that live judgement reads can be touched. Folders that killed commands left are removed first.
 */
export async function openScratchDatabase(parent: string = tmpdir()): Promise<ScratchDatabase> {
  await removeLeftovers(parent);
  const directory = await mkdtemp(path.join(parent, `${PREFIX}${process.pid}-`));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  const password = randomBytes(24).toString('base64url');
  const engine = await orStop(
    () =>
      startEngine({
        dataDirectory: path.join(directory, 'clickhouse'),
        port: 0,
        users: [{ name: PIPELINE_USER, password, role: 'pipeline' }],
      }),
    remove,
  );
  const access = { url: engine.url, user: PIPELINE_USER, password, database: DATABASE };
  const store = await orStop(
    () => openMigrated(access),
    () => engine.stop(),
    remove,
  );
  return {
    store,
    close: () =>
      stopAll(
        () => store.close(),
        () => engine.stop(),
        remove,
      ),
  };
}

/** A folder is left over once the process that its name tells is gone. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1] ?? NaN);
    if (Number.isNaN(pid) || isRunning(pid)) continue;
    await removeLeftover(path.join(parent, name));
  }
}

/** Another user's is not ours to remove, and no reason to do nothing. */
async function removeLeftover(directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true });
  } catch (error) {
    if (!isErrno(error, 'EACCES') && !isErrno(error, 'EPERM')) throw error;
  }
}

/** A process of another user may not be signalled, and runs. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isErrno(error, 'ESRCH');
  }
}

const isErrno = (error: unknown, code: string): boolean =>
  error instanceof Error && !isAppError(error) && (error as NodeJS.ErrnoException).code === code;
