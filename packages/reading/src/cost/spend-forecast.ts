import { DAY_MS, HOUR_MS, durationText, floorTo, MINUTE_MS } from '@burnline/core';
import { costStatement, readCost, readFirstInference, type Spend } from '@burnline/queries';
import type { Store } from '@burnline/runtime';

/** With less behind it a rate says nothing of a month. */
const RATE_MIN_MS = HOUR_MS;
/** Whoever sent nothing for so long begins anew. */
const SEEN_MS = 7 * DAY_MS;
/** Buckets begin at multiples of their width: a month lies in two of these at most. */
const MONTH_BUCKET_MS = 31 * DAY_MS;

/** What a calendar month (UTC) comes to, if spend goes on as it does. Money in 1e-9 USD. */
export interface SpendForecast {
  /** The month, epoch ms: from included, to not included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Up to when it is known what was spent. */
  readonly atMs: number;
  readonly spentNanoUsd: number;
  /** Share of the month's requests so far whose cost nobody knows. */
  readonly unpricedRatio: number;
  /** The stretch whose spend is assumed to go on, and what it was; null: there is less than an hour of it. */
  readonly rate: { readonly fromMs: number; readonly toMs: number; readonly costNanoUsd: number } | null;
  /** Of the whole month; null without a rate. */
  readonly expectedNanoUsd: number | null;
  /** What is assumed, in words. */
  readonly assumption: string;
  /** The statement that sums what was spent so far. */
  readonly sql: string;
}

/** The calendar month that an instant lies in, UTC. */
function monthOf(atMs: number): { readonly fromMs: number; readonly toMs: number } {
  const at = new Date(atMs);
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  return { fromMs: Date.UTC(year, month), toMs: Date.UTC(year, month + 1) };
}

/** What was spent, and for the rest of the month as much by time as in the stretch of the rate. */
function expectedSpend({
  spentNanoUsd,
  restMs,
  rate,
}: {
  readonly spentNanoUsd: number;
  readonly restMs: number;
  readonly rate: { readonly fromMs: number; readonly toMs: number; readonly costNanoUsd: number };
}): number {
  return Math.round(spentNanoUsd + rate.costNanoUsd * (restMs / (rate.toMs - rate.fromMs)));
}

/** Reads the spend of the month of an instant, and of the day before it. */
export async function readSpendForecast(
  store: Store,
  { stream, atMs }: { readonly stream: string; readonly atMs: number },
): Promise<SpendForecast> {
  // Tables keep whole seconds of such a stretch.
  const endMs = floorTo(atMs, 1_000);
  const month = monthOf(endMs);
  const dayAgoMs = endMs - DAY_MS;
  const asked = { stream, by: 'environment', bucketMs: MONTH_BUCKET_MS, toMs: endMs } as const;
  const firstMs = await readFirstInference(store, { stream, fromMs: endMs - SEEN_MS, toMs: endMs });
  const rateFromMs = firstMs === null ? endMs : Math.max(dayAgoMs, floorTo(firstMs, MINUTE_MS));
  const query = { ...asked, fromMs: month.fromMs };
  const [spent, recent] = await Promise.all([
    endMs > month.fromMs ? readCost(store, query) : [],
    readCost(store, { ...asked, fromMs: rateFromMs }),
  ]);
  const [spentNanoUsd, requests] = [sumOf(spent, 'costNanoUsd'), sumOf(spent, 'requests')];
  const rate =
    endMs - rateFromMs < RATE_MIN_MS
      ? null
      : { fromMs: rateFromMs, toMs: endMs, costNanoUsd: sumOf(recent, 'costNanoUsd') };
  return {
    ...{ ...month, atMs: endMs, spentNanoUsd, rate },
    unpricedRatio: requests === 0 ? 0 : sumOf(spent, 'unpriced') / requests,
    expectedNanoUsd: rate === null ? null : expectedSpend({ spentNanoUsd, restMs: month.toMs - endMs, rate }),
    assumption: assumptionOf(rate),
    sql: costStatement(query),
  };
}

function assumptionOf(rate: SpendForecast['rate']): string {
  if (rate === null) return 'There is less than an hour of spend to go by.';
  const lengthMs = floorTo(rate.toMs - rate.fromMs, MINUTE_MS);
  return `Every hour until the month ends (UTC) costs what an hour of the last ${durationText(lengthMs)} did on average.`;
}

const sumOf = (spend: readonly Spend[], figure: 'costNanoUsd' | 'requests' | 'unpriced'): number =>
  spend.reduce((sum, one) => sum + one[figure], 0);
