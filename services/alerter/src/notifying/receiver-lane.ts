import { decisionKeyOf } from '@burnline/core';
import type { DecisionRecord } from '@burnline/contracts';
import {
  STORE_RETRY,
  dateTime64OfMs,
  retrying,
  type Clock,
  type Logger,
  type Store,
} from '@burnline/runtime';
import type { Telling } from './speakers.ts';
import { REPOST_MS, StandingAlerts } from './standing-alerts.ts';
import {
  FULL_EFFORT,
  PROBE_EFFORT,
  deliver,
  isRefusal,
  notificationOf,
  type DeliveryEffort,
  type DeliveryResult,
  type WebhookReceiver,
} from './webhook.ts';

export interface LaneParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Tellings that wait for one receiver: some 20 MB. A lane that is full stops the reading of the log for all. */
const LANE_LENGTH_MAX = 10_000;
/** Older decisions are a replay's, or are made good after a long pause: nobody is to be woken by them. */
const HISTORY_AGE_MS = 3_600_000;

/**
 * One receiver's own way through the tellings, in their order: a receiver that is slow or away delays no other. Each
 * telling leaves the lane once its row is written.
 */
export class ReceiverLane {
  readonly receiver: WebhookReceiver;
  readonly #parts: LaneParts;
  readonly #waiting: { readonly offset: number; readonly telling: Telling }[] = [];
  /** Everything before it in the log was finished in an earlier run. */
  readonly #startOffset: number;
  /** For an Alertmanager: it wants to hear again and again of what still fires. */
  readonly #standing: StandingAlerts | null;
  #postedAtMs = 0;
  #wake: () => void = () => undefined;
  /** Whether the last notification had no success, though it was tried to the end and not refused. */
  #isAway = false;

  constructor(receiver: WebhookReceiver, parts: LaneParts, startOffset: number) {
    this.receiver = receiver;
    this.#parts = parts;
    this.#startOffset = startOffset;
    this.#standing = receiver.kind === 'alertmanager' ? new StandingAlerts() : null;
  }

  get isFull(): boolean {
    return this.#waiting.length >= LANE_LENGTH_MAX;
  }

  /** Adds what follows from the message at an offset; if an earlier run finished it, it is only remembered. */
  push(offset: number, tellings: readonly Telling[]): void {
    if (offset < this.#startOffset) {
      for (const telling of tellings) this.#settle(telling);
      return;
    }
    this.#waiting.push(...tellings.map((telling) => ({ offset, telling })));
    this.#wake();
  }

  /** Where the receiver stands: everything of the log before it is finished, given that it is read up to `readOffset`. */
  positionAt(readOffset: number): number {
    return this.#waiting[0]?.offset ?? Math.max(this.#startOffset, readOffset);
  }

  /** Works until the signal aborts; rejects if a row cannot be written. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const next = this.#waiting[0];
      if (next === undefined) {
        await this.#repost(signal);
        if (this.#waiting.length === 0) await this.#woken(signal);
        continue;
      }
      await this.#tell(next.telling, signal);
      this.#settle(next.telling);
      this.#waiting.shift();
    }
  }

  #settle({ decision, isTold }: Telling): void {
    if (isTold) this.#standing?.settle(decision);
  }

  /**
   * Between two tellings, never beside one: what still fires must not arrive after its resolve. One that fails is made good
   * by the next.
   */
  async #repost(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    const nowMs = clock.nowMs();
    if (this.#standing === null || nowMs - this.#postedAtMs < REPOST_MS) return;
    this.#postedAtMs = nowMs;
    for (const body of this.#standing.posts(nowMs)) {
      const notification = { key: `standing|${nowMs}`, body };
      const { outcome, error } = await deliver(this.receiver, notification, {
        clock,
        signal,
        effort: PROBE_EFFORT,
      });
      if (outcome !== 'failed') continue;
      logger.warn({ receiver: this.receiver.name, error }, 'what still fires could not be posted again');
      return;
    }
  }

  /** Until something is pushed, or what stands may have to be posted again, or the signal aborts. */
  #woken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const nap = new AbortController();
      const finish = (): void => {
        signal.removeEventListener('abort', finish);
        this.#wake = () => undefined;
        nap.abort();
        resolve();
      };
      signal.addEventListener('abort', finish, { once: true });
      this.#wake = finish;
      if (this.#standing !== null)
        void this.#parts.clock.sleep(REPOST_MS, nap.signal).then(() => {
          if (!nap.signal.aborted) finish();
        });
    });
  }

  /**
   * A receiver that is away costs a full effort once; then it is only looked for until it answers, where others would have
   * to wait: those who share the log with a full lane, and whoever waits for a replay. A page of the present always gets
   * the full effort.
   */
  #effortFor(decision: DecisionRecord): DeliveryEffort {
    const isHistory = this.#parts.clock.nowMs() - decision.at > HISTORY_AGE_MS;
    return this.#isAway && (this.isFull || isHistory) ? PROBE_EFFORT : FULL_EFFORT;
  }

  async #tell({ decision, isTold }: Telling, signal: AbortSignal): Promise<void> {
    const { store, clock, logger } = this.#parts;
    const key = decisionKeyOf(decision.alertKey, decision.at);
    const result: DeliveryResult = isTold
      ? await deliver(
          this.receiver,
          { key, body: this.#standing?.alertsOf(decision, clock.nowMs()) ?? notificationOf(decision, key) },
          { clock, signal, effort: this.#effortFor(decision) },
        )
      : { outcome: 'inhibited', attempts: 0, statusCode: 0, error: '' };
    if (isTold) this.#isAway = result.outcome === 'failed' && !isRefusal(result.statusCode);
    if (result.outcome === 'failed') {
      const { error, attempts } = result;
      const fields = { receiver: this.receiver.name, decisionKey: key, error, attempts };
      logger.error(fields, 'notification failed');
    }
    const row = {
      decision_key: key,
      receiver: this.receiver.name,
      outcome: result.outcome,
      attempts: result.attempts,
      status_code: result.statusCode,
      error: result.error,
      finished_at: dateTime64OfMs(clock.nowMs()),
    };
    await retrying(() => store.insertRows('alert_notifications', [row]), STORE_RETRY, { clock, signal });
  }
}
