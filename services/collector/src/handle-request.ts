import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAppError, type AppError } from '@burnline/core';
import type { IntakeKeys } from './access/intake-keys.ts';
import { checkHost } from './access/host-check.ts';
import { BytesInFlight } from './bodies/bytes-in-flight.ts';
import {
  ClientGone,
  checkDeclaredLength,
  encodingOf,
  readBody,
  type BodyLimits,
} from './bodies/read-body.ts';
import type { CollectorParts } from './collector-parts.ts';
import { JSON_ANSWERS, sendText, writeAnswer } from './http/answers.ts';
import { discardRest } from './http/discard-rest.ts';
import { intakeError } from './http/intake-error.ts';
import { Turns } from './http/turns.ts';
import type { Answers } from './intake/dialect.ts';
import { routeOf, type TakingRoute } from './route-table.ts';

export interface IntakeRules {
  /** Names by which clients may call it, beside addresses and localhost. */
  readonly names: readonly string[];
  readonly keys: IntakeKeys;
  readonly bodies: BodyLimits;
  /** Of bodies in memory, over all requests. */
  readonly bytesInFlightMax: number;
  /** Aborts once the intake stops: bodies that are not whole by then are refused. */
  readonly stopping: AbortSignal;
}

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
export function createIntake(parts: CollectorParts, rules: IntakeRules): HandleRequest {
  const turns = new Turns();
  const inFlight = new BytesInFlight(rules.bytesInFlightMax, () => parts.clock.monotonicMs());
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
    void answer({ parts, rules, turns, inFlight }, arrival)
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

interface Intake {
  readonly parts: CollectorParts;
  readonly rules: IntakeRules;
  readonly turns: Turns;
  readonly inFlight: BytesInFlight;
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
  if (route.kind === 'probe') {
    await route.check(parts);
    sendText(response, 'ok');
    return;
  }
  arrival.answers = route.dialect.answersTo(request);
  const client = rules.keys.check(request);
  await take(intake, arrival, { route, client });
}

async function take(
  { parts, rules, turns, inFlight }: Intake,
  arrival: Arrival,
  { route, client }: { readonly route: TakingRoute; readonly client: string },
): Promise<void> {
  const { request, response } = arrival;
  const { checkType, take: takeBody } = route.route;
  checkType(request);
  const encoding = encodingOf(request);
  checkDeclaredLength(request, rules.bodies);
  const ending = new AbortController();
  const holding = inFlight.open(() => {
    ending.abort(gaveWay());
  });
  // Memory is given back when the answer has left, or its reader has.
  response.once('close', () => {
    holding.release();
    ending.abort(new ClientGone());
  });
  const onStopping = (): void => {
    ending.abort(stopping());
  };
  rules.stopping.addEventListener('abort', onStopping, { once: true });
  try {
    if (rules.stopping.aborted) throw stopping();
    arrival.onWanted?.();
    arrival.isBodyComing = true;
    const { signal } = ending;
    const body = await readBody(request, { encoding, limits: rules.bodies, holding, turns, signal });
    const accepted = await takeBody(parts, { request, client, body, turns, signal });
    writeAnswer(response, arrival.answers.taken(accepted));
    response.end();
  } catch (error) {
    holding.release();
    throw error;
  } finally {
    rules.stopping.removeEventListener('abort', onStopping);
  }
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
  const known = isAppError(error) ? error : failed(parts, error);
  parts.metrics?.refused(known.code);
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
    case 'COLLECTOR_BODY_SLOW':
    case 'COLLECTOR_STOPPING':
      return { connection: 'close' };
    default:
      return {};
  }
}

/** A fault of ours: its text is for the log, not for clients. */
function failed(parts: CollectorParts, error: unknown): AppError {
  parts.logger.error({ error: error instanceof Error ? error.stack : String(error) }, 'intake failed');
  return intakeError('COLLECTOR_FAILED', 'The request failed', { remedy: 'Send it again.' });
}

function stopping(): AppError {
  return intakeError('COLLECTOR_STOPPING', 'The intake is stopping; nothing of the request was taken', {
    remedy: 'Send the request again after the time that Retry-After names.',
  });
}

function gaveWay(): AppError {
  return intakeError('COLLECTOR_BUSY', 'The body took long to come, and memory is short', {
    remedy:
      'Send the request again after the time that Retry-After names, in smaller parts if the line is slow.',
  });
}
