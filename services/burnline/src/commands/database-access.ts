import { access } from 'node:fs/promises';
import path from 'node:path';
import { startEngine, type Engine } from '@burnline/engine';
import { AppError, isAppError } from '@burnline/core';
import { systemClock } from '@burnline/runtime';
import { DATABASE } from '../pipeline/database.ts';
import { ANALYST_USER } from '../pipeline/engine-supervisor.ts';
import { findConnection } from '../pipeline/connection-file.ts';
import { readAnalystPassword } from '../pipeline/sql-access.ts';

/** A database that can be read: that of a running pipeline, or one that is started for this command alone. */
export interface DatabaseAccess {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  close(): Promise<void>;
}

/** Another `status` or `query` on a stopped pipeline's data takes a second or two; a pipeline that starts, some seconds. */
const TURN_WAIT_MS = 15_000;
const TURN_LOOK_MS = 200;

/** Waits for its turn. Throws CLI_DATA_IN_USE, naming who has the directory, and CLI_NO_DATA if nothing has been written to the directory yet. */
export async function openForReading(dataDirectory: string): Promise<DatabaseAccess> {
  const databaseDirectory = await existingDatabase(dataDirectory);
  const password = readAnalystPassword(process.env);
  const shared = { user: ANALYST_USER, password, database: DATABASE };
  const deadlineMs = performance.now() + TURN_WAIT_MS;
  for (;;) {
    const running = await findConnection(dataDirectory);
    if (running !== null) return { ...shared, url: running.url, close: () => Promise.resolve() };
    const users: EngineUsers = [{ name: ANALYST_USER, password, role: 'analyst' }];
    const engine = await startIfFree(dataDirectory, { databaseDirectory, users, deadlineMs });
    if (engine !== null) return { ...shared, url: engine.url, close: () => engine.stop() };
  }
}

type EngineUsers = Parameters<typeof startEngine>[0]['users'];

/** Starts the engine, waiting its turn until the deadline. Throws what `openForReading` throws. */
export async function startEngineInTurn(dataDirectory: string, users: EngineUsers): Promise<Engine> {
  const databaseDirectory = await existingDatabase(dataDirectory);
  const deadlineMs = performance.now() + TURN_WAIT_MS;
  for (;;) {
    const engine = await startIfFree(dataDirectory, { databaseDirectory, users, deadlineMs });
    if (engine !== null) return engine;
  }
}

export async function existingDatabase(dataDirectory: string): Promise<string> {
  const databaseDirectory = path.join(dataDirectory, 'clickhouse');
  try {
    await access(databaseDirectory);
    return databaseDirectory;
  } catch {
    throw new AppError('CLI_NO_DATA', `${dataDirectory} holds no Burnline data`, {
      remedy: 'Start with `burnline up` or `burnline replay`, or name the right folder with --data-dir.',
    });
  }
}

/** Null after a pause if another process has the directory. */
async function startIfFree(
  dataDirectory: string,
  given: { readonly databaseDirectory: string; readonly users: EngineUsers; readonly deadlineMs: number },
): Promise<Engine | null> {
  try {
    return await startEngine({ dataDirectory: given.databaseDirectory, port: 0, users: given.users });
  } catch (error) {
    if (!isAppError(error) || error.code !== 'ENGINE_DIRECTORY_IN_USE') throw error;
    if (performance.now() > given.deadlineMs) throw inUse(dataDirectory, error);
    await systemClock.sleep(TURN_LOOK_MS);
    return null;
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
