import { decisionKeyOf } from '@burnline/core';
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
  ATTEMPTS_MAX,
  deliver,
  notificationOf,
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
  #hasFailedLast = false;

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

  async #tell({ decision, isTold }: Telling, signal: AbortSignal): Promise<void> {
    const { store, clock, logger } = this.#parts;
    const key = decisionKeyOf(decision.alertKey, decision.at);
    const result: DeliveryResult = isTold
      ? await deliver(
          this.receiver,
          { key, body: notificationOf(decision, key) },
          // A receiver that stays away while its lane is full must not hold up the others: once each, until it answers.
          { clock, signal, attemptsMax: this.isFull && this.#hasFailedLast ? 1 : ATTEMPTS_MAX },
        )
      : { outcome: 'inhibited', attempts: 0, statusCode: 0, error: '' };
    if (isTold) this.#hasFailedLast = result.outcome === 'failed';
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
