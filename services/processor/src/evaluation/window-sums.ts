import { COARSE_EDGE_MS, FINE_WINDOW_MS_MAX } from '@burnline/core';
import type { Store } from '@burnline/runtime';

/** A window of event time that ends at the evaluated instant. */
export type EvaluationWindow =
  | { readonly kind: 'rolling'; readonly lengthMs: number }
  /** Starts at the last of the boundaries (epoch ms, ascending) that is not after the instant. */
  | { readonly kind: 'calendar'; readonly boundariesMs: readonly number[] };

/** SLOs that are looked at over the same windows, in the same queries. */
export interface WindowGroup {
  readonly slis: readonly { readonly slo: string; readonly specRev: string }[];
  readonly windows: readonly EvaluationWindow[];
}

export interface WindowSums {
  readonly slo: string;
  readonly specRev: string;
  readonly series: string;
  readonly atMs: number;
  /** Oldest pane that these sums were made from, so far: epoch ms. */
  readonly firstPaneMs: number;
  /** By window, in the group's order. */
  readonly good: readonly number[];
  readonly total: readonly number[];
}

interface SumRow {
  readonly slo: string;
  readonly spec_rev: string;
  readonly series_text: string;
  readonly tick: number;
  readonly window: number;
  readonly first_pane: number;
  readonly good: number;
  readonly total: number;
}

const seconds = (ms: number): number => Math.floor(ms / 1_000);

/** Windows up to an hour are cut at the pane, longer ones at 5 min, so that their edges fall on whole buckets. */
const edgeGridS = (lengthMs: number, paneS: number): number =>
  lengthMs <= FINE_WINDOW_MS_MAX ? paneS : seconds(COARSE_EDGE_MS);

/** SQL: the first pane that a window at instant `t` (epoch seconds) still counts. */
function edgeSql(window: EvaluationWindow, t: string, paneS: number): string {
  if (window.kind === 'calendar') {
    const list = window.boundariesMs.map(seconds).join(', ');
    return `arrayLast(b -> b <= ${t}, [${list}])`;
  }
  const gridS = edgeGridS(window.lengthMs, paneS);
  return `(intDiv(${t} - ${seconds(window.lengthMs)}, ${gridS}) * ${gridS})`;
}

/** SQL: the first tick at which a pane `p` (epoch seconds) is no longer in the window. */
function leaveSql(window: EvaluationWindow, paneS: number, tickS: number): string {
  const toTick = (expression: string): string =>
    `toInt64(intDiv(${expression} + ${tickS - 1}, ${tickS}) * ${tickS})`;
  if (window.kind === 'calendar') {
    const list = window.boundariesMs.map(seconds).join(', ');
    return toTick(`arrayFirst(b -> b > p, [${list}])`);
  }
  const gridS = edgeGridS(window.lengthMs, paneS);
  return toTick(`((intDiv(p, ${gridS}) + 1) * ${gridS} + ${seconds(window.lengthMs)})`);
}

function oldestPaneSql(group: WindowGroup, atS: number, paneS: number): string {
  return `least(${group.windows.map((window) => edgeSql(window, `toInt64(${atS})`, paneS)).join(', ')}, ${atS})`;
}

/**
 * Sums of every series over every window at one instant, over all rows that are there now. This is the live form.
 */
export async function sumsAt(
  store: Store,
  query: {
    readonly streams: readonly string[];
    readonly group: WindowGroup;
    readonly atMs: number;
    readonly paneMs: number;
  },
): Promise<readonly WindowSums[]> {
  const paneS = seconds(query.paneMs);
  const atS = seconds(query.atMs);
  const sums = query.group.windows.flatMap((window, index) => {
    const edge = edgeSql(window, `toInt64(${atS})`, paneS);
    return [`sumIf(good, p >= ${edge}) AS g${index}`, `sumIf(total, p >= ${edge}) AS n${index}`];
  });
  const rows = await store.query<Record<string, string | number>>(
    `SELECT slo, spec_rev, toString(series) AS series_text, min(p) AS first_pane, ${sums.join(', ')}
     FROM (SELECT slo, spec_rev, series, toInt64(toUnixTimestamp(pane)) AS p, good, total FROM sli_panes FINAL
           WHERE stream IN {streams:Array(String)} AND slo IN {slos:Array(String)} AND spec_rev IN {revs:Array(String)}
             AND pane < fromUnixTimestamp(${atS}) AND pane >= fromUnixTimestamp(${oldestPaneSql(query.group, atS, paneS)}))
     GROUP BY slo, spec_rev, series ORDER BY slo, series
     SETTINGS do_not_merge_across_partitions_select_final = 1`,
    { streams: query.streams, ...sliParams(query.group) },
  );
  return rows.map((row) => ({
    slo: String(row['slo']),
    specRev: String(row['spec_rev']),
    series: String(row['series_text']),
    atMs: query.atMs,
    firstPaneMs: Number(row['first_pane']) * 1_000,
    good: query.group.windows.map((_, index) => Number(row[`g${index}`])),
    total: query.group.windows.map((_, index) => Number(row[`n${index}`])),
  }));
}

/**
 * Sums of every series at every tick in (from, to] at which one of its windows changed: the form for history.
 *
 * A row is seen from the tick on that ends its log interval, whatever is in the table already: the same history gives the
 * same sums at any speed. Each row enters a window once and leaves it once, so the work does not grow with the number of
 * ticks; what changed up to `from` is folded into one opening sum.
 */
export async function changesBetween(
  store: Store,
  query: {
    readonly stream: string;
    readonly group: WindowGroup;
    readonly fromMs: number;
    readonly toMs: number;
    readonly paneMs: number;
    readonly tickMs: number;
  },
): Promise<readonly WindowSums[]> {
  const [paneS, tickS, fromS, toS] = [query.paneMs, query.tickMs, query.fromMs, query.toMs].map(seconds) as [
    number,
    number,
    number,
    number,
  ];
  const leaves = query.group.windows.map((window) => leaveSql(window, paneS, tickS));
  const rows = await store.query<SumRow>(
    `SELECT slo, spec_rev, toString(series) AS series_text, tick, window, min(p) AS first_pane,
            sum(sign * g) AS good, sum(sign * n) AS total
     FROM (
       SELECT slo, spec_rev, series, p, change.1 AS window, greatest(change.2, ${fromS}) AS tick, change.3 AS sign, g, n
       FROM (
         SELECT slo, spec_rev, series, toInt64(toUnixTimestamp(pane)) AS p,
                toInt64(toUnixTimestamp(log_interval)) + ${tickS} AS seen,
                toInt64(sum(sli_panes.good)) AS g, toInt64(sum(sli_panes.total)) AS n
         FROM sli_panes FINAL
         WHERE stream = {stream:String} AND slo IN {slos:Array(String)} AND spec_rev IN {revs:Array(String)}
           AND log_interval < fromUnixTimestamp(${toS})
           AND pane >= fromUnixTimestamp(${oldestPaneSql(query.group, fromS, paneS)})
         GROUP BY slo, spec_rev, series, p, seen
       )
       ARRAY JOIN arrayFlatten(arrayMap((leave, w) -> if(seen < leave, [(w, seen, toInt8(1)), (w, leave, toInt8(-1))], []),
                               [${leaves.join(', ')}], range(${leaves.length}))) AS change
       WHERE change.2 <= ${toS}
     )
     GROUP BY slo, spec_rev, series, tick, window
     HAVING good != 0 OR total != 0
     ORDER BY slo, spec_rev, series, tick
     SETTINGS do_not_merge_across_partitions_select_final = 1`,
    { stream: query.stream, ...sliParams(query.group) },
  );
  return sweep(rows, query.group.windows.length, query.fromMs);
}

/** Adds the changes up, series by series; the opening sum at `from` was judged before and is not given again. */
function sweep(rows: readonly SumRow[], windowCount: number, fromMs: number): readonly WindowSums[] {
  const result: WindowSums[] = [];
  let good: number[] = [];
  let total: number[] = [];
  let firstPaneS = Infinity;
  rows.forEach((row, index) => {
    const previous = rows[index - 1];
    const isSameSeries =
      previous?.series_text === row.series_text &&
      previous.slo === row.slo &&
      previous.spec_rev === row.spec_rev;
    if (!isSameSeries) {
      good = new Array<number>(windowCount).fill(0);
      total = new Array<number>(windowCount).fill(0);
      firstPaneS = Infinity;
    }
    firstPaneS = Math.min(firstPaneS, row.first_pane);
    good[row.window] = (good[row.window] ?? 0) + row.good;
    total[row.window] = (total[row.window] ?? 0) + row.total;
    const next = rows[index + 1];
    const isLastOfTick =
      next?.tick !== row.tick ||
      next.series_text !== row.series_text ||
      next.slo !== row.slo ||
      next.spec_rev !== row.spec_rev;
    if (!isLastOfTick || row.tick * 1_000 <= fromMs) return;
    result.push({
      slo: row.slo,
      specRev: row.spec_rev,
      series: row.series_text,
      atMs: row.tick * 1_000,
      firstPaneMs: firstPaneS * 1_000,
      good: [...good],
      total: [...total],
    });
  });
  return result;
}

/** A revision hashes its SLO's name too, so the two lists name pairs. */
function sliParams(group: WindowGroup): {
  readonly slos: readonly string[];
  readonly revs: readonly string[];
} {
  return { slos: group.slis.map((sli) => sli.slo), revs: group.slis.map((sli) => sli.specRev) };
}
