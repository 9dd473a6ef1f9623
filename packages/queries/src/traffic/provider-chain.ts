import { planColumns, planSql, recordsSql } from '@burnline/contracts';
import { fieldsOf, weightedCount, type PredicateNode, type SliPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';

/** Attempts at one provider, at one depth of the fallback chain; of a sampled stream as many as they stand for, rounded. */
export interface ChainLink {
  readonly provider: string;
  /** Fallbacks taken before: 0 is the primary. */
  readonly depth: number;
  readonly good: number;
  readonly total: number;
  /** Of these the last attempts of their requests: what callers saw. */
  readonly finalGood: number;
  readonly finalTotal: number;
}

interface LinkRow {
  provider: string;
  depth: number;
  good: number;
  total: number;
  good_extra: number;
  total_extra: number;
  final_good: number;
  final_total: number;
  final_good_extra: number;
  final_total_extra: number;
}

/** More than any service falls back through. */
const LINKS_MAX = 1_000;

/** What tells attempts of one request apart: an SLI that asks for it counts requests. */
const ATTEMPT_FIELDS = new Set(['attempt', 'is_final', 'fallback_depth', 'fallback_kind']);

/**
 * How attempts ended by an SLI of events, provider by provider along the fallback chain, over a range of event time. What the
 * SLI asks of an attempt's place within its request is left out of its scope and total, so that every attempt counts; those
 * that were last are counted beside. Rejects with QUERY_TOO_LARGE.
 */
export async function readProviderChain(
  store: Store,
  sli: SliPlan,
  query: TimeRange & { readonly stream: string },
): Promise<readonly ChainLink[]> {
  const rows = await readWhole<LinkRow>(store, chainSql(sli), {
    stream: query.stream,
    from: dateTimeOfMs(query.fromMs),
    to: dateTimeOfMs(query.toMs),
    limit: LINKS_MAX,
  });
  return rows.map((row) => ({
    provider: row.provider,
    depth: row.depth,
    good: weightedCount(row.good, row.good_extra),
    total: weightedCount(row.total, row.total_extra),
    finalGood: weightedCount(row.final_good, row.final_good_extra),
    finalTotal: weightedCount(row.final_total, row.final_total_extra),
  }));
}

function chainSql(sli: SliPlan): string {
  const attempts = { ...sli, scope: ofAttempts(sli.scope), total: ofAttempts(sli.total) };
  const { isInScope, isTotal, isGood } = planSql(attempts, planColumns(attempts));
  const records = recordsSql(attempts, {
    where: (time) =>
      `stream = {stream:String} AND ${time} >= {from:DateTime('UTC')} AND ${time} < {to:DateTime('UTC')}`,
    columns: ['provider', 'fallback_depth', 'is_final'],
  });
  return `
SELECT provider, fallback_depth AS depth, countIf(is_good) AS good, count() AS total,
       sumIf(extra, is_good) AS good_extra, sum(extra) AS total_extra,
       countIf(is_final AND is_good) AS final_good, countIf(is_final) AS final_total,
       sumIf(extra, is_final AND is_good) AS final_good_extra, sumIf(extra, is_final) AS final_total_extra
FROM (SELECT *, toBool(${isGood}) AS is_good FROM (${records}) WHERE ${isInScope} AND ${isTotal})
GROUP BY provider, depth ORDER BY depth, total DESC, provider LIMIT {limit:UInt32}`;
}

/** A condition without those of its parts that all must hold and speak of an attempt's place alone. */
function ofAttempts(node: PredicateNode | null): PredicateNode | null {
  if (node === null) return null;
  if (node.kind === 'and') {
    const [left, right] = [ofAttempts(node.left), ofAttempts(node.right)];
    return left === null || right === null ? (left ?? right) : { ...node, left, right };
  }
  const fields = fieldsOf([node]);
  return fields.length > 0 && fields.every((field) => ATTEMPT_FIELDS.has(field)) ? null : node;
}
