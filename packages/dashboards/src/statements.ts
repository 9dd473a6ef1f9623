import { statusSqlAt } from '@burnline/queries';

/** The chosen stream, as a text of SQL whose quotes are doubled. */
export const STREAM = '${stream:sqlstring}';

/** What a table of a dashboard shows at most: a browser holds them. */
export const ROWS_MAX = 1_000;

/** Every series as it stood at the end of the chosen time: what `burnline status --as-of` answers. */
export const STATUS = statusSqlAt({ stream: STREAM, asOf: 'toUnixTimestamp($__toTime)' });

/** An SLO's series by the values that tell it apart. */
export const seriesName = (slo: string): string =>
  `concat(${slo}, if(empty(labels), '', concat(' ', arrayStringConcat(mapValues(labels), ' '))))`;

/**
 * Events by bucket of event time. Panes live for 8 days: a stretch that begins earlier is told by hours, all of it, so that no
 * part of it is missing without a word. `ofSlos` is a further condition.
 */
export const countsSql = (ofSlos = ''): string => `(
  SELECT slo, labels, toStartOfInterval(pane, toIntervalSecond($__interval_s)) AS time, good, bad, total
  FROM slo_panes
  WHERE stream = ${STREAM}${ofSlos} AND $__timeFilter(pane) AND $__fromTime >= now() - INTERVAL 7 DAY
  UNION ALL
  SELECT slo, labels, toStartOfInterval(hour, toIntervalSecond(greatest($__interval_s, 3600))) AS time, good, bad, total
  FROM slo_hours
  WHERE stream = ${STREAM}${ofSlos} AND $__timeFilter(hour) AND $__fromTime < now() - INTERVAL 7 DAY
)`;

/** Alerts that fired within the chosen time, newest first, with who was told. */
export const alertsSql = (
  ofSlos = '',
): string => `SELECT fired_at, over_at, state, severity, slo, labels, tier, long_bad, long_total, factor,
  arrayMap(one -> concat(one.receiver, ' ', one.outcome), deliveries) AS told
FROM alerts
WHERE stream = ${STREAM}${ofSlos} AND $__timeFilter(fired_at)
ORDER BY fired_at DESC, alert_key LIMIT 100`;
