import type { Store } from '@burnline/runtime';
import { asOfSeconds } from '../sql-values.ts';

/** The last instant up to a moment at which a stream's SLOs were judged, epoch ms; null before the first. */
export async function readEvaluatedThrough(
  store: Store,
  { stream, asOfMs }: { readonly stream: string; readonly asOfMs: number | null },
): Promise<number | null> {
  const [row] = await store.query<{ through_s: number }>(THROUGH_SQL, { stream, as_of: asOfSeconds(asOfMs) });
  return row === undefined || row.through_s === 0 ? null : row.through_s * 1_000;
}

// Progress of one hour is a row of its end alone where the others are gone.
const THROUGH_SQL = `
SELECT toUnixTimestamp(max(evaluated_through)) AS through_s
FROM (SELECT stream, evaluated_through FROM evaluations UNION ALL SELECT stream, evaluated_through FROM evaluation_hours)
WHERE stream = {stream:String} AND evaluated_through <= fromUnixTimestamp({as_of:UInt32})`;
