import { createHash, timingSafeEqual } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { AppError, isAppError } from '@burnline/core';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { listenBounded } from '../lifecycle/bounded-server.ts';

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
  /** Changes that an operator may ask for; none without it. */
  readonly actions?: OperationsActions;
}

/**
 * What an operator may ask for, by path: a POST with a JSON object and the token as bearer. Its answer is sent as JSON; an
 * AppError is answered as 409 with its code, 503 where it may pass. What a browser sends for a page of another site is refused.
 */
export interface OperationsActions {
  /** Nothing is taken without one. */
  token?: string;
  readonly handlers: Map<string, (body: Readonly<Record<string, unknown>>) => Promise<object>>;
  /** What an operator may read, by path: a GET with the same token. Answered as actions are. */
  readonly questions: Map<string, () => Promise<object>>;
}

export interface OperationsServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Probes and scrapers are few; beyond it the oldest connection makes room, so that who holds many keeps nobody out. */
const CONNECTIONS_MAX = 128;
/** For a request to come, and for the next part of an answer to be taken: probes are small and near. No bound on an action. */
const REQUEST_MS_MAX = 5_000;
const IDLE_MS_MAX = 10_000;
/** A probe gives up after some seconds; what has not answered by then is not ready. */
const CHECK_TIMEOUT_MS = 2_000;

/**
 * Serves `/live` (the process answers), `/ready` (its checks pass; 503 with the reasons while one does not) and `/metrics`.
 * Whoever can reach the port may ask: one look answers all who ask while it goes on, and nothing that is sent ends the
 * process. Rejects with OPERATIONS_CANNOT_LISTEN.
 */
export async function serveOperations(options: OperationsOptions): Promise<OperationsServer> {
  const states = shared(() => Promise.all([...options.checks].map(([name, check]) => stateOf(name, check))));
  const metrics = shared(options.metrics);
  const app = new Hono<OverHttp>();
  app.onError((error, context) => context.text(`${error.message}\n`, 500));
  app.get('/live', (context) => context.text('ok'));
  app.get('/ready', async (context) => {
    const found = await states();
    const isReady = found.length > 0 && found.every(([, state]) => state === 'ok');
    return context.json({ ready: isReady, checks: Object.fromEntries(found) }, isReady ? 200 : 503);
  });
  app.get('/metrics', async (context) =>
    context.text(await metrics(), 200, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    }),
  );
  if (options.actions !== undefined) addActions(app, options.actions);
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

interface OverHttp {
  readonly Bindings: HttpBindings;
}

type OverHttpContext = Context<OverHttp>;

/** While one look goes on, it is everybody's: so many at once cost no more than one. */
function shared<T>(look: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | null = null;
  return () => {
    underWay ??= look().finally(() => {
      underWay = null;
    });
    return underWay;
  };
}

/** An operator's request is a name and a reason. */
const ACTION_BYTES_MAX = 64 * 1024;

/** Looked up when they are asked for: a service adds its own while it starts. */
function addActions(app: Hono<OverHttp>, actions: OperationsActions): void {
  app.get('*', async (context) => {
    const ask = actions.questions.get(context.req.path);
    if (ask === undefined || actions.token === undefined) return context.notFound();
    return refusalOf(context, actions.token) ?? answered(context, ask);
  });
  app.post('*', bodyLimit({ maxSize: ACTION_BYTES_MAX }), async (context) => {
    const handle = actions.handlers.get(context.req.path);
    if (handle === undefined || actions.token === undefined) return context.notFound();
    const refusal = refusalOf(context, actions.token);
    if (refusal !== null) return refusal;
    const body: unknown = await context.req.json().catch(() => null);
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      return refused(context, 400, {
        code: 'OPERATIONS_BODY_INVALID',
        message: 'the body is no JSON object',
      });
    return answered(context, () => handle(body as Readonly<Record<string, unknown>>));
  });
}

/** Whoever may not ask: pages of other sites, which a browser says who sent, and whoever does not show the token. */
function refusalOf(context: OverHttpContext, token: string): Response | null {
  const origin = context.req.header('origin');
  const site = context.req.header('sec-fetch-site') ?? 'none';
  const isOwn = origin === undefined || hostOf(origin) === context.req.header('host');
  if (!isOwn || (site !== 'none' && site !== 'same-origin'))
    return refused(context, 403, {
      code: 'OPERATIONS_CROSS_SITE',
      message: 'a page of another site may ask for nothing here',
    });
  // A page in a browser has no token, and without one learns nothing.
  if (isToken(context.req.header('authorization') ?? '', token)) return null;
  return refused(context, 401, { code: 'OPERATIONS_TOKEN_WRONG', message: 'the token is missing or wrong' });
}

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null);

async function answered(context: OverHttpContext, answer: () => Promise<object>): Promise<Response> {
  const { socket } = context.env.incoming;
  // Nothing passes over the connection until there is an answer, and that may take longer than a client may be idle.
  socket.setTimeout(0);
  try {
    return context.json(await answer());
  } catch (error) {
    if (!isAppError(error)) throw error;
    return refused(context, error.outcome === 'retry' ? 503 : 409, error);
  } finally {
    socket.setTimeout(IDLE_MS_MAX);
  }
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string | undefined;
}

function refused(
  context: OverHttpContext,
  status: 400 | 401 | 403 | 409 | 503,
  { code, message, remedy }: Refusal,
): Response {
  return context.json({ error: { code, message, remedy } }, status);
}

/** Digests of equal length are compared in constant time, so that neither length nor prefix of the token shows. */
function isToken(header: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header), digest(`Bearer ${token}`));
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

function listen(app: Hono<OverHttp>, { host, port }: OperationsOptions): Promise<Server> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      headersTimeout: REQUEST_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      connectionsCheckingInterval: 1_000,
    },
  }) as Server;
  server.setTimeout(IDLE_MS_MAX);
  const refused = (cause: Error): AppError =>
    new AppError('OPERATIONS_CANNOT_LISTEN', `Cannot listen on ${host}:${port}: ${cause.message}`, {
      remedy:
        'Stop what uses the port, or choose another one: BURNLINE_HTTP_PORT, or --operations-port of burnline up (0 takes any free one).',
      cause,
    });
  return listenBounded(server, { host, port, connectionsMax: CONNECTIONS_MAX, refused });
}
