import type { DecisionRecord } from '@burnline/contracts';
import type { Clock } from '@burnline/runtime';

/** Where notifications go. */
export interface WebhookReceiver {
  readonly name: string;
  readonly url: string;
  /** E.g. authorization; never logged. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What it is sent: each decision as `notificationOf` writes it, which is the default, or alerts as Alertmanager takes them. */
  readonly kind?: 'webhook' | 'alertmanager';
}

/** An Alertmanager, by its address; a path prefix is kept. */
export function alertmanagerReceiver(url: string): WebhookReceiver {
  return { name: 'alertmanager', kind: 'alertmanager', url: `${url.replace(/\/+$/, '')}/api/v2/alerts` };
}

export interface DeliveryResult {
  readonly outcome: 'delivered' | 'failed' | 'inhibited';
  readonly attempts: number;
  /** Last HTTP status; 0 without an answer. */
  readonly statusCode: number;
  readonly error: string;
}

/** How hard a notification is tried to be delivered. */
export interface DeliveryEffort {
  readonly attemptsMax: number;
  /** Of each attempt. */
  readonly timeoutMs: number;
}

/** About a minute of waiting in all. A receiver that is away for longer is an incident of its own; the row says so. */
export const FULL_EFFORT: DeliveryEffort = { attemptsMax: 8, timeoutMs: 10_000 };
/** A look whether a receiver that was away is back. */
export const PROBE_EFFORT: DeliveryEffort = { attemptsMax: 1, timeoutMs: 2_000 };
const DELAY_MS_FIRST = 500;
const DELAY_MS_MAX = 20_000;

/** What a receiver is sent, as JSON. Stable: fields are added, never changed. */
export function notificationOf(decision: DecisionRecord, decisionKey: string): object {
  const { evidence } = decision;
  return {
    version: 1,
    decision_key: decisionKey,
    alert_key: decision.alertKey,
    decision: decision.kind,
    evaluated_at: new Date(decision.at).toISOString(),
    severity: evidence.severity,
    slo: evidence.slo,
    display_name: evidence.displayName,
    service: evidence.service,
    labels: evidence.labels,
    stream: evidence.stream,
    tier: evidence.tier,
    target: evidence.target,
    burn_rate_factor: evidence.factor,
    long_window: windowOf(evidence.long),
    short_window: windowOf(evidence.short),
    coverage: evidence.coverage,
    spec_rev: evidence.specRev,
    attribution: evidence.attribution,
    ...(decision.ending === undefined
      ? {}
      : { ended_by: decision.ending.by, reason: decision.ending.reason }),
  };
}

function windowOf(window: DecisionRecord['evidence']['long']): object {
  return { seconds: window.windowMs / 1_000, bad: window.bad, total: window.total };
}

/**
 * Posts a notification until it is taken, a bounded number of times. Receivers get the decision's key in the body and as
 * `Idempotency-Key`: after a crash the same decision may be sent once more, under the same key. Rejects only when the
 * signal aborts: then it is not known whether the notification was taken.
 */
export async function deliver(
  receiver: WebhookReceiver,
  notification: { readonly key: string; readonly body: object },
  context: { readonly clock: Clock; readonly signal: AbortSignal; readonly effort: DeliveryEffort },
): Promise<DeliveryResult> {
  const { clock, signal, effort } = context;
  for (let attempt = 1; ; attempt += 1) {
    const { statusCode, error } = await post(receiver, notification, { signal, timeoutMs: effort.timeoutMs });
    if (error === '') return { outcome: 'delivered', attempts: attempt, statusCode, error };
    if (attempt >= effort.attemptsMax || isRefusal(statusCode)) {
      return { outcome: 'failed', attempts: attempt, statusCode, error };
    }
    await clock.sleep(Math.min(DELAY_MS_MAX, DELAY_MS_FIRST * 2 ** (attempt - 1)), signal);
    if (signal.aborted) throw new DOMException('the notifier stops', 'AbortError');
  }
}

/** One attempt; an empty error says that the receiver took it. */
async function post(
  receiver: WebhookReceiver,
  notification: { readonly key: string; readonly body: object },
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<{ readonly statusCode: number; readonly error: string }> {
  // Not AbortSignal.any over AbortSignal.timeout: both are held weakly, and once collected the request waits for ever.
  const attempt = new AbortController();
  const stop = (): void => {
    attempt.abort(signal.reason);
  };
  const timer = setTimeout(() => {
    attempt.abort(new Error(`no answer within ${timeoutMs} ms`));
  }, timeoutMs);
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    const response = await fetch(receiver.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': headerText(notification.key),
        ...receiver.headers,
      },
      body: JSON.stringify(notification.body),
      // Following would make a POST a GET that some login page answers with 200, and hand our headers to another host.
      redirect: 'manual',
      signal: attempt.signal,
    });
    // The body is of no interest, but the socket is freed only once it is read or cancelled.
    await response.body?.cancel();
    return { statusCode: response.status, error: response.ok ? '' : `HTTP ${response.status}` };
  } catch (failure) {
    if (signal.aborted) throw failure;
    return { statusCode: 0, error: reasonOf(failure).replaceAll(receiver.url, 'the URL') };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** Why there is no answer. The URL of a webhook often is a secret: the caller takes it out. */
function reasonOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const { cause } = failure;
  return cause instanceof Error ? `${failure.message}: ${cause.message}` : failure.message;
}

/** Headers carry ASCII alone: what else a name holds is percent-encoded. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, encodeURIComponent);
}

/** A redirect or a client error will not pass by itself, except for a timeout, a conflict and a rate limit. */
export function isRefusal(statusCode: number): boolean {
  return statusCode >= 300 && statusCode < 500 && ![408, 409, 425, 429].includes(statusCode);
}
