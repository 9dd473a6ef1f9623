import { DECISIONS_TOPIC, decodeDecision } from '@burnline/contracts';
import { STORE_RETRY, retrying, type AssignedPartition, type LogMessage } from '@burnline/runtime';
import { firstUnfinished, lanePositionsText, parseLanePositions } from './lane-positions.ts';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import { readCheckpoint, writeCheckpoint } from '../checkpoints/checkpoint-log.ts';
import { ContextReader } from './context-reader.ts';
import { decisionRows } from './decision-rows.ts';
import { isPresent } from './effort.ts';
import type { Telling, TellingContext } from '../receivers/notice.ts';
import { ReceiverLane, type Pushed } from './receiver-lane.ts';
import { hearersOf } from './routing.ts';
import { Speakers } from './speakers.ts';
import { ToldAlerts } from './told-alerts.ts';
import { readEarlierOutcomes, type EarlierOutcomes } from './earlier-outcomes.ts';
import type { NotifierParts } from './notifier-parts.ts';

const LOG_READ_BYTES = 4 * 1024 * 1024;
/**
 * Decisions from one checkpoint to the next: what a start reads of them, in some tens of milliseconds. Where there are more
 * alerts than that, as many as there are alerts, so that writing them all costs a decision no more than one of them.
 */
const CHECKPOINT_DECISIONS_MIN = 1_000;

/** An offset to commit, and what goes with it. */
export interface SessionProgress {
  readonly offset: number;
  readonly metadata: string;
}

/** The time from being given the decision log until it is taken away: the fold, the tables and a lane per receiver. */
export class NotifierSession {
  readonly #parts: NotifierParts;
  readonly #speakers = new Speakers();
  readonly #toldAlerts = new ToldAlerts();
  /** Of the last checkpoint, or where the log begins. */
  #checkpointOffset: number;
  readonly #contexts: ContextReader;
  readonly #controller = new AbortController();
  readonly #outerSignal: AbortSignal;
  readonly #lanes: readonly ReceiverLane[];
  #running: Promise<unknown> = Promise.resolve();
  /** Everything before it is in the tables; a receiver that is not behind is done with it. */
  #frontOffset: number;
  /** Everything before it is read; after a restart less than the front, for those who are behind. */
  #readOffset: number;
  #committed: SessionProgress;
  #failure: { readonly error: unknown } | null = null;

  private constructor(
    parts: NotifierParts,
    start: SessionProgress,
    { signal, finished }: { readonly signal: AbortSignal; readonly finished: EarlierOutcomes },
  ) {
    const { frontOffset, behind } = parseLanePositions(start.offset, start.metadata);
    this.#parts = parts;
    this.#contexts = new ContextReader(parts);
    this.#outerSignal = signal;
    signal.addEventListener('abort', this.#abort, { once: true });
    if (signal.aborted) this.#abort();
    this.#frontOffset = frontOffset;
    this.#readOffset = start.offset;
    this.#checkpointOffset = start.offset;
    this.#committed = start;
    this.#lanes = parts.receivers.map((receiver) => {
      const offset = behind.get(receiver.name) ?? frontOffset;
      return new ReceiverLane(receiver, parts, {
        offset,
        finishedKeys: finished.delivered.get(receiver.name) ?? new Set(),
        silencedKeys: finished.silenced.get(receiver.name) ?? new Set(),
        waitingKeys: finished.waiting.get(receiver.name) ?? new Set(),
      });
    });
  }

  static async begin(
    parts: NotifierParts,
    assigned: AssignedPartition,
    signal: AbortSignal,
  ): Promise<NotifierSession> {
    const { position, startOffset, committed } = assigned;
    const start = { offset: position, metadata: committed?.metadata ?? '' };
    const finished = await readEarlierOutcomes(
      parts,
      parseLanePositions(start.offset, start.metadata),
      signal,
    );
    const session = new NotifierSession(parts, start, { signal, finished });
    await session.#catchUp(startOffset, position);
    session.#running = Promise.all(session.#lanes.map((lane) => session.#runLane(lane)));
    return session;
  }

  get isFull(): boolean {
    return this.#lanes.some((lane) => lane.isFull);
  }

  /** Writes what stands into the tables, then hands it to the lanes. */
  async take(messages: readonly LogMessage[]): Promise<void> {
    const { store, clock } = this.#parts;
    const heard = messages.map((message) => {
      const decision = decodeDecision(message.value);
      return { message, decision, tellings: this.#speakers.hear(decision) };
    });
    const context = { clock, signal: this.#signal };
    for (const [table, rows] of decisionRows(heard.filter(({ tellings }) => tellings.length > 0)))
      await retrying(() => store.insertRows(table, rows), STORE_RETRY, context);
    for (const { message, tellings } of heard) this.#push(message, tellings, false);
    this.#frontOffset = Math.max(this.#frontOffset, this.#readOffset);
  }

  /** Throws what made a lane fail. */
  check(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** What is to be committed; null if that is what was committed last. */
  progress(): SessionProgress | null {
    const behind = this.#lanes
      .map((lane): [string, number] => [lane.receiver.name, lane.positionAt(this.#readOffset)])
      .filter(([, offset]) => offset < this.#frontOffset);
    const positions = { frontOffset: this.#frontOffset, behind: new Map(behind) };
    const offset = firstUnfinished(positions);
    const metadata = lanePositionsText(positions);
    return offset === this.#committed.offset && metadata === this.#committed.metadata
      ? null
      : { offset, metadata };
  }

  noteCommitted(progress: SessionProgress): void {
    this.#committed = progress;
  }

  /**
   * Writes down what the decisions so far come to, once there are enough of them and every receiver is done with all: whoever
   * starts then goes on from there. A checkpoint that cannot be written is none; the next one is tried as much later.
   */
  async checkpoint(): Promise<void> {
    const offset = this.#readOffset;
    const isDone = this.#committed.offset === offset && this.#committed.metadata === '';
    const { checkpointDecisionsMin = CHECKPOINT_DECISIONS_MIN } = this.#parts;
    const due = Math.max(checkpointDecisionsMin, this.#speakers.alertCount);
    if (!isDone || offset < this.#checkpointOffset + due) return;
    this.#checkpointOffset = offset;
    const tellings = this.#toldAlerts.checkpoint();
    const { log, logger } = this.#parts;
    try {
      await writeCheckpoint(log, { offset, ...this.#speakers.checkpoint(), tellings });
    } catch (error) {
      logger.warn(
        { error: String(error), offset },
        'no checkpoint of the decisions: a start reads more of them',
      );
    }
  }

  /** Ends the lanes; what is being sent is broken off and not counted as told. */
  async stop(): Promise<void> {
    this.#abort();
    this.#outerSignal.removeEventListener('abort', this.#abort);
    await this.#running;
  }

  /** Hands tellings to the lanes; what an earlier run finished is only remembered there. */
  #push(message: LogMessage, tellings: readonly Telling[], isFinished: boolean): void {
    const { offset, timestampMs: decidedAtMs } = message;
    this.#toldAlerts.hear(message, tellings);
    for (const telling of tellings) {
      const context = isFinished ? Promise.resolve(null) : this.#contextOf(telling, decidedAtMs);
      const isUnrouted = this.#hand({ offset, telling, decidedAtMs, context });
      if (isUnrouted && !isFinished && telling.isTold && telling.decision.kind === 'fire')
        this.#noteUnrouted(telling);
    }
    this.#readOffset = offset + 1;
  }

  /** Hands a telling to whoever hears of it. @returns whether no route says who that is */
  #hand(pushed: Pushed): boolean {
    const { names, isUnrouted } = hearersOf(pushed.telling, this.#parts.receivers);
    for (const lane of this.#lanes) if (names.has(lane.receiver.name)) lane.push(pushed);
    return isUnrouted;
  }

  #noteUnrouted({ decision: { evidence }, key, receivers }: Telling): void {
    this.#parts.metrics?.unrouted();
    if (evidence.policy?.action === 'webhook')
      this.#parts.logger.error(
        { decisionKey: key, policy: evidence.policy.name, receivers },
        'a policy names webhooks that there are none of: nothing is called',
      );
  }

  /** What stands beside a live fire may not be there yet; a replay's has it in the decision. */
  #contextOf({ decision, isTold, key }: Telling, decidedAtMs: number): Promise<TellingContext | null> {
    const isAlert = decision.evidence.policy === undefined;
    const isLooked = isTold && isAlert && decision.kind === 'fire' && isPresent(decidedAtMs, decision.at);
    if (!isLooked || this.#lanes.length === 0) return Promise.resolve(null);
    return this.#contexts.of(key, this.#signal);
  }

  readonly #abort = (): void => {
    this.#controller.abort();
  };

  get #signal(): AbortSignal {
    return this.#controller.signal;
  }

  async #runLane(lane: ReceiverLane): Promise<void> {
    try {
      await lane.run(this.#signal);
    } catch (error) {
      if (!this.#signal.aborted) this.#failure ??= { error };
    }
  }

  /** Which decisions stand and who was told depends on those before: fold what was handled in an earlier run. */
  async #catchUp(startOffset: number, position: number): Promise<void> {
    const checkpoint = await readCheckpoint(this.#parts.log);
    // A receiver that is behind is asked about tellings that a later checkpoint has taken in.
    const isUsed = checkpoint !== null && checkpoint.offset <= position && checkpoint.offset >= startOffset;
    if (isUsed) this.#restore(checkpoint);
    let next = isUsed ? checkpoint.offset : startOffset;
    this.#checkpointOffset = next;
    while (next < position) {
      const from = { topic: DECISIONS_TOPIC, partition: 0, fromOffset: next, bytesMax: LOG_READ_BYTES };
      const messages = (await this.#parts.log.read(from)).filter((message) => message.offset < position);
      if (messages.length === 0) return;
      for (const message of messages) {
        this.#push(message, this.#speakers.hear(decodeDecision(message.value)), true);
      }
      this.#readOffset = position;
      next = (messages.at(-1)?.offset ?? next) + 1;
    }
  }

  #restore(checkpoint: Checkpoint): void {
    this.#speakers.restore(checkpoint);
    this.#toldAlerts.restore(checkpoint.tellings);
    for (const { offset, decidedAtMs, ...told } of checkpoint.tellings) {
      const { routed } = told.decision.evidence;
      const receivers = routed === undefined ? {} : { receivers: routed.receivers };
      const telling = { ...told, isTold: true, ...receivers };
      this.#hand({ offset, telling, decidedAtMs, context: Promise.resolve(null) });
    }
  }
}
