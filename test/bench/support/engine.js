import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEngine } from '@burnline/engine';
import { migrate, openStore, readMigrations } from '@burnline/runtime';

/** The real engine with the project's tables, in a folder that `close` removes. */
export async function startBenchEngine() {
  const directory = await mkdtemp(path.join(tmpdir(), 'burnline-bench-'));
  const users = [{ name: 'burnline', password: 'bench', role: 'pipeline' }];
  const engine = await startEngine({ dataDirectory: path.join(directory, 'clickhouse'), port: 0, users });
  const access = { url: engine.url, user: 'burnline', password: 'bench', database: 'default' };
  const store = openStore({ ...access, requestTimeoutMs: 300_000 });
  await migrate(store, await readMigrations(new URL('../../../sql/', import.meta.url).pathname));
  return {
    store,
    url: engine.url,
    pid: engine.pid,
    async close() {
      await store.close();
      await engine.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
