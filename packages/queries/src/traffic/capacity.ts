import type { CapacityRule, SliceRule } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { readJudgedSlos } from '../slos/judged-slos.ts';
import { dateTimeOfMs } from '../sql-values.ts';

/** How near a series of an SLO with a quota is to it. Figures are per minute, in the unit of what is used. */
export interface SeriesCapacity {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What is added up; empty: requests. */
  readonly used: readonly string[];
  /** Of the last slice that is over; 0 where it had no events. */
  readonly usePerMinute: number;
  /** Of the slice that used most within 7 days. */
  readonly peakPerMinute: number;
  /** What the spec states, or what the events of the newest slice that have it said on average; null: none did within 8 days. */
  readonly quotaPerMinute: number | null;
  /** The peak's share of the quota. */
  readonly peakShare: number | null;
  /** Of the peaks of whole UTC days, by least squares; null: there are fewer than 7 of them. */
  readonly growthPerDay: number | null;
  /**
   * When the peak reaches the quota at that growth, epoch ms; that of the question where it has. `never`: it does not grow, or takes a
   * century. Null: not known, for want of days or of a quota.
   */
  readonly exhaustion: number | 'never' | null;
}

export interface CapacityQuery {
  readonly stream: string;
  /** What lies before it is looked at, epoch ms. */
  readonly toMs: number;
  readonly limit?: number;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const PEAK_DAYS = 7;
/** What takes longer is no growth. */
const FORECAST_DAYS_MAX = 36_525;
/** As far back as panes reach: 7 whole days lie in it, whatever the hour. */
const REACH_DAYS = 8;
/** Ten thousand series of as many days. */
const ROWS_MAX = 90_000;

interface DayRow {
  labels: Record<string, string>;
  day_s: number;
  peak: number;
  recent_peak: number;
  last_use: number;
  quota_sum: number;
  quota_count: number;
}

/** Every series of the SLOs of a stream that have a quota, by name. Rejects with QUERY_TOO_LARGE. */
export async function readCapacity(store: Store, query: CapacityQuery): Promise<readonly SeriesCapacity[]> {
  const found: SeriesCapacity[] = [];
  for (const { slo, specRev, sli } of await readJudgedSlos(store, { stream: query.stream })) {
    if (sli.derivation?.kind !== 'capacity-timeslices') continue;
    found.push(...(await readSlo(store, query, { slo, specRev, rule: sli.derivation })));
  }
  return found;
}

interface CapacitySlo {
  readonly slo: string;
  readonly specRev: string;
  readonly rule: CapacityRule & SliceRule;
}

async function readSlo(
  store: Store,
  { stream, toMs, limit = ROWS_MAX }: CapacityQuery,
  { slo, specRev, rule }: CapacitySlo,
): Promise<readonly SeriesCapacity[]> {
  const endMs = Math.floor(toMs / rule.sliceMs) * rule.sliceMs;
  const rows = await readWhole<DayRow>(store, DAYS_SQL, {
    ...{ stream, slo, revision: specRev, limit },
    from: dateTimeOfMs(endMs - REACH_DAYS * DAY_MS),
    recent: dateTimeOfMs(endMs - PEAK_DAYS * DAY_MS),
    last: dateTimeOfMs(endMs - rule.sliceMs),
    to: dateTimeOfMs(endMs),
    slice: rule.sliceMs / 1_000,
    used: rule.used,
    quota: typeof rule.quota === 'number' ? '' : rule.quota,
  });
  const series = new Map<string, DayRow[]>();
  for (const row of rows) {
    const key = JSON.stringify(Object.entries(row.labels).sort());
    const days = series.get(key);
    if (days === undefined) series.set(key, [row]);
    else days.push(row);
  }
  return [...series.values()].map((days) => capacityOf({ slo, rule, endMs }, days));
}

/** Of the days of one series, oldest first. */
function capacityOf(
  {
    slo,
    rule,
    endMs,
  }: { readonly slo: string; readonly rule: CapacityRule & SliceRule; readonly endMs: number },
  days: readonly DayRow[],
): SeriesCapacity {
  const minutes = rule.sliceMs / MINUTE_MS;
  const largest = (of: (day: DayRow) => number): number => Math.max(...days.map(of)) / minutes;
  const peakPerMinute = largest((day) => day.recent_peak);
  const said = days.findLast((day) => day.quota_count > 0);
  const saidQuota = said === undefined ? null : said.quota_sum / said.quota_count;
  const quotaPerMinute = typeof rule.quota === 'number' ? rule.quota : saidQuota;
  const whole = days.filter(
    ({ day_s: dayS }) => dayS * 1_000 >= endMs - REACH_DAYS * DAY_MS && dayS * 1_000 + DAY_MS <= endMs,
  );
  const growthPerDay = slopeOf(
    whole.map(({ day_s: dayS, peak }) => ({ x: (dayS * 1_000) / DAY_MS, y: peak / minutes })),
  );
  return {
    slo,
    labels: days[0]?.labels ?? {},
    used: rule.used,
    usePerMinute: largest((day) => day.last_use),
    peakPerMinute,
    quotaPerMinute,
    peakShare: quotaPerMinute === null || quotaPerMinute === 0 ? null : peakPerMinute / quotaPerMinute,
    growthPerDay,
    exhaustion: exhaustionOf({ peakPerMinute, quotaPerMinute, growthPerDay }, endMs),
  };
}

function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number | null {
  if (points.length < PEAK_DAYS) return null;
  const mean = (of: (point: { readonly x: number; readonly y: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)];
  return mean(({ x, y }) => (x - meanX) * (y - meanY)) / mean(({ x }) => (x - meanX) ** 2);
}

function exhaustionOf(
  {
    peakPerMinute,
    quotaPerMinute,
    growthPerDay,
  }: Pick<SeriesCapacity, 'peakPerMinute' | 'quotaPerMinute' | 'growthPerDay'>,
  nowMs: number,
): SeriesCapacity['exhaustion'] {
  if (quotaPerMinute === null) return null;
  if (peakPerMinute >= quotaPerMinute) return nowMs;
  if (growthPerDay === null) return null;
  const days = (quotaPerMinute - peakPerMinute) / growthPerDay;
  return growthPerDay > 0 && days < FORECAST_DAYS_MAX ? Math.round(nowMs + days * DAY_MS) : 'never';
}

const DAYS_SQL = `
SELECT any(labels_one) AS labels, intDiv(start_s, 86400) * 86400 AS day_s, max(used) AS peak,
       maxIf(used, start_s >= toUnixTimestamp({recent:DateTime('UTC')})) AS recent_peak,
       maxIf(used, start_s = toUnixTimestamp({last:DateTime('UTC')})) AS last_use,
       argMaxIf(said, start_s, sayers > 0) AS quota_sum, argMaxIf(sayers, start_s, sayers > 0) AS quota_count
FROM (
  SELECT mapSort(labels) AS labels_one, intDiv(toUnixTimestamp(pane), {slice:UInt32}) * {slice:UInt32} AS start_s,
         if(empty({used:Array(String)}), sum(total),
            sum(arraySum(name -> toFloat64(sums[name]), {used:Array(String)}))) AS used,
         sum(toFloat64(sums[{quota:String}])) AS said,
         if({quota:String} = '', 0, sum(total) - sum(toFloat64(missing[{quota:String}]))) AS sayers
  FROM slo_panes
  WHERE stream = {stream:String} AND slo = {slo:String} AND spec_rev = {revision:String}
    AND pane >= {from:DateTime('UTC')} AND pane < {to:DateTime('UTC')}
  GROUP BY labels_one, start_s
)
GROUP BY toString(labels_one) AS series, day_s
ORDER BY series, day_s LIMIT {limit:UInt32}`;
