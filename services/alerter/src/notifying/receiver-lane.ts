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
  #wake: () => void = () => undefined;
  /** Whether the last notification had no success, though it was tried to the end and not refused. */
  #isAway = false;

  constructor(receiver: WebhookReceiver, parts: LaneParts, startOffset: number) {
    this.receiver = receiver;
    this.#parts = parts;
    this.#startOffset = startOffset;
  }

  get isFull(): boolean {
    return this.#waiting.length >= LANE_LENGTH_MAX;
  }

  /** Adds what follows from the message at an offset, unless an earlier run finished it. */
  push(offset: number, tellings: readonly Telling[]): void {
    if (offset < this.#startOffset) return;
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
        await this.#woken(signal);
        continue;
      }
      await this.#tell(next.telling, signal);
      this.#waiting.shift();
    }
  }

  #woken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        signal.removeEventListener('abort', finish);
        this.#wake = () => undefined;
        resolve();
      };
      signal.addEventListener('abort', finish, { once: true });
      this.#wake = finish;
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
          { key, body: notificationOf(decision, key) },
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
