import { MIGRATIONS_DIRECTORY, migrate, openStore, readMigrations, type Store } from '@burnline/runtime';

export const DATABASE = 'burnline';

/** The database with its tables up to date, for a user who may write. */
export async function openMigrated(access: {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}): Promise<Store> {
  const server = openStore({ ...access, database: 'default' });
  await server.command(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
  await server.close();
  const store = openStore({ ...access, database: DATABASE });
  await migrate(store, await readMigrations(MIGRATIONS_DIRECTORY));
  return store;
}
