import { DAY_MS, nominalPeriodMs, type SloPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import {
  backfillSourcesSql,
  hourSourcesSql,
  readSealed,
  sealedParams,
  type SealedReading,
} from '../evaluation/sealed-reading.ts';
import { slisSql } from '../evaluation/window-rows.ts';
import { SETTINGS } from '../evaluation/window-sums.ts';

/** How much of event time is measured: a rhythm of days and weeks is in it, and what was changed last month is not. */
const MEASURED_MS = 7 * DAY_MS;
/** With fewer slices, or bad events, a variance is no more than a guess. */
const SLICES_MIN = 30;
const BAD_MIN = 10;
/** Of one statement: those with the most bad events. */
const SERIES_MAX = 10_000;
/** What begins to go wrong is in the windows of an alert before it fires. */
const BEFORE_FIRE_S = 3_600;

/** Whether the events of an SLO are measured: it asks for evidence, and what it is judged by are events themselves. */
export const isDispersionMeasured = ({ lowTraffic, sli }: SloPlan): boolean =>
  lowTraffic !== undefined && sli.derivation === undefined && sli.composite === undefined;

/**
 * Measures how much the bad events of each series come in bursts: the variance of their number in slices of 5 minutes, as a
 * multiple of what it would be if they were independent. It goes by what is sealed, so that it follows from the rows alone, and by
 * days without an alert: an incident is no burst, and must not make the next one harder to see. Returns how many statements wrote.
 */
export async function measureDispersions(
  store: Store,
  stream: string,
  plans: readonly SloPlan[],
): Promise<number> {
  const measured = plans.filter(isDispersionMeasured);
  if (measured.length === 0) return 0;
  const reading = await readSealed(store, stream);
  if (reading.epochs.length === 0) return 0;
  const endS = Math.max(...reading.epochs.map(({ hourS }) => hourS));
  const lengths = new Set(measured.map(measuredMs));
  for (const lengthMs of lengths) {
    const own = measured.filter((plan) => measuredMs(plan) === lengthMs);
    await store.command(measureSql(reading), {
      ...sealedParams(reading),
      stream,
      slos: own.map(({ slo }) => slo),
      revs: own.map(({ sli }) => sli.specRev),
      from: Math.max(0, endS - lengthMs / 1_000),
      end: endS,
    });
  }
  return lengths.size;
}

const measuredMs = ({ period }: SloPlan): number => Math.min(MEASURED_MS, nominalPeriodMs(period));

/** SQL: (series of an SLO, UTC day) on which an alert of it was firing, or was about to. Fires and ends of an alert take turns. */
const ALERT_DAYS_SQL = `SELECT slo, series, toDate(fromUnixTimestamp(day * 86400), 'UTC') AS day
  FROM (
    SELECT slo, series, arraySort(groupArrayIf(toUnixTimestamp(evaluated_at), decision = 'fire')) AS fires,
      arraySort(groupArrayIf(toUnixTimestamp(evaluated_at), decision IN ('resolve', 'removed', 'ended'))) AS ends,
      arrayFlatten(arrayMap((fire, i) -> range(toUInt32(intDiv(fire - ${BEFORE_FIRE_S}, 86400)),
        toUInt32(intDiv(if(i <= length(ends), ends[i], {end:UInt32}), 86400) + 1)), fires, arrayEnumerate(fires))) AS days
    FROM alert_decisions FINAL WHERE stream = {stream:String} AND slo IN {slos:Array(String)}
    GROUP BY alert_key, slo, series
  ) ARRAY JOIN days AS day`;

/** The sum over slices of (b - n p)^2 / (n p q) is (sum of b^2 / n, less B^2 / N) / (p q), where B and N are their sums and p = B / N. */
function measureSql(reading: SealedReading): string {
  return `INSERT INTO dispersions (stream, slo, spec_rev, series, measured_at, days, slices, bad, total, phi)
    SELECT {stream:String}, slo, spec_rev, series, fromUnixTimestamp({end:UInt32}), uniqExact(toDate(bucket, 'UTC')),
      count() AS slice_count, sum(b) AS bads, sum(n) AS seen,
      ceil((sum(b * b / n) - bads * bads / seen) / (bads / seen * (1 - bads / seen)) / (slice_count - 1) * 1000) / 1000
    FROM (
      SELECT slo, spec_rev, series, bucket, toFloat64(sum(total)) AS n, toFloat64(sum(total) - sum(good)) AS b
      FROM sli_archive FINAL
      WHERE ${slisSql} AND level = '5m' AND bucket >= fromUnixTimestamp({from:UInt32}) AND bucket < fromUnixTimestamp({end:UInt32})
        AND (${hourSourcesSql(reading)} OR ${backfillSourcesSql(reading)})
      GROUP BY slo, spec_rev, series, bucket HAVING n > 0
    )
    WHERE (slo, series, toDate(bucket, 'UTC')) NOT IN (${ALERT_DAYS_SQL})
    GROUP BY slo, spec_rev, series
    HAVING slice_count >= ${SLICES_MIN} AND bads >= ${BAD_MIN} AND bads < seen
    ORDER BY bads DESC LIMIT ${SERIES_MAX} ${SETTINGS}`;
}
