import {
  MIGRATIONS_DIRECTORY,
  MIGRATION_TIMEOUT_MS,
  migrate,
  openStore,
  readMigrations,
  type Store,
  type StoreOptions,
} from '@burnline/runtime';

export const DATABASE = 'burnline';

/** The database, made if need be and with its tables up to date, for a user who may write. */
export async function openMigrated(access: StoreOptions): Promise<Store> {
  const server = openStore({ ...access, database: 'default' });
  try {
    await server.command(`CREATE DATABASE IF NOT EXISTS ${access.database}`);
  } finally {
    await server.close();
  }
  const patient = openStore({ ...access, requestTimeoutMs: MIGRATION_TIMEOUT_MS });
  try {
    await migrate(patient, await readMigrations(MIGRATIONS_DIRECTORY));
  } finally {
    await patient.close();
  }
  return openStore(access);
}
