import { CLICKHOUSE_VARIABLES, connectStore, runService } from '@burnline/runtime';
import { CONSOLE_COMPANIONS, CONSOLE_VARIABLES, optionsOf } from './console-variables.ts';
import { serveConsole } from './serve.ts';

/** The console as a process: `node dist/main.js`. docs/environment.md lists its variables. */
process.exitCode = await runService(
  {
    name: 'console',
    variables: { ...CLICKHOUSE_VARIABLES, ...CONSOLE_VARIABLES },
    companions: CONSOLE_COMPANIONS,
    start: async ({ config, logger, checks, closing }) => {
      const store = connectStore(config);
      closing.after.push(() => store.close());
      checks.set('database', async () => {
        await store.query('SELECT 1');
      });
      const server = await serveConsole({ store, logger, ...optionsOf(config) });
      closing.before.push(() => server.close());
      logger.info({ console: server.url }, 'serving pages and API');
    },
  },
  process.env,
);
