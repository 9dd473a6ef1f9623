import type { Store } from '@burnline/runtime';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';

/** How often each of some alerts fired in a range of evaluation time, by `alertKey`; one that did not is not in it. */
export async function readAlertCounts(
  store: Store,
  { fromMs, toMs, alertKeys }: TimeRange & { readonly alertKeys: readonly string[] },
): Promise<ReadonlyMap<string, number>> {
  if (alertKeys.length === 0) return new Map();
  const rows = await store.query<{ alert_key: string; fires: number }>(
    `SELECT alert_key, count() AS fires FROM alerts
     WHERE alert_key IN {keys:Array(String)} AND fired_at >= {from:DateTime('UTC')} AND fired_at < {to:DateTime('UTC')}
     GROUP BY alert_key`,
    { keys: alertKeys, from: dateTimeOfMs(Math.max(0, fromMs)), to: dateTimeOfMs(toMs) },
  );
  return new Map(rows.map((row) => [row.alert_key, row.fires]));
}
