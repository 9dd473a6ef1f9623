import { serveConsole, type ConsoleOptions, type ConsoleServer } from '@burnline/console';
import { openStore, orStop } from '@burnline/runtime';
import { DATABASE } from './database.ts';
import { ANALYST_USER } from './engine-supervisor.ts';
import type { Pipeline } from './pipeline.ts';

/** Serves pages and API over a pipeline's database, as its read-only analyst. Rejects with what `serveConsole` rejects with. */
export async function startConsole(
  { engine, options, logger }: Pipeline,
  address: Omit<ConsoleOptions, 'store' | 'logger'>,
): Promise<ConsoleServer> {
  const password = options.sqlAccess?.analystPassword ?? '';
  const store = openStore({ url: engine.url, user: ANALYST_USER, password, database: DATABASE });
  const server = await orStop(
    () => serveConsole({ store, logger, ...address }),
    () => store.close(),
  );
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await store.close();
    },
  };
}
