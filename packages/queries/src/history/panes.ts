import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';

/** A row of the view slo_panes. */
export interface StoredPane {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Start of the pane, epoch ms. */
  readonly paneMs: number;
  readonly good: number;
  readonly total: number;
}

export interface PanesQuery extends TimeRange {
  readonly stream: string;
  /** Revisions that count. */
  readonly specRevs: readonly string[];
  readonly limit?: number;
}

/** An hour of ten thousand series. */
const PANES_MAX = 3_600_000;

/** Panes of these revisions that begin in a time, every series of theirs. Rejects with QUERY_TOO_LARGE. */
export async function readPanes(store: Store, query: PanesQuery): Promise<readonly StoredPane[]> {
  return readWhole<StoredPane>(store, PANES_SQL, {
    stream: query.stream,
    revisions: query.specRevs,
    from: dateTimeOfMs(query.fromMs),
    to: dateTimeOfMs(query.toMs),
    limit: query.limit ?? PANES_MAX,
  });
}

const PANES_SQL = `
SELECT slo, labels, toFloat64(toUnixTimestamp(pane)) * 1000 AS paneMs, toFloat64(good) AS good, toFloat64(total) AS total
FROM slo_panes
WHERE stream = {stream:String} AND spec_rev IN {revisions:Array(String)}
  AND pane >= {from:DateTime('UTC')} AND pane < {to:DateTime('UTC')}
LIMIT {limit:UInt32}`;
