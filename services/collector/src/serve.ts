import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '@burnline/core';
import { isLoopback } from './access/host-check.ts';
import { NO_KEYS, openIntakeKeys, type IntakeKeys } from './access/intake-keys.ts';
import { BODY_LIMITS } from './bodies/read-body.ts';
import type { CollectorParts } from './collector-parts.ts';
import { boundConnections } from './http/connections.ts';
import { isLate } from './http/late-requests.ts';
import { createIntake, type IntakeRules } from './handle-request.ts';

export interface CollectorServer {
  readonly url: string;
  /**
   * Stops taking requests. Bodies that are not whole are refused at once; requests that are being written are answered,
   * within a bound.
   */
  close(): Promise<void>;
}

export interface CollectorAddress {
  readonly host: string;
  readonly port: number;
  /** Names by which clients may call it, beside addresses and localhost. */
  readonly names?: readonly string[];
  /** Who may publish; required where others than this machine's processes reach the host. */
  readonly keysFile?: string;
}

/** Headers are some hundred bytes: whoever needs longer has gone or means harm. */
const HEADERS_TIMEOUT_MS = 10_000;
/** How often deadlines are looked after. */
const TIMEOUT_CHECK_MS = 5_000;
/** Above what a body may take, which is answered; this one is not. */
const REQUEST_TIMEOUT_MS = BODY_LIMITS.wholeMs + 15_000;
/** Each holds some ten kilobytes when idle; publishers keep one or two. */
const CONNECTIONS_MAX = 1_024;
/** Eight bodies of the largest size. With what is made of them a process needs some three times as much. */
const BYTES_IN_FLIGHT_MAX = 64 * 1024 * 1024;
/** An append takes milliseconds; what the log has not taken by then is answered as far as that is known. */
const CLOSE_TIMEOUT_MS = 5_000;
/** For those who are sending to read that they are refused. */
const IDLE_LOOK_MS = 50;

/** Serves the intake. Rejects with COLLECTOR_PORT_IN_USE, COLLECTOR_KEYS_REQUIRED or COLLECTOR_KEYS_INVALID. */
export async function serveCollector(
  parts: CollectorParts,
  address: CollectorAddress,
): Promise<CollectorServer> {
  const keys = await keysOf(parts, address);
  const stopping = new AbortController();
  const server = createIntakeServer(parts, {
    names: [...(address.names ?? []), address.host],
    keys,
    bodies: BODY_LIMITS,
    bytesInFlightMax: BYTES_IN_FLIGHT_MAX,
    stopping: stopping.signal,
  });
  try {
    await listen(server, address);
  } catch (error) {
    keys.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return {
    url: `http://${host}:${port}`,
    close: async () => {
      keys.close();
      stopping.abort();
      await close(server);
    },
  };
}

async function keysOf({ logger }: CollectorParts, { host, keysFile }: CollectorAddress): Promise<IntakeKeys> {
  if (keysFile !== undefined) return openIntakeKeys(keysFile, logger);
  if (isLoopback(host)) return NO_KEYS;
  throw new AppError('COLLECTOR_KEYS_REQUIRED', `The intake would listen on ${host}, where others reach it`, {
    remedy:
      'Make a key with `burnline intake-key NAME --file FILE`, and name the file: BURNLINE_INTAKE_KEYS_FILE, or `burnline up --intake-keys-file`. Or listen on 127.0.0.1.',
  });
}

function createIntakeServer(parts: CollectorParts, rules: IntakeRules): Server {
  const handle = createIntake(parts, rules);
  const server = createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    // What Node answers by itself, it answers to late requests too: checkHost refuses these.
    requireHostHeader: false,
  });
  server.on('request', (request, response) => {
    if (!isLate(request)) handle(request, response);
  });
  server.on('checkExpectation', (request, response) => {
    if (!isLate(request)) response.writeHead(417).end();
  });
  server.on('checkContinue', (request, response) => {
    if (isLate(request)) return;
    handle(request, response, () => {
      response.writeContinue();
    });
  });
  boundConnections(server, CONNECTIONS_MAX);
  return server;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const sweep = setInterval(() => {
      server.closeIdleConnections();
    }, IDLE_LOOK_MS);
    const deadline = setTimeout(() => {
      server.closeAllConnections();
    }, CLOSE_TIMEOUT_MS);
    server.close((error) => {
      clearInterval(sweep);
      clearTimeout(deadline);
      if (error === undefined) resolve();
      else reject(error);
    });
    server.closeIdleConnections();
  });
}

function listen(server: Server, address: CollectorAddress): Promise<void> {
  return new Promise((resolve, reject) => {
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
      resolve();
    });
  });
}
