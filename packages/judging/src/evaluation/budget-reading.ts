import type { Store } from '@burnline/runtime';
import { readAdjustments, type Adjustment } from '../adjusting/adjustments.ts';
import { readSealed, type SealedReading } from './sealed-reading.ts';

/** Which rows of one stream budgets count: those that are to be read, less what is left out of them. Good for 60 s, as they are. */
export interface BudgetReading extends SealedReading {
  readonly adjustments: readonly Adjustment[];
}

export async function readForBudgets(store: Store, stream: string): Promise<BudgetReading> {
  const [sealed, adjustments] = await Promise.all([readSealed(store, stream), readAdjustments(store)]);
  return { ...sealed, adjustments };
}

/** Half of what a reading is good for: a statement that begins with it has the other half. */
const READING_MS_MAX = 30_000;

export type ReadingOf = () => Promise<BudgetReading>;

/** Gives the reading of a stream for several statements: the same one, until it is getting old. */
export function sharedReading(store: Store, stream: string): ReadingOf {
  let last: { readonly reading: Promise<BudgetReading>; readonly readMs: number } | null = null;
  return () => {
    const nowMs = performance.now();
    if (last === null || nowMs - last.readMs > READING_MS_MAX)
      last = { reading: readForBudgets(store, stream), readMs: nowMs };
    return last.reading;
  };
}
