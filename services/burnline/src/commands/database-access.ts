import { access } from 'node:fs/promises';
import path from 'node:path';
import { startEngine } from '@burnline/engine';
import { AppError } from '@burnline/core';
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

/** Throws CLI_NO_DATA if nothing has been written to the directory yet. */
export async function openForReading(dataDirectory: string): Promise<DatabaseAccess> {
  const running = await findConnection(dataDirectory);
  const shared = { user: ANALYST_USER, database: DATABASE };
  if (running !== null) return { ...shared, url: running.url, close: () => Promise.resolve() };
  const databaseDirectory = path.join(dataDirectory, 'clickhouse');
  try {
    await access(databaseDirectory);
  } catch {
    throw new AppError('CLI_NO_DATA', `${dataDirectory} holds no Burnline data`, {
      remedy: 'Start with `burnline up` or `burnline replay`, or name the right folder with --data-dir.',
    });
  }
  const engine = await startEngine({
    dataDirectory: databaseDirectory,
    port: 0,
    users: [{ name: ANALYST_USER, password: '', role: 'analyst' }],
  });
  return { ...shared, url: engine.url, close: () => engine.stop() };
}
