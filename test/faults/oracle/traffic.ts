import { setTimeout as sleep } from 'node:timers/promises';
import { createBatchDecoder, loadPackageSchemas, uuidFromBytes } from '@burnline/contracts';
import type { InferenceEvent } from '@burnline/core';
import { createPublisher, httpTransport, type Publisher, type PublisherTransport } from '@burnline/publisher';
import { eventNumber } from '../../support/events.ts';

export interface TrafficOptions {
  readonly intakeUrl: string;
  readonly stream: string;
  readonly partitionCount: number;
  /** In [0, 1): what every event is, and what is sent again. */
  readonly random: () => number;
  /** Numbers its events from here; two traffics of one stream must not share any. */
  readonly firstNumber?: number;
}

const TICK_MS = 50;
const EVENTS_PER_REQUEST = 8;
/** Requests that wait for an answer; more would pile up while nobody answers. */
const UNDER_WAY_MAX = 12;
const RETRY_MS = 200;
const REQUEST_TIMEOUT_MS = 10_000;
const ANSWER_CHARS_SHOWN = 400;
/** For an intake to come back, and everything to be taken. */
const STOP_DEADLINE_MS = 120_000;
/** Shares of requests. */
const SENT_AGAIN_AT_ONCE = 0.08;
const SENT_AGAIN_LATE = 0.05;
/** Above the objective of 800 ms for some, and never above how long the call took. */
const TTFT_MS_MAX = 1_000;
/** Share of events that come hours after they happened. */
const LATE = 0.08;
const LATE_MS_MAX = 6 * 3_600_000;

/**
 * Seeded events for a fleet, as services would send them: one half as JSON to the intake, one half through the publisher's
 * package. What is not acknowledged is sent again under the same ids until it is; some requests are sent again although
 * they were. Remembers every id that was acknowledged.
 */
export class Traffic {
  /** Ids of events that the intake said are durable. */
  readonly acknowledged = new Set<string>();
  readonly #options: TrafficOptions;
  readonly #publisher: Publisher;
  readonly #sent: (readonly InferenceEvent[])[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #nextNumber: number;
  #refusedCount = 0;
  #failure: Error | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#nextNumber = options.firstNumber ?? 0;
    this.#publisher = createPublisher({
      transport: this.#remembering(httpTransport({ url: options.intakeUrl })),
      stream: options.stream,
      partitionCount: options.partitionCount,
      service: 'chat',
      environment: 'test',
      reportIntervalMs: 0,
      retry: { backoffMs: RETRY_MS, backoffMsMax: 1_000 },
    });
  }

  /** How many requests had to be sent again. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Ends once everything that was sent is acknowledged; rejects if it is not in time, or was refused for good. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    const deadline = performance.now() + STOP_DEADLINE_MS;
    while (this.#underWay.size > 0 && performance.now() < deadline) await sleep(TICK_MS);
    await this.#publisher.close({ timeoutMs: Math.max(1_000, Math.round(deadline - performance.now())) });
    const { emitted, acknowledged } = this.#publisher.counters();
    if (this.#failure !== null) throw this.#failure;
    if (this.#underWay.size > 0 || emitted !== acknowledged)
      throw new Error(
        `not acknowledged in time: ${this.#underWay.size} requests, ${emitted - acknowledged} events of the publisher`,
      );
  }

  async #run(): Promise<void> {
    for (let tick = 0; !this.#stopping.signal.aborted; tick += 1) {
      if (this.#underWay.size < UNDER_WAY_MAX) this.#send(tick);
      await sleep(TICK_MS);
    }
  }

  #send(tick: number): void {
    const { random } = this.#options;
    const events = Array.from({ length: EVENTS_PER_REQUEST }, () => this.#newEvent());
    const repeats = random();
    if (tick % 2 === 0) for (const event of events) this.#publisher.emit(event);
    else this.#track(this.#post(events));
    this.#sent.push(events);
    if (repeats < SENT_AGAIN_AT_ONCE) this.#track(this.#post(events));
    else if (repeats < SENT_AGAIN_AT_ONCE + SENT_AGAIN_LATE)
      this.#track(this.#post(this.#sent[Math.floor(random() * this.#sent.length)] ?? events));
  }

  #newEvent(): InferenceEvent {
    const { random } = this.#options;
    const kind = random();
    const status =
      kind < 0.1 ? 'error' : kind < 0.13 ? 'timeout' : kind < 0.16 ? 'cancelled' : ('ok' as const);
    const lateMs = random() < LATE ? random() * LATE_MS_MAX : 0;
    const number = this.#nextNumber++;
    const { event_id } = eventNumber(number);
    // Version 4, as the intake asks for.
    event_id[6] = ((event_id[6] ?? 0) & 0x0f) | 0x40;
    event_id[8] = ((event_id[8] ?? 0) & 0x3f) | 0x80;
    return eventNumber(number, {
      event_id,
      occurred_at: (Date.now() - Math.floor(lateMs)) * 1_000 + (number % 1_000),
      model_requested: ['small', 'medium', 'large'][Math.floor(random() * 3)] ?? '',
      status,
      duration_ms: TTFT_MS_MAX,
      ttft_ms: status === 'ok' && random() < 0.95 ? Math.floor(random() * TTFT_MS_MAX) : null,
      output_tokens: Math.floor(random() * 500),
    });
  }

  #track(request: Promise<void>): void {
    const tracked = request.catch((error: unknown) => {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    });
    this.#underWay.add(tracked);
    void tracked.then(() => this.#underWay.delete(tracked));
  }

  async #post(events: readonly InferenceEvent[]): Promise<void> {
    const body = events.map((event) => JSON.stringify(jsonOf(event))).join('\n');
    const deadline = performance.now() + STOP_DEADLINE_MS;
    for (;;) {
      const answer = await answerOf(`${this.#options.intakeUrl}/v1/events`, body);
      if (answer.status === 200) break;
      if (answer.status < 500 && answer.status !== 0)
        throw new Error(`the intake refused events for good: ${answer.status} ${answer.text}`);
      if (performance.now() > deadline)
        throw new Error(`the intake did not come back: ${answer.status} ${answer.text}`);
      this.#refusedCount += 1;
      await sleep(RETRY_MS);
    }
    for (const { event_id } of events) this.acknowledged.add(uuidFromBytes(event_id));
  }

  #remembering(transport: PublisherTransport): PublisherTransport {
    const decoder = createBatchDecoder(loadPackageSchemas());
    return {
      send: async (batches) => {
        try {
          await transport.send(batches);
        } catch (error) {
          this.#refusedCount += 1;
          throw error;
        }
        for (const { value } of batches.flatMap(({ messages }) => messages)) {
          const batch = decoder.decodeBatch(value);
          if (batch.kind !== 'inference') continue;
          for (const { event_id } of batch.records) this.acknowledged.add(uuidFromBytes(event_id));
        }
      },
    };
  }
}

/** Status 0: no answer came. */
async function answerOf(
  url: string,
  body: string,
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const headers = { 'content-type': 'application/x-ndjson' };
    const response = await fetch(url, { method: 'POST', headers, body, signal });
    return { status: response.status, text: (await response.text()).slice(0, ANSWER_CHARS_SHOWN) };
  } catch (error) {
    return { status: 0, text: String(error) };
  }
}

/** As the intake takes it: what is null or empty is left out, ids are text. */
function jsonOf(event: InferenceEvent): object {
  const stated = Object.entries(event).filter(([name, value]) => value !== null && name !== 'verdicts');
  return { ...Object.fromEntries(stated), event_id: uuidFromBytes(event.event_id) };
}
