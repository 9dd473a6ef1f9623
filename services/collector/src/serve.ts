import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { AppError } from '@burnline/core';
import { createCollectorApp } from './app.ts';
import type { CollectorParts } from './collector-parts.ts';

export interface CollectorServer {
  readonly url: string;
  /** Stops taking requests and waits for those under way, a bounded time for those that do not come to an end. */
  close(): Promise<void>;
}

/** Headers are some hundred bytes: whoever needs longer has gone or means harm. */
const HEADERS_TIMEOUT_MS = 10_000;
/** Time for 8 MiB over a slow line. */
const REQUEST_TIMEOUT_MS = 60_000;
/** How often the two are looked after. */
const TIMEOUT_CHECK_MS = 5_000;
/** An append takes milliseconds; what is still not sent by then was not acknowledged, and its publisher sends it again. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Serves the intake. Rejects with COLLECTOR_PORT_IN_USE if the port is taken. */
export async function serveCollector(
  parts: CollectorParts,
  address: { readonly host: string; readonly port: number },
): Promise<CollectorServer> {
  const server = await listen(parts, address);
  const { port } = server.address() as AddressInfo;
  return { url: `http://${address.host}:${port}`, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      server.closeAllConnections();
    }, CLOSE_TIMEOUT_MS);
    server.close((error) => {
      clearTimeout(deadline);
      if (error === undefined) resolve();
      else reject(error);
    });
    server.closeIdleConnections();
  });
}

function listen(
  parts: CollectorParts,
  address: { readonly host: string; readonly port: number },
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const app = createCollectorApp(parts);
    const server = createAdaptorServer({
      fetch: app.fetch,
      serverOptions: {
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      },
    }) as Server;
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new AppError(
          error.code === 'EADDRINUSE' ? 'COLLECTOR_PORT_IN_USE' : 'COLLECTOR_CANNOT_LISTEN',
          `The intake cannot listen on ${address.host}:${address.port}: ${error.message}`,
          { remedy: 'Stop what uses the port, or choose another one: --intake-port PORT.', cause: error },
        ),
      );
    });
    server.listen(address.port, address.host, () => {
      resolve(server);
    });
  });
}
