import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serveConsole } from '@burnline/console';
import { startEngine } from '@burnline/engine';
import { createLogger, openStore, type Store } from '@burnline/runtime';
import { runCli } from '../support/burnline-cli.ts';
import { Asking } from './asking.ts';

/** A console over events that the command replayed, as the read-only analyst. */
export interface ReplayedConsole {
  readonly ask: Asking;
  readonly store: Store;
  close(): Promise<void>;
}

/** Replays events by spec documents into a folder that is removed at the end, and serves a console over it. */
export async function replayedConsole(events: readonly object[], specText: string): Promise<ReplayedConsole> {
  const root = await mkdtemp(path.join(tmpdir(), 'burnline-console-'));
  const [file, specs, dataDir] = ['events.ndjson', 'slos.yaml', 'data'].map((name) => path.join(root, name));
  await writeFile(file!, events.map((event) => JSON.stringify(event)).join('\n'));
  await writeFile(specs!, specText);
  const replayed = await runCli(['replay', file!, '--specs', specs!, '--data-dir', dataDir!]);
  if (replayed.exitCode !== 0) throw new Error(replayed.stderr);
  const engine = await startEngine({
    dataDirectory: path.join(dataDir!, 'clickhouse'),
    port: 0,
    users: [{ name: 'analyst', password: '', role: 'analyst' }],
  });
  const store = openStore({ url: engine.url, user: 'analyst', password: '', database: 'burnline' });
  const logger = createLogger({ name: 'console', level: 'warn' });
  const server = await serveConsole({ store, logger, host: '127.0.0.1', port: 0 });
  return {
    ask: await Asking.open(server.url),
    store,
    async close() {
      await server.close();
      await store.close();
      await engine.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}
