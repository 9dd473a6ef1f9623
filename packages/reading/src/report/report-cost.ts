import { DAY_MS } from '@burnline/core';
import { areRowsWhole, readCost, type Spend, type TimeRange } from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import type { ReportCost } from './report.ts';

/** What was spent in a stretch of whole days, by service and day, and in the one of the same length before it. */
export async function readReportCost(
  store: Store,
  { stream, fromMs, toMs, nowMs }: TimeRange & { readonly stream: string; readonly nowMs: number },
): Promise<ReportCost> {
  const query = { stream, by: 'service', bucketMs: DAY_MS } as const;
  const spend = await readCost(store, { ...query, fromMs, toMs });
  const earlierMs = fromMs - (toMs - fromMs);
  const earlier = (await areRowsWhole(store, { stream, fromMs: earlierMs, nowMs }))
    ? await readCost(store, { ...query, fromMs: earlierMs, toMs: fromMs })
    : null;
  const services = [...new Set(spend.map(({ value }) => value))].map((service) => {
    const own = spend.filter(({ value }) => value === service);
    return { service, costNanoUsd: sumOf(own, 'costNanoUsd'), requests: sumOf(own, 'requests') };
  });
  return {
    ...{ costNanoUsd: sumOf(spend, 'costNanoUsd'), requests: sumOf(spend, 'requests') },
    unpriced: sumOf(spend, 'unpriced'),
    before:
      earlier === null
        ? null
        : { costNanoUsd: sumOf(earlier, 'costNanoUsd'), requests: sumOf(earlier, 'requests') },
    services: services.sort((a, b) => b.costNanoUsd - a.costNanoUsd || (a.service < b.service ? -1 : 1)),
    days: spend.map(({ bucketMs, value, costNanoUsd }) => ({ atMs: bucketMs, service: value, costNanoUsd })),
  };
}

const sumOf = (spend: readonly Spend[], figure: 'costNanoUsd' | 'requests' | 'unpriced'): number =>
  spend.reduce((all, one) => all + one[figure], 0);
