import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { AppError } from '@burnline/core';
import { Hono } from 'hono';

/** Rejects with the reason while the part is not ready. */
export type ReadyCheck = () => Promise<void>;

export interface OperationsOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What must work before the service can: by the name that `/ready` shows. May grow until the service has started. */
  readonly checks: ReadonlyMap<string, ReadyCheck>;
  /** The answer of `/metrics`, in Prometheus' text format. */
  readonly metrics: () => Promise<string>;
}

export interface OperationsServer {
  readonly url: string;
  close(): Promise<void>;
}

/** A probe gives up after some seconds; what has not answered by then is not ready. */
const CHECK_TIMEOUT_MS = 2_000;

/**
 * Serves `/live` (the process answers), `/ready` (its checks pass; 503 with the reasons while one does not) and `/metrics`.
 * Rejects with OPERATIONS_CANNOT_LISTEN.
 */
export async function serveOperations(options: OperationsOptions): Promise<OperationsServer> {
  const app = new Hono();
  app.get('/live', (context) => context.text('ok'));
  app.get('/ready', async (context) => {
    const states = await Promise.all([...options.checks].map(([name, check]) => stateOf(name, check)));
    const isReady = states.length > 0 && states.every(([, state]) => state === 'ok');
    return context.json({ ready: isReady, checks: Object.fromEntries(states) }, isReady ? 200 : 503);
  });
  app.get('/metrics', async (context) =>
    context.text(await options.metrics(), 200, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    }),
  );
  const server = await listen(app, options);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        // Whoever probes or scrapes asks again.
        server.closeAllConnections();
      }),
  };
}

async function stateOf(name: string, check: ReadyCheck): Promise<readonly [string, string]> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`));
    }, CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([check(), timeout]);
    return [name, 'ok'];
  } catch (error) {
    return [name, error instanceof Error ? error.message : String(error)];
  } finally {
    clearTimeout(timer);
  }
}

function listen(app: Hono, { host, port }: OperationsOptions): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createAdaptorServer({ fetch: app.fetch }) as Server;
    server.once('error', (error) => {
      reject(
        new AppError('OPERATIONS_CANNOT_LISTEN', `Cannot listen on ${host}:${port}: ${error.message}`, {
          remedy:
            'Stop what uses the port, or choose another one: BURNLINE_HTTP_PORT (0 takes any free one).',
          cause: error,
        }),
      );
    });
    server.listen(port, host, () => {
      resolve(server);
    });
  });
}
