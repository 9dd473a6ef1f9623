import { addSilence } from '@burnline/alerter';
import { serveConsole, type Backtest, type ConsoleOptions, type ConsoleServer } from '@burnline/console';
import { orStop, systemClock } from '@burnline/runtime';
import { backtestInProcess } from '../backtest/console-backtest.ts';
import { openAnalystStore } from './analyst-store.ts';
import type { Pipeline } from './pipeline.ts';

type ConsoleAddress = Omit<ConsoleOptions, 'store' | 'logger' | 'silencing' | 'backtest'> & {
  /** Who may silence alerts from it; nobody may where it is absent. */
  readonly writeKeysFile?: string;
};

/**
 * Serves pages and API over a pipeline's database, as its read-only analyst; silences alone are written by the pipeline. Rejects with what
 * `serveConsole` rejects with.
 */
export async function startConsole(
  pipeline: Pipeline,
  { writeKeysFile, ...address }: ConsoleAddress,
): Promise<ConsoleServer> {
  const { options, logger, store: own } = pipeline;
  const store = openAnalystStore(pipeline);
  const silencing = writeKeysFile !== undefined && {
    keysFile: writeKeysFile,
    add: (request: Readonly<Record<string, unknown>>) => addSilence(own, request, systemClock.nowMs()),
  };
  const backtest: Backtest = (question, signal) => backtestInProcess(options.dataDirectory, question, signal);
  const server = await orStop(
    () => serveConsole({ store, logger, ...address, backtest, ...(silencing !== false && { silencing }) }),
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
