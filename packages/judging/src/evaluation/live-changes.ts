import { COVERAGE_MIN_DEFAULT } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import type { EvidenceOf } from './series-evidence.ts';
import { SeriesMap } from './series-map.ts';
import type { WindowGroup } from './window-rows.ts';
import type { WindowSums } from './window-sums.ts';

/** Series whose last sums are remembered; forgetting them only writes them again. */
const REMEMBERED_SERIES_MAX = 200_000;

/** What was written last of a series. */
interface Written {
  readonly specRev: string;
  readonly good: readonly number[];
  readonly total: readonly number[];
  readonly belief: string;
  /** Names of the tiers that it burnt; of a row from before a restart they are not known, and none is named. */
  readonly burning: readonly string[];
}

/** The last rows of one series. */
interface LastRow {
  readonly slo: string;
  readonly series_text: string;
  readonly spec_rev: string;
  readonly good: number;
  readonly count: number;
  readonly state: string;
  readonly remaining_ratio: number | null;
  readonly window_s: readonly number[];
  readonly bads: readonly number[];
  readonly counts: readonly number[];
  readonly coverage: number;
  readonly is_heard: boolean;
  readonly lost_s: number;
}

/** What a budget says of the sums. */
export interface Verdict {
  readonly state: string;
  readonly remainingRatio: number | null;
}

/**
 * What a live tick has to write: series whose sums differ from those last written, whose budget is in another state (time
 * fills a period, without any event), or whose data became complete or incomplete (an alert may have to freeze or thaw), or
 * by another tenth, or whose sources were lost or heard of; and zeros, once, for series that have left every window.
 * Between two rows the earlier one holds.
 */
export class LiveChanges {
  readonly #written = new SeriesMap<Written>();

  /** After a restart: the last row of each series, so that a restart writes nothing that an undisturbed run would not. */
  async resume(store: Store, stream: string): Promise<void> {
    this.#written.clear();
    const latest = (table: string): string =>
      `(SELECT * FROM ${table} FINAL WHERE stream = {stream:String} ORDER BY evaluated_at DESC LIMIT 1 BY slo, series)`;
    const rows = await store.query<LastRow>(
      `SELECT b.slo AS slo, toString(b.series) AS series_text, b.spec_rev AS spec_rev, b.good AS good, b.total AS count,
              toString(b.state) AS state, b.remaining_ratio AS remaining_ratio, r.window_s AS window_s, r.bad AS bads,
              r.total AS counts, r.coverage AS coverage, r.is_heard AS is_heard, toUnixTimestamp(r.lost_at) AS lost_s
       FROM ${latest('budgets')} AS b
       INNER JOIN ${latest('burn_rates')} AS r
         ON r.slo = b.slo AND r.series = b.series AND r.spec_rev = b.spec_rev AND r.evaluated_at = b.evaluated_at
       ORDER BY b.evaluated_at DESC LIMIT {limit:UInt32}`,
      { stream, limit: REMEMBERED_SERIES_MAX },
    );
    for (const row of rows)
      this.#written.set(row.slo, row.series_text, {
        specRev: row.spec_rev,
        good: [row.good, ...row.counts.map((count, index) => count - (row.bads[index] ?? 0))],
        total: [row.count, ...row.counts],
        belief: beliefText({
          state: row.state,
          remainingRatio: row.remaining_ratio,
          windowS: row.window_s,
          coverage: row.coverage,
          isHeard: row.is_heard,
          lostS: row.lost_s,
        }),
        burning: [],
      });
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
      return last === undefined || isChanged(last, one, tick);
    });
  }

  /** Series that burn a tier which they did not burn when they were last written: nobody should wait for the next tick. */
  burningAnew(
    sums: readonly WindowSums[],
    { burningOf }: Pick<LiveTick, 'burningOf'>,
  ): readonly WindowSums[] {
    return sums.filter((one) => {
      const before = this.#written.get(one.slo, one.series)?.burning ?? [];
      return burningOf(one).some((name) => !before.includes(name));
    });
  }

  /** Only once they are written: a tick that failed must write them again. */
  remember(written: readonly WindowSums[], tick: LiveTick): void {
    if (this.#written.size > REMEMBERED_SERIES_MAX) this.#written.clear();
    for (const one of written) {
      const { slo, series, specRev, good, total } = one;
      const burning = tick.burningOf(one);
      this.#written.set(slo, series, { specRev, good, total, belief: beliefOf(one, tick), burning });
    }
  }
}

export interface LiveTick {
  readonly group: WindowGroup;
  readonly atMs: number;
  readonly evidenceOf: EvidenceOf;
  readonly verdictOf: (one: WindowSums) => Verdict;
  readonly burningOf: (one: WindowSums) => readonly string[];
}

function zeroSums(
  series: Pick<WindowSums, 'slo' | 'specRev' | 'series'>,
  { group, atMs }: LiveTick,
): WindowSums {
  const zeros = group.windows.map(() => 0);
  return { ...series, atMs, firstPaneMs: atMs, good: zeros, total: zeros, goodSeen: zeros, totalSeen: zeros };
}

function isChanged(last: Written, one: WindowSums, tick: LiveTick): boolean {
  return (
    last.specRev !== one.specRev ||
    !isEqual(last.good, one.good) ||
    !isEqual(last.total, one.total) ||
    last.belief !== beliefOf(one, tick)
  );
}

function isEqual(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((count, index) => count === right[index]);
}

function beliefOf(one: WindowSums, { group, evidenceOf, verdictOf }: LiveTick): string {
  const { coverage, isHeard, lostAtMs } = evidenceOf(one);
  return beliefText({
    ...verdictOf(one),
    windowS: tierWindowsS(group),
    coverage,
    isHeard,
    lostS: Math.floor((lostAtMs ?? 0) / 1_000),
  });
}

function tierWindowsS({ windows }: WindowGroup): readonly number[] {
  return windows.slice(1).flatMap((window) => (window.kind === 'rolling' ? [window.lengthMs / 1_000] : []));
}

/** What beside the sums makes another row when it changes; the period's own window is not among those of the tiers. */
function beliefText(belief: {
  readonly state: string;
  readonly remainingRatio: number | null;
  readonly windowS: readonly number[];
  readonly coverage: number;
  readonly isHeard: boolean;
  readonly lostS: number;
}): string {
  const { state, remainingRatio, windowS, coverage, isHeard, lostS } = belief;
  return [state, remainingRatio, windowS.join(','), completenessOf(coverage), isHeard, lostS].join('|');
}

/**
 * In tenths, down to the next: an alert may fire on more of the data, and nobody should read that some is missing still.
 * What is enough to conclude from is one step, whatever is missing.
 */
export function completenessOf(coverage: number): number {
  if (coverage >= 1) return 10;
  return coverage >= COVERAGE_MIN_DEFAULT ? 9 : Math.min(8, Math.floor(coverage * 10));
}
