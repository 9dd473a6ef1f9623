import { durationText, type SloPlan } from '@burnline/core';

/** Counters that exported rules read; whoever leaves Burnline counts into them. */
export const TOTAL_COUNTER = 'burnline_slo_events_total';
export const BAD_COUNTER = 'burnline_slo_bad_events_total';

/** A dimension as a label: `attributes.plan` becomes `attributes_plan`. */
export const labelOf = (dimension: string): string => dimension.replace(/[^A-Za-z0-9_]/g, '_');

const WEEK_MS = 604_800_000;

/** As Prometheus writes durations, whole weeks as such: `4w` for 28 days, which is what Sloth's dashboards look for. */
export function promDuration(durationMs: number): string {
  return durationMs % WEEK_MS === 0 ? `${durationMs / WEEK_MS}w` : durationText(durationMs);
}

/** A text inside quotes of PromQL. */
export const quoted = (text: string): string => JSON.stringify(text);

/** `sum by (provider) (` or `sum(`. */
export function sumBy({ sli }: SloPlan): string {
  const { dimensions } = sli.groupBy;
  return dimensions.length === 0 ? 'sum' : `sum by (${dimensions.map(labelOf).join(', ')}) `;
}

export const counterOf = (counter: string, { slo }: SloPlan): string => `${counter}{slo=${quoted(slo)}}`;
