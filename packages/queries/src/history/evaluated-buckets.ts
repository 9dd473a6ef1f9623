/**
 * SELECT of the buckets (start, epoch seconds) of the range in which the series' SLO was evaluated. A live stream is
 * evaluated at the instants that `evaluations` has, and where those are gone at the last of every hour, which is among them as
 * long as they are there; a replay at every one up to the last, whatever of it was written.
 *
 * The number of shards is that of the rows around the range: it is written nowhere else.
 */
export const EVALUATED_BUCKETS_SQL = `
SELECT DISTINCT intDiv(toUnixTimestamp(evaluated_through), {step:UInt32}) * {step:UInt32} AS bucket
FROM (SELECT stream, shard, evaluated_through FROM evaluations
      UNION ALL SELECT stream, shard, evaluated_through FROM evaluation_hours)
WHERE stream = {stream:String} AND evaluated_through >= {from:DateTime('UTC')} AND evaluated_through < {to:DateTime('UTC')}
  AND shard = CRC32({slo:String}) % (
    SELECT max(shard) + 1 FROM evaluation_hours
    WHERE stream = {stream:String} AND evaluated_through >= {from:DateTime('UTC')} - INTERVAL 1 DAY
      AND evaluated_through < {to:DateTime('UTC')})
UNION DISTINCT
SELECT arrayJoin(range(toUnixTimestamp({from:DateTime('UTC')}),
                       least(toUnixTimestamp({to:DateTime('UTC')}), through + 1), {step:UInt32})) AS bucket
FROM (SELECT toUnixTimestamp(max(evaluated_through)) AS through FROM evaluation_hours
      WHERE stream = {stream:String}
        AND stream IN (SELECT stream FROM stream_epochs WHERE clock = 'replay'))`;

/** SQL: bucket of a row; all rows before the range are in the one before its first. */
export const BUCKET_SQL = `greatest(intDiv(toUnixTimestamp(evaluated_at), {step:UInt32}) * {step:UInt32},
  toUnixTimestamp({from:DateTime('UTC')}) - {step:UInt32})`;

/** SQL: the ids of the series with these labels, for the primary key. */
export const SERIES_IDS_SQL = `SELECT series FROM series
  WHERE slo = {slo:String} AND mapSort(labels) = mapSort({labels:Map(String, String)})`;

/** SQL: what holds of rows of the series with these labels by the revision that is judged, or was last, of an SLO that is gone. */
export const JUDGED_SERIES_SQL = `stream = {stream:String} AND slo = {slo:String}
  AND spec_rev = (SELECT argMaxIf(spec_rev, activated_at, spec_rev != '') FROM active_specs
                  WHERE stream = {stream:String} AND slo = {slo:String})
  AND series IN (${SERIES_IDS_SQL})`;
