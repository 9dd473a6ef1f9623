import { OTHER_LABEL, type SliPlan } from '@burnline/core';
import { readCountedEvents, type PastAlert } from '@burnline/queries';
import type { Store } from '@burnline/runtime';

/**
 * The first bad record of the long window of an alert, epoch ms; null of what counts slices or parts, and where its rows are gone, or
 * name no such series: the SLO may have other dimensions by now. Rejects as the database does.
 */
export async function readFirstBad(
  store: Store,
  { stream, labels, long, firedAtMs }: PastAlert,
  plan: SliPlan,
): Promise<number | null> {
  const isCounted = plan.composite === undefined && plan.derivation === undefined;
  if (!isCounted || !hasNames(labels, plan.groupBy.dimensions)) return null;
  const fromMs = Math.max(0, firedAtMs - long.windowMs);
  const { events } = await readCountedEvents(store, {
    ...{ stream, labels, plan, fromMs, toMs: firedAtMs, countedAs: ['bad'], limit: 1 },
  });
  return events[0] === undefined ? null : events[0].atMicros / 1_000;
}

/** Which events `__other__` holds is written in no row. */
const hasNames = (labels: PastAlert['labels'], dimensions: readonly string[]): boolean =>
  Object.keys(labels).length === dimensions.length &&
  dimensions.every((name) => labels[name] !== undefined && labels[name] !== OTHER_LABEL);
