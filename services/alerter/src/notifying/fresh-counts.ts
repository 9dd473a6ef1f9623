import { burnRate, parseExactRatio, type WindowCounts } from '@burnline/core';
import type { DecisionRecord } from '@burnline/contracts';
import type { Store } from '@burnline/runtime';
import { readLatestRows } from '../deciding/burn-rows.ts';

/** A decision with what its series sees now; as it was where nothing is known any more. */
export async function withFreshCounts(
  store: Store,
  decision: DecisionRecord,
  nowMs: number,
): Promise<DecisionRecord> {
  const { evidence } = decision;
  const { stream, slo, series } = evidence;
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
