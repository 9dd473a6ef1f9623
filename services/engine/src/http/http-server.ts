import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AppError } from '@burnline/core';
import type { EngineConfig, EngineUser } from '../config.ts';
import type { EnginePools } from '../engine/pools.ts';
import type { EngineErrorCode } from '../engine-error.ts';
import { createAuthentication, type Authenticate } from './authentication.ts';
import { ClickHouseError, fromEngine } from './clickhouse-error.ts';
import { header, readParameters, type HttpParameters } from './http-parameters.ts';
import { sendAnswer, sendError, sendText, setCommonHeaders, type ServerIdentity } from './http-response.ts';
import { multipartBoundary, readMultipart } from './multipart.ts';
import { executeQuery, MAX_STATEMENT_BYTES } from './query-execution.ts';
import type { QueryLimits } from './query-request.ts';
import { openBody, readHead, tooLarge, type RequestBody } from './request-body.ts';

export interface HttpServerOptions {
  readonly config: Pick<EngineConfig, 'host' | 'port' | 'users'>;
  readonly limits: QueryLimits;
  readonly pools: EnginePools;
  readonly identity: ServerIdentity;
  /** The engine has given up: every later query would fail as this one did. */
  readonly onFault: (error: unknown) => void;
}

export interface HttpServer {
  readonly port: number;
  /** Takes no more connections and resolves when every request is answered. */
  stop(): Promise<void>;
}

/** Longer than clients keep idle connections (2.5 to 8 s), so that none of them writes into a closing one. */
const KEEP_ALIVE_TIMEOUT_MS = 30_000;
const IDLE_SWEEP_MS = 50;
/** ABORTED is also the code of cancelled merges; the engine's own end has this text. */
const ABORTED = 236;
const ENGINE_GAVE_UP = /shutting down due to a fatal error/i;
/** Connections beyond what the pools may hold and queue wait for nothing. */
const MAX_CONNECTIONS = 1024;

/** Serves ClickHouse's HTTP interface. Rejects with ENGINE_PORT_IN_USE. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const handle = createHandler(options);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS }, (request, response) => {
    void handle(request, response);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, options.config);
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

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

function createHandler(options: HttpServerOptions): Handler {
  const authenticate = createAuthentication(options.config.users);
  const { write, read, analyst } = options.pools;
  // Requests are counted before their bodies are read: a body takes memory or disk as well as a place in a queue.
  const capacity = { pipeline: write.capacity + read.capacity, analyst: analyst.capacity };
  const underWay = { pipeline: 0, analyst: 0 };
  return async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    setCommonHeaders(response, options.identity, url.searchParams.get('query_id') ?? randomUUID());
    if (answerWithoutQuery(request, response, url)) return;
    let user: EngineUser | undefined;
    try {
      user = admit(authenticate, request, url, { capacity, underWay });
      await answerQuery(options, { request, response, url, user });
    } catch (error) {
      const known = fromEngine(error);
      sendError(request, response, known, options.identity.version);
      if (known.code === ABORTED && ENGINE_GAVE_UP.test(known.message)) options.onFault(known);
    } finally {
      if (user !== undefined) underWay[user.role] -= 1;
    }
  };
}

function answerWithoutQuery(request: IncomingMessage, response: ServerResponse, url: URL): boolean {
  const isRoot = url.pathname === '/' || url.pathname === '/query';
  if (url.pathname === '/ping' || (isRoot && request.method === 'GET' && !url.searchParams.has('query'))) {
    sendText(response, 200, 'Ok.\n');
    return true;
  }
  if (isRoot && (request.method === 'GET' || request.method === 'POST')) return false;
  sendText(
    response,
    isRoot ? 405 : 404,
    `There is no handle ${url.pathname}\n\nUse / or /ping for health checks. Send queries from your program with POST method or GET method with query parameter.\n`,
  );
  return true;
}

interface Admission {
  readonly capacity: Readonly<Record<EngineUser['role'], number>>;
  readonly underWay: Record<EngineUser['role'], number>;
}

function admit(
  authenticate: Authenticate,
  request: IncomingMessage,
  url: URL,
  admission: Admission,
): EngineUser {
  const user = authenticate(url.searchParams, request.headers);
  const limit = admission.capacity[user.role];
  if (admission.underWay[user.role] >= limit) {
    throw new ClickHouseError(
      202,
      'TOO_MANY_SIMULTANEOUS_QUERIES',
      `Too many simultaneous queries. Maximum: ${limit}`,
    );
  }
  admission.underWay[user.role] += 1;
  return user;
}

async function answerQuery(
  options: HttpServerOptions,
  exchange: {
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly url: URL;
    readonly user: EngineUser;
  },
): Promise<void> {
  const { request, response, url, user } = exchange;
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  const body = openBody(request, options.limits.maxBodyBytes);
  const { parameters, rows } = await readForm(request, url, body);
  const answer = await executeQuery(options.pools, options.limits, {
    user,
    isReadOnlyMethod: request.method === 'GET',
    parameters,
    body: rows,
    signal: gone.signal,
  });
  await sendAnswer(request, response, answer, parameters.mayCompress);
}

/** A multipart body holds parameters; any other belongs to the query. */
async function readForm(
  request: IncomingMessage,
  url: URL,
  body: RequestBody,
): Promise<{ parameters: HttpParameters; rows: RequestBody }> {
  const boundary = multipartBoundary(header(request.headers, 'content-type'));
  if (boundary === undefined)
    return { parameters: readParameters(url.searchParams, request.headers), rows: body };
  const text = await readHead(Buffer.alloc(0), body.stream[Symbol.asyncIterator](), MAX_STATEMENT_BYTES + 1);
  if (!text.isWhole) throw tooLarge(MAX_STATEMENT_BYTES);
  const parameters = readParameters(url.searchParams, request.headers, readMultipart(text.head, boundary));
  return { parameters, rows: { stream: nothing(), engineCodec: undefined } };
}

async function* nothing(): AsyncGenerator<Buffer> {
  // A generator with no values, in the shape that a body has.
}
