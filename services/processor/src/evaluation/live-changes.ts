import { COVERAGE_MIN_DEFAULT } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { SeriesMap } from './series-map.ts';
import type { WindowGroup } from './window-rows.ts';
import type { EvidenceOf, SeriesEvidence } from './series-evidence.ts';
import type { WindowSums } from './window-sums.ts';

/** Series whose last sums are remembered; forgetting them only writes them again. */
const REMEMBERED_SERIES_MAX = 200_000;

/** What was written last of a series. */
interface Written {
  readonly sums: WindowSums;
  readonly belief: string;
}

/**
 * What a live tick has to write: series whose sums differ from those last written, or whose data became complete or
 * incomplete (an alert may have to freeze or thaw), or by another tenth, or whose sources were lost or heard of, and zeros, once, for series that have left every
 * window. Between two rows the earlier one holds.
 */
export class LiveChanges {
  /** By SLO and series; null after a restart, when it is not known any more. */
  readonly #written = new SeriesMap<Written | null>();

  /** After a restart: the series whose last rows are not zero, or whose silence is not explained yet. */
  async resume(store: Store, stream: string): Promise<void> {
    this.#written.clear();
    const rows = await store.query<{ slo: string; series_text: string }>(
      `SELECT slo, toString(series) AS series_text
       FROM (SELECT * FROM budgets FINAL WHERE stream = {stream:String}
             ORDER BY evaluated_at DESC LIMIT 1 BY slo, series)
       WHERE total > 0
       UNION DISTINCT
       SELECT slo, toString(series) AS series_text
       FROM (SELECT * FROM burn_rates FINAL WHERE stream = {stream:String}
             ORDER BY evaluated_at DESC LIMIT 1 BY slo, series)
       WHERE NOT is_heard OR lost_at > fromUnixTimestamp(0) LIMIT {limit:UInt32}`,
      { stream, limit: REMEMBERED_SERIES_MAX },
    );
    for (const row of rows) this.#written.set(row.slo, row.series_text, null);
  }

  /** A series that its SLO's revision does not have any more has left every window, whichever revision wrote it. */
  of(sums: readonly WindowSums[], tick: LiveTick): readonly WindowSums[] {
    const present = new SeriesMap<true>();
    for (const { slo, series } of sums) present.set(slo, series, true);
    const gone: WindowSums[] = [];
    for (const { slo, specRev } of tick.group.slis)
      for (const [series] of this.#written.of(slo))
        if (present.get(slo, series) === undefined) gone.push(zeroSums({ slo, specRev, series }, tick));
    return [...sums, ...gone].filter((one) => {
      const last = this.#written.get(one.slo, one.series);
      return last === undefined || last === null || isChanged(last, one, tick);
    });
  }

  /** Only once they are written: a tick that failed must write them again. */
  remember(written: readonly WindowSums[], tick: LiveTick): void {
    if (this.#written.size > REMEMBERED_SERIES_MAX) this.#written.clear();
    for (const sums of written) {
      this.#written.set(sums.slo, sums.series, { sums, belief: beliefOf(tick.evidenceOf(sums)) });
    }
  }
}

export interface LiveTick {
  readonly group: WindowGroup;
  readonly atMs: number;
  readonly evidenceOf: EvidenceOf;
}

function zeroSums(
  series: Pick<WindowSums, 'slo' | 'specRev' | 'series'>,
  { group, atMs }: LiveTick,
): WindowSums {
  const zeros = group.windows.map(() => 0);
  return { ...series, atMs, firstPaneMs: atMs, good: zeros, total: zeros };
}

function isChanged(last: Written, one: WindowSums, { evidenceOf }: LiveTick): boolean {
  return (
    last.sums.specRev !== one.specRev ||
    !isEqual(last.sums.good, one.good) ||
    !isEqual(last.sums.total, one.total) ||
    last.belief !== beliefOf(evidenceOf(one))
  );
}

function isEqual(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((count, index) => count === right[index]);
}

/** What of the evidence makes another row when it changes. */
function beliefOf({ coverage, isHeard, lostAtMs }: SeriesEvidence): string {
  return `${completenessOf(coverage)}|${isHeard}|${lostAtMs}`;
}

/**
 * In tenths, down to the next: an alert may fire on more of the data, and nobody should read that some is missing still.
 * What is enough to conclude from is one step, whatever is missing.
 */
export function completenessOf(coverage: number): number {
  if (coverage >= 1) return 10;
  return coverage >= COVERAGE_MIN_DEFAULT ? 9 : Math.min(8, Math.floor(coverage * 10));
}
