import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppError } from '@burnline/core';
import { checkHost } from './access/host-check.ts';
import { ClientGone, checkDeclaredLength, encodingOf, readBody } from './bodies/read-body.ts';
import type { CollectorParts } from './collector-parts.ts';
import { JSON_ANSWERS, writeAnswer } from './http/answers.ts';
import { discardRest } from './http/discard-rest.ts';
import { counted, holdRequest, refusalOf, type Intake } from './held-request.ts';
import type { Answers } from './intake/dialect.ts';
import { routeOf, type TakingRoute } from './route-table.ts';

/** An answer that is not read by then goes, and its connection with it: it holds memory. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Answers one request. Never throws and never rejects, whatever came. */
export type HandleRequest = (
  request: IncomingMessage,
  response: ServerResponse,
  /** Called before the body is read, where the client waits for it (Expect: 100-continue). */
  onWanted?: () => void,
) => void;

/**
 * HTTP intake. A request is acknowledged once everything in it is durable in the log, and refused as a whole if anything
 * in it is wrong. Where the log took a part of it, the answer says of each item whether it is there.
 */
export function createHandler(intake: Intake): HandleRequest {
  const { parts } = intake;
  return (request, response, onWanted) => {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const arrival = {
      request,
      response,
      onWanted,
      isBodyComing: onWanted === undefined,
      answers: JSON_ANSWERS,
    };
    void answer(intake, arrival)
      .catch((error: unknown) => refuse(parts, arrival, error))
      .catch((error: unknown) => {
        parts.logger.error({ error: String(error) }, 'a request could not be answered');
        response.destroy();
      })
      .finally(() => {
        boundReading(response);
      });
  };
}

function boundReading(response: ServerResponse): void {
  if (response.closed) return;
  const timer = setTimeout(() => {
    response.destroy();
  }, ANSWER_TIMEOUT_MS).unref();
  response.once('close', () => {
    clearTimeout(timer);
  });
}

interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly onWanted: (() => void) | undefined;
  /** False while the client waits for leave to send its body: one that is refused may still send it, or may not. */
  isBodyComing: boolean;
  /** How its dialect speaks, once that is known. */
  answers: Answers;
}

async function answer(intake: Intake, arrival: Arrival): Promise<void> {
  const { request, response } = arrival;
  const { parts, rules } = intake;
  checkHost(request, rules.names);
  const route = routeOf(request);
  if (route.kind === 'tell') {
    writeAnswer(response, await route.answer(parts));
    response.end();
    return;
  }
  arrival.answers = route.dialect.answersTo(request);
  const client = rules.keys.check(request);
  await take(intake, arrival, { route, client });
}

async function take(
  intake: Intake,
  arrival: Arrival,
  { route, client }: { readonly route: TakingRoute; readonly client: string },
): Promise<void> {
  const { request, response } = arrival;
  const { parts, rules, turns, backlog } = intake;
  const { checkType, take: takeBody } = route.route;
  checkType(request);
  const encoding = encodingOf(request);
  checkDeclaredLength(request, rules.bodies);
  backlog.check();
  await holdRequest(intake, response, async ({ holding, signal }) => {
    arrival.onWanted?.();
    arrival.isBodyComing = true;
    const accepted = await counted(rules.keys, client, async () => {
      const body = await readBody(request, { encoding, limits: rules.bodies, holding, turns, signal });
      return backlog.during(() => takeBody(parts, { request, client, body, turns, signal }));
    });
    writeAnswer(response, arrival.answers.taken(accepted));
    response.end();
  });
}

async function refuse(
  parts: CollectorParts,
  { request, response, isBodyComing, answers }: Arrival,
  error: unknown,
): Promise<void> {
  if (error instanceof ClientGone) {
    parts.logger.debug({ error: error.message }, 'nothing of a request was taken');
    return;
  }
  const known = refusalOf(parts, error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const headers = isBodyComing ? headersOf(known) : { ...headersOf(known), connection: 'close' };
  writeAnswer(response, answers.refused(known), headers);
  // A client that has not sent its whole body yet may lose the answer with the connection: it is heard out first.
  if (!('connection' in headers)) await discardRest(request);
  response.end();
}

function headersOf({ code, details }: AppError): Readonly<Record<string, string>> {
  switch (code) {
    case 'COLLECTOR_METHOD_REFUSED':
      return { allow: (details['allowed'] as readonly string[]).join(', ') };
    case 'COLLECTOR_ENCODING_REFUSED':
      return { 'accept-encoding': 'gzip, zstd' };
    case 'COLLECTOR_RATE_EXCEEDED':
      return { 'retry-after': String(details['retryAfterS']) };
    case 'COLLECTOR_BODY_SLOW':
    case 'COLLECTOR_STOPPING':
      return { connection: 'close' };
    default:
      return {};
  }
}
