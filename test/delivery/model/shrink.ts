import { History } from './history.ts';
import type { HistoryPlan, Step } from './history-plan.ts';

/** Histories run to make one shorter: some seconds. None where nobody reads them. */
const RUNS_MAX = Number(process.env['DELIVERY_SHRINK_RUNS'] ?? 300);

export interface Failure {
  readonly error: unknown;
  readonly plan: HistoryPlan;
  readonly said: readonly string[];
}

/** What is wrong with a history; null if nothing is. */
async function failureOf(plan: HistoryPlan): Promise<Failure | null> {
  const history = new History(plan);
  return history.run().then(
    () => null,
    (error: unknown) => ({ error, plan, said: history.said }),
  );
}

/**
 * A history that fails too and has as few steps as delta debugging finds: halves are left out, then quarters, down to
 * single steps, for as long as something still fails. Every step draws from its own seed, so the others stay as they were.
 */
export async function shortest(plan: HistoryPlan): Promise<Failure | null> {
  let found = await failureOf(plan);
  if (found === null) return null;
  let size = Math.ceil(found.plan.steps.length / 2);
  for (let runs = 0; runs < RUNS_MAX && size >= 1;) {
    const shorter = await shorterBy(found.plan, size, RUNS_MAX - runs);
    runs += shorter.runs;
    if (shorter.failure === null) size = size === 1 ? 0 : Math.ceil(size / 2);
    else found = shorter.failure;
  }
  return found;
}

async function shorterBy(
  plan: HistoryPlan,
  size: number,
  runsMax: number,
): Promise<{ readonly failure: Failure | null; readonly runs: number }> {
  let runs = 0;
  for (let start = 0; start < plan.steps.length && runs < runsMax; start += size) {
    const steps: readonly Step[] = [...plan.steps.slice(0, start), ...plan.steps.slice(start + size)];
    runs += 1;
    const failure = await failureOf({ ...plan, steps });
    if (failure !== null) return { failure, runs };
  }
  return { failure: null, runs };
}
