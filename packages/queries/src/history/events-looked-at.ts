import type { Store } from '@burnline/runtime';

/** Events of a stream that the SLO which looks at most of them has in panes, excluded ones included; 0 without any. */
export async function readEventsLookedAt(store: Store, stream: string): Promise<number> {
  const [row] = await store.query<{ count: number }>(LOOKED_AT_SQL, { stream });
  return row?.count ?? 0;
}

const LOOKED_AT_SQL = `
SELECT sum(total) + sum(excluded) AS count FROM slo_panes
WHERE stream = {stream:String} GROUP BY slo ORDER BY count DESC LIMIT 1`;
