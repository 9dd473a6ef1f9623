import type { Store } from '@burnline/runtime';
import { dateTimeOfMs } from '../sql-values.ts';
import type { AlertCursor } from './alert-history.ts';

/**
 * How often each of some alerts had fired within a length of time up to itself, this time included; as many numbers as there are alerts,
 * in their order.
 */
export async function readAlertCounts(
  store: Store,
  { alerts, lengthMs }: { readonly alerts: readonly AlertCursor[]; readonly lengthMs: number },
): Promise<readonly number[]> {
  if (alerts.length === 0) return [];
  const times = alerts.map(({ firedAtMs }) => firedAtMs);
  const rows = await store.query<{ alert_key: string; fired_s: number[] }>(
    `SELECT alert_key, groupArray(toUnixTimestamp(fired_at)) AS fired_s FROM alerts
     WHERE alert_key IN {keys:Array(String)} AND fired_at > {from:DateTime('UTC')} AND fired_at <= {to:DateTime('UTC')}
     GROUP BY alert_key`,
    {
      keys: [...new Set(alerts.map(({ alertKey }) => alertKey))],
      from: dateTimeOfMs(Math.max(0, Math.min(...times) - lengthMs)),
      to: dateTimeOfMs(Math.max(...times)),
    },
  );
  const fired = new Map(rows.map((row) => [row.alert_key, row.fired_s]));
  return alerts.map(({ alertKey, firedAtMs }) => {
    const own = fired.get(alertKey) ?? [];
    return own.filter((s) => s * 1_000 <= firedAtMs && s * 1_000 > firedAtMs - lengthMs).length;
  });
}
