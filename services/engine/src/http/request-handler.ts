import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EngineConfig, EngineUser } from '../config.ts';
import type { EnginePools } from '../engine/pools.ts';
import { Admission, type Place } from './admission.ts';
import { AnswerDelivery } from './answer-delivery.ts';
import { createAuthentication, type Authenticate } from './authentication.ts';
import { BodyBudget } from './body-budget.ts';
import { createCallerCheck, type CheckCaller } from './caller-check.ts';
import { ClickHouseError, fromEngine } from './clickhouse-error.ts';
import type { ConnectionPlaces } from './connection-places.ts';
import { header, readParameters, readQueryId, type HttpParameters } from './http-parameters.ts';
import { sendAnswer, sendError, sendText, setCommonHeaders, type ServerIdentity } from './http-response.ts';
import { multipartBoundary, readMultipart } from './multipart.ts';
import { executeQuery, MAX_STATEMENT_BYTES, type QueryAnswer } from './query-execution.ts';
import type { QueryLimits } from './query-request.ts';
import { openBody, readHead, tooLarge, type RequestBody } from './request-body.ts';

export interface HandlerOptions {
  readonly config: Pick<
    EngineConfig,
    'users' | 'allowedHosts' | 'memoryBytes' | 'bodyTimeoutMs' | 'answerTimeoutMs'
  >;
  readonly limits: QueryLimits;
  readonly pools: EnginePools;
  readonly identity: ServerIdentity;
  /** The engine has given up: every later query would fail as this one did. */
  readonly onFault: (error: unknown) => void;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** ABORTED is also the code of cancelled merges; the engine's own end has this text. */
const ABORTED = 236;
const ENGINE_GAVE_UP = /shutting down due to a fatal error/i;
/** Four of the largest statements at once, or any number of ordinary ones. */
const MAX_READING_BYTES = 4 * MAX_STATEMENT_BYTES;
/** Unread answers hold memory beside the engine's own limits. */
const UNREAD_SHARE = 1 / 8;

interface Parts {
  readonly options: HandlerOptions;
  readonly places: ConnectionPlaces;
  readonly authenticate: Authenticate;
  readonly checkCaller: CheckCaller;
  readonly admission: Admission;
  readonly reading: BodyBudget;
  readonly deliveries: Readonly<Record<EngineUser['role'], AnswerDelivery>>;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

/** Answers requests. Whatever goes wrong with one ends with that one: nothing that a client sends gets past this function. */
export function createHandler(options: HandlerOptions, places: ConnectionPlaces): Handler {
  const { config, pools } = options;
  const delivery = (): AnswerDelivery =>
    new AnswerDelivery({
      maxBytes: Math.floor(config.memoryBytes * UNREAD_SHARE),
      stallTimeoutMs: config.answerTimeoutMs,
    });
  const parts: Parts = {
    options,
    places,
    authenticate: createAuthentication(config.users),
    checkCaller: createCallerCheck(config.allowedHosts),
    admission: new Admission({
      pipeline: pools.write.capacity + pools.read.capacity,
      analyst: pools.analyst.capacity,
    }),
    reading: new BodyBudget(MAX_READING_BYTES),
    deliveries: { pipeline: delivery(), analyst: delivery() },
  };
  return (request, response) => {
    // What is written to a client that has just gone fails some time later, with nobody else listening.
    response.on('error', () => undefined);
    answer(parts, request, response).catch((error: unknown) => {
      answerFailure(options, { request, response }, error);
    });
  };
}

function answerFailure(options: HandlerOptions, exchange: Omit<Exchange, 'url'>, error: unknown): void {
  const known = fromEngine(error);
  try {
    sendError(exchange.request, exchange.response, known, options.identity.version);
  } catch {
    exchange.response.destroy();
  }
  if (known.code === ABORTED && ENGINE_GAVE_UP.test(known.message)) options.onFault(known);
}

async function answer(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = targetOf(request.url ?? '/');
  const queryId = (url === undefined ? undefined : readQueryId(url.searchParams)) ?? randomUUID();
  setCommonHeaders(response, parts.options.identity, queryId);
  parts.checkCaller(request.headers);
  if (url === undefined) {
    sendText(response, 400, 'The request names no path. Use / or /ping for health checks.\n');
    return;
  }
  const exchange = { request, response, url };
  if (answerWithoutQuery(exchange)) return;
  const user = parts.authenticate(url.searchParams, request.headers);
  if (user.role === 'pipeline') parts.places.trust(request.socket);
  await answerQuery(parts, exchange, user);
}

/** Undefined for what is neither a path nor a URL; `//` is a path. */
function targetOf(target: string): URL | undefined {
  try {
    return new URL(target.startsWith('/') ? `http://localhost${target}` : target);
  } catch {
    return undefined;
  }
}

function answerWithoutQuery({ request, response, url }: Exchange): boolean {
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

async function answerQuery(parts: Parts, exchange: Exchange, user: EngineUser): Promise<void> {
  const place = parts.admission.placeFor(user.role);
  const isAnalyst = user.role === 'analyst';
  const body = openBody(exchange.request, parts.options.limits.maxBodyBytes);
  const reading = isAnalyst
    ? parts.reading.hold(body.stream)
    : { stream: body.stream, free: () => undefined };
  // The pipeline's rows take disk while they are read; an analyst's statement takes a place only when it is there.
  if (!isAnalyst) place.take();
  try {
    const task = { ...exchange, user, place, body: { ...body, stream: reading.stream } };
    const { answer, mayCompress } = await runQuery(parts, task);
    // An unread answer is no query: it must not keep others from running.
    if (isAnalyst) place.free();
    reading.free();
    await sendAnswer(exchange, answer, parts.deliveries[user.role], mayCompress);
  } finally {
    place.free();
    reading.free();
  }
}

interface QueryTask extends Exchange {
  readonly user: EngineUser;
  readonly place: Place;
  readonly body: RequestBody;
}

async function runQuery(
  parts: Parts,
  task: QueryTask,
): Promise<{ readonly answer: QueryAnswer; readonly mayCompress: boolean }> {
  const { request, response, user, place } = task;
  const { limits, pools, config } = parts.options;
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  let leave = (): void => undefined;
  const deadline = user.role === 'analyst' ? readingDeadline(config.bodyTimeoutMs) : undefined;
  const run = async (): Promise<{ answer: QueryAnswer; mayCompress: boolean }> => {
    const { parameters, rows } = await readForm(task);
    const answer = await executeQuery(pools, limits, {
      user,
      isReadOnlyMethod: request.method === 'GET',
      parameters,
      body: rows,
      takePlace: () => {
        deadline?.met();
        place.take();
        leave = parts.places.keep(request.socket);
      },
      signal: gone.signal,
    });
    return { answer, mayCompress: parameters.mayCompress };
  };
  try {
    const work = deadline === undefined ? run() : Promise.race([run(), deadline.missed]);
    return await work.finally(() => deadline?.met());
  } finally {
    leave();
  }
}

interface Deadline {
  /** Rejects with ClickHouseError 159 (HTTP 408) unless `met` is called in time. */
  readonly missed: Promise<never>;
  /** Throws the same when it is too late: the request is answered already, and must not go on. */
  readonly met: () => void;
}

function readingDeadline(timeoutMs: number): Deadline {
  const error = new ClickHouseError(
    159,
    'TIMEOUT_EXCEEDED',
    `The request's body did not arrive within ${timeoutMs} ms`,
  );
  let timer: NodeJS.Timeout | undefined;
  let isMissed = false;
  const missed = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isMissed = true;
      reject(error);
    }, timeoutMs);
  });
  return {
    missed,
    met: () => {
      clearTimeout(timer);
      if (isMissed) throw error;
    },
  };
}

/** A multipart body holds parameters; any other belongs to the query. */
async function readForm(task: QueryTask): Promise<{ parameters: HttpParameters; rows: RequestBody }> {
  const { request, url, body } = task;
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
