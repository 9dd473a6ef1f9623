import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { AppError, isAppError } from '@burnline/core';
import { isLoopback } from '@burnline/runtime';
import { NO_KEYS, openIntakeKeys, type IntakeKeys } from './access/intake-keys.ts';
import { BODY_LIMITS } from './bodies/read-body.ts';
import type { CollectorParts } from './collector-parts.ts';
import { Certificate, type TlsFiles } from './http/certificate.ts';
import { HANDSHAKE_TIMEOUT_MS, boundConnections } from './http/connections.ts';
import { isLate } from './http/late-requests.ts';
import { listen, urlOf } from './http/listen.ts';
import { serveGrpc, type GrpcServer } from './grpc/serve-grpc.ts';
import { createHandler } from './handle-request.ts';
import { openIntake, type Intake } from './held-request.ts';

export interface CollectorServer {
  readonly url: string;
  /** Where OTLP is taken over gRPC; null: nowhere. */
  readonly otlpGrpcUrl: string | null;
  /**
   * Stops taking requests. Bodies that are not whole are refused at once; requests that are being written are answered,
   * within a bound.
   */
  close(): Promise<void>;
}

export interface CollectorAddress {
  readonly host: string;
  readonly port: number;
  /** Port of OTLP over gRPC; none if absent. `usual` is the one that exporters know, or any free one where that is taken. */
  readonly otlpGrpcPort?: number | 'usual';
  /** Names by which clients may call it, beside addresses and localhost. */
  readonly names?: readonly string[];
  /** Who may publish; required where others than this machine's processes reach the host. */
  readonly keysFile?: string;
  /** Of its certificate: all that is taken is taken over TLS then, gRPC too. */
  readonly tls?: TlsFiles;
}

/** The port of OTLP over gRPC by IANA's table, which exporters call where nobody says otherwise. */
const USUAL_GRPC_PORT = 4_317;
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

/** Serves the intake. Rejects with COLLECTOR_PORT_IN_USE, COLLECTOR_KEYS_REQUIRED, COLLECTOR_KEYS_INVALID or COLLECTOR_TLS_INVALID. */
export async function serveCollector(
  parts: CollectorParts,
  address: CollectorAddress,
): Promise<CollectorServer> {
  const { tls } = address;
  const certificate = tls === undefined ? null : await Certificate.open(tls, parts);
  const keys = await keysOf(parts, address);
  const stopping = new AbortController();
  const intake = openIntake(parts, {
    names: [...(address.names ?? []), address.host],
    keys,
    bodies: BODY_LIMITS,
    bytesInFlightMax: BYTES_IN_FLIGHT_MAX,
    stopping: stopping.signal,
  });
  const server = createIntakeServer(intake, certificate);
  const grpc: GrpcServer[] = [];
  const closeAll = async (): Promise<void> => {
    keys.close();
    certificate?.close();
    stopping.abort();
    await Promise.all([server.listening ? close(server) : undefined, ...grpc.map((one) => one.close())]);
  };
  try {
    await listen(server, { ...address, portOption: '--intake-port' });
    const { otlpGrpcPort } = address;
    if (otlpGrpcPort !== undefined)
      grpc.push(await grpcAt(intake, address.host, { wanted: otlpGrpcPort, certificate }));
  } catch (error) {
    await closeAll();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  return {
    url: urlOf(address.host, port, tls === undefined ? 'http' : 'https'),
    otlpGrpcUrl: grpc[0]?.url ?? null,
    close: closeAll,
  };
}

async function grpcAt(
  intake: Intake,
  host: string,
  { wanted, certificate }: { readonly wanted: number | 'usual'; readonly certificate: Certificate | null },
): Promise<GrpcServer> {
  const at = (port: number) => serveGrpc(intake, { host, port, portOption: '--otlp-grpc-port', certificate });
  if (wanted !== 'usual') return at(wanted);
  try {
    return await at(USUAL_GRPC_PORT);
  } catch (error) {
    // Often another collector's, of which nobody asked anything here.
    if (isAppError(error) && error.code === 'COLLECTOR_PORT_IN_USE') return at(0);
    throw error;
  }
}

async function keysOf(
  { logger, clock }: CollectorParts,
  { host, keysFile }: CollectorAddress,
): Promise<IntakeKeys> {
  if (keysFile !== undefined) return openIntakeKeys(keysFile, { logger, clock });
  if (isLoopback(host)) return NO_KEYS;
  throw new AppError('COLLECTOR_KEYS_REQUIRED', `The intake would listen on ${host}, where others reach it`, {
    remedy:
      'Make a key with `burnline intake-key NAME --file FILE`, and name the file: BURNLINE_INTAKE_KEYS_FILE, or `burnline up --intake-keys-file`. Or listen on 127.0.0.1.',
  });
}

function createIntakeServer(intake: Intake, certificate: Certificate | null): Server | TlsServer {
  const handle = createHandler(intake);
  const options = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    // What Node answers by itself, it answers to late requests too: checkHost refuses these.
    requireHostHeader: false,
  };
  const server = certificate === null ? createServer(options) : createTls(options, certificate);
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

function createTls(options: ServerOptions, certificate: Certificate): TlsServer {
  const server = createTlsServer({
    ...options,
    ...certificate.options,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  certificate.renewAt(server);
  return server;
}

function close(server: Server | TlsServer): Promise<void> {
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
