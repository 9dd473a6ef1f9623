import { DECISIONS_TOPIC } from '@burnline/contracts';
import { systemClock } from '@burnline/runtime';
import { ROLES, type Parts, type Rig } from './rig.ts';
import type { PartRole } from './part-process.ts';

export type Target = PartRole | 'engine';

/** One `kill -9`, and how far its target's work had come. */
interface Kill {
  readonly target: Target;
  /** It was at work, not still starting. */
  readonly wasRunning: boolean;
  /** Messages committed, or decisions made for the alerter. */
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
/** Longest wait where it is not asked whether the target is at work: shorter than most starts. */
const STARTING_MS_MAX = 300;
/** Every fourth kill of a run may find its target starting. */
const STARTING_EVERY = 4;
/** How much of the kills comes after the replay's last step, as a share of those before. */
const TAIL_SHARE = 0.33;
const LOOK_MS = 5;

/**
 * Replays the history once, and kills the targets one after another, in a drawn order: at drawn steps of the replay (some
 * after the last, while the pipeline works off what was written), and at drawn moments within.
 */
export async function replayWithKills(
  rig: Rig,
  name: string,
  targets: readonly Target[],
  draw: {
    readonly random: () => number;
    readonly stepCount: number;
    readonly onStep?: (step: number) => void;
  },
): Promise<KilledRun> {
  const { random } = draw;
  const first = (await rig.log.bounds([DECISIONS_TOPIC]))[0]!.endOffset;
  const parts = await rig.startParts(name);
  const killer = new Killer(rig, parts, { stream: name, firstDecision: first, random });
  // Spread over the replay, each at a drawn step of its share; the last share lies behind the last step.
  const stepsEach = (draw.stepCount * (1 + TAIL_SHARE)) / targets.length;
  const due = targets
    .map((target) => ({ target, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ target }, index) => ({ target, step: Math.floor((index + random()) * stepsEach) }));
  const killUpTo = async (step: number): Promise<void> => {
    if (step !== Infinity) draw.onStep?.(step);
    while (due[0] !== undefined && due[0].step <= step) await killer.kill(due.shift()!.target);
    for (const role of ROLES) parts[role].check();
  };
  try {
    await Promise.race([
      rig.replay(name, { atStep: killUpTo, atEnd: () => killUpTo(Infinity) }),
      killer.untilFailed(),
    ]);
    return await killer.result();
  } finally {
    killer.stop();
    await Promise.all(ROLES.map((role) => parts[role].stop()));
  }
}

interface KillerOptions {
  readonly stream: string;
  /** Offset of the first decision that may be about the stream. */
  readonly firstDecision: number;
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

  async kill(target: Target): Promise<void> {
    const { random } = this.#options;
    const isStartsTurn = this.#kills.length % STARTING_EVERY === STARTING_EVERY - 1;
    const mayBeStarting = target !== 'engine' && isStartsTurn;
    if (!mayBeStarting) await this.#untilAtWork(target);
    await systemClock.sleep(random() * (mayBeStarting ? STARTING_MS_MAX : WORKING_MS_MAX));
    const wasRunning = this.#isAtWork(target);
    const progress = await this.#progress(target);
    if (target === 'engine') {
      this.#lastEnginePid = this.#rig.enginePid;
      process.kill(this.#lastEnginePid, 'SIGKILL');
    } else {
      this.#noteCatchUp(target);
      this.#killed.add(target);
      await this.#parts[target].kill();
    }
    this.#kills.push({ target, wasRunning, progress });
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
    const { stream, firstDecision } = this.#options;
    if (target === 'alerter') return (await log.bounds([DECISIONS_TOPIC]))[0]!.endOffset - firstDecision;
    const group = `burnline-${target === 'sink' ? 'sink' : 'processor'}.${stream}`;
    const topics = this.#rig.topics(stream);
    const committed = await log.committed(group, topics).catch(() => []);
    return committed.reduce((sum, { offset }) => sum + offset, 0);
  }

  #noteCatchUp(role: PartRole): void {
    const { catchUpMs } = this.#parts[role];
    if (this.#killed.has(role) && catchUpMs !== null) this.#catchUpsMs[role].push(catchUpMs);
  }
}
