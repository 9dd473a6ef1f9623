-- The views of what was counted, with what a sampled stream stands for and what sums do not speak of.

CREATE OR REPLACE VIEW slo_pane_revisions AS
SELECT
    p.stream AS stream, p.slo AS slo, p.spec_rev AS spec_rev, l.labels AS labels, p.pane AS pane,
    (1000 * sum(p.good) + sum(p.good_extra)) / 1000 AS good, (1000 * sum(p.total) + sum(p.total_extra)) / 1000 AS total,
    (1000 * (sum(p.total) - sum(p.good)) + sum(p.total_extra) - sum(p.good_extra)) / 1000 AS bad,
    (1000 * sum(p.excluded) + sum(p.excluded_extra)) / 1000 AS excluded,
    mapApply((k, v) -> (k, v + intDiv(sumMap(p.sums_extra)[k] + 500, 1000)), sumMap(p.sums)) AS sums,
    mapApply((k, v) -> (k, v + intDiv(sumMap(p.missing_extra)[k] + 500, 1000)), sumMap(p.missing)) AS missing,
    mapApply((k, v) -> (k, v + intDiv(sumMap(p.histogram_extra)[k] + 500, 1000)), sumMap(p.histogram)) AS histogram,
    sum(p.zero_count) + intDiv(sum(p.zero_extra) + 500, 1000) AS zero_count,
    sum(p.good) AS good_seen, sum(p.total) AS total_seen
FROM
(
    SELECT
        c.stream AS stream, c.slo AS slo, c.spec_rev AS spec_rev, c.series AS series, c.pane AS pane,
        c.good AS good, c.total AS total, c.excluded AS excluded, c.sums AS sums, c.missing AS missing,
        c.histogram AS histogram, c.zero_count AS zero_count, c.good_extra AS good_extra, c.total_extra AS total_extra,
        c.excluded_extra AS excluded_extra, c.sums_extra AS sums_extra, c.missing_extra AS missing_extra,
        c.histogram_extra AS histogram_extra, c.zero_extra AS zero_extra
    FROM sli_panes AS c FINAL
    LEFT JOIN (
        SELECT stream_epoch, max(through) AS through FROM seal_pointers
        WHERE source_kind = 'hour' AND written_at <= now64(3) - INTERVAL 60 SECOND GROUP BY stream_epoch
    ) AS s ON s.stream_epoch = c.stream_epoch
    WHERE c.log_interval >= s.through
    UNION ALL
    SELECT
        a.stream AS stream, a.slo AS slo, a.spec_rev AS spec_rev, a.series AS series, a.bucket AS pane,
        a.good AS good, a.total AS total, a.excluded AS excluded, a.sums AS sums, a.missing AS missing,
        a.histogram AS histogram, a.zero_count AS zero_count, a.good_extra AS good_extra, a.total_extra AS total_extra,
        a.excluded_extra AS excluded_extra, a.sums_extra AS sums_extra, a.missing_extra AS missing_extra,
        a.histogram_extra AS histogram_extra, a.zero_extra AS zero_extra
    FROM sli_archive AS a FINAL
    LEFT JOIN (
        SELECT stream_epoch, max(through) AS through FROM seal_pointers
        WHERE source_kind = 'hour' AND written_at <= now64(3) - INTERVAL 60 SECOND GROUP BY stream_epoch
    ) AS s ON s.stream_epoch = a.stream_epoch
    WHERE a.level = 'pane' AND (
        (a.source_kind = 'hour' AND a.source < s.through)
        OR (a.source_kind = 'backfill' AND (a.stream, a.slo, a.spec_rev) IN (
            SELECT stream, slo, spec_rev FROM backfills WHERE completed_at <= now64(3) - INTERVAL 60 SECOND)))
) AS p
LEFT JOIN (SELECT slo, spec_rev, series, any(labels) AS labels FROM series GROUP BY slo, spec_rev, series) AS l
    ON l.slo = p.slo AND l.spec_rev = p.spec_rev AND l.series = p.series
GROUP BY stream, slo, spec_rev, labels, pane
COMMENT 'Good and total per SLO, revision, series and pane of 10 s: every revision that was counted, also those that another has replaced. Units as in sli_panes. Good, total, bad and excluded are what the events seen stand for; sums, missing, histogram and zero_count the same, rounded. good_seen and total_seen are numbers of events seen; missing says how many events that count had no value of a summed field.';

CREATE OR REPLACE VIEW slo_hour_revisions AS
SELECT
    p.stream AS stream, p.slo AS slo, p.spec_rev AS spec_rev, l.labels AS labels, p.hour AS hour,
    (1000 * sum(p.good) + sum(p.good_extra)) / 1000 AS good, (1000 * sum(p.total) + sum(p.total_extra)) / 1000 AS total,
    (1000 * (sum(p.total) - sum(p.good)) + sum(p.total_extra) - sum(p.good_extra)) / 1000 AS bad,
    (1000 * sum(p.excluded) + sum(p.excluded_extra)) / 1000 AS excluded,
    mapApply((k, v) -> (k, v + intDiv(sumMap(p.sums_extra)[k] + 500, 1000)), sumMap(p.sums)) AS sums,
    mapApply((k, v) -> (k, v + intDiv(sumMap(p.missing_extra)[k] + 500, 1000)), sumMap(p.missing)) AS missing,
    mapApply((k, v) -> (k, v + intDiv(sumMap(p.histogram_extra)[k] + 500, 1000)), sumMap(p.histogram)) AS histogram,
    sum(p.zero_count) + intDiv(sum(p.zero_extra) + 500, 1000) AS zero_count,
    sum(p.good) AS good_seen, sum(p.total) AS total_seen
FROM
(
    SELECT
        c.stream AS stream, c.slo AS slo, c.spec_rev AS spec_rev, c.series AS series, toStartOfHour(c.pane) AS hour,
        c.good AS good, c.total AS total, c.excluded AS excluded, c.sums AS sums, c.missing AS missing,
        c.histogram AS histogram, c.zero_count AS zero_count, c.good_extra AS good_extra, c.total_extra AS total_extra,
        c.excluded_extra AS excluded_extra, c.sums_extra AS sums_extra, c.missing_extra AS missing_extra,
        c.histogram_extra AS histogram_extra, c.zero_extra AS zero_extra
    FROM sli_panes AS c FINAL
    LEFT JOIN (
        SELECT stream_epoch, max(through) AS through FROM seal_pointers
        WHERE source_kind = 'hour' AND written_at <= now64(3) - INTERVAL 60 SECOND GROUP BY stream_epoch
    ) AS s ON s.stream_epoch = c.stream_epoch
    WHERE c.log_interval >= s.through
    UNION ALL
    SELECT
        a.stream AS stream, a.slo AS slo, a.spec_rev AS spec_rev, a.series AS series, a.bucket AS hour,
        a.good AS good, a.total AS total, a.excluded AS excluded, a.sums AS sums, a.missing AS missing,
        a.histogram AS histogram, a.zero_count AS zero_count, a.good_extra AS good_extra, a.total_extra AS total_extra,
        a.excluded_extra AS excluded_extra, a.sums_extra AS sums_extra, a.missing_extra AS missing_extra,
        a.histogram_extra AS histogram_extra, a.zero_extra AS zero_extra
    FROM sli_archive AS a FINAL
    LEFT JOIN (
        SELECT stream_epoch, max(through) AS through FROM seal_pointers
        WHERE source_kind = 'hour' AND written_at <= now64(3) - INTERVAL 60 SECOND GROUP BY stream_epoch
    ) AS s ON s.stream_epoch = a.stream_epoch
    WHERE a.level = '1h' AND (
        (a.source_kind = 'hour' AND a.source < s.through)
        OR (a.source_kind = 'backfill' AND (a.stream, a.slo, a.spec_rev) IN (
            SELECT stream, slo, spec_rev FROM backfills WHERE completed_at <= now64(3) - INTERVAL 60 SECOND)))
) AS p
LEFT JOIN (SELECT slo, spec_rev, series, any(labels) AS labels FROM series GROUP BY slo, spec_rev, series) AS l
    ON l.slo = p.slo AND l.spec_rev = p.spec_rev AND l.series = p.series
GROUP BY stream, slo, spec_rev, labels, hour
COMMENT 'Good and total per SLO, revision, series and hour of event time, UTC: every revision that was counted, also those that another has replaced. Units as in sli_panes. Good, total, bad and excluded are what the events seen stand for; sums, missing, histogram and zero_count the same, rounded. good_seen and total_seen are numbers of events seen; missing says how many events that count had no value of a summed field.';

CREATE OR REPLACE VIEW slo_panes AS
SELECT
    r.stream AS stream, r.slo AS slo, r.spec_rev AS spec_rev, r.labels AS labels, r.pane AS pane, r.good AS good,
    r.total AS total, r.bad AS bad, r.excluded AS excluded, r.sums AS sums, r.missing AS missing,
    r.histogram AS histogram, r.zero_count AS zero_count, r.good_seen AS good_seen, r.total_seen AS total_seen
FROM slo_pane_revisions AS r
WHERE (r.stream, r.slo, r.spec_rev) IN (
    SELECT stream, slo, argMaxIf(spec_rev, activated_at, spec_rev != '') FROM active_specs GROUP BY stream, slo)
COMMENT 'Good and total per SLO, series and pane of 10 s, of the revision that is judged (the last one, of an SLO that is gone). Reaches back 8 days from when a pane was sealed; slo_hours has all history. Columns as in slo_pane_revisions.';

CREATE OR REPLACE VIEW slo_hours AS
SELECT
    r.stream AS stream, r.slo AS slo, r.spec_rev AS spec_rev, r.labels AS labels, r.hour AS hour, r.good AS good,
    r.total AS total, r.bad AS bad, r.excluded AS excluded, r.sums AS sums, r.missing AS missing,
    r.histogram AS histogram, r.zero_count AS zero_count, r.good_seen AS good_seen, r.total_seen AS total_seen
FROM slo_hour_revisions AS r
WHERE (r.stream, r.slo, r.spec_rev) IN (
    SELECT stream, slo, argMaxIf(spec_rev, activated_at, spec_rev != '') FROM active_specs GROUP BY stream, slo)
COMMENT 'Good and total per SLO, series and hour of event time, UTC, the open hour included, of the revision that is judged (the last one, of an SLO that is gone). Reaches back 400 days. Columns as in slo_hour_revisions.';
