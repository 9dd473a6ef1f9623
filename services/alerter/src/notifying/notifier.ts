import { applyDecision, decisionKeyOf, newAlert, type AlertState } from '@burnline/core';
import { DECISIONS_TOPIC, decodeDecision, type DecisionRecord } from '@burnline/contracts';
import {
  STORE_RETRY,
  dateTime64OfMs,
  retrying,
  type Clock,
  type EventLog,
  type LogConsumer,
  type LogMessage,
  type Logger,
  type Store,
} from '@burnline/runtime';
import { deliver, notificationOf, type DeliveryResult, type WebhookReceiver } from './webhook.ts';

export interface NotifierParts {
  readonly store: Store;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly receivers: readonly WebhookReceiver[];
}

const GROUP = 'burnline-notifier';
const POLL_MS_MAX = 200;
const LOG_READ_BYTES = 4 * 1024 * 1024;

/**
 * Follows the decision log: writes each decision that stands into the tables, tells the receivers, then commits. A crash
 * in between sends the same decision again under the same key; nothing is skipped.
 */
export class Notifier {
  readonly #parts: NotifierParts;
  readonly #states = new Map<string, AlertState>();

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const consumer = await this.#parts.log.consume({ group: GROUP, topics: [DECISIONS_TOPIC] });
    try {
      while (!signal.aborted) {
        const delivery = await consumer.next(POLL_MS_MAX);
        if (delivery.kind === 'assigned') {
          for (const assigned of delivery.partitions)
            await this.#catchUp(assigned.startOffset, assigned.position);
        } else if (delivery.kind === 'messages') {
          await this.#handle(delivery.messages, consumer, signal);
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await consumer.close();
    }
  }

  /** Which decisions stand depends on those before: fold what was handled in an earlier run. */
  async #catchUp(startOffset: number, position: number): Promise<void> {
    this.#states.clear();
    let next = startOffset;
    while (next < position) {
      const from = { topic: DECISIONS_TOPIC, partition: 0, fromOffset: next, bytesMax: LOG_READ_BYTES };
      const messages = (await this.#parts.log.read(from)).filter((message) => message.offset < position);
      if (messages.length === 0) return;
      for (const message of messages) this.#stands(decodeDecision(message.value));
      next = (messages.at(-1)?.offset ?? next) + 1;
    }
  }

  async #handle(messages: readonly LogMessage[], consumer: LogConsumer, signal: AbortSignal): Promise<void> {
    const standing = messages
      .map((message) => ({ message, decision: decodeDecision(message.value) }))
      .filter(({ decision }) => this.#stands(decision));
    await this.#write(
      'alert_decisions',
      standing.map(({ message, decision }) => decisionRow(message, decision)),
      signal,
    );
    for (const { decision } of standing) {
      for (const receiver of this.#parts.receivers) await this.#notify(receiver, decision, signal);
    }
    const last = messages.at(-1);
    if (last === undefined) return;
    await consumer.commit([{ topic: DECISIONS_TOPIC, partition: 0, offset: last.offset + 1, metadata: '' }]);
  }

  async #notify(receiver: WebhookReceiver, decision: DecisionRecord, signal: AbortSignal): Promise<void> {
    const key = decisionKeyOf(decision.alertKey, decision.at);
    const result: DeliveryResult = decision.isInhibited
      ? { outcome: 'inhibited', attempts: 0, statusCode: 0, error: '' }
      : await deliver(
          receiver,
          { key, body: notificationOf(decision, key) },
          { clock: this.#parts.clock, signal },
        );
    if (result.outcome === 'failed') {
      const { error, attempts } = result;
      this.#parts.logger.error(
        { receiver: receiver.name, decisionKey: key, error, attempts },
        'notification failed',
      );
    }
    const row = {
      decision_key: key,
      receiver: receiver.name,
      outcome: result.outcome,
      attempts: result.attempts,
      status_code: result.statusCode,
      error: result.error,
      finished_at: dateTime64OfMs(this.#parts.clock.nowMs()),
    };
    await this.#write('alert_notifications', [row], signal);
  }

  async #write(table: string, rows: readonly object[], signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#parts;
    await retrying(() => store.insertRows(table, rows), STORE_RETRY, { clock, signal });
  }

  /** Applies a decision to the fold; false if an earlier message of the log already said it, or said otherwise. */
  #stands(decision: DecisionRecord): boolean {
    const { state, stands } = applyDecision(this.#states.get(decision.alertKey) ?? newAlert(), decision);
    this.#states.set(decision.alertKey, state);
    return stands;
  }
}

function decisionRow(message: LogMessage, decision: DecisionRecord): object {
  const { evidence } = decision;
  return {
    decision_key: decisionKeyOf(decision.alertKey, decision.at),
    alert_key: decision.alertKey,
    stream: evidence.stream,
    slo: evidence.slo,
    spec_rev: evidence.specRev,
    series: evidence.series,
    labels: evidence.labels,
    tier: evidence.tier,
    severity: evidence.severity,
    decision: decision.kind,
    evaluated_at: Math.floor(decision.at / 1_000),
    long_window_s: evidence.long.windowMs / 1_000,
    long_bad: evidence.long.bad,
    long_total: evidence.long.total,
    short_window_s: evidence.short.windowMs / 1_000,
    short_bad: evidence.short.bad,
    short_total: evidence.short.total,
    factor: evidence.factor,
    coverage: evidence.coverage,
    attribution: JSON.stringify(evidence.attribution),
    log_offset: message.offset,
    decided_at: dateTime64OfMs(message.timestampMs),
  };
}
