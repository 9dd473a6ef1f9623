import { createBatchEncoder, partitionOf, uuidFromBytes, type SchemaSource } from '@burnline/contracts';
import { JUDGED_IDS, invariant, type EvalVerdict, type JudgedId } from '@burnline/core';
import {
  readProgress,
  startOf,
  type Clock,
  type EventLog,
  type Logger,
  type NewMessage,
  type RunningStream,
  type Store,
  type StreamEpoch,
  type StreamProgress,
  type StreamWork,
} from '@burnline/runtime';
import { DeadLetterKeeper, type DeadLetter } from '../dead-letters.ts';
import { askedKey, findEvents, findVerdicts, type AskedEvent, type JudgedEvent } from './judged-events.ts';
import {
  ReferencePartition,
  heldBytesOf,
  type ReferenceSnapshot,
  type Waiting,
} from './reference-partition.ts';
import { verdictOf } from './verdict-of.ts';

/** How long after a reference its event may come into the log, milliseconds: agents and batches end, exporters try again. */
const EVENT_WAIT_MS = 10 * 60_000;
/** How long before a reference its event may have come: of people who complain, most do so within days. */
const LOOKBACK_S = 7 * 86_400;
/** References in memory, bytes as `heldBytesOf` counts them: 20,000 at most. Beyond, reading waits until some are settled. */
const HELD_BYTES_MAX = 64_000_000;
/** References whose events are asked for together. */
const LOOKED_AT_MAX = 2_000;
/** Pauses between looks for one event double from here to there. */
const LOOK_AGAIN_MS = 1_000;
const LOOK_AGAIN_MS_MAX = 30_000;
/** A log's timestamps may step back by so much: rows of before are looked at again. */
const STEP_BACK_S = 600;
/** Another resolver may have appended in so long a time what a look found to be missing: repeats are not recognised for ever. */
const LOOK_MS_MAX = 60_000;

/** A request has attempts, a trace has calls. */
const IDS_OF_SEVERAL: ReadonlySet<JudgedId> = new Set(['request_id', 'trace_id']);

const NO_EVENT = 'VERDICT_WITHOUT_EVENT';

interface ResolverParts {
  readonly store: Store;
  readonly log: EventLog;
  readonly logger: Logger;
  readonly schemas: SchemaSource;
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  /** Whose events and verdicts; their epochs in this order. */
  readonly stream: RunningStream;
  /** Aborts when nobody may be kept waiting any more. */
  readonly stopping: AbortSignal;
  /** EVENT_WAIT_MS if absent. */
  readonly eventWaitMs?: number;
}

type Awaited = Waiting & { readonly content: Extract<Waiting['content'], { kind: 'reference' }> };

/** What the sink had written when a look began. */
interface Written {
  /** Log time up to which all events are rows, epoch ms; null: of some partition nothing is known. */
  readonly eventsThroughMs: number | null;
  readonly verdicts: StreamProgress['written'];
}

/**
 * Turns verdicts that name what they judge by an id into verdicts with its time and dimensions, from the raw rows, and appends
 * them to the topic of verdicts under the ids that they came with.
 *
 * An event counts that came into the log within `eventWaitMs` after its reference. A reference becomes a dead letter only once
 * the sink has written everything up to then: a sink that is behind makes them wait, and none is lost to it.
 *
 * A verdict may be appended again after a crash, and by two resolvers at a time: then it is a repeat. One that was appended longer
 * ago than repeats are recognised is found in the table; nothing is resolved before the sink has written there what predecessors
 * had appended.
 */
export function createReferenceWork(parts: ResolverParts): StreamWork<ReferenceSnapshot> {
  const resolver = new Resolver(parts);
  const { log, stream } = parts;
  return {
    consumer: 'sink',
    heldMax: HELD_BYTES_MAX,
    writesMarks: false,
    open: async (assigned, epoch) => {
      const partition = { topic: assigned.topic, partition: assigned.partition };
      const bounds = await log.bounds([stream.topics.verdicts.name]);
      const fence = new Map(bounds.map((one) => [one.partition, one.endOffset]));
      return new ReferencePartition(partition, startOf(assigned, epoch), fence);
    },
    write: (snapshots, epochOf) => resolver.write(snapshots, epochOf),
  };
}

/** What becomes of the references of one look. */
class Outcome {
  readonly verdicts = new Map<Awaited, EvalVerdict>();
  readonly letters = new Map<Waiting, DeadLetter>();
  /** Those that have verdicts. */
  readonly known: Waiting[] = [];

  addVerdict(waiting: Awaited, event: JudgedEvent): void {
    this.verdicts.set(waiting, verdictOf(waiting.content.reference, event));
  }

  addKnown(waiting: Awaited): void {
    this.verdicts.delete(waiting);
    this.known.push(waiting);
  }

  addLetter(waiting: Waiting, why: Omit<DeadLetter, 'message'>): void {
    this.letters.set(waiting, { message: waiting.message, ...why });
  }
}

class Resolver {
  readonly #parts: ResolverParts;
  readonly #deadLetters: DeadLetterKeeper;
  readonly #waitMs: number;

  constructor(parts: ResolverParts) {
    this.#parts = parts;
    this.#deadLetters = new DeadLetterKeeper(parts);
    this.#waitMs = parts.eventWaitMs ?? EVENT_WAIT_MS;
  }

  async write(
    snapshots: readonly ReferenceSnapshot[],
    epochOf: (topic: string) => StreamEpoch,
  ): Promise<void> {
    const { clock, stopping } = this.#parts;
    const isFull = (): boolean =>
      snapshots.flatMap(({ waiting }) => waiting).reduce((sum, one) => sum + heldBytesOf(one.message), 0) >
      HELD_BYTES_MAX;
    for (;;) {
      const written = await this.#written();
      for (const snapshot of snapshots)
        await this.#settle(snapshot, written, epochOf(snapshot.partition.topic));
      // Reading goes on once this has returned.
      if (!isFull() || stopping.aborted) return;
      await clock.sleep(LOOK_AGAIN_MS, stopping);
    }
  }

  async #written(): Promise<Written> {
    const { store, stream } = this.#parts;
    const [inference, verdicts] = stream.epochs;
    invariant(
      inference !== undefined && verdicts !== undefined,
      'a stream has epochs of events and verdicts',
    );
    const events = await readProgress(store, 'sink', [inference]);
    const { written } = await readProgress(store, 'sink', [verdicts]);
    return { eventsThroughMs: events.logTimeMs, verdicts: written };
  }

  /** One look for the events of those whose turn it is. */
  async #settle(snapshot: ReferenceSnapshot, written: Written, epoch: StreamEpoch): Promise<void> {
    const outcome = new Outcome();
    const { clock } = this.#parts;
    const startedAtMs = clock.monotonicMs();
    for (const waiting of snapshot.waiting)
      if (waiting.content.kind === 'bad') outcome.addLetter(waiting, waiting.content);
    if (isFencePassed(snapshot, written)) {
      const due = this.#dueOf(snapshot, written);
      await this.#look(
        due.filter(({ content }) => content.looks === 0),
        written,
        outcome,
      );
      await this.#look(
        due.filter(({ content }) => content.looks > 0),
        written,
        outcome,
      );
    }
    if (clock.monotonicMs() - startedAtMs > LOOK_MS_MAX)
      await this.#withoutVerdict([...outcome.verdicts.keys()], outcome);
    await this.#append([...outcome.verdicts.values()]);
    // At once: what is written again because dead letters could not be kept would append these again, however much later.
    snapshot.settle([...outcome.verdicts.keys(), ...outcome.known]);
    await this.#deadLetters.keep([...outcome.letters.values()], {
      partition: snapshot.partition.partition,
      epoch,
    });
    snapshot.settle([...outcome.letters.keys()]);
  }

  #dueOf({ waiting }: ReferenceSnapshot, written: Written): readonly Awaited[] {
    const nowMs = this.#parts.clock.monotonicMs();
    return waiting
      .filter((one): one is Awaited => one.content.kind === 'reference')
      .filter((one) => one.content.nextLookMs <= nowMs || this.#isOverdue(one, written))
      .slice(0, LOOKED_AT_MAX);
  }

  /** Whether every event that counts for it is a row by now. */
  #isOverdue({ message }: Waiting, { eventsThroughMs }: Written): boolean {
    return eventsThroughMs !== null && eventsThroughMs >= message.timestampMs + this.#waitMs;
  }

  /** How far back a verdict, or an event of a reference may lie, epoch seconds. */
  #earliestS(group: readonly Awaited[]): number {
    const earliestMs = Math.min(...group.map(({ message }) => message.timestampMs));
    return Math.max(0, Math.floor(earliestMs / 1_000) - LOOKBACK_S);
  }

  /** Looks for the events of some that were all looked for before, or all were not. */
  async #look(group: readonly Awaited[], written: Written, outcome: Outcome): Promise<void> {
    if (group.length === 0) return;
    const isFirst = group[0]?.content.looks === 0;
    const open = new Set(isFirst ? await this.#withoutVerdict(group, outcome) : group);
    for (const by of JUDGED_IDS) {
      const asked = [...open].filter((one) => this.#mayBeFoundBy(by, one, written));
      const found = await this.#find(by, asked, by === 'trace_id');
      for (const one of asked) {
        const event = found.get(askedKey(askedBy(by, one)));
        if (event === undefined) continue;
        outcome.addVerdict(one, event);
        open.delete(one);
      }
    }
    for (const one of open) {
      if (this.#isOverdue(one, written)) outcome.addLetter(one, this.#noEvent(one));
      else this.#lookAgain(one, written);
    }
  }

  /** Those whose verdicts no predecessor has appended, and no client by another reference. */
  async #withoutVerdict(group: readonly Awaited[], outcome: Outcome): Promise<readonly Awaited[]> {
    const { store, stream } = this.#parts;
    const idOf = ({ content }: Awaited): string => uuidFromBytes(content.reference.event_id);
    if (group.length === 0) return [];
    // Of an event that a reference may still find no verdict is older: it came at most so long before its event.
    const sinceS = Math.max(0, this.#earliestS(group) - Math.ceil(this.#waitMs / 1_000) - STEP_BACK_S);
    const known = await findVerdicts(store, { stream: stream.name, ids: group.map(idOf), sinceS });
    for (const one of group) if (known.has(idOf(one))) outcome.addKnown(one);
    return group.filter((one) => !known.has(idOf(one)));
  }

  /**
   * A trace may hold several calls: where a surer id is given, it is what is left when nothing came by that. Which of several events
   * is the last before a reference is known once all are rows that came before it.
   */
  #mayBeFoundBy(by: JudgedId, one: Awaited, written: Written): boolean {
    const { reference } = one.content;
    if (reference[by] === null) return false;
    if (IDS_OF_SEVERAL.has(by) && (written.eventsThroughMs ?? -1) < one.message.timestampMs) return false;
    const isSure = by !== 'trace_id' || JUDGED_IDS.every((id) => id === by || reference[id] === null);
    return isSure || this.#isOverdue(one, written);
  }

  async #find(
    by: JudgedId,
    asked: readonly Awaited[],
    isWhole: boolean,
  ): Promise<ReadonlyMap<string, JudgedEvent>> {
    if (asked.length === 0) return new Map();
    const { store, stream } = this.#parts;
    const seenThroughS = Math.min(...asked.map(({ content }) => content.seenThroughS));
    const earliestS = this.#earliestS(asked);
    return findEvents(store, {
      stream: stream.name,
      by,
      asked: asked.map((one) => askedBy(by, one)),
      sinceS: isWhole ? earliestS : Math.max(earliestS, seenThroughS - STEP_BACK_S),
      lookbackMs: LOOKBACK_S * 1_000,
      waitMs: this.#waitMs,
    });
  }

  #lookAgain({ content, message }: Awaited, { eventsThroughMs }: Written): void {
    content.nextLookMs =
      this.#parts.clock.monotonicMs() + Math.min(LOOK_AGAIN_MS * 2 ** content.looks, LOOK_AGAIN_MS_MAX);
    content.looks += 1;
    // Before, not all of its ids were looked for.
    if (eventsThroughMs !== null && eventsThroughMs >= message.timestampMs)
      content.seenThroughS = Math.floor(eventsThroughMs / 1_000);
  }

  #noEvent({ content }: Awaited): Omit<DeadLetter, 'message'> {
    const given = JUDGED_IDS.filter((id) => content.reference[id] !== null).join(', ');
    const minutes = Math.round(this.#waitMs / 6_000) / 10;
    const reason =
      `No event with its ${given} came in the ${LOOKBACK_S / 86_400} days before the verdict or the ${minutes} minutes after it. ` +
      'Compare the ids with those of the events; once they are there, `burnline dead-letters replay` sends it again.';
    return { code: NO_EVENT, reason };
  }

  /** Appended again under the same ids they are repeats. */
  async #append(verdicts: readonly EvalVerdict[]): Promise<void> {
    const { log, schemas, stream } = this.#parts;
    const { name: topic, partitionCount } = stream.topics.verdicts;
    const byPartition = new Map<number, EvalVerdict[]>();
    for (const verdict of verdicts) {
      const partition = partitionOf(verdict.event_id, partitionCount);
      byPartition.set(partition, [...(byPartition.get(partition) ?? []), verdict]);
    }
    const appends = [...byPartition].map(([partition, own]) => ({
      topic,
      partition,
      messages: messagesOf(own, schemas),
    }));
    if (appends.length > 0) await log.append(appends);
  }
}

const askedBy = (by: JudgedId, { content, message }: Awaited): AskedEvent => ({
  id: content.reference[by] ?? '',
  askedMs: message.timestampMs,
});

function messagesOf(verdicts: readonly EvalVerdict[], schemas: SchemaSource): readonly NewMessage[] {
  const encoder = createBatchEncoder({ kind: 'verdict', schemas });
  const messages: NewMessage[] = [];
  for (const verdict of verdicts) {
    if (encoder.append(verdict)) continue;
    messages.push({ value: encoder.finish() });
    encoder.append(verdict);
  }
  messages.push({ value: encoder.finish() });
  return messages;
}

/** Whether the table has all verdicts that a predecessor may have appended. */
function isFencePassed({ fence }: ReferenceSnapshot, { verdicts }: Written): boolean {
  const positions = new Map(verdicts.map(({ partition, position }) => [partition, position]));
  return [...fence].every(([partition, end]) => (positions.get(partition) ?? 0) >= end);
}
