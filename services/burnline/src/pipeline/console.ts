import { serveConsole, type ConsoleOptions, type ConsoleServer } from '@burnline/console';
import { orStop } from '@burnline/runtime';
import { openAnalystStore } from './analyst-store.ts';
import type { Pipeline } from './pipeline.ts';

/** Serves pages and API over a pipeline's database, as its read-only analyst. Rejects with what `serveConsole` rejects with. */
export async function startConsole(
  pipeline: Pipeline,
  address: Omit<ConsoleOptions, 'store' | 'logger'>,
): Promise<ConsoleServer> {
  const store = openAnalystStore(pipeline);
  const server = await orStop(
    () => serveConsole({ store, logger: pipeline.logger, ...address }),
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
