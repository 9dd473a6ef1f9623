import type { Store } from '@burnline/runtime';

/** Raw rows that are kept of some streams, repeats left out. */
export interface KeptRows {
  readonly inferences: number;
  /** Verdicts that came on their own. */
  readonly verdicts: number;
}

export async function readKeptRows(store: Store, streams: readonly string[]): Promise<KeptRows> {
  const [row] = await store.query<KeptRows>(KEPT_SQL, { streams });
  return row ?? { inferences: 0, verdicts: 0 };
}

const KEPT_SQL = `
SELECT (SELECT count() FROM inference_events FINAL WHERE stream IN {streams:Array(String)} AND NOT is_repeat) AS inferences,
       (SELECT count() FROM eval_verdicts FINAL WHERE stream IN {streams:Array(String)} AND NOT is_repeat) AS verdicts`;

/** Raw rows of a stream, repeats included: what looking through all of them costs goes by it. */
export async function countRawRows(store: Store, stream: string): Promise<number> {
  const [row] = await store.query<{ rows: number }>(
    `SELECT toFloat64((SELECT count() FROM inference_events WHERE stream = {stream:String})
       + (SELECT count() FROM eval_verdicts WHERE stream = {stream:String})) AS rows`,
    { stream },
  );
  return row?.rows ?? 0;
}
