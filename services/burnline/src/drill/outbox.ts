import { AppError } from '@burnline/core';
import { systemClock } from '@burnline/runtime';
import type { DrillEvent } from './drill-events.ts';
import type { OwnCount } from './own-count.ts';

/** Requests under way; what waits behind them is bounded by the drill's length. */
const UNDER_WAY_MAX = 4;
/** Well within what the intake takes at once. */
const EVENTS_PER_REQUEST = 500;
const REQUEST_TIMEOUT_MS = 10_000;
const RETRY_MS = 200;
const RETRY_MS_MAX = 2_000;
/** A part that is stopped for longer than this shows as events that were never acknowledged. */
const RETRY_FOR_MS = 120_000;
/** Every so many requests are sent again although they were acknowledged: repeats must not count. */
const SENT_AGAIN_EVERY = 20;
const ANSWER_CHARS_SHOWN = 400;

/** Sends a drill's events to the intake, again under the same ids until they are acknowledged or the bound is met. */
export class Outbox {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #own: OwnCount;
  readonly #waiting: DrillEvent[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #requestCount = 0;
  #retryCount = 0;
  #sentAgainCount = 0;
  #failure: Error | null = null;

  /** `key`: what the intake asks for, where it does. */
  constructor(intakeUrl: string, own: OwnCount, key?: string) {
    this.#url = `${intakeUrl.replace(/\/+$/, '')}/v1/events`;
    this.#own = own;
    this.#headers = {
      'content-type': 'application/x-ndjson',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    };
  }

  /** Requests that had to be sent again, and those that were on purpose. */
  get counts(): { readonly retried: number; readonly sentAgain: number } {
    return { retried: this.#retryCount, sentAgain: this.#sentAgainCount };
  }

  /** Throws DRILL_EVENTS_REFUSED once the intake has refused events for good. */
  send(events: readonly DrillEvent[], signal: AbortSignal): void {
    if (this.#failure !== null) throw this.#failure;
    this.#waiting.push(...events);
    this.#pump(signal);
  }

  /** Resolves once everything is acknowledged or given up. */
  async drain(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    if (this.#failure !== null) throw this.#failure;
  }

  #pump(signal: AbortSignal): void {
    while (this.#underWay.size < UNDER_WAY_MAX && this.#waiting.length > 0) {
      const sending = this.#deliver(this.#waiting.splice(0, EVENTS_PER_REQUEST), signal)
        .catch((error: unknown) => {
          this.#failure ??= error instanceof Error ? error : new Error(String(error));
        })
        .then(() => {
          this.#underWay.delete(sending);
          this.#pump(signal);
        });
      this.#underWay.add(sending);
    }
  }

  async #deliver(events: readonly DrillEvent[], signal: AbortSignal): Promise<void> {
    const body = events.map((event) => JSON.stringify(event.json)).join('\n');
    const giveUpMs = performance.now() + RETRY_FOR_MS;
    for (let waitMs = RETRY_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, RETRY_MS_MAX)) {
      if (await this.#post(body)) break;
      if (performance.now() > giveUpMs) return;
      this.#retryCount += 1;
      await systemClock.sleep(waitMs, signal);
    }
    if (signal.aborted) return;
    for (const event of events) this.#own.acknowledge(event.id);
    this.#requestCount += 1;
    if (this.#requestCount % SENT_AGAIN_EVERY !== 0) return;
    this.#sentAgainCount += 1;
    await this.#post(body);
  }

  /** Whether the intake has taken it; false for what may be tried again. Throws DRILL_EVENTS_REFUSED. */
  async #post(body: string): Promise<boolean> {
    let answer: Response;
    let text: string;
    try {
      answer = await fetch(this.#url, {
        method: 'POST',
        headers: this.#headers,
        body,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      text = await answer.text();
    } catch {
      return false;
    }
    if (answer.ok) return true;
    if (answer.status >= 500 || answer.status === 408 || answer.status === 429) return false;
    throw new AppError(
      'DRILL_EVENTS_REFUSED',
      `${this.#url} answered ${answer.status}: ${text.slice(0, ANSWER_CHARS_SHOWN)}`,
      { remedy: "Name a collector's intake of the same version with --intake." },
    );
  }
}
