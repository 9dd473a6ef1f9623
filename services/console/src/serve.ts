import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { AppError, isAppError } from '@burnline/core';
import {
  GAUGES_TEXT_TYPE,
  isLoopback,
  listenBounded,
  orStop,
  systemClock,
  type Logger,
  type Store,
} from '@burnline/runtime';
import { Hono } from 'hono';
import { compress } from 'hono/compress';
import { createApi } from './api/api-app.ts';
import { Changes } from './api/changes.ts';
import { JudgedBook } from './api/reading/judged-book.ts';
import { consoleError } from './console-error.ts';
import type { AddSilence, Backtest, Silencing } from './console-parts.ts';
import { NO_READ_KEYS, checkHost, openReadKeys, openWriteKeys, type ReadKeys } from './http/access.ts';
import { pageOf } from './http/pages.ts';
import { problemResponse } from './http/problems.ts';
import { QuestionTurns } from './http/question-turns.ts';
import { withSecurityHeaders } from './http/security-headers.ts';
import { sloMetrics } from './metrics/slo-metrics.ts';

export interface ConsoleOptions {
  /** As a reader: nothing is ever written by it. */
  readonly store: Store;
  readonly logger: Logger;
  readonly host: string;
  /** 0 takes a free one; `usual` is 4390, or any free one where that is taken. */
  readonly port: number | 'usual';
  /** Names by which browsers may call it, beside addresses and localhost. */
  readonly names?: readonly string[];
  /** Who may read; required where others than this machine's processes reach the host. */
  readonly keysFile?: string;
  /** Who may silence alerts, and what does it; nobody may where it is absent. */
  readonly silencing?: { readonly keysFile: string; readonly add: AddSilence };
  /** What judges a history by other documents; absent: nothing does. */
  readonly backtest?: Backtest;
  /** `/slos` where a proxy passes that on; one that takes its prefix away needs nothing. */
  readonly prefix?: string;
  /** Folder of the built browser application; that of this package by default. */
  readonly webRoot?: string;
}

export interface ConsoleServer {
  /** Where its pages are: the origin, or the prefix with a slash behind it. */
  readonly url: string;
  close(): Promise<void>;
}

type ConsoleApp = Hono<{ Bindings: HttpBindings }>;

const USUAL_PORT = 4_390;
const WEB_ROOT = fileURLToPath(new URL('web/', import.meta.url));
/** Browsers keep six; beyond it the oldest makes room, so that who holds many keeps nobody out. */
const CONNECTIONS_MAX = 512;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const TIMEOUT_CHECK_MS = 5_000;
/** A scrape is kept under the time it was asked at, and says of no series when it was read. */
const SCRAPED_STALE_MS = 10_000;
/** What an address holds as it is; not dots alone, which lead elsewhere. */
const PREFIX_PART = /^(?!\.{1,2}$)[\w.~-]+$/;

/** Serves API and pages. Rejects with CONSOLE_CANNOT_LISTEN, CONSOLE_KEYS_REQUIRED, CONSOLE_KEYS_INVALID or CONSOLE_PREFIX_INVALID. */
export async function serveConsole(options: ConsoleOptions): Promise<ConsoleServer> {
  const { store, logger, host } = options;
  const prefix = prefixOf(options);
  const keys = await keysOf(options);
  const silencing = await orStop(
    () => silencingOf(options),
    () => {
      keys.close();
      return Promise.resolve();
    },
  );
  const parts = { store, logger, clock: systemClock, turns: new QuestionTurns() };
  const changes = new Changes(parts);
  const book = new JudgedBook(store, systemClock);
  const closed = new AbortController();
  const app = createApp(options, {
    ...{ prefix, keys, changes, book },
    ...{ silencing, backtest: options.backtest ?? null },
    ...parts,
  });
  const close = async (server: Server | null): Promise<void> => {
    closed.abort();
    keys.close();
    silencing?.keys.close();
    changes.close();
    if (server !== null) await closeServer(server);
  };
  try {
    const server = await listenAt(app, options);
    const { port } = server.address() as AddressInfo;
    void book.keep(logger, closed.signal);
    const name = host.includes(':') ? `[${host}]` : host;
    return { url: `http://${name}:${port}${prefix === '' ? '' : `${prefix}/`}`, close: () => close(server) };
  } catch (error) {
    await close(null);
    throw error;
  }
}

async function keysOf({ host, keysFile, logger }: ConsoleOptions): Promise<ReadKeys> {
  if (keysFile !== undefined) return openReadKeys(keysFile, { logger, clock: systemClock });
  if (isLoopback(host)) return NO_READ_KEYS;
  throw new AppError('CONSOLE_KEYS_REQUIRED', `The console would listen on ${host}, where others reach it`, {
    remedy:
      'Make a key with `burnline read-key NAME --file FILE`, and name the file: BURNLINE_CONSOLE_KEYS_FILE, or `burnline up --console-keys-file`. Or listen on 127.0.0.1.',
  });
}

async function silencingOf({ silencing, logger }: ConsoleOptions): Promise<Silencing | null> {
  if (silencing === undefined) return null;
  const keys = await openWriteKeys(silencing.keysFile, { logger, clock: systemClock });
  return { keys, add: silencing.add };
}

type AppParts = Parameters<typeof createApi>[0] &
  Parameters<typeof createApi>[1] & { readonly prefix: string };

function createApp(options: ConsoleOptions, parts: AppParts): ConsoleApp {
  const { prefix } = parts;
  const names = [...(options.names ?? []), options.host];
  const inner = new Hono<{ Bindings: HttpBindings }>();
  inner.use(compress());
  inner.route('/api/v1', createApi(parts, parts));
  inner.all('/api/*', () => {
    throw consoleError('CONSOLE_NOT_FOUND', 'There is no such version of the API', {
      remedy: 'Use /api/v1.',
    });
  });
  inner.get('/metrics/slo', () => metricsOf(parts));
  inner.get('*', ({ req }) => pageOf(options.webRoot ?? WEB_ROOT, req.path.slice(prefix.length)));
  inner.all('*', ({ req }) => {
    throw consoleError('CONSOLE_METHOD_REFUSED', `${req.method} is not for this address`, {
      remedy: 'Pages are read by GET.',
    });
  });
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.onError((error) => withSecurityHeaders(problemResponse(error, parts.logger)));
  inner.onError((error) => {
    throw error;
  });
  app.use(async (context, next) => {
    checkHost(context.env.incoming, names);
    parts.keys.check(context.req.header('authorization'));
    await next();
    context.res = withSecurityHeaders(context.res);
  });
  // Relative addresses of the page lead into the prefix only from behind its slash.
  if (prefix !== '')
    app.get(prefix, (context) => context.redirect(`${prefix}/${new URL(context.req.url).search}`));
  app.route(prefix === '' ? '/' : prefix, inner);
  app.notFound(() => {
    throw consoleError('CONSOLE_NOT_FOUND', 'The console is not at this address', {
      remedy: `It is at ${prefix}/.`,
    });
  });
  return app;
}

async function metricsOf({ book }: AppParts): Promise<Response> {
  const text = await sloMetrics(await book.page({ staleMs: SCRAPED_STALE_MS }));
  return new Response(text, { headers: { 'content-type': GAUGES_TEXT_TYPE, 'cache-control': 'no-store' } });
}

/**
 * The path that is taken away from addresses, `/tools/slo`; empty without one, however many slashes are around it. Throws
 * CONSOLE_PREFIX_INVALID.
 */
function prefixOf({ prefix = '' }: ConsoleOptions): string {
  const parts = prefix.split('/').filter((part) => part !== '');
  if (parts.every((part) => PREFIX_PART.test(part))) return parts.map((part) => `/${part}`).join('');
  throw new AppError(
    'CONSOLE_PREFIX_INVALID',
    `${prefix.slice(0, 200)} is no path to serve the console under`,
    {
      remedy:
        'Set BURNLINE_CONSOLE_PREFIX to letters, digits, `-`, `_`, `.` and `~` between slashes, like `/tools/slo`.',
    },
  );
}

async function listenAt(app: ConsoleApp, { host, port }: ConsoleOptions): Promise<Server> {
  if (port !== 'usual') return listen(app, { host, port });
  try {
    return await listen(app, { host, port: USUAL_PORT });
  } catch (error) {
    // Often another pipeline's on the same machine.
    if (isAppError(error) && error.code === 'CONSOLE_CANNOT_LISTEN') return listen(app, { host, port: 0 });
    throw error;
  }
}

function listen(
  app: ConsoleApp,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Server> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
  }) as Server;
  const refused = (cause: Error): AppError =>
    new AppError('CONSOLE_CANNOT_LISTEN', `The console cannot listen on ${host}:${port}: ${cause.message}`, {
      remedy:
        'Stop what uses the port, or choose another one: BURNLINE_CONSOLE_PORT, or --console-port of burnline up (0 takes any free one).',
      cause,
    });
  return listenBounded(server, { host, port, connectionsMax: CONNECTIONS_MAX, refused });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    // Whoever looks asks again.
    server.closeAllConnections();
  });
}
