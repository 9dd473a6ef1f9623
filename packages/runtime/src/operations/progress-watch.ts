import type { Clock } from '../lifecycle/clock.ts';
import type { Logger } from '../observability/logger.ts';

/** What judging consists of, in its order: windows are evaluated, then decided upon. */
const JUDGING_PARTS = ['evaluation', 'decision'] as const;
type JudgingPart = (typeof JUDGING_PARTS)[number];

/**
 * A live stream is evaluated every 5 s; a tick over 10,000 series takes some seconds, a restart of the database a minute.
 * What is older than this is no delay any more: nobody would be paged.
 */
export const JUDGING_AGE_MS_MAX = 60_000;
const LOOK_MS = 5_000;
/** A stall is told again so often, for as long as it lasts. */
const REMIND_MS = 300_000;

/** How old the judgement of one shard of a live stream is, by part. */
interface JudgingAge {
  readonly part: JudgingPart;
  readonly stream: string;
  readonly shard: number;
  readonly ageMs: number;
}

interface Watched {
  readonly stream: string;
  readonly shard: number;
  readonly through: Record<JudgingPart, { atMs: number | null; movedMs: number }>;
}

/**
 * Compares what this process judges with the clock, and not with what was judged last: a loop that hangs, waits for ever or
 * was never started tells nobody itself. Holds one entry per shard of a live stream that is judged here.
 */
export class ProgressWatch {
  readonly #clock: Clock;
  readonly #watched = new Map<string, Watched>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on the shard is judged here; its age counts from this moment. */
  expect(stream: string, shards: readonly number[]): void {
    const movedMs = this.#clock.monotonicMs();
    for (const shard of shards) {
      const through = { evaluation: { atMs: null, movedMs }, decision: { atMs: null, movedMs } };
      this.#watched.set(keyOf(stream, shard), { stream, shard, through });
    }
  }

  /** Somebody else judges it, or nobody is to. */
  forget(stream: string, shards: readonly number[]): void {
    for (const shard of shards) this.#watched.delete(keyOf(stream, shard));
  }

  /** A part has come to an evaluation time, epoch ms. What is not expected here is not heeded. */
  reached(part: JudgingPart, { stream, shard }: { stream: string; shard: number }, atMs: number): void {
    const through = this.#watched.get(keyOf(stream, shard))?.through[part];
    if (through === undefined || atMs <= (through.atMs ?? -1)) return;
    through.atMs = atMs;
    through.movedMs = this.#clock.monotonicMs();
  }

  /**
   * Since when nothing was judged anew, ms: the wall's clock may be set, so it is how long ago a part last moved on. A
   * part that moves on in the past (a stage that has much to catch up on) is as old as what it judges.
   */
  ages(): readonly JudgingAge[] {
    const [nowMs, monotonicMs] = [this.#clock.nowMs(), this.#clock.monotonicMs()];
    return [...this.#watched.values()].flatMap(({ stream, shard, through }) =>
      JUDGING_PARTS.map((part) => {
        const { atMs, movedMs } = through[part];
        const behindMs = atMs === null ? 0 : nowMs - atMs;
        return { part, stream, shard, ageMs: Math.max(0, monotonicMs - movedMs, behindMs) };
      }),
    );
  }

  /** What is too old: in words, by the first part that is behind; empty if nothing is. */
  stalls(): readonly string[] {
    const old = this.ages().filter(({ ageMs }) => ageMs > JUDGING_AGE_MS_MAX);
    const isWaiting = ({ part, stream, shard }: JudgingAge): boolean =>
      part === 'decision' &&
      old.some((one) => one.part === 'evaluation' && one.stream === stream && one.shard === shard);
    return old
      .filter((one) => !isWaiting(one))
      .map(
        ({ part, stream, shard, ageMs }) =>
          `the ${part} of ${stream}, shard ${shard}, is ${Math.round(ageMs / 1_000)} s old`,
      );
  }

  /** For `/ready`: rejects with what is too old. */
  check(): Promise<void> {
    const stalls = this.stalls();
    return stalls.length === 0 ? Promise.resolve() : Promise.reject(new Error(stalls.join('; ')));
  }

  /** Says in the log when something stalls, again while it does, and when it goes on. */
  async run(logger: Logger, signal: AbortSignal): Promise<void> {
    let toldMs: number | null = null;
    while (!signal.aborted) {
      const stalls = this.stalls();
      const nowMs = this.#clock.monotonicMs();
      if (stalls.length === 0 && toldMs !== null) {
        logger.warn({}, 'judging goes on');
        toldMs = null;
      }
      if (stalls.length > 0 && (toldMs === null || nowMs - toldMs >= REMIND_MS)) {
        logger.error({ stalls }, 'judging stalls: nobody would be paged');
        toldMs = nowMs;
      }
      await this.#clock.sleep(LOOK_MS, signal);
    }
  }
}

function keyOf(stream: string, shard: number): string {
  return `${stream}|${shard}`;
}
