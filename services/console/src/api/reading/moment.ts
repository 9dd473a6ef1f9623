import type { AppError } from '@burnline/core';
import { readHistoryStarts, readStreamProgress } from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { consoleError } from '../../console-error.ts';

const textOf = (atMs: number): string => new Date(atMs).toISOString();

/** CONSOLE_MOMENT_OUTSIDE, of a moment that is to come, or at which nothing was judged yet: from when to when there is history. */
export async function momentOutside(
  store: Store,
  { asOfMs, nowMs }: { readonly asOfMs: number; readonly nowMs: number },
): Promise<AppError> {
  const starts = [...(await readHistoryStarts(store)).values()];
  const ends = (await readStreamProgress(store)).flatMap((one) => one.evaluatedThroughMs ?? []);
  const why = asOfMs > nowMs ? 'is in the future' : 'is before anything was judged';
  return consoleError('CONSOLE_MOMENT_OUTSIDE', `${textOf(asOfMs)} ${why}`, {
    remedy:
      starts.length === 0 || ends.length === 0
        ? 'There is no history yet: start `burnline up` with specs, or replay a history with some.'
        : `The history goes from ${textOf(Math.min(...starts))} to ${textOf(Math.max(...ends))}: ask about a moment of it.`,
  });
}
