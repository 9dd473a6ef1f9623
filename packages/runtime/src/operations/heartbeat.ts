import type { Clock } from '../lifecycle/clock.ts';
import type { Logger } from '../observability/logger.ts';

export interface HeartbeatOptions {
  /** Of a receiver that raises an alarm when it hears nothing; may carry user and password, and is never logged. */
  readonly url: string;
  readonly intervalMs: number;
  /** Rejects with the reason while nothing is to be sent: the receiver is to notice. */
  readonly isWell: () => Promise<void>;
}

export interface HeartbeatContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** An answer is due within the shortest interval. */
const TIMEOUT_MS = 5_000;

/** A receiver of heartbeats expects one a minute or so. */
export const HEARTBEAT_INTERVAL_MS = 30_000;

/**
 * Tells an outside receiver, again and again, that judging goes on: a pipeline that is dead, or that judges nothing, cannot
 * page, so whoever hears nothing must. A GET is what such receivers have in common. One that cannot be reached is told in
 * the log and tried at the next interval.
 */
export async function sendHeartbeats(options: HeartbeatOptions, context: HeartbeatContext): Promise<void> {
  const { clock, logger, signal } = context;
  const target = targetOf(options.url);
  let last = '';
  while (!signal.aborted) {
    const outcome = await beat(target, options, signal);
    if (outcome !== last && outcome !== '') logger.error({ reason: outcome }, 'no heartbeat was sent');
    if (outcome !== last && outcome === '')
      logger.info({}, 'the heartbeat receiver is told that judging goes on');
    last = outcome;
    await clock.sleep(options.intervalMs, signal);
  }
}

interface Target {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** Requests take no login in the URL: it becomes Basic authentication. */
function targetOf(text: string): Target {
  const url = new URL(text);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = '';
  url.password = '';
  const isOpen = user === '' && password === '';
  const login = Buffer.from(`${user}:${password}`).toString('base64');
  return { url, headers: isOpen ? {} : { authorization: `Basic ${login}` } };
}

/** Why no heartbeat was taken; empty if one was. */
async function beat(target: Target, { isWell }: HeartbeatOptions, signal: AbortSignal): Promise<string> {
  try {
    await isWell();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const attempt = new AbortController();
  const stop = (): void => {
    attempt.abort();
  };
  const timer = setTimeout(stop, TIMEOUT_MS);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const response = await fetch(target.url, { headers: target.headers, signal: attempt.signal });
    await response.body?.cancel();
    return response.ok ? '' : `the receiver answered HTTP ${response.status}`;
  } catch {
    return signal.aborted ? '' : 'the receiver cannot be reached';
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
