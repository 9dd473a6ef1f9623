import { burnRate, parseExactRatio, type WindowCounts } from '@burnline/core';
import type { DecisionRecord } from '@burnline/contracts';
import type { Clock, Logger, Store } from '@burnline/runtime';
import { readLatestRows } from '../deciding/burn-rows.ts';
import type { LaneTask } from './lane-queues.ts';

/** A decision with what its series sees now; as it was where nothing is known any more. */
async function withFreshCounts(
  store: Store,
  decision: DecisionRecord,
  nowMs: number,
): Promise<DecisionRecord> {
  const { evidence } = decision;
  const { stream, slo, series, policy } = evidence;
  // A level stands until it is left; what is spent meanwhile says nothing new.
  if (policy !== undefined) return decision;
  const [row] = await readLatestRows(store, { stream, series: [{ slo, series }], atMs: nowMs });
  const countsOf = ({ windowMs }: { readonly windowMs: number }): WindowCounts | null => {
    const index = row?.windowsMs.indexOf(windowMs) ?? -1;
    return row === undefined || index < 0 ? null : { bad: row.bad[index] ?? 0, total: row.total[index] ?? 0 };
  };
  const [long, short] = [countsOf(evidence.long), countsOf(evidence.short)];
  if (row === undefined || long === null || short === null) return decision;
  const target = parseExactRatio(evidence.target);
  return {
    ...decision,
    at: Math.floor(nowMs / 1_000) * 1_000,
    evidence: {
      ...evidence,
      long: { ...evidence.long, ...long },
      short: { ...evidence.short, ...short },
      burnRate: { long: burnRate(long, target), short: burnRate(short, target) },
      burnWord: undefined,
      coverage: row.coverage,
    },
  };
}

/** A telling that is to be told once more, or late, as it stands now: of no position, and not yet tried. */
export async function toldAnew(
  { store, clock, logger }: { readonly store: Store; readonly clock: Clock; readonly logger: Logger },
  task: LaneTask,
): Promise<LaneTask> {
  const { decision, key } = task.telling;
  const seenNow = await withFreshCounts(store, decision, clock.nowMs()).catch((error: unknown) => {
    logger.warn({ decisionKey: key, error: String(error) }, 'a standing alert is told with its old counts');
    return decision;
  });
  const again = { offset: Infinity, sinceMs: clock.nowMs(), attempts: 0, statusCode: 0, error: '' };
  const fresh = { isRefused: false, isUncertain: false, isResting: false };
  return { ...task, ...again, ...fresh, telling: { ...task.telling, decision: seenNow } };
}
