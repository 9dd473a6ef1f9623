import type { AddressInfo } from 'node:net';
import { serve, type ServerType } from '@hono/node-server';
import { AppError } from '@burnline/core';
import { createCollectorApp, type CollectorParts } from './app.ts';

export interface CollectorServer {
  readonly url: string;
  /** Stops taking requests and waits for those under way. */
  close(): Promise<void>;
}

/** Serves the intake. Rejects with COLLECTOR_PORT_IN_USE if the port is taken. */
export async function serveCollector(
  parts: CollectorParts,
  address: { readonly host: string; readonly port: number },
): Promise<CollectorServer> {
  const server = await listen(parts, address);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${address.host}:${port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => {
          if (error === undefined) resolve();
          else reject(error);
        });
      }),
  };
}

function listen(
  parts: CollectorParts,
  address: { readonly host: string; readonly port: number },
): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const app = createCollectorApp(parts);
    const server = serve({ fetch: app.fetch, hostname: address.host, port: address.port }, () => {
      resolve(server);
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new AppError(
          error.code === 'EADDRINUSE' ? 'COLLECTOR_PORT_IN_USE' : 'COLLECTOR_CANNOT_LISTEN',
          `The intake cannot listen on ${address.host}:${address.port}: ${error.message}`,
          { remedy: 'Stop what uses the port, or choose another one: --intake-port PORT.', cause: error },
        ),
      );
    });
  });
}
