-- What was counted, for analysts and dashboards: sealed and unsealed rows together, each event once.
-- Pointers and completed backfills count from 60 s on: these views read them and the rows in one query, see seal_pointers.

CREATE VIEW slo_panes AS
SELECT
    p.stream AS stream, p.slo AS slo, p.spec_rev AS spec_rev, l.labels AS labels, p.pane AS pane,
    sum(p.good) AS good, sum(p.total) AS total, sum(p.total) - sum(p.good) AS bad, sum(p.excluded) AS excluded,
    sumMap(p.sums) AS sums, sumMap(p.histogram) AS histogram, sum(p.zero_count) AS zero_count
FROM
(
    SELECT
        c.stream AS stream, c.slo AS slo, c.spec_rev AS spec_rev, c.series AS series, c.pane AS pane,
        c.good AS good, c.total AS total, c.excluded AS excluded, c.sums AS sums, c.histogram AS histogram,
        c.zero_count AS zero_count
    FROM sli_panes AS c FINAL
    LEFT JOIN (
        SELECT stream_epoch, max(through) AS through FROM seal_pointers
        WHERE source_kind = 'hour' AND written_at <= now64(3) - INTERVAL 60 SECOND GROUP BY stream_epoch
    ) AS s ON s.stream_epoch = c.stream_epoch
    WHERE c.log_interval >= s.through
    UNION ALL
    SELECT
        a.stream AS stream, a.slo AS slo, a.spec_rev AS spec_rev, a.series AS series, a.bucket AS pane,
        a.good AS good, a.total AS total, a.excluded AS excluded, a.sums AS sums, a.histogram AS histogram,
        a.zero_count AS zero_count
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
COMMENT 'Good and total per SLO, series and pane of 10 s. Reaches back 8 days from when a pane was sealed; slo_hours has all history. Units as in sli_panes.';

CREATE VIEW slo_hours AS
SELECT
    p.stream AS stream, p.slo AS slo, p.spec_rev AS spec_rev, l.labels AS labels, p.hour AS hour,
    sum(p.good) AS good, sum(p.total) AS total, sum(p.total) - sum(p.good) AS bad, sum(p.excluded) AS excluded,
    sumMap(p.sums) AS sums, sumMap(p.histogram) AS histogram, sum(p.zero_count) AS zero_count
FROM
(
    SELECT
        c.stream AS stream, c.slo AS slo, c.spec_rev AS spec_rev, c.series AS series, toStartOfHour(c.pane) AS hour,
        c.good AS good, c.total AS total, c.excluded AS excluded, c.sums AS sums, c.histogram AS histogram,
        c.zero_count AS zero_count
    FROM sli_panes AS c FINAL
    LEFT JOIN (
        SELECT stream_epoch, max(through) AS through FROM seal_pointers
        WHERE source_kind = 'hour' AND written_at <= now64(3) - INTERVAL 60 SECOND GROUP BY stream_epoch
    ) AS s ON s.stream_epoch = c.stream_epoch
    WHERE c.log_interval >= s.through
    UNION ALL
    SELECT
        a.stream AS stream, a.slo AS slo, a.spec_rev AS spec_rev, a.series AS series, a.bucket AS hour,
        a.good AS good, a.total AS total, a.excluded AS excluded, a.sums AS sums, a.histogram AS histogram,
        a.zero_count AS zero_count
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
COMMENT 'Good and total per SLO, series and hour of event time, UTC, the open hour included. Reaches back 400 days. Units as in sli_panes.';
