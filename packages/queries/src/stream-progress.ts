import type { Store } from '@burnline/runtime';
import { asOfSeconds, msOfDateTime, msOrNull } from './sql-values.ts';

/** How far a stream is judged. */
export interface StreamProgress {
  readonly stream: string;
  readonly clock: 'live' | 'replay';
  /** Every instant up to here is judged, epoch ms; null: none is yet. */
  readonly evaluatedThroughMs: number | null;
  /** How complete it was at that instant, 0 to 1, of the part of its SLOs of which least is known; null as above. */
  readonly coverage: number | null;
}

interface ProgressRow {
  stream: string;
  clock: StreamProgress['clock'];
  through: string | null;
  coverage: number | null;
}

/**
 * Every stream of the database, by name, as it stands or stood at a moment. SLOs of a stream may be shared out among shards: the one that
 * is behind counts, as long as it was heard of within a day.
 */
export async function readStreamProgress(
  store: Store,
  { asOfMs }: { readonly asOfMs: number | null } = { asOfMs: null },
): Promise<readonly StreamProgress[]> {
  const sql = progressSql(asOfMs === null ? 'evaluation_hours' : EVERY_EVALUATION);
  const rows = await store.query<ProgressRow>(sql, { as_of: asOfSeconds(asOfMs) });
  return rows.map(({ stream, clock, through, coverage }) => {
    const evaluatedThroughMs = msOrNull(through);
    return { stream, clock, evaluatedThroughMs, coverage: evaluatedThroughMs === null ? null : coverage };
  });
}

/** Since when each stream has budgets, epoch ms. One that was never judged is not there. */
export async function readHistoryStarts(store: Store): Promise<ReadonlyMap<string, number>> {
  const rows = await store.query<{ readonly stream: string; readonly first: string }>(
    'SELECT stream, min(evaluated_at) AS first FROM budget_rows GROUP BY stream',
  );
  return new Map(rows.map(({ stream, first }) => [stream, msOfDateTime(first)]));
}

// Of one hour its table has one row, with what was written last; the other has all of the last days.
const EVERY_EVALUATION = `(SELECT stream, shard, evaluated_through, coverage, written_at FROM evaluations
        UNION ALL SELECT stream, shard, evaluated_through, coverage, written_at FROM evaluation_hours)`;

const progressSql = (evaluations: string): string => `
SELECT e.stream AS stream, e.clock AS clock, nullIf(min(p.through), toDateTime(0, 'UTC')) AS through, min(p.coverage) AS coverage
FROM (SELECT stream, argMax(clock, created_at) AS clock FROM stream_epochs GROUP BY stream) AS e
LEFT JOIN (
  SELECT stream, shard, through, coverage, max(through) OVER (PARTITION BY stream) AS newest
  FROM (SELECT stream, shard, max(evaluated_through) AS through,
               argMax(coverage, (evaluated_through, written_at)) AS coverage
        FROM ${evaluations} WHERE evaluated_through <= fromUnixTimestamp({as_of:UInt32}) GROUP BY stream, shard)
) AS p ON p.stream = e.stream
WHERE p.through + INTERVAL 1 DAY >= p.newest
GROUP BY stream, clock ORDER BY stream`;
