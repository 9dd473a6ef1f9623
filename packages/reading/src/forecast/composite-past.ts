import { PANE_MS_DEFAULT, type CompositePart, type CountBucket } from '@burnline/core';
import { readPeriodPast, type PastQuery } from '@burnline/judging';
import type { Store } from '@burnline/runtime';
import type { PartPast } from './budget-forecast.ts';

/** What each part of a composite counted, over all of its series, and where the oldest of them begins. */
export async function readPartPasts(
  store: Store,
  parts: readonly CompositePart[],
  query: Pick<PastQuery, 'stream' | 'fromMs' | 'atMs' | 'fineFromMs'>,
): Promise<{ readonly pasts: readonly PartPast[]; readonly firstMs: number | null }> {
  const pasts: PartPast[] = [];
  let firstMs: number | null = null;
  for (const part of parts) {
    const { slo, specRev, derivation = null, eventWeight: weight } = part;
    const series = await readPeriodPast(store, {
      ...{ ...query, slis: [{ slo, specRev }], derivation, paneMs: PANE_MS_DEFAULT },
      ...(weight !== undefined && { weight }),
    });
    for (const one of series) firstMs = Math.min(firstMs ?? one.firstMs, one.firstMs);
    pasts.push({ part, buckets: together(series.map(({ buckets }) => buckets)) });
  }
  return { pasts, firstMs };
}

/** Buckets of several series on one grid as those of all of them. */
function together(series: readonly (readonly CountBucket[])[]): readonly CountBucket[] {
  const sums = new Map<number, CountBucket>();
  for (const bucket of series.flat()) {
    const known = sums.get(bucket.startMs);
    const bad = bucket.bad + (known?.bad ?? 0);
    sums.set(bucket.startMs, { ...bucket, bad, total: bucket.total + (known?.total ?? 0) });
  }
  return [...sums.values()].sort((a, b) => a.startMs - b.startMs);
}
