import { canonicalJson, sqlText } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import type { BudgetReading } from './budget-reading.ts';
import type { RowsWanted } from './rows-wanted.ts';
import { unsealedSql } from './sealed-reading.ts';
import { edgeOf, seconds } from './window-levels.ts';
import { rowParams, slisSql } from './window-rows.ts';
import type { SumsQuery } from './window-sums.ts';

/** What those share who remember what the sealed rows of a group come to, unit of event time by unit. */

/** Groups of which anything is kept. */
const GROUPS_MAX = 256;
/** One that nobody asked for so long is judged no more: every tick asks for each. */
const FORGOTTEN_MS = 600_000;

/** By group: what is remembered of it. Groups beyond the bound are not: making room for them would throw out those asked for next. */
export class RememberedGroups<Settled> {
  readonly #settled = new Map<string, { readonly settled: Settled; readonly askedAtMs: number }>();
  readonly #create: () => Settled;

  constructor(create: () => Settled) {
    this.#create = create;
  }

  /** Null: there are as many groups as may be. */
  open({ stream, group: { slis, derivation } }: SumsQuery): Settled | null {
    const askedAtMs = performance.now();
    const key = canonicalJson([stream, slis, derivation]);
    const known = this.#settled.get(key);
    this.#settled.delete(key);
    for (const [other, one] of this.#settled)
      if (one.askedAtMs < askedAtMs - FORGOTTEN_MS) this.#settled.delete(other);
    if (this.#settled.size >= GROUPS_MAX) return null;
    const settled = known?.settled ?? this.#create();
    this.#settled.set(key, { settled, askedAtMs });
    return settled;
  }

  /** Everything that is remembered. */
  get all(): readonly Settled[] {
    return [...this.#settled.values()].map(({ settled }) => settled);
  }
}

/** By window: the first pane that it counts, epoch seconds. */
export const edgesOf = ({ group, atMs, paneMs }: SumsQuery): readonly number[] =>
  group.windows.map((window) => edgeOf(window, seconds(atMs), seconds(paneMs)));

/** The first pane that any window counts, epoch seconds. */
export const oldestEdgeOf = (query: SumsQuery): number => Math.max(0, Math.min(...edgesOf(query)));

/** Rows from so far before a time on that what counts from then on is whole. */
export function wantedFrom({ atMs, paneMs, group, stream }: SumsQuery, fromS: number): RowsWanted {
  const atS = seconds(atMs);
  const windows = [{ kind: 'calendar', boundariesMs: [fromS * 1_000] }] as const;
  return { stream, group: { ...group, windows }, fromS: atS, toS: atS, paneS: seconds(paneMs) };
}

/** SQL over sli_panes: rows of the group that are not sealed. */
export const freshSql = (reading: BudgetReading, atS: number): string =>
  `${slisSql} AND ${unsealedSql(reading)} AND pane < fromUnixTimestamp(${atS})`;

/** The oldest pane that has rows which are not sealed, epoch seconds; null: there are none. */
export async function oldestFreshPane(
  store: Store,
  query: SumsQuery,
  reading: BudgetReading,
): Promise<number | null> {
  const [oldest] = await store.query<{ readonly pane_s: number; readonly count: number }>(
    `SELECT toUnixTimestamp(min(pane)) AS pane_s, count() AS count FROM sli_panes
     WHERE ${freshSql(reading, seconds(query.atMs))}`,
    rowParams(wantedFrom(query, 0), reading),
  );
  return oldest === undefined || oldest.count === 0 ? null : oldest.pane_s;
}

/**
 * Starts of the UTC days in which anything was sealed since an earlier reading, epoch seconds; 'all' where there is none, and after
 * another backfill or adjustment.
 */
export async function daysSealedSince(
  store: Store,
  query: SumsQuery,
  { before, reading }: { readonly before: BudgetReading | null; readonly reading: BudgetReading },
): Promise<readonly number[] | 'all'> {
  const given = ({ backfilled, adjustments }: BudgetReading): string =>
    canonicalJson([backfilled, adjustments]);
  if (before === null || given(before) !== given(reading)) return 'all';
  const sealed = reading.epochs.flatMap(({ epoch, hourS }) => {
    const sinceS = before.epochs.find((one) => one.epoch === epoch)?.hourS ?? 0;
    return hourS === sinceS
      ? []
      : [
          `(stream_epoch = ${sqlText(epoch)} AND source >= fromUnixTimestamp(${sinceS}) AND source < fromUnixTimestamp(${hourS}))`,
        ];
  });
  if (sealed.length === 0) return [];
  const rows = await store.query<{ readonly day: number }>(
    `SELECT DISTINCT toUnixTimestamp(toStartOfDay(bucket, 'UTC')) AS day FROM sli_archive
     WHERE ${slisSql} AND level = '5m' AND source_kind = 'hour' AND (${sealed.join(' OR ')})`,
    rowParams(wantedFrom(query, 0), reading),
  );
  return rows.map(({ day }) => day);
}
