import { Random } from './random.ts';

/** What may happen, and how often. */
const KINDS = {
  append: 46,
  propose: 7,
  start: 6,
  stop: 4,
  haunt: 6,
  kill: 5,
  skew: 4,
  leap: 8,
  expire: 4,
  read: 10,
} as const;

type StepKind = keyof typeof KINDS;

/** One thing that happens. What it draws follows from its own seed, so any other may be left out. */
export interface Step {
  readonly number: number;
  readonly kind: StepKind;
  readonly seed: number;
  /** Time that passes after it. */
  readonly passMs: number;
}

export interface HistoryPlan {
  readonly seed: number;
  /** SLOs come by a rollout; otherwise somebody announces anything anywhere. */
  readonly rollsOut: boolean;
  /** A stream begins with its specs; otherwise they come after the first events. */
  readonly beginsWithSpecs: boolean;
  /** At the end somebody puts another log in the place of this one. */
  readonly isRecreated: boolean;
  readonly steps: readonly Step[];
}

export interface StepCounts {
  readonly min: number;
  readonly max: number;
}

const LOTS = (Object.keys(KINDS) as StepKind[]).flatMap((kind) => Array<StepKind>(KINDS[kind]).fill(kind));

export function planHistory(seed: number, counts: StepCounts): HistoryPlan {
  const random = new Random(seed);
  const stepCount = counts.min + random.below(counts.max - counts.min + 1);
  return {
    seed,
    rollsOut: random.chance(0.8),
    beginsWithSpecs: random.chance(0.75),
    isRecreated: random.chance(0.1),
    steps: Array.from({ length: stepCount }, (_, number) => ({
      number: number + 1,
      kind: random.pick(LOTS),
      seed: random.below(2 ** 32),
      passMs: random.pick([0, 1, 15, 90, 300, 1_200]),
    })),
  };
}
