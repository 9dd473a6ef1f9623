import type { DecisionEvidence } from '@burnline/contracts';
import type { NotificationOutcome } from '@burnline/core';
import type { Clock, Logger, ServiceMetrics, Store } from '@burnline/runtime';
import type { Notice, Telling, TellingContext } from '../receivers/notice.ts';
import type { Answer, Receiver, Standing, Voice } from '../receivers/receiver.ts';
import { post } from './delivery.ts';
import type { LaneStart } from './earlier-outcomes.ts';
import { effortFor, isPresent, isSignOfAbsence, isTooOld, restMsOf, supersededBy } from './effort.ts';
import { toldAnew } from './fresh-counts.ts';
import { LaneQueues, type LaneTask } from './lane-queues.ts';
import { writeOutcome } from './outcomes.ts';
import { SILENCE_LOOK_MS, SilencedAlerts } from './silenced-alerts.ts';
import { LOOK_MS, StandingRepeats } from './standing-repeats.ts';
import { StormGroups } from './storm-groups.ts';

export interface LaneParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Pick<ServiceMetrics, 'notified' | 'notificationsWaiting'>;
  /** Whether a silence is in force for an alert now; absent: there are none. */
  readonly isSilenced?: (alert: DecisionEvidence) => boolean;
}

type PostedAgain = Extract<Standing, { readonly kind: 'posted-again' }>;

/** What follows from one message of the log. */
export interface Pushed {
  readonly offset: number;
  readonly telling: Telling;
  /** When the message was appended, epoch ms. */
  readonly decidedAtMs: number;
  readonly context: Promise<TellingContext | null>;
}

/** Tellings that wait for one receiver: some 20 MB. A lane that is full stops the reading of the log, unless it fails. */
const LANE_LENGTH_MAX = 10_000;
/** Notifications on their way to one receiver at once. */
const IN_FLIGHT_MAX = 8;
/** How often what stands is posted to a receiver that forgets: one that was restarted knows nothing until then. */
const REPOST_MS = 60_000;
/** How often it is written down that a notification is still not taken: at its first failed attempt, and at every so many. */
const ATTEMPTS_PER_ROW = 10;

/**
 * One receiver's own way through the tellings: in order within a series, several series at once. A receiver that is slow
 * or away delays no other. Each telling leaves the lane once its row is written.
 */
export class ReceiverLane {
  readonly receiver: Receiver;
  readonly #voice: Voice;
  readonly #parts: LaneParts;
  readonly #queues = new LaneQueues();
  readonly #storms: StormGroups;
  readonly #repeats: StandingRepeats;
  readonly #silenced: SilencedAlerts;
  readonly #earlier: LaneStart;
  readonly #inFlight = new Set<Promise<void>>();
  /** Aborts when the lane has ended: what it waits for beyond that would keep the process alive. */
  readonly #ended = new AbortController();
  #failure: { readonly error: unknown } | null = null;
  #postedAtMs = 0;
  #isWoken = false;
  #wake: () => void = () => undefined;
  /** Whether the last attempt failed. */
  #isFailing = false;
  /** Whether something was tried to the end without an answer, and nothing was taken since. */
  #isAway = false;

  constructor(receiver: Receiver, parts: LaneParts, start: LaneStart) {
    this.receiver = receiver;
    this.#voice = receiver.begin();
    this.#parts = parts;
    this.#earlier = start;
    this.#silenced = new SilencedAlerts(parts.isSilenced);
    this.#repeats = new StandingRepeats(parts.clock);
    const wake = this.#wakeUp;
    this.#storms = new StormGroups({
      sleep: (delayMs) => parts.clock.sleep(delayMs, this.#ended.signal),
      wake,
      lengthMax: receiver.bundleLengthMax,
    });
  }

  get isFull(): boolean {
    return this.#queues.length >= LANE_LENGTH_MAX && !this.#isFailing;
  }

  /** Adds what follows from a message; if an earlier run finished it, it is only remembered. */
  push({ offset, telling, decidedAtMs, context }: Pushed): void {
    const task: LaneTask = {
      offset,
      telling,
      repeat: 0,
      isPresent: isPresent(decidedAtMs, telling.decision.at),
      sinceMs: decidedAtMs,
      context,
      attempts: 0,
      attemptsMax: null,
      statusCode: 0,
      error: '',
      isRefused: false,
      isUncertain: false,
      isResting: false,
    };
    const { key } = telling;
    const isEarlier = offset < this.#earlier.offset;
    // What lies before the position and waits was withheld by a silence first: nothing of the log waits for it.
    const isWithheld =
      this.#earlier.silencedKeys.has(key) || (isEarlier && this.#earlier.waitingKeys.has(key));
    if (isEarlier || isWithheld || (telling.isTold && this.#earlier.finishedKeys.has(key))) {
      this.#silenced.restore(task, isWithheld);
      if (!isWithheld) this.#settle(task);
      return;
    }
    this.#queues.push(task);
    this.#wakeUp();
  }

  /** Where the receiver stands: everything of the log before it is finished, given that it is read up to `readOffset`. */
  positionAt(readOffset: number): number {
    return this.#queues.firstOffset() ?? Math.max(this.#earlier.offset, readOffset);
  }

  /** Works until the signal aborts; rejects if a row cannot be written. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        if (this.#failure !== null) throw this.#failure.error;
        // What stood behind something that was not told may not be to be told either.
        while (await this.#settleUntold(signal));
        await this.#tellReleased();
        await this.#remind(signal);
        this.#launch(signal);
        await this.#woken(signal);
      }
    } finally {
      await Promise.all(this.#inFlight);
      this.#ended.abort();
    }
  }

  readonly #wakeUp = (): void => {
    this.#isWoken = true;
    this.#wake();
  };

  /**
   * Finishes what is not sent: what is held back or silenced, what later tellings made needless, what is too old, what is too
   * much. @returns whether there was any
   */
  async #settleUntold(signal: AbortSignal): Promise<boolean> {
    const nowMs = this.#parts.clock.nowMs();
    const heads = this.#queues.heads();
    const inhibited = heads.filter(({ telling }) => !telling.isTold);
    const silenced = heads.filter((task) => task.telling.isTold && this.#silenced.withholds(task));
    const told = heads.filter((task) => task.telling.isTold && !silenced.includes(task));
    const superseded = told.map((head) => supersededBy(this.#queues, head));
    const unheard = [...inhibited, ...superseded.flatMap((one) => one.unheard)];
    const failed = [
      ...superseded.flatMap((one) => one.failed),
      ...told.filter((task) => isTooOld(task, nowMs)),
    ];
    const excess = this.#isFailing ? this.#queues.length - LANE_LENGTH_MAX : 0;
    if (excess > 0) failed.push(...told.slice(0, excess));
    await this.#finish([...new Set(failed)], 'failed', signal);
    await this.#finish(unheard, 'inhibited', signal);
    await this.#finish(silenced, 'silenced', signal);
    return unheard.length + failed.length + silenced.length > 0;
  }

  #launch(signal: AbortSignal): void {
    const ready = this.#queues.heads().filter((task) => !task.isResting && task.telling.isTold);
    const free = IN_FLIGHT_MAX - this.#inFlight.size;
    if (ready.length === 0 || free <= 0) return;
    for (const tasks of this.#bundlesOf(ready).slice(0, free)) {
      if (this.receiver.bundling === 'storm') this.#storms.note(tasks);
      this.#start(tasks, signal);
    }
  }

  #bundlesOf(ready: readonly LaneTask[]): readonly (readonly LaneTask[])[] {
    const { bundling, bundleLengthMax } = this.receiver;
    switch (bundling) {
      case 'each':
        return ready.map((task) => [task]);
      case 'storm':
        return this.#storms.split(ready);
      case 'batch': {
        // Never beside one of what stands; what failed once goes alone: it may be to blame.
        if (this.#inFlight.size > 0) return [];
        const fresh = ready.filter((task) => task.attempts === 0);
        return [fresh.length > 0 ? fresh.slice(0, bundleLengthMax) : ready.slice(0, 1)];
      }
    }
  }

  #start(tasks: readonly LaneTask[], signal: AbortSignal): void {
    this.#queues.take(tasks);
    const sending = this.#send(tasks, signal)
      .catch((error: unknown) => {
        if (!signal.aborted) this.#failure ??= { error };
      })
      .finally(() => {
        this.#queues.release(tasks);
        this.#inFlight.delete(sending);
        this.#wakeUp();
      });
    this.#inFlight.add(sending);
  }

  async #send(tasks: readonly LaneTask[], signal: AbortSignal): Promise<void> {
    const [first] = tasks;
    if (first === undefined) return;
    const notices = await Promise.all(
      tasks.map(async ({ telling, repeat, context }): Promise<Notice> => ({
        telling,
        repeat,
        context: await context,
      })),
    );
    const { timeoutMs } = effortFor(first, this.#isAway);
    const request = this.#voice.requestFor(notices, this.#parts.clock.nowMs());
    const answer = await (this.receiver.deliver ?? post)(request, { signal, timeoutMs });
    const verdict = this.receiver.verdictOf(answer.statusCode);
    for (const task of tasks) {
      task.attempts += 1;
      task.statusCode = answer.statusCode;
      task.error = answer.error;
      task.isRefused = verdict === 'refused';
      task.isUncertain ||= answer.statusCode === 0;
    }
    this.#isFailing = verdict !== 'taken';
    if (this.#isFailing) {
      await this.#retry(tasks, answer, signal);
      return;
    }
    this.#isAway = false;
    await this.#finish(tasks, 'delivered', signal);
  }

  async #retry(tasks: readonly LaneTask[], answer: Answer, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    const told = { nowMs: clock.nowMs(), retryAfterMs: answer.retryAfterMs };
    const over = tasks.filter((task) => restMsOf(task, told) === null);
    this.#isAway ||= tasks.some(isSignOfAbsence);
    for (const task of tasks) {
      const restMs = restMsOf(task, told);
      if (restMs === null) continue;
      task.isResting = true;
      void clock.sleep(restMs, signal).then(() => {
        task.isResting = false;
        this.#wakeUp();
      });
    }
    const noted = tasks.filter(({ attempts }) => attempts === 1 || attempts % ATTEMPTS_PER_ROW === 0);
    const waiting = noted.filter((task) => task.isPresent && !over.includes(task));
    const [first] = waiting;
    if (first !== undefined) {
      const { attempts, telling } = first;
      const fields = {
        receiver: this.receiver.name,
        decisionKey: telling.key,
        error: answer.error,
        attempts,
      };
      logger.error(
        { ...fields, notifications: waiting.length },
        'notifications are not taken; they are tried again',
      );
      await this.#write(waiting, 'waiting', signal);
    }
    await this.#finish(over, 'failed', signal);
  }

  async #finish(
    tasks: readonly LaneTask[],
    outcome: NotificationOutcome,
    signal: AbortSignal,
  ): Promise<void> {
    if (tasks.length === 0) return;
    const [first] = tasks;
    if (outcome === 'failed' && first !== undefined) {
      const { attempts, error, telling } = first;
      const fields = { receiver: this.receiver.name, decisionKey: telling.key, error, attempts };
      this.#parts.logger.error({ ...fields, notifications: tasks.length }, 'notification failed');
    }
    await this.#write(tasks, outcome, signal);
    this.#queues.remove(tasks);
    for (const task of tasks) {
      this.#parts.metrics?.notified(this.receiver.name, outcome);
      if (outcome !== 'inhibited' && outcome !== 'silenced') this.#settle(task);
    }
    this.#countWaiting();
  }

  async #write(tasks: readonly LaneTask[], outcome: NotificationOutcome, signal: AbortSignal): Promise<void> {
    // What is told again is no decision: the log and the metric say what became of it.
    const decisions = tasks.filter(({ repeat }) => repeat === 0);
    await writeOutcome(
      { ...this.#parts, receiver: this.receiver.name },
      { tasks: decisions, outcome, signal },
    );
    this.#countWaiting();
  }

  #countWaiting(): void {
    const waiting = this.#queues.all().filter(({ attempts }) => attempts > 0);
    this.#parts.metrics?.notificationsWaiting(this.receiver.name, waiting.length);
  }

  #settle(task: LaneTask): void {
    if (!task.telling.isTold) return;
    const { standing } = this.#voice;
    if (standing.kind === 'told-again') this.#repeats.settle(task);
    if (standing.kind === 'posted-again') standing.settle(task.telling.decision);
  }

  async #remind(signal: AbortSignal): Promise<void> {
    const { standing } = this.#voice;
    if (standing.kind === 'told-again') await this.#repeat();
    if (standing.kind === 'posted-again') await this.#repost(standing, signal);
  }

  /** Tells again of what has stood for long. */
  async #repeat(): Promise<void> {
    for (const { task, repeat } of this.#repeats.due()) {
      if (!this.#queues.isIdle(task)) continue;
      const again = await toldAnew(this.#parts, task);
      // Meanwhile its end may have come: what stands must not be told after it.
      if (!this.#queues.isIdle(task)) continue;
      const telling = { ...again.telling, key: `${task.telling.key}|again|${repeat}` };
      this.#queues.push({ ...again, telling, repeat });
    }
  }

  /** Tells of what was silenced and goes on, under the key of its fire. */
  async #tellReleased(): Promise<void> {
    for (const task of this.#silenced.released()) {
      // Before whatever came meanwhile: its end is understood after its begin alone.
      this.#queues.unshift(await toldAnew(this.#parts, task));
    }
  }

  /**
   * Between two tellings, never beside one: what still fires must not arrive after its resolve. One that fails is made good
   * by the next.
   */
  async #repost(standing: PostedAgain, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    const nowMs = clock.nowMs();
    if (this.#inFlight.size > 0 || nowMs - this.#postedAtMs < REPOST_MS) return;
    this.#postedAtMs = nowMs;
    for (const request of standing.posts(nowMs)) {
      const { statusCode, error } = await post(request, { signal, timeoutMs: 2_000 });
      if (this.receiver.verdictOf(statusCode) === 'taken') continue;
      logger.warn({ receiver: this.receiver.name, error }, 'what still fires could not be posted again');
      return;
    }
  }

  /** How soon what stands may have to be told again; null: not before something else happens. */
  #napMs(): number | null {
    if (!this.#silenced.isEmpty) return SILENCE_LOOK_MS;
    if (this.#voice.standing.kind === 'posted-again') return REPOST_MS;
    return this.#repeats.isEmpty ? null : LOOK_MS;
  }

  /** Until something happens, or what stands may have to be told again, or the signal aborts. */
  async #woken(signal: AbortSignal): Promise<void> {
    const napMs = this.#napMs();
    await new Promise<void>((resolve) => {
      const nap = new AbortController();
      const finish = (): void => {
        signal.removeEventListener('abort', finish);
        this.#wake = () => undefined;
        nap.abort();
        resolve();
      };
      signal.addEventListener('abort', finish, { once: true });
      this.#wake = finish;
      if (this.#isWoken || signal.aborted) finish();
      else if (napMs !== null)
        void this.#parts.clock.sleep(napMs, nap.signal).then(() => {
          if (!nap.signal.aborted) finish();
        });
    });
    this.#isWoken = false;
  }
}
