import { WORST_FIRST, leftOf } from '@burnline/reading';
import type { OverviewRow } from '../contract/index.ts';

/** By what rows stand in their order: numbers ascending, then the id. */
export type OrderKey = readonly [alert: number, burn: number, left: number, id: string];

/** Behind all that have some; JSON has no infinity. */
const NONE = Number.MAX_VALUE;

/** Burning first (by the alert's severity, then by the word), then what has least left, then what has no figure. */
export function orderKeyOf(row: OverviewRow): OrderKey {
  const { alert, burn, budget, id } = row;
  const severity = alert === null ? NONE : Number(alert.severity.replace(/\D/g, '')) || 9;
  return [
    severity,
    burn === null ? NONE : WORST_FIRST.indexOf(burn.word),
    Math.min(NONE, leftOf(budget)),
    id,
  ];
}

export function compareKeys(a: OrderKey, b: OrderKey): number {
  for (const place of [0, 1, 2] as const) if (a[place] !== b[place]) return a[place] < b[place] ? -1 : 1;
  return a[3] === b[3] ? 0 : a[3] < b[3] ? -1 : 1;
}

/** Rows in that order; the key of each is made once. */
export const mostUrgentFirst = <Row extends { readonly row: OverviewRow }>(
  rows: readonly Row[],
): readonly Row[] =>
  rows
    .map((one) => ({ one, key: orderKeyOf(one.row) }))
    .sort((a, b) => compareKeys(a.key, b.key))
    .map(({ one }) => one);
