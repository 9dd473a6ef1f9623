import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { AppError, isAppError } from '@burnline/core';
import { openEmbeddedLog, orStop, stopAll, type EventLog, type Store } from '@burnline/runtime';
import { DATABASE, openMigrated } from '../pipeline/database.ts';
import { PIPELINE_USER } from '../pipeline/engine-supervisor.ts';
import { existingDatabase, startEngineInTurn } from './database-access.ts';

/** Log and database of a pipeline that does not run, for a command that changes both. */
export interface DataDirectory {
  readonly log: EventLog;
  readonly store: Store;
  close(): Promise<void>;
}

/**
 * Opens a data directory for writing. Throws CLI_PIPELINE_RUNS while a pipeline has it (it holds the log), CLI_NO_DATA and
 * CLI_DATA_IN_USE.
 */
export async function openForWriting(dataDirectory: string): Promise<DataDirectory> {
  await existingDatabase(dataDirectory);
  const log = await openLog(dataDirectory);
  const password = randomBytes(24).toString('base64url');
  const engine = await orStop(
    () => startEngineInTurn(dataDirectory, [{ name: PIPELINE_USER, password, role: 'pipeline' }]),
    () => log.close(),
  );
  const store = await orStop(
    () => openMigrated({ url: engine.url, user: PIPELINE_USER, password, database: DATABASE }),
    () => engine.stop(),
    () => log.close(),
  );
  const close = (): Promise<void> =>
    stopAll(
      () => store.close(),
      () => engine.stop(),
      () => log.close(),
    );
  return { log, store, close };
}

async function openLog(dataDirectory: string): Promise<EventLog> {
  try {
    return await openEmbeddedLog({ directory: path.join(dataDirectory, 'log') });
  } catch (error) {
    if (!isAppError(error) || error.code !== 'LOG_IN_USE') throw error;
    throw new AppError('CLI_PIPELINE_RUNS', `A pipeline runs on ${dataDirectory}: ${error.message}`, {
      remedy: 'Stop it (Ctrl+C, SIGTERM), do this, and start it again: it goes on where it was.',
      details: error.details,
      cause: error,
    });
  }
}
