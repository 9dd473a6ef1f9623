import { COVERAGE_MIN_DEFAULT } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import type { WindowGroup } from './window-rows.ts';
import type { WindowSums } from './window-sums.ts';

/** Series whose last sums are remembered; forgetting them only writes them again. */
const REMEMBERED_SERIES_MAX = 200_000;

interface Written {
  readonly series: Pick<WindowSums, 'slo' | 'series'>;
  /** What was written last; empty after a restart, when it is not known any more. */
  readonly text: string;
}

/**
 * What a live tick has to write: series whose sums differ from those last written, or whose data became complete or
 * incomplete (an alert may have to freeze or thaw), or by another tenth, and zeros, once, for series that have left every
 * window. Between two rows the earlier one holds.
 */
export class LiveChanges {
  readonly #written = new Map<string, Written>();

  /** After a restart: the series whose last rows are not zero. */
  async resume(store: Store, stream: string): Promise<void> {
    this.#written.clear();
    const rows = await store.query<{ slo: string; series_text: string }>(
      `SELECT slo, toString(series) AS series_text
       FROM (SELECT * FROM budgets FINAL WHERE stream = {stream:String}
             ORDER BY evaluated_at DESC LIMIT 1 BY slo, series)
       WHERE total > 0 LIMIT {limit:UInt32}`,
      { stream, limit: REMEMBERED_SERIES_MAX },
    );
    for (const row of rows) {
      const series = { slo: row.slo, series: row.series_text };
      this.#written.set(keyOf(series), { series, text: '' });
    }
  }

  /** A series that its SLO's revision does not have any more has left every window, whichever revision wrote it. */
  of(sums: readonly WindowSums[], tick: LiveTick): readonly WindowSums[] {
    const present = new Set(sums.map(keyOf));
    const revisions = new Map(tick.group.slis.map((sli) => [sli.slo, sli.specRev]));
    const gone = [...this.#written].flatMap(([key, { series }]) => {
      const specRev = revisions.get(series.slo);
      return present.has(key) || specRev === undefined ? [] : [zeroSums({ ...series, specRev }, tick)];
    });
    return [...sums, ...gone].filter((one) => this.#written.get(keyOf(one))?.text !== textOf(one, tick));
  }

  /** Only once they are written: a tick that failed must write them again. */
  remember(written: readonly WindowSums[], tick: LiveTick): void {
    if (this.#written.size > REMEMBERED_SERIES_MAX) this.#written.clear();
    for (const one of written) {
      const { slo, series } = one;
      this.#written.set(keyOf(one), { series: { slo, series }, text: textOf(one, tick) });
    }
  }
}

export interface LiveTick {
  readonly group: WindowGroup;
  readonly atMs: number;
  /** How complete the data of a series is, 0 to 1. */
  readonly coverageOf: (one: WindowSums) => number;
}

function zeroSums(
  series: Pick<WindowSums, 'slo' | 'specRev' | 'series'>,
  { group, atMs }: LiveTick,
): WindowSums {
  const zeros = group.windows.map(() => 0);
  return { ...series, atMs, firstPaneMs: atMs, good: zeros, total: zeros };
}

function textOf(one: WindowSums, { coverageOf }: LiveTick): string {
  return `${one.specRev}/${one.good.join(',')}/${one.total.join(',')}/${completenessOf(coverageOf(one))}`;
}

/** Whole, enough, or how much: an alert may fire on more of the data, and nobody should read that some is missing still. */
function completenessOf(coverage: number): string {
  if (coverage >= 1) return 'whole';
  return coverage >= COVERAGE_MIN_DEFAULT ? 'enough' : String(Math.floor(coverage * 10));
}

function keyOf({ slo, series }: Written['series']): string {
  return `${slo}|${series}`;
}
