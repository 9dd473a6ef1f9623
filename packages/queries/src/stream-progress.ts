import type { Store } from '@burnline/runtime';
import { msOrNull } from './sql-values.ts';

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
 * Every stream of the database, by name. SLOs of a stream may be shared out among shards: the one that is behind counts, as long as
 * it was heard of within a day.
 */
export async function readStreamProgress(store: Store): Promise<readonly StreamProgress[]> {
  const rows = await store.query<ProgressRow>(PROGRESS_SQL);
  return rows.map(({ stream, clock, through, coverage }) => {
    const evaluatedThroughMs = msOrNull(through);
    return { stream, clock, evaluatedThroughMs, coverage: evaluatedThroughMs === null ? null : coverage };
  });
}

// Of one hour the table has one row, with what was written last.
const PROGRESS_SQL = `
SELECT e.stream AS stream, e.clock AS clock, nullIf(min(p.through), toDateTime(0, 'UTC')) AS through, min(p.coverage) AS coverage
FROM (SELECT stream, argMax(clock, created_at) AS clock FROM stream_epochs GROUP BY stream) AS e
LEFT JOIN (
  SELECT stream, shard, through, coverage, max(through) OVER (PARTITION BY stream) AS newest
  FROM (SELECT stream, shard, max(evaluated_through) AS through,
               argMax(coverage, (evaluated_through, written_at)) AS coverage
        FROM evaluation_hours GROUP BY stream, shard)
) AS p ON p.stream = e.stream
WHERE p.through >= p.newest - INTERVAL 1 DAY
GROUP BY stream, clock ORDER BY stream`;
