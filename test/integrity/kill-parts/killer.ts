import { STORE_RETRY, retrying, systemClock } from '@burnline/runtime';
import { ROLES, type Parts, type Rig } from './rig.ts';
import type { PartRole } from './part-process.ts';

export type Target = PartRole | 'engine';

/**
 * When a kill falls: in the first announcement of the specs or their activation (the processor's alone); while a write that
 * has left the process has not reached the engine; while a commit that left it has not reached the log, what it speaks of
 * being written; at any time of its work; in its start; or behind the replay's last message, while the parts work off what
 * is left.
 */
type Moment = 'announcing' | 'writing' | 'committing' | 'working' | 'starting' | 'late';

export interface PlannedKill {
  readonly target: Target;
  readonly moment: Moment;
}

/** One `kill -9`, and how far its target's work had come. */
interface Kill extends PlannedKill {
  /** It was at work, not still starting. */
  readonly wasRunning: boolean;
  /** It fell into the very call that it was to fall into. */
  readonly isInCall: boolean;
  /** Messages committed; for the alerter, how far in the data's time it has decided, s. */
  readonly progress: number;
}

export interface KilledRun {
  readonly kills: readonly Kill[];
  /** By target: its progress once everything was settled. */
  readonly finalProgress: Readonly<Record<Target, number>>;
  /** From the start of a process after a kill until it had taken in everything in the log, ms. */
  readonly catchUpsMs: Readonly<Record<PartRole, readonly number[]>>;
}

/** Longest wait between a target's being at work and its end: somewhat longer than a flush interval. */
const WORKING_MS_MAX = 1_200;
/** Longest wait for a call: a write and a commit fall due once per flush interval, and a busy machine is slow. */
const CALL_MS_MAX = 5_000;
/** Longest wait for a write of the announcement: the start of a process on a busy machine. */
const ANNOUNCING_MS_MAX = 5_000;
/** About as long as a small write takes the engine. */
const WRITE_MS = 5;
/** Longest wait where it is not asked whether the target is at work: shorter than most starts. */
const STARTING_MS_MAX = 300;
/** Tables whose rows are what each part's commit, or its progress, speaks of. */
const WRITES: Readonly<Record<PartRole, RegExp>> = {
  processor: /^sli_panes$/,
  sink: /^inference_events$/,
  alerter: /^alert_progress$/,
};
/** What a rollout writes before and after its append to the log. */
const ANNOUNCEMENT = /^(spec_revisions|slos|active_specs)$/;
/** So many writes an announcement has at most, by the specs of the example. */
const ANNOUNCEMENT_WRITES = 6;
const LOOK_MS = 5;

/**
 * Replays the history once, and kills one after another as planned, in a drawn order: at drawn steps of the replay, and at
 * drawn moments within.
 */
export async function replayWithKills(
  rig: Rig,
  name: string,
  planned: readonly PlannedKill[],
  draw: {
    readonly random: () => number;
    readonly stepCount: number;
    readonly onStep?: (step: number) => void;
  },
): Promise<KilledRun> {
  const { random } = draw;
  const parts = await rig.startParts(name);
  const killer = new Killer(rig, parts, { stream: name, random });
  const killAll = async (kills: readonly PlannedKill[]): Promise<void> => {
    for (const kill of kills) await killer.kill(kill);
    for (const role of ROLES) parts[role].check();
  };
  // Spread over the replay, each at a drawn step of its share; none at the last, behind which nobody has work left.
  const within = planned.filter(({ moment }) => moment !== 'announcing' && moment !== 'late');
  const stepsEach = (draw.stepCount - 1) / within.length;
  const due = within
    .map((kill) => ({ kill, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ kill }, index) => ({ kill, step: Math.floor((index + random()) * stepsEach) }));
  const hooks = {
    atStart: () => killAll(planned.filter(({ moment }) => moment === 'announcing')),
    atStep: (step: number) => {
      draw.onStep?.(step);
      return killAll(due.filter((one) => one.step === step).map(({ kill }) => kill));
    },
    atEnd: () => killAll(planned.filter(({ moment }) => moment === 'late')),
  };
  try {
    await Promise.race([rig.replay(name, hooks), killer.untilFailed()]);
    return await killer.result();
  } finally {
    killer.stop();
    await Promise.all(ROLES.map((role) => parts[role].stop()));
  }
}

interface KillerOptions {
  readonly stream: string;
  readonly random: () => number;
}

class Killer {
  readonly #rig: Rig;
  readonly #parts: Parts;
  readonly #options: KillerOptions;
  readonly #kills: Kill[] = [];
  readonly #catchUpsMs: Record<PartRole, number[]> = { processor: [], sink: [], alerter: [] };
  readonly #killed = new Set<PartRole>();
  #lastEnginePid = 0;
  #isOver = false;

  constructor(rig: Rig, parts: Parts, options: KillerOptions) {
    this.#rig = rig;
    this.#parts = parts;
    this.#options = options;
  }

  async kill({ target, moment }: PlannedKill): Promise<void> {
    if (moment !== 'starting' && moment !== 'announcing') await this.#untilAtWork(target);
    const isInCall = await this.#untilMoment(target, moment);
    const wasRunning = isInCall || this.#isAtWork(target);
    const progress = await this.#progress(target);
    if (target === 'engine') {
      this.#lastEnginePid = this.#rig.enginePid;
      process.kill(this.#lastEnginePid, 'SIGKILL');
    } else {
      this.#noteCatchUp(target);
      this.#killed.add(target);
      await this.#parts[target].kill();
    }
    this.#kills.push({ target, moment, wasRunning, isInCall, progress });
  }

  /** True if the target is in the call that was waited for: it may not make one any more, then any moment will do. */
  async #untilMoment(target: Target, moment: Moment): Promise<boolean> {
    const { random } = this.#options;
    switch (moment) {
      case 'announcing': {
        const skipCount = Math.floor(random() * ANNOUNCEMENT_WRITES);
        return inTime(this.#parts.processor.writes.next(ANNOUNCEMENT, skipCount), ANNOUNCING_MS_MAX);
      }
      case 'writing':
        if (target === 'engine') return this.#untilEngineIsWritten();
        return inTime(this.#parts[target].writes.next(WRITES[target], 0), CALL_MS_MAX);
      case 'committing':
        if (target === 'engine') return this.#untilEngineIsWritten();
        return inTime(this.#parts[target].commits.next(/^commit$/, 0), CALL_MS_MAX);
      case 'working':
      case 'late':
        await systemClock.sleep(random() * WORKING_MS_MAX);
        return false;
      case 'starting':
        await systemClock.sleep(random() * STARTING_MS_MAX);
        return false;
    }
  }

  /** A write of some part has just gone on its way. */
  async #untilEngineIsWritten(): Promise<boolean> {
    const { random } = this.#options;
    const role = ROLES[Math.floor(random() * ROLES.length)]!;
    const { writes } = this.#parts[role];
    const isWritten = await inTime(writes.next(WRITES[role], 0), CALL_MS_MAX);
    writes.release();
    await systemClock.sleep(random() * WRITE_MS);
    return isWritten;
  }

  async result(): Promise<KilledRun> {
    for (const role of ROLES) this.#noteCatchUp(role);
    const [processor, sink, alerter, engine] = await Promise.all(
      ([...ROLES, 'engine'] as const).map((target) => this.#progress(target)),
    );
    return {
      kills: this.#kills,
      finalProgress: { processor: processor!, sink: sink!, alerter: alerter!, engine: engine! },
      catchUpsMs: this.#catchUpsMs,
    };
  }

  stop(): void {
    this.#isOver = true;
  }

  /** Rejects once a part has ended by itself. */
  async untilFailed(): Promise<void> {
    while (!this.#isOver) {
      for (const role of ROLES) this.#parts[role].check();
      await systemClock.sleep(50);
    }
  }

  async #untilAtWork(target: Target): Promise<void> {
    while (!this.#isAtWork(target)) {
      for (const role of ROLES) this.#parts[role].check();
      await systemClock.sleep(LOOK_MS);
    }
  }

  /** The supervisor shows an engine's pid once it is ready. */
  #isAtWork(target: Target): boolean {
    return target === 'engine' ? this.#rig.enginePid !== this.#lastEnginePid : this.#parts[target].hasJoined;
  }

  async #progress(target: Target): Promise<number> {
    const { log } = this.#rig;
    const { stream } = this.#options;
    if (target === 'alerter') return this.#decidedS();
    const group = `burnline-${target === 'sink' ? 'sink' : 'processor'}.${stream}`;
    const topics = this.#rig.topics(stream);
    const committed = await log.committed(group, topics).catch(() => []);
    return committed.reduce((sum, { offset }) => sum + offset, 0);
  }

  /** Summed over the shards. An engine that was killed just now is waited for. */
  async #decidedS(): Promise<number> {
    const sql = `SELECT sum(decided_s) AS sum_s
      FROM (SELECT toUnixTimestamp(max(decided_through)) AS decided_s FROM alert_progress
            WHERE stream = {stream: String} GROUP BY shard)`;
    const { store, supervision } = this.#rig;
    const context = { clock: systemClock, signal: supervision.signal };
    const read = () => store.query<{ sum_s: number }>(sql, { stream: this.#options.stream });
    const [row] = await retrying(read, STORE_RETRY, context);
    return row!.sum_s;
  }

  #noteCatchUp(role: PartRole): void {
    const { catchUpMs } = this.#parts[role];
    if (this.#killed.has(role) && catchUpMs !== null) this.#catchUpsMs[role].push(catchUpMs);
  }
}

/** Whether it resolves in time. */
function inTime(arrival: Promise<void>, timeoutMs: number): Promise<boolean> {
  return Promise.race([arrival.then(() => true), systemClock.sleep(timeoutMs).then(() => false)]);
}
