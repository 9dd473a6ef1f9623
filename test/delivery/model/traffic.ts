import { createBatchEncoder, encodeSpecMark, partitionOf, type SchemaSource } from '@burnline/contracts';
import type { EvalVerdict, InferenceEvent } from '@burnline/core';
import type { EventLog } from '@burnline/runtime';
import { eventNumber } from '../../support/events.ts';
import type { Random } from './random.ts';
import { ANNOUNCED_PLANS, FIRST_REVISIONS } from './slos.ts';
import type { Truth } from './truth.ts';

export const EVENTS_TOPIC = 'burnline.live.inference';
export const VERDICTS_TOPIC = 'burnline.live.verdicts';
export const PARTITION_COUNT = 2;

/** Late, on time, ahead of the log's clock; and long ago. */
const AGES_MS = [0, 0, 0, 1, 400, 3_000, 9_000, 60_000, -50, -5_000];
const RECENT_MAX = 12;

/** Appends what services might: events and verdicts with inline ones, resends within and beyond the window, bad bytes. */
export class Traffic {
  #random: Random;
  readonly #truth: Truth;
  readonly #log: EventLog;
  readonly #schemas: SchemaSource;
  #number = 0;
  readonly #recentEvents: InferenceEvent[] = [];
  readonly #recentVerdicts: EvalVerdict[] = [];

  constructor(parts: { random: Random; truth: Truth; log: EventLog; schemas: SchemaSource }) {
    this.#random = parts.random;
    this.#truth = parts.truth;
    this.#log = parts.log;
    this.#schemas = parts.schemas;
  }

  /** Appends one message, or an announcement too where `announces`; tells what. */
  async append(random: Random, at: { readonly nowMs: number; readonly announces: boolean }): Promise<string> {
    this.#random = random;
    const { nowMs } = at;
    const kind = random.next();
    if (kind < 0.07 && at.announces) return this.#announce(nowMs);
    if (kind < 0.1) {
      const value = random.pick([Buffer.from('not a message'), Buffer.from([0, 0, 0, 0, 1, 2, 3])]);
      this.#truth.know(value, { kind: 'malformed' });
      const [topic, partition] = [random.pick([EVENTS_TOPIC, VERDICTS_TOPIC]), random.below(PARTITION_COUNT)];
      await this.#send(topic, partition, value);
      return `a message that cannot be read to ${topic}/${partition}`;
    }
    return kind < 0.3 ? this.#appendVerdicts(nowMs) : this.#appendEvents(nowMs);
  }

  /** Everything, in every partition: what a stream begins with. */
  async announceAll(nowMs: number): Promise<void> {
    for (const topic of [EVENTS_TOPIC, VERDICTS_TOPIC])
      for (let partition = 0; partition < PARTITION_COUNT; partition += 1)
        await this.#sendSpecs({ topic, partition, begun: FIRST_REVISIONS, ended: [] }, nowMs);
  }

  /** Announcements reach partitions one by one, are repeated, and end what was never begun. */
  async #announce(nowMs: number): Promise<string> {
    const random = this.#random;
    const [begun, ended] = [random.pick(ANNOUNCED_PLANS).specRev, random.pick(ANNOUNCED_PLANS).specRev];
    const where = {
      topic: random.pick([EVENTS_TOPIC, VERDICTS_TOPIC]),
      partition: random.below(PARTITION_COUNT),
    };
    const change = { begun: random.chance(0.7) ? [begun] : [], ended: random.chance(0.5) ? [ended] : [] };
    await this.#sendSpecs({ ...where, ...change }, nowMs);
    return `begins [${change.begun.join()}] and ends [${change.ended.join()}] in ${where.topic}/${where.partition}`;
  }

  async #sendSpecs(
    mark: { topic: string; partition: number; begun: readonly string[]; ended: readonly string[] },
    nowMs: number,
  ): Promise<void> {
    // A revision begins once: what was ended gets another name.
    const begun = mark.begun.filter(
      (revision) => !this.#truth.of(mark.topic, mark.partition).begins.has(revision),
    );
    const { ended } = mark;
    const value = encodeSpecMark(
      { marked_at: nowMs * 1_000, begun_specs: begun, ended_specs: ended },
      this.#schemas,
    );
    this.#truth.know(value, { kind: 'specs', begun, ended });
    await this.#send(mark.topic, mark.partition, value);
  }

  async #appendEvents(nowMs: number): Promise<string> {
    const first = this.#eventOrRepeat(nowMs);
    const events = [first];
    const partition = partitionOf(first.event_id, PARTITION_COUNT);
    for (let more = this.#random.below(4); more > 0; more -= 1) {
      const event = this.#eventOrRepeat(nowMs);
      if (partitionOf(event.event_id, PARTITION_COUNT) === partition) events.push(event);
    }
    const encoder = createBatchEncoder({ kind: 'inference', schemas: this.#schemas });
    for (const event of events) encoder.append(event);
    const value = encoder.finish();
    this.#truth.know(value, { kind: 'inference', events });
    await this.#send(EVENTS_TOPIC, partition, value);
    const ages = events.map((one) => `${nowMs - Math.floor(one.occurred_at / 1_000)} ms old`);
    return `${events.length} event(s) to ${EVENTS_TOPIC}/${partition}: ${ages.join(', ')}`;
  }

  async #appendVerdicts(nowMs: number): Promise<string> {
    const verdict = this.#verdictOrRepeat(nowMs);
    const encoder = createBatchEncoder({ kind: 'verdict', schemas: this.#schemas });
    encoder.append(verdict);
    const value = encoder.finish();
    this.#truth.know(value, { kind: 'verdict', verdicts: [verdict] });
    const partition = partitionOf(verdict.event_id, PARTITION_COUNT);
    await this.#send(VERDICTS_TOPIC, partition, value);
    return `a verdict to ${VERDICTS_TOPIC}/${partition}`;
  }

  #eventOrRepeat(nowMs: number): InferenceEvent {
    const random = this.#random;
    if (this.#recentEvents.length > 0 && random.chance(0.25)) return random.pick(this.#recentEvents);
    const event = eventNumber((this.#number += 1), {
      occurred_at: this.#timeMicros(nowMs),
      status: random.pick(['ok', 'ok', 'ok', 'error', 'timeout']),
      provider: random.pick(['a', 'b', 'c', 'd', '__other__']),
      region: random.pick(['eu', 'us']),
      ttft_ms: random.pick([null, 0, 100, 500, 501, 900]),
      input_tokens: random.pick([0, 1, 7, 4_096]),
      output_tokens: random.below(100),
      verdicts: random.chance(0.3) ? [this.#verdict()] : [],
    });
    remember(this.#recentEvents, event);
    return event;
  }

  #verdictOrRepeat(nowMs: number): EvalVerdict {
    const random = this.#random;
    if (this.#recentVerdicts.length > 0 && random.chance(0.25)) return random.pick(this.#recentVerdicts);
    const carrier = eventNumber((this.#number += 1));
    const verdict: EvalVerdict = {
      ...carrier,
      ...this.#verdict(),
      judged_at: nowMs * 1_000,
      inference_at: this.#timeMicros(nowMs),
    };
    remember(this.#recentVerdicts, verdict);
    return verdict;
  }

  #verdict(): InferenceEvent['verdicts'][number] {
    return {
      evaluator: this.#random.pick(['judge', 'guard', 'thumbs']),
      evaluator_version: '1',
      kind: 'online_judge',
      dimension: 'quality',
      passed: this.#random.chance(0.7),
      score: null,
    };
  }

  #timeMicros(nowMs: number): number {
    return (nowMs - this.#random.pick(AGES_MS)) * 1_000 + this.#random.below(1_000);
  }

  async #send(topic: string, partition: number, value: Uint8Array): Promise<void> {
    await this.#log.append([{ topic, partition, messages: [{ value }] }]);
  }
}

function remember<T>(recent: T[], one: T): void {
  recent.push(one);
  if (recent.length > RECENT_MAX) recent.shift();
}
