import { setMaxListeners, type EventEmitter } from 'node:events';
import { isAppError, type AppError } from '@burnline/core';
import { BytesInFlight, type Holding } from './bodies/bytes-in-flight.ts';
import { ClientGone, type BodyLimits } from './bodies/read-body.ts';
import type { IntakeKeys } from './access/intake-keys.ts';
import type { CollectorParts } from './collector-parts.ts';
import { Backlog } from './http/backlog.ts';
import { intakeError } from './http/intake-error.ts';
import type { Accepted } from './intake/dialect.ts';
import { Turns } from './http/turns.ts';

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

/** What the requests of all its ports share: memory for bodies, and turns to work on them. */
export interface Intake {
  readonly parts: CollectorParts;
  readonly rules: IntakeRules;
  readonly turns: Turns;
  readonly inFlight: BytesInFlight;
  readonly backlog: Backlog;
}

export function openIntake(parts: CollectorParts, rules: IntakeRules): Intake {
  const nowMs = (): number => parts.clock.monotonicMs();
  // Each request listens to it, and there are as many as connections and calls: bounded elsewhere.
  setMaxListeners(0, rules.stopping);
  const inFlight = new BytesInFlight(rules.bytesInFlightMax, nowMs);
  return { parts, rules, turns: new Turns(), inFlight, backlog: new Backlog(nowMs) };
}

/** A request while its body is read and worked on. */
export interface HeldRequest {
  readonly holding: Holding;
  /** Aborts when the client goes away, memory runs out, or the intake stops. */
  readonly signal: AbortSignal;
}

/**
 * Works on one request. Its memory is given back when the work fails or else when `closing`, the way to the client, closes:
 * when the answer has left, or its reader has. Rejects with COLLECTOR_BUSY, COLLECTOR_STOPPING, ClientGone, or as `work` does.
 */
export async function holdRequest<T>(
  { rules, inFlight }: Intake,
  closing: EventEmitter,
  work: (held: HeldRequest) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const holding = inFlight.open(() => {
    ending.abort(gaveWay());
  });
  closing.once('close', () => {
    holding.release();
    ending.abort(new ClientGone());
  });
  const onStopping = (): void => {
    ending.abort(stopping());
  };
  rules.stopping.addEventListener('abort', onStopping, { once: true });
  try {
    if (rules.stopping.aborted) throw stopping();
    return await work({ holding, signal: ending.signal });
  } catch (error) {
    holding.release();
    throw error;
  } finally {
    rules.stopping.removeEventListener('abort', onStopping);
  }
}

/** Takes a client's body, and off its rate what that brought: nothing, where it is refused. Rejects as `take` does. */
export async function counted(
  keys: Pick<IntakeKeys, 'took'>,
  client: string,
  take: () => Promise<Accepted>,
): Promise<Accepted> {
  let records = 0;
  try {
    const accepted = await take();
    records = accepted.accepted + (accepted.sampledOut ?? 0);
    return accepted;
  } finally {
    keys.took(client, records);
  }
}

/** Why a request is refused, counted. A fault of ours is told in the log, and not to clients. */
export function refusalOf(parts: CollectorParts, error: unknown): AppError {
  const known = isAppError(error) ? error : failed(parts, error);
  parts.metrics?.refused(known.code);
  return known;
}

function failed(parts: CollectorParts, error: unknown): AppError {
  parts.logger.error({ error: error instanceof Error ? error.stack : String(error) }, 'intake failed');
  return intakeError('COLLECTOR_FAILED', 'The request failed', { remedy: 'Send it again.' });
}

function stopping(): Error {
  return intakeError('COLLECTOR_STOPPING', 'The intake is stopping; nothing of the request was taken', {
    remedy: 'Send the request again after the time that Retry-After names.',
  });
}

function gaveWay(): Error {
  return intakeError('COLLECTOR_BUSY', 'The body took long to come, and memory is short', {
    remedy:
      'Send the request again after the time that Retry-After names, in smaller parts if the line is slow.',
  });
}
