import type { Store } from '@burnline/runtime';
import { dateTimeOfMs, msOfDateTime } from '../sql-values.ts';
import type { AlertCursor } from './alert-history.ts';

/**
 * By how much the share of bad was multiplied to the burn rate when each of some alerts fired, 1 / (1 - target) of that time: the SLO
 * may have another target by now. By `firedBurnKey`; one of which no judgement with anything bad is kept is not in it.
 */
export async function readFiredBurns(
  store: Store,
  alerts: readonly AlertCursor[],
): Promise<ReadonlyMap<string, number>> {
  if (alerts.length === 0) return new Map();
  const times = alerts.map(({ firedAtMs }) => firedAtMs);
  const rows = await store.query<{ alert_key: string; fired_at: string; multiplier: number }>(SQL, {
    keys: [...new Set(alerts.map(({ alertKey }) => alertKey))],
    from: dateTimeOfMs(Math.min(...times)),
    to: dateTimeOfMs(Math.max(...times)),
  });
  return new Map(
    rows.map((row) => [
      firedBurnKey({ alertKey: row.alert_key, firedAtMs: msOfDateTime(row.fired_at) }),
      row.multiplier,
    ]),
  );
}

export const firedBurnKey = ({ alertKey, firedAtMs }: AlertCursor): string => `${firedAtMs}|${alertKey}`;

// What was judged at the instant of the decision, or, where rows are kept by the hour alone, what was judged nearest to it.
const SQL = `
SELECT d.alert_key AS alert_key, d.fired_at AS fired_at,
       argMin(r.multiplier, abs(dateDiff('second', r.at, d.fired_at))) AS multiplier
FROM (
  SELECT alert_key, evaluated_at AS fired_at, any(stream) AS stream, any(slo) AS slo, any(series) AS series,
         any(toStartOfHour(evaluated_at)) AS hour
  FROM alert_decisions
  WHERE alert_key IN {keys:Array(String)} AND decision = 'fire'
    AND evaluated_at >= {from:DateTime('UTC')} AND evaluated_at <= {to:DateTime('UTC')}
  GROUP BY alert_key, evaluated_at
) AS d
INNER JOIN (
  SELECT stream, slo, series, toStartOfHour(evaluated_at) AS hour, evaluated_at AS at,
         arrayFirst((m, bad) -> bad > 0, arrayMap((rate, bad, total) -> rate * total / bad, burn_rate, bad, total), bad) AS multiplier
  FROM burn_rate_rows
  WHERE (stream, slo, series) IN (SELECT stream, slo, series FROM alert_decisions WHERE alert_key IN {keys:Array(String)})
    AND evaluated_at >= toStartOfHour({from:DateTime('UTC')})
    AND evaluated_at < toStartOfHour({to:DateTime('UTC')}) + INTERVAL 1 HOUR
    AND arrayExists(one -> one > 0, bad)
) AS r ON r.stream = d.stream AND r.slo = d.slo AND r.series = d.series AND r.hour = d.hour
GROUP BY alert_key, fired_at`;
