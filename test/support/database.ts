import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEngine } from '@burnline/engine';
import { migrate, openStore, readMigrations, type Store } from '@burnline/runtime';

export interface TestDatabase {
  readonly store: Store;
  readonly url: string;
  close(): Promise<void>;
}

/** A real engine with the project's tables, in a folder that is removed at the end. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const database = await startEmptyDatabase();
  await migrate(database.store, await readMigrations(new URL('../../sql/', import.meta.url).pathname));
  return database;
}

/** The same without any table. */
export async function startEmptyDatabase(): Promise<TestDatabase> {
  const directory = await mkdtemp(path.join(tmpdir(), 'burnline-test-'));
  const engine = await startEngine({
    dataDirectory: path.join(directory, 'clickhouse'),
    port: 0,
    users: [{ name: 'burnline', password: 'test', role: 'pipeline' }],
  });
  const access = { url: engine.url, user: 'burnline', password: 'test' };
  const server = openStore({ ...access, database: 'default' });
  await server.command('CREATE DATABASE IF NOT EXISTS burnline');
  await server.close();
  const store = openStore({ ...access, database: 'burnline' });
  return {
    store,
    url: engine.url,
    async close() {
      await store.close();
      await engine.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
