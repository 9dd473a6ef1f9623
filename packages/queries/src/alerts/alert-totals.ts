import type { Store } from '@burnline/runtime';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';
import { LABELS_SQL } from './alert-history.ts';

/** What all alerts that fired in a stretch of time come to, however many they are. */
export interface AlertTotals {
  readonly count: number;
  /** Those of them that are over. */
  readonly overCount: number;
  /** From the decision to the end, of those that are over; of an even number the lower of both in the middle. Null where none is. */
  readonly resolveMedianMs: number | null;
}

interface TotalsRow {
  readonly count: number;
  readonly over_count: number;
  readonly median_s: number;
}

/** Of a stream, by evaluation time; `labels` are group values that a series has to have, empty: all series. */
export async function readAlertTotals(
  store: Store,
  {
    stream,
    labels,
    fromMs,
    toMs,
  }: TimeRange & { readonly stream: string; readonly labels: Readonly<Record<string, string>> },
): Promise<AlertTotals> {
  const [row] = await store.query<TotalsRow>(TOTALS_SQL, {
    ...{ stream, labels, from: dateTimeOfMs(fromMs), to: dateTimeOfMs(toMs) },
  });
  const { count = 0, over_count: overCount = 0, median_s: medianS = 0 } = row ?? {};
  return { count, overCount, resolveMedianMs: overCount === 0 ? null : medianS * 1_000 };
}

const TOTALS_SQL = `
SELECT toUInt32(count()) AS count, toUInt32(countIf(isNotNull(over_at))) AS over_count,
       toFloat64(quantileExactLowIf(0.5)(toUnixTimestamp(assumeNotNull(over_at)) - toUnixTimestamp(fired_at), isNotNull(over_at))) AS median_s
FROM alerts
WHERE stream = {stream:String} AND fired_at >= {from:DateTime('UTC')} AND fired_at < {to:DateTime('UTC')} AND ${LABELS_SQL}`;
