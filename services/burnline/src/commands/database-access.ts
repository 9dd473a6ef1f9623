import { access } from 'node:fs/promises';
import path from 'node:path';
import { startEngine } from '@burnline/engine';
import { AppError, isAppError } from '@burnline/core';
import { systemClock } from '@burnline/runtime';
import { ANALYST_USER } from '../pipeline/engine-supervisor.ts';
import { findConnection } from '../pipeline/connection-file.ts';

/** A database that can be read: that of a running pipeline, or one that is started for this command alone. */
export interface DatabaseAccess {
  readonly url: string;
  readonly user: string;
  readonly database: string;
  close(): Promise<void>;
}

const DATABASE = 'burnline';

/** Another `status` or `query` on a stopped pipeline's data takes a second or two; a pipeline that starts, some seconds. */
const TURN_WAIT_MS = 15_000;
const TURN_LOOK_MS = 200;

/** Waits for its turn. Throws CLI_DATA_IN_USE, naming who has the directory, and CLI_NO_DATA if nothing has been written to the directory yet. */
export async function openForReading(dataDirectory: string): Promise<DatabaseAccess> {
  const databaseDirectory = path.join(dataDirectory, 'clickhouse');
  try {
    await access(databaseDirectory);
  } catch {
    throw new AppError('CLI_NO_DATA', `${dataDirectory} holds no Burnline data`, {
      remedy: 'Start with `burnline up` or `burnline replay`, or name the right folder with --data-dir.',
    });
  }
  const shared = { user: ANALYST_USER, database: DATABASE };
  const deadlineMs = performance.now() + TURN_WAIT_MS;
  for (;;) {
    const running = await findConnection(dataDirectory);
    if (running !== null) return { ...shared, url: running.url, close: () => Promise.resolve() };
    try {
      const engine = await startEngine({
        dataDirectory: databaseDirectory,
        port: 0,
        users: [{ name: ANALYST_USER, password: '', role: 'analyst' }],
      });
      return { ...shared, url: engine.url, close: () => engine.stop() };
    } catch (error) {
      if (!isAppError(error) || error.code !== 'ENGINE_DIRECTORY_IN_USE') throw error;
      if (performance.now() > deadlineMs) throw inUse(dataDirectory, error);
      await systemClock.sleep(TURN_LOOK_MS);
    }
  }
}

function inUse(dataDirectory: string, error: AppError): AppError {
  const { pid } = error.details;
  return new AppError('CLI_DATA_IN_USE', `${dataDirectory} is read by another process, ${String(pid)}`, {
    remedy: `Try again when it is done, or end it: kill ${String(pid)}.`,
    details: error.details,
    cause: error,
  });
}
