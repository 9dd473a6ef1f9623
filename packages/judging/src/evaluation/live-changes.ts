import { COVERAGE_MIN_DEFAULT } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import type { EvidenceOf } from './series-evidence.ts';
import { SeriesMap } from './series-map.ts';
import type { WindowGroup } from './rows-wanted.ts';
import type { WindowSums } from './window-sums.ts';

/** Series whose last sums are remembered; forgetting them only writes them again. */
const REMEMBERED_SERIES_MAX = 200_000;

/** Of series whose sums moved by little, one in so many gets its row at a tick: each within a minute. */
const TICKS_PER_BEAT = 12;
/** As many get theirs at every tick, so that who has few series sees all of them move. */
const SPARE_ROWS = 100;
/** By so much of its whole a budget moves before it is told at once. */
const BUDGET_STEP = 0.01;

/** What was written last of a series. */
interface Written {
  readonly sums: WindowSums;
  readonly belief: string;
  readonly remainingRatio: number | null;
  /** Names of the tiers that it burnt; null of a row from before a restart until somebody asks. */
  burning: readonly string[] | null;
}

/** The sums that the last rows of one series have. */
export interface SumsRow {
  readonly slo: string;
  readonly series_text: string;
  readonly spec_rev: string;
  readonly good: number;
  readonly count: number;
  readonly good_seen: number;
  readonly count_seen: number;
  readonly bads: readonly number[];
  readonly counts: readonly number[];
  readonly bads_seen: readonly number[];
  readonly counts_seen: readonly number[];
}

interface LastRow extends SumsRow {
  readonly at_s: number;
  readonly state: string;
  readonly remaining_ratio: number | null;
  readonly window_s: readonly number[];
  readonly coverage: number;
  readonly is_heard: boolean;
  readonly lost_s: number;
  readonly dispersion: number;
}

/** What a budget says of the sums. */
export interface Verdict {
  readonly state: string;
  readonly remainingRatio: number | null;
}

/**
 * What a live tick has to write. At once: series that burn other tiers than when they were last written, whose budget is in
 * another state (time fills a period, without any event) or has moved by a hundredth, whose data became complete or
 * incomplete (an alert may have to freeze or thaw), or by another tenth, whose sources were lost or heard of, or whose events
 * were measured to show more or less. Within a minute, those written longest ago first: series whose sums differ from those
 * last written; zeros, once, for series that have left every window. Between two rows the earlier one holds.
 */
export class LiveChanges {
  readonly #written = new SeriesMap<Written>();

  /**
   * After a restart: the last row of each series, so that a restart writes nothing that an undisturbed run would not.
   *
   * @param longestMs longer than any window: a series with something in one had a row within that of the last evaluation
   */
  async resume(store: Store, stream: string, longestMs: number): Promise<void> {
    this.#written.clear();
    const latest = (table: string): string =>
      `(SELECT * FROM ${table} FINAL WHERE stream = {stream:String} AND (slo, series, evaluated_at) IN (
          SELECT slo, series, max(evaluated_at) FROM ${table}
          WHERE stream = {stream:String} AND evaluated_at >= (
            SELECT max(evaluated_through) FROM evaluation_hours WHERE stream = {stream:String}
          ) - toIntervalSecond({longest:UInt32})
          GROUP BY slo, series))`;
    const rows = await store.query<LastRow>(
      `SELECT b.slo AS slo, toString(b.series) AS series_text, b.spec_rev AS spec_rev, toUnixTimestamp(b.evaluated_at) AS at_s,
              b.good AS good, b.total AS count, b.total_seen - b.bad_seen AS good_seen, b.total_seen AS count_seen,
              toString(b.state) AS state, b.remaining_ratio AS remaining_ratio, r.window_s AS window_s, r.bad AS bads,
              r.total AS counts, r.bad_seen AS bads_seen, r.total_seen AS counts_seen,
              r.coverage AS coverage, r.is_heard AS is_heard, toUnixTimestamp(r.lost_at) AS lost_s, r.dispersion AS dispersion
       FROM ${latest('budget_hours')} AS b
       INNER JOIN ${latest('burn_rate_hours')} AS r
         ON r.slo = b.slo AND r.series = b.series AND r.spec_rev = b.spec_rev AND r.evaluated_at = b.evaluated_at
       ORDER BY b.evaluated_at DESC LIMIT {limit:UInt32}`,
      { stream, longest: Math.ceil(longestMs / 1_000), limit: REMEMBERED_SERIES_MAX },
    );
    for (const row of rows)
      this.#written.set(row.slo, row.series_text, {
        sums: sumsOfRow(row, row.at_s * 1_000),
        belief: beliefText({
          state: row.state,
          windowS: row.window_s,
          counts: row.counts,
          coverage: row.coverage,
          isHeard: row.is_heard,
          lostS: row.lost_s,
          dispersion: row.dispersion,
        }),
        remainingRatio: row.remaining_ratio,
        burning: null,
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
    const now: WindowSums[] = [];
    const later: { readonly one: WindowSums; readonly writtenMs: number }[] = [];
    for (const one of [...sums, ...gone]) {
      const last = this.#written.get(one.slo, one.series);
      if (last === undefined || isBelievedOtherwise(last, one, tick)) now.push(one);
      else if (isEqual(last.sums.good, one.good) && isEqual(last.sums.total, one.total)) continue;
      else if (burnsOtherwise(last, one, tick)) now.push(one);
      else later.push({ one, writtenMs: last.sums.atMs });
    }
    const beatCount = Math.max(SPARE_ROWS, Math.ceil(later.length / TICKS_PER_BEAT));
    if (later.length > beatCount) later.sort((left, right) => left.writtenMs - right.writtenMs);
    return [...now, ...later.slice(0, beatCount).map(({ one }) => one)];
  }

  /** Series that burn a tier which they did not burn when they were last written: nobody should wait for the next tick. */
  burningAnew(sums: readonly WindowSums[], tick: Pick<LiveTick, 'burningOf'>): readonly WindowSums[] {
    return sums.filter((one) => {
      const last = this.#written.get(one.slo, one.series);
      const before = last === undefined ? [] : burningWhenWritten(last, tick);
      return tick.burningOf(one).some((name) => !before.includes(name));
    });
  }

  /** Only once they are written: a tick that failed must write them again. */
  remember(written: readonly WindowSums[], tick: LiveTick): void {
    if (this.#written.size > REMEMBERED_SERIES_MAX) this.#written.clear();
    for (const one of written) {
      const verdict = tick.verdictOf(one);
      this.#written.set(one.slo, one.series, {
        sums: one,
        belief: beliefOf(one, tick, verdict),
        remainingRatio: verdict.remainingRatio,
        burning: tick.burningOf(one),
      });
    }
  }
}

function isBelievedOtherwise(last: Written, one: WindowSums, tick: LiveTick): boolean {
  const verdict = tick.verdictOf(one);
  if (last.sums.specRev !== one.specRev || last.belief !== beliefOf(one, tick, verdict)) return true;
  const [before, after] = [last.remainingRatio, verdict.remainingRatio];
  return before === null || after === null ? before !== after : Math.abs(after - before) >= BUDGET_STEP;
}

function burnsOtherwise(last: Written, one: WindowSums, tick: LiveTick): boolean {
  const [burnt, burning] = [burningWhenWritten(last, tick), tick.burningOf(one)];
  return burnt.length !== burning.length || burning.some((name) => !burnt.includes(name));
}

function burningWhenWritten(last: Written, { burningOf }: Pick<LiveTick, 'burningOf'>): readonly string[] {
  last.burning ??= burningOf(last.sums);
  return last.burning;
}

/** What a row says of an instant. */
export function sumsOfRow(row: SumsRow, atMs: number): WindowSums {
  const goodOf = (counts: readonly number[], bads: readonly number[]): readonly number[] =>
    counts.map((count, index) => count - (bads[index] ?? 0));
  return {
    slo: row.slo,
    specRev: row.spec_rev,
    series: row.series_text,
    atMs,
    firstPaneMs: atMs,
    good: [row.good, ...goodOf(row.counts, row.bads)],
    total: [row.count, ...row.counts],
    goodSeen: [row.good_seen, ...goodOf(row.counts_seen, row.bads_seen)],
    totalSeen: [row.count_seen, ...row.counts_seen],
  };
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

function isEqual(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((count, index) => count === right[index]);
}

function beliefOf(one: WindowSums, { group, evidenceOf }: LiveTick, { state }: Verdict): string {
  const { coverage, isHeard, lostAtMs, dispersion } = evidenceOf(one);
  return beliefText({
    state,
    windowS: tierWindowsS(group),
    counts: one.total.slice(1),
    coverage,
    isHeard,
    lostS: Math.floor((lostAtMs ?? 0) / 1_000),
    dispersion,
  });
}

function tierWindowsS({ windows }: WindowGroup): readonly number[] {
  return windows.slice(1).flatMap((window) => (window.kind === 'rolling' ? [window.lengthMs / 1_000] : []));
}

/** What beside the sums makes another row when it changes; the period's own window is not among those of the tiers. */
function beliefText(belief: {
  readonly state: string;
  readonly windowS: readonly number[];
  readonly counts: readonly number[];
  readonly coverage: number;
  readonly isHeard: boolean;
  readonly lostS: number;
  readonly dispersion: number;
}): string {
  const { state, windowS, counts, coverage, isHeard, lostS, dispersion } = belief;
  // Silence of a window is told apart: an alert may freeze on it.
  const windows = windowS.map((lengthS, index) => `${lengthS}${(counts[index] ?? 0) === 0 ? '!' : ''}`);
  return [state, windows.join(','), completenessOf(coverage), isHeard, lostS, dispersion].join('|');
}

/**
 * In tenths, down to the next: an alert may fire on more of the data, and nobody should read that some is missing still.
 * What is enough to conclude from is one step, whatever is missing.
 */
export function completenessOf(coverage: number): number {
  if (coverage >= 1) return 10;
  return coverage >= COVERAGE_MIN_DEFAULT ? 9 : Math.min(8, Math.floor(coverage * 10));
}
