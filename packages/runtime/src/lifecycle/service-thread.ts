import { MessageChannel, Worker, parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { createBatchDecoder, loadPackageSchemas } from '@burnline/contracts';
import { invariant } from '@burnline/core';
import { openStore, type StoreOptions } from '../clickhouse/store.ts';
import type { RunningStream, ServiceHost } from '../delivery/running-stream.ts';
import { openThreadLog } from '../event-log/across-threads/open-thread-log.ts';
import { fromSent, plainFacts, toSent, type SentError } from '../event-log/across-threads/protocol.ts';
import { serveLog } from '../event-log/across-threads/serve-log.ts';
import type { Logger } from '../observability/logger.ts';
import { Supervision } from './supervision.ts';

/** What a thread is told at its start. */
interface ThreadOrder {
  readonly stream: RunningStream;
  readonly database: StoreOptions;
  readonly unreadableShareMax: number | undefined;
  readonly log: MessagePort;
}

/** What a thread tells: lines for the process's log, and at its end what went wrong, if anything did. */
type ThreadMessage =
  | { readonly event: 'line'; readonly level: Level; readonly fields: object; readonly message: string }
  | { readonly event: 'failed'; readonly error: SentError };

type Level = 'debug' | 'info' | 'warn' | 'error';

/** The one thing that is said to a thread. */
const STOP = 'stop';

/** A thread that has not ended so long after it was told to is ended: it waits for nothing that it could still hear. */
const STOP_MS_MAX = 15_000;

/**
 * Runs a service of one stream in a thread of its own, beside what this one does: over the same log, which this thread
 * serves, and with a connection of its own to the database. Ends when the signal aborts and the thread has written what it
 * has; rejects with what made it fail. `entry` is a module that calls `serveThread`.
 */
export async function runInThread(
  host: Pick<ServiceHost, 'log' | 'logger' | 'unreadableShareMax'>,
  given: {
    readonly entry: string;
    readonly stream: RunningStream;
    readonly database: StoreOptions;
    /** STOP_MS_MAX if absent. */
    readonly stopMsMax?: number;
  },
  signal: AbortSignal,
): Promise<void> {
  const { port1: served, port2: log } = new MessageChannel();
  serveLog(host.log, served);
  const { stream, database, entry, stopMsMax = STOP_MS_MAX } = given;
  const order: ThreadOrder = { stream, database, unreadableShareMax: host.unreadableShareMax, log };
  const worker = new Worker(entry, { workerData: order, transferList: [log] });
  let deadline: NodeJS.Timeout | undefined;
  let isEnded = false;
  const stop = (): void => {
    worker.postMessage(STOP);
    deadline = setTimeout(() => {
      // What it had not written it had not committed: the next start does it again.
      host.logger.warn({ entry, waitedMs: stopMsMax }, 'a thread does not stop, ending it');
      isEnded = true;
      void worker.terminate();
    }, stopMsMax);
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (message: ThreadMessage) => {
        if (message.event === 'failed') reject(fromSent(message.error));
        else host.logger[message.level](message.fields, message.message);
      });
      worker.on('error', reject);
      worker.on('exit', (exitCode) => {
        if (signal.aborted && (exitCode === 0 || isEnded)) resolve();
        else reject(new Error(`A thread ended with ${exitCode} before it was asked to: ${entry}`));
      });
    });
  } finally {
    signal.removeEventListener('abort', stop);
    clearTimeout(deadline);
    served.close();
    await worker.terminate();
  }
}

/** In the thread: starts the service under a supervision of its own, and ends when it is told to or when the service fails. */
export async function serveThread(start: (host: ServiceHost, stream: RunningStream) => void): Promise<void> {
  const port = parentPort;
  invariant(port !== null, 'this module runs in a thread');
  const order = workerData as ThreadOrder;
  const logger = threadLogger(port);
  const supervision = new Supervision(logger);
  const log = openThreadLog(order.log);
  const store = openStore(order.database);
  const schemas = loadPackageSchemas();
  const decoder = createBatchDecoder(schemas);
  const { unreadableShareMax } = order;
  const limits = unreadableShareMax === undefined ? {} : { unreadableShareMax };
  const ended = new Promise<void>((resolve) => {
    port.once('message', resolve);
    supervision.signal.addEventListener('abort', () => {
      resolve();
    });
  });
  start({ log, store, schemas, decoder, supervision, logger, ...limits }, order.stream);
  await ended;
  try {
    await supervision.stop();
  } catch (error) {
    port.postMessage({ event: 'failed', error: toSent(error) } satisfies ThreadMessage);
  }
  await store.close();
  await log.close();
  // Nobody listens any more: the thread ends by itself.
  port.close();
}

/** Lines are the process's to write: it knows the level, and how. */
function threadLogger(port: MessagePort, common: object = {}): Logger {
  const tell =
    (level: Level) =>
    (fields: object, message: string): void => {
      const plain = plainFacts({ ...common, ...fields });
      port.postMessage({ event: 'line', level, fields: plain, message } satisfies ThreadMessage);
    };
  return {
    debug: tell('debug'),
    info: tell('info'),
    warn: tell('warn'),
    error: tell('error'),
    child: (fields) => threadLogger(port, { ...common, ...fields }),
  };
}
