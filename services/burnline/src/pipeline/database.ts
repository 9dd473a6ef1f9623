import {
  MIGRATIONS_DIRECTORY,
  migrate,
  openStore,
  orStop,
  readMigrations,
  type Store,
} from '@burnline/runtime';

export const DATABASE = 'burnline';

/** The database with its tables up to date, for a user who may write. */
export async function openMigrated(access: {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}): Promise<Store> {
  const server = openStore({ ...access, database: 'default' });
  try {
    await server.command(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
  } finally {
    await server.close();
  }
  const store = openStore({ ...access, database: DATABASE });
  await orStop(
    async () => migrate(store, await readMigrations(MIGRATIONS_DIRECTORY)),
    () => store.close(),
  );
  return store;
}
