import { createHash } from 'node:crypto';
import { Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { consoleError } from '../console-error.ts';
import type { ConsoleParts } from '../console-parts.ts';
import { WRITE_KEY_HEADER, checkOwnPage, type ReadKeys } from '../http/access.ts';
import { reportRoute } from './answers/report.ts';
import { addSilence } from './answers/silences.ts';
import { Backtests } from './answers/backtest.ts';
import { validateSpecs } from './answers/specs.ts';
import { CHANGES_HEADERS, type Changes } from './changes.ts';
import { openApi } from './openapi.ts';
import { withTimeLimit } from './reading/time-limit.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes.ts';

/** Spec files of some thousand SLOs. */
const BODY_BYTES_MAX = 1_000_000;
/** Names and a reason. */
const SILENCE_BYTES_MAX = 100_000;
const PATH_CHARS_MAX = 8_000;
/** A search of raw events holds a turn that others wait for; figures of tables take long only where everything does. */
const EVENTS_LIMIT_MS = 10_000;
const TABLES_LIMIT_MS = 30_000;

/** The API under /api/v1. What it throws is for whoever mounts it. */
export function createApi(
  parts: ConsoleParts,
  { changes, keys }: { readonly changes: Changes; readonly keys: ReadKeys },
): Hono {
  const api = new Hono();
  const described = JSON.stringify(openApi());
  for (const one of ROUTES) {
    const limitMs = one.reads === 'events' ? EVENTS_LIMIT_MS : TABLES_LIMIT_MS;
    const own = { ...parts, store: withTimeLimit(parts.store, limitMs) };
    api.get(one.path.replace(/\{(\w+)\}/g, ':$1'), async (context) => {
      const { query, address } = askedOf(one, context.req.url);
      const params = context.req.param();
      const answer = async (): Promise<string> => JSON.stringify(await one.answerTo(own, { params, query }));
      // What the book answers waits for nobody: it shows where things stand whatever others search for. Moments are read for whoever asks.
      const isInBook = one.reads === 'book' && (query as { readonly asOf?: number }).asOf === undefined;
      const body = isInBook ? await answer() : await parts.turns.ask(address, answer);
      return answered(body, context.req.header('if-none-match'));
    });
  }
  const reader = { ...parts, store: withTimeLimit(parts.store, TABLES_LIMIT_MS) };
  api.get(reportRoute.path, async (context) => {
    const { query, address } = askedOf(reportRoute, context.req.url);
    const answer = await parts.turns.ask(address, () => reportRoute.answerTo(reader, query));
    return new Response(answer.text, { headers: { ...answer.headers, vary: 'authorization' } });
  });
  api.post('/specs/validate', bounded(BODY_BYTES_MAX), async (context) =>
    context.json(validateSpecs(await context.req.json().catch(() => null))),
  );
  const backtests = new Backtests(parts);
  api.post('/specs/backtest', bounded(BODY_BYTES_MAX), async (context) => {
    checkOwnPage(context.req.header('sec-fetch-site'));
    const body: unknown = await context.req.json().catch(() => null);
    return context.json(await backtests.answer(body, context.req.raw.signal));
  });
  api.post('/silences', bounded(SILENCE_BYTES_MAX), async (context) => {
    checkOwnPage(context.req.header('sec-fetch-site'));
    const key = context.req.header(WRITE_KEY_HEADER);
    const body: unknown = await context.req.json().catch(() => null);
    return context.json(await addSilence(parts, { key, body }));
  });
  api.get('/changes', ({ req }) => {
    // Hono answers HEAD as GET and drops the body without an end: it would be listened to for good.
    if (req.method === 'HEAD') return new Response(null, { headers: CHANGES_HEADERS });
    const authorization = req.header('authorization');
    return changes.listen(() => {
      keys.check(authorization);
    });
  });
  api.get('/openapi.json', (context) => answered(described, context.req.header('if-none-match')));
  api.all('*', (context) => {
    const isRead = ['GET', 'HEAD'].includes(context.req.method);
    throw isRead
      ? consoleError('CONSOLE_NOT_FOUND', 'The API has no such question', {
          remedy: '/api/v1/openapi.json has all of them.',
        })
      : consoleError('CONSOLE_METHOD_REFUSED', `${context.req.method} is not for this address`, {
          remedy:
            'Everything is a GET, but POST /api/v1/specs/validate, /api/v1/specs/backtest and /api/v1/silences.',
        });
  });
  return api;
}

/** Refuses a body that is longer with CONSOLE_BODY_TOO_LARGE. */
const bounded = (bytesMax: number): MiddlewareHandler =>
  bodyLimit({
    maxSize: bytesMax,
    onError: () => {
      throw consoleError('CONSOLE_BODY_TOO_LARGE', `The body has more than ${bytesMax} bytes`, {
        remedy: 'Send less at once, or use the command of the same name.',
      });
    },
  });

/** What is asked, and the address by which alike questions are one. Throws CONSOLE_PARAMETER_INVALID. */
function askedOf(
  one: Pick<Route, 'query'>,
  url: string,
): { readonly query: unknown; readonly address: string } {
  const { pathname, search } = new URL(url);
  if (pathname.length + search.length > PATH_CHARS_MAX)
    throw consoleError('CONSOLE_PARAMETER_INVALID', 'The address is too long', {
      remedy: `Keep it below ${PATH_CHARS_MAX} characters.`,
    });
  return { query: queryOf(one, new URLSearchParams(search)), address: pathname + search };
}

/** Throws CONSOLE_PARAMETER_INVALID, also for a parameter that the question does not have: a filter that does nothing misleads. */
function queryOf({ query }: Pick<Route, 'query'>, given: URLSearchParams): unknown {
  const raw = Object.fromEntries(
    [...new Set(given.keys())].map((name) => {
      const values = given.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
  const parsed = query.safeParse(raw);
  if (parsed.success) return parsed.data;
  const known = Object.keys(query.shape).join(', ') || 'none';
  throw consoleError('CONSOLE_PARAMETER_INVALID', z.prettifyError(parsed.error).slice(0, 500), {
    remedy: `Parameters of this question: ${known}.`,
  });
}

/** When the tables were read is no part of what was found: an answer that differs in that alone is the same. */
const AS_OF = /"asOf":"[^"]{0,40}"/;

function answered(body: string, ifNoneMatch: string | undefined): Response {
  const hash = createHash('sha256').update(body.replace(AS_OF, '')).digest('base64url').slice(0, 22);
  const tag = `W/"${hash}"`;
  const headers = { etag: tag, 'cache-control': 'private, no-cache', vary: 'authorization' };
  const isSame =
    ifNoneMatch?.split(',').some((one) => [tag, '*', tag.slice(2)].includes(one.trim())) === true;
  return isSame
    ? new Response(null, { status: 304, headers })
    : new Response(body, { headers: { ...headers, 'content-type': 'application/json' } });
}
