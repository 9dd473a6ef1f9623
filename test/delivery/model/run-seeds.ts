import { History, type HistoryFigures } from './history.ts';
import { planHistory, type StepCounts } from './history-plan.ts';
import { shortest } from './shrink.ts';

const FIRST_SEED = Number(process.env['DELIVERY_SEED'] ?? 1);
/** In both files of the suite together. */
export const HISTORY_COUNT = Number(process.env['DELIVERY_HISTORIES'] ?? 1_000);
/** Short ones, of all kinds of steps: many short histories find more in the same time than a few long ones. */
export const STEP_COUNTS: StepCounts = {
  min: Number(process.env['DELIVERY_STEPS_MIN'] ?? 15),
  max: Number(process.env['DELIVERY_STEPS_MAX'] ?? 30),
};

export function seedsOfHalf(half: 0 | 1): { readonly first: number; readonly count: number } {
  const firstCount = Math.ceil(HISTORY_COUNT / 2);
  return half === 0
    ? { first: FIRST_SEED, count: firstCount }
    : { first: FIRST_SEED + firstCount, count: Math.max(1, HISTORY_COUNT - firstCount) };
}

/** Runs one history per seed; a failure tells the seed and the shortest history that fails as well. */
export async function runSeeds(
  seeds: { readonly first: number; readonly count: number },
  stepCounts: StepCounts,
): Promise<HistoryFigures> {
  let sums: HistoryFigures | null = null;
  for (let seed = seeds.first; seed < seeds.first + seeds.count; seed += 1) {
    const plan = planHistory(seed, stepCounts);
    const figures = await new History(plan).run().catch((error: unknown) => fail(seed, plan, error));
    sums = sums === null ? figures : plusFigures(sums, figures);
  }
  if (sums === null) throw new Error('no seeds');
  return sums;
}

async function fail(seed: number, plan: ReturnType<typeof planHistory>, error: unknown): Promise<never> {
  const found = await shortest(plan);
  const lines =
    found === null
      ? ['(it does not fail again: the model draws from something else than its seed)']
      : found.said;
  const count = found?.plan.steps.length ?? plan.steps.length;
  throw new Error(
    `history ${seed}: ${String(error)}\nshortest, ${count} of ${plan.steps.length} steps: ${String(found?.error)}\n${lines.join('\n')}`,
    { cause: found?.error ?? error },
  );
}

function plusFigures(one: HistoryFigures, other: HistoryFigures): HistoryFigures {
  const names = Object.keys(one) as (keyof HistoryFigures)[];
  return Object.fromEntries(
    names.map((name) => [name, one[name] + other[name]]),
  ) as unknown as HistoryFigures;
}
