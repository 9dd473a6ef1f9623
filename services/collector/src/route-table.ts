import type { IncomingMessage } from 'node:http';
import type { CollectorParts } from './collector-parts.ts';
import { jsonAnswer } from './http/answers.ts';
import { intakeError } from './http/intake-error.ts';
import type { Answer, Dialect, DialectRoute } from './intake/dialect.ts';
import { DIALECTS } from './intake/dialect-table.ts';
import { openApi } from './openapi/document.ts';

/** Takes records. It asks for a key, where there are keys, and its body is bounded. */
export interface TakingRoute {
  readonly kind: 'take';
  readonly dialect: Dialect;
  readonly route: DialectRoute;
}

/** Says whether the collector lives, whether it can take anything, and what it takes. */
interface TellingRoute {
  readonly kind: 'tell';
  /** Rejects with COLLECTOR_NOT_READY. */
  readonly answer: (parts: CollectorParts) => Promise<Answer>;
}

const TAKING_METHODS = ['POST'];
const TELLING_METHODS = ['GET', 'HEAD'];
const OK: Answer = { status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok' };

const TAKING = DIALECTS.flatMap((dialect) =>
  dialect.routes.map((route) => [route.path, { kind: 'take', dialect, route }] as const),
);
const ROUTES: ReadonlyMap<string, TakingRoute | TellingRoute> = new Map<string, TakingRoute | TellingRoute>([
  ...TAKING,
  ['/live', { kind: 'tell', answer: () => Promise.resolve(OK) }],
  ['/ready', { kind: 'tell', answer: (parts) => checkLog(parts).then(() => OK) }],
  ['/openapi.json', { kind: 'tell', answer: () => Promise.resolve(jsonAnswer(200, openApi())) }],
]);

/** Throws COLLECTOR_NOT_FOUND or COLLECTOR_METHOD_REFUSED, whose details name what is allowed. */
export function routeOf(request: IncomingMessage): TakingRoute | TellingRoute {
  const [path = ''] = (request.url ?? '').split('?', 1);
  const route = ROUTES.get(path);
  if (route === undefined) {
    throw intakeError('COLLECTOR_NOT_FOUND', `Nothing at ${path.slice(0, 255)}`, {
      remedy: 'POST to /v1/events or /v1/verdicts; GET /openapi.json has every path.',
    });
  }
  const allowed = route.kind === 'tell' ? TELLING_METHODS : (route.route.methods ?? TAKING_METHODS);
  if (allowed.includes(request.method ?? '')) return route;
  throw intakeError('COLLECTOR_METHOD_REFUSED', `${path} does not take ${request.method ?? 'this method'}`, {
    remedy: `Use ${allowed.join(' or ')}.`,
    details: { allowed },
  });
}

async function checkLog({ log, topics }: CollectorParts): Promise<void> {
  try {
    await log.bounds([topics.inference]);
  } catch (cause) {
    throw intakeError('COLLECTOR_NOT_READY', 'The log cannot be reached', {
      remedy: 'Look at the event log; the collector goes on by itself once it is back.',
      cause,
    });
  }
}
