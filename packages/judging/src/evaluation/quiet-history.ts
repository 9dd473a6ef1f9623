import type { Store } from '@burnline/runtime';
import type { EvaluationSpan } from './evaluation-clock.ts';
import { readGroupsOf, type PlanGroup } from './evaluation-plan.ts';
import { firstChangeBetween } from './window-sums.ts';

/**
 * Through which instant of a span's reach no window of any SLO changes, epoch ms. A replay passes over it in one step, so
 * that it costs what its events cost and not the time that lies between them; the rows are the same as by single steps.
 */
export async function quietThroughMs(
  store: Store,
  history: {
    readonly stream: string;
    readonly groups: readonly PlanGroup[];
    readonly paneMs: number;
    readonly tickMs: number;
  },
  { fromMs, toMs, reachedMs = toMs }: EvaluationSpan,
): Promise<number> {
  const { stream, groups, paneMs, tickMs } = history;
  // What comes after the next data need not be read to know what changes until then.
  const dataMs = await firstDataMs(store, stream, fromMs);
  const whole = { fromMs, toMs: dataMs === null ? reachedMs : Math.min(reachedMs, dataMs + tickMs) };
  let quietMs = whole.toMs;
  for (const group of groups.flatMap((one) => readGroupsOf(one, whole))) {
    const query = { stream, group, ...whole, paneMs, tickMs };
    const changeMs = await firstChangeBetween(store, query);
    if (changeMs !== null) quietMs = Math.min(quietMs, changeMs - tickMs);
  }
  return quietMs;
}

/** The first interval of log time at or after an instant that has rows. What was evaluated alone is sealed. */
async function firstDataMs(store: Store, stream: string, fromMs: number): Promise<number | null> {
  const [row] = await store.query<{ readonly first_s: number; readonly count: number }>(
    `SELECT toUnixTimestamp(min(log_interval)) AS first_s, count() AS count FROM sli_panes
     WHERE stream = {stream:String} AND log_interval >= fromUnixTimestamp({from:Int64})`,
    { stream, from: Math.floor(fromMs / 1_000) },
  );
  return row === undefined || row.count === 0 ? null : row.first_s * 1_000;
}
