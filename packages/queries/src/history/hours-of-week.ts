import type { Store } from '@burnline/runtime';

/** What an SLI counted in one hour of all weeks, UTC. */
export interface HourOfWeek {
  readonly slo: string;
  /** 1 is Monday. */
  readonly day: number;
  /** 0 to 23. */
  readonly hour: number;
  /** Of events seen, all series together. */
  readonly bad: number;
  readonly total: number;
  /** Weeks in which it had bad events. */
  readonly badWeeks: number;
}

/** Of rows of panes that were counted from raw rows, none of them sealed: at most 168 for each SLO. */
export function readHoursOfWeek(
  store: Store,
  range: { readonly stream: string; readonly fromMs: number; readonly toMs: number },
): Promise<HourOfWeek[]> {
  const { stream, fromMs, toMs } = range;
  return store.query<HourOfWeek>(HOURS_SQL, {
    stream,
    from: Math.floor(fromMs / 1_000),
    to: Math.floor(toMs / 1_000),
  });
}

const HOURS_SQL = `
SELECT slo, day, hour, toInt64(events - fine) AS bad, events AS total, badWeeks
FROM (
  SELECT slo, toDayOfWeek(pane) AS day, toHour(pane) AS hour, sum(total) AS events, sum(good) AS fine,
         uniqExactIf(toDate(pane), good < total) AS badWeeks
  FROM sli_panes FINAL
  WHERE stream = {stream:String} AND pane >= fromUnixTimestamp({from:Int64}) AND pane < fromUnixTimestamp({to:Int64})
  GROUP BY slo, day, hour
)
ORDER BY slo, day, hour`;

/** When an SLI began to count, epoch ms. */
export interface PaneStart {
  readonly slo: string;
  readonly startMs: number;
}

/** The first pane of each SLO; single events that were logged more than a day late begin nothing. */
export async function readPaneStarts(store: Store, stream: string): Promise<readonly PaneStart[]> {
  const rows = await store.query<{ slo: string; start_s: number }>(STARTS_SQL, { stream });
  return rows.map(({ slo, start_s }) => ({ slo, startMs: start_s * 1_000 }));
}

const STARTS_SQL = `
SELECT slo, toUnixTimestamp(min(pane)) AS start_s FROM sli_panes
WHERE stream = {stream:String} AND pane >= log_interval - INTERVAL 1 DAY
GROUP BY slo ORDER BY slo`;
