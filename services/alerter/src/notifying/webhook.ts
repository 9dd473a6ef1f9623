import type { DecisionRecord } from '@burnline/contracts';
import type { Clock } from '@burnline/runtime';

/** Where notifications go. */
export interface WebhookReceiver {
  readonly name: string;
  readonly url: string;
  /** E.g. authorization; never logged. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface DeliveryResult {
  readonly outcome: 'delivered' | 'failed' | 'inhibited';
  readonly attempts: number;
  /** Last HTTP status; 0 without an answer. */
  readonly statusCode: number;
  readonly error: string;
}

/** About a minute in all. A receiver that is away for longer is an incident of its own; the decision stays in the table. */
const ATTEMPTS_MAX = 7;
const DELAY_MS_FIRST = 500;
const DELAY_MS_MAX = 20_000;
const REQUEST_TIMEOUT_MS = 10_000;

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
  };
}

function windowOf(window: DecisionRecord['evidence']['long']): object {
  return { seconds: window.windowMs / 1_000, bad: window.bad, total: window.total };
}

/**
 * Posts a notification until it is taken, a bounded number of times. Receivers get the decision's key in the body and as
 * `Idempotency-Key`: after a crash the same decision may be sent once more, under the same key.
 */
export async function deliver(
  receiver: WebhookReceiver,
  notification: { readonly key: string; readonly body: object },
  context: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<DeliveryResult> {
  let statusCode = 0;
  let error = '';
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    try {
      const response = await fetch(receiver.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': notification.key,
          ...receiver.headers,
        },
        body: JSON.stringify(notification.body),
        signal: AbortSignal.any([context.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      statusCode = response.status;
      // The body is of no interest, but the socket is freed only once it is read.
      await response.body?.cancel();
      if (response.ok) return { outcome: 'delivered', attempts: attempt, statusCode, error: '' };
      error = `HTTP ${statusCode}`;
      if (isRefusal(statusCode)) return { outcome: 'failed', attempts: attempt, statusCode, error };
    } catch (failure) {
      if (context.signal.aborted) throw failure;
      error = failure instanceof Error ? failure.message : String(failure);
    }
    await context.clock.sleep(Math.min(DELAY_MS_MAX, DELAY_MS_FIRST * 2 ** (attempt - 1)), context.signal);
    if (context.signal.aborted) throw new DOMException('the notifier stops', 'AbortError');
  }
  return { outcome: 'failed', attempts: ATTEMPTS_MAX, statusCode, error };
}

/** A client error will not pass by itself, except for a timeout, a conflict and a rate limit. */
function isRefusal(statusCode: number): boolean {
  return statusCode >= 400 && statusCode < 500 && ![408, 409, 425, 429].includes(statusCode);
}
