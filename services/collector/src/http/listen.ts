import type { Server } from 'node:net';
import { AppError } from '@burnline/core';

export interface ListeningAddress {
  readonly host: string;
  readonly port: number;
  /** What chooses another port. */
  readonly portOption: string;
}

/** Rejects with COLLECTOR_PORT_IN_USE or COLLECTOR_CANNOT_LISTEN. */
export function listen(server: Server, { host, port, portOption }: ListeningAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new AppError(
          error.code === 'EADDRINUSE' ? 'COLLECTOR_PORT_IN_USE' : 'COLLECTOR_CANNOT_LISTEN',
          `The intake cannot listen on ${host}:${port}: ${error.message}`,
          { remedy: `Stop what uses the port, or choose another one: ${portOption} PORT.`, cause: error },
        ),
      );
    });
    server.listen(port, host, () => {
      resolve();
    });
  });
}

/** `scheme`: how the server is spoken to. */
export function urlOf(host: string, port: number, scheme: 'http' | 'https'): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
