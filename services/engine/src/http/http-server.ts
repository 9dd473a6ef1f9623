import { createServer, type Server } from 'node:http';
import { AppError } from '@burnline/core';
import type { EngineConfig } from '../config.ts';
import type { EngineErrorCode } from '../engine-error.ts';
import { ConnectionPlaces, DEFAULT_PLACE_LIMITS } from './connection-places.ts';
import { createHandler, type HandlerOptions } from './request-handler.ts';

export interface HttpServerOptions extends HandlerOptions {
  readonly config: HandlerOptions['config'] & Pick<EngineConfig, 'host' | 'port'>;
}

export interface HttpServer {
  readonly port: number;
  /** Takes no more connections and resolves when every request is answered. */
  stop(): Promise<void>;
}

/** Longer than clients keep idle connections (2.5 to 8 s), so that none of them writes into a closing one. */
const KEEP_ALIVE_TIMEOUT_MS = 30_000;
/** From a connection's first moment to the end of a request's headers: programs send them in one go. */
const HEADERS_TIMEOUT_MS = 10_000;
/** A whole request: 256 MiB of rows at a megabyte a second. */
const REQUEST_TIMEOUT_MS = 300_000;
/** How often Node looks for connections past those times. */
const TIMEOUT_CHECK_MS = 1000;
const IDLE_SWEEP_MS = 50;

/** Serves ClickHouse's HTTP interface. Rejects with ENGINE_PORT_IN_USE. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const places = new ConnectionPlaces(DEFAULT_PLACE_LIMITS);
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
    createHandler(options, places),
  );
  server.on('connection', (socket) => {
    places.add(socket);
  });
  await listen(server, options.config);
  // A connection that the system cannot take (no more files, say) is not taken; the others go on.
  server.on('error', () => undefined);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.config.port,
    stop: () =>
      new Promise((resolve) => {
        // Connections whose last request is answered now are idle a moment later.
        const sweep = setInterval(() => {
          server.closeIdleConnections();
        }, IDLE_SWEEP_MS);
        server.close(() => {
          clearInterval(sweep);
          resolve();
        });
      }),
  };
}

function listen(server: Server, config: Pick<EngineConfig, 'host' | 'port'>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const isTaken = 'code' in error && error.code === 'EADDRINUSE';
      const code: EngineErrorCode = isTaken ? 'ENGINE_PORT_IN_USE' : 'ENGINE_START_FAILED';
      const remedy = isTaken
        ? `Stop what listens on port ${config.port}, or choose another one (0 takes any free port).`
        : 'Choose an address of this machine and a port that this user may listen on.';
      reject(
        new AppError<EngineErrorCode>(
          code,
          `Cannot listen on ${config.host}:${config.port}: ${error.message}`,
          {
            remedy,
            cause: error,
          },
        ),
      );
    });
    server.listen(config.port, config.host, () => {
      resolve();
    });
  });
}
