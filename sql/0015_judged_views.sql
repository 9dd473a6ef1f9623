-- Views for people show the revision that is judged; all revisions are there for those who ask. What a histogram says has a
-- function and a view.

CREATE OR REPLACE FUNCTION burnlinePercentile AS (histogram, zero_count, scale, p) -> if(
    zero_count + arraySum(mapValues(histogram)) = 0, NULL, if(
    greatest(1, intDiv(toUInt128(zero_count + arraySum(mapValues(histogram))) * toUInt64(round(p * 1000000000)) + 999999999, 1000000000))
        <= zero_count, 0.,
    exp2(arraySort(mapKeys(histogram))[arrayFirstIndex(
        seen -> zero_count + seen >= greatest(1, intDiv(toUInt128(zero_count + arraySum(mapValues(histogram))) * toUInt64(round(p * 1000000000)) + 999999999, 1000000000)),
        arrayCumSum(arrayMap(bucket -> histogram[bucket], arraySort(mapKeys(histogram)))))] / exp2(scale))
    * 2 * exp2(1 / exp2(scale)) / (1 + exp2(1 / exp2(scale)))));

DROP VIEW IF EXISTS slo_panes;

DROP VIEW IF EXISTS slo_hours;

CREATE VIEW slo_pane_revisions AS
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
COMMENT 'Good and total per SLO, revision, series and pane of 10 s: every revision that was counted, also those that another has replaced. Units as in sli_panes.';

CREATE VIEW slo_hour_revisions AS
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
COMMENT 'Good and total per SLO, revision, series and hour of event time, UTC: every revision that was counted, also those that another has replaced. Units as in sli_panes.';

CREATE VIEW slo_panes AS
SELECT
    r.stream AS stream, r.slo AS slo, r.spec_rev AS spec_rev, r.labels AS labels, r.pane AS pane, r.good AS good,
    r.total AS total, r.bad AS bad, r.excluded AS excluded, r.sums AS sums, r.histogram AS histogram,
    r.zero_count AS zero_count
FROM slo_pane_revisions AS r
WHERE (r.stream, r.slo, r.spec_rev) IN (
    SELECT stream, slo, argMaxIf(spec_rev, activated_at, spec_rev != '') FROM active_specs GROUP BY stream, slo)
COMMENT 'Good and total per SLO, series and pane of 10 s, of the revision that is judged (the last one, of an SLO that is gone). Reaches back 8 days from when a pane was sealed; slo_hours has all history.';

CREATE VIEW slo_hours AS
SELECT
    r.stream AS stream, r.slo AS slo, r.spec_rev AS spec_rev, r.labels AS labels, r.hour AS hour, r.good AS good,
    r.total AS total, r.bad AS bad, r.excluded AS excluded, r.sums AS sums, r.histogram AS histogram,
    r.zero_count AS zero_count
FROM slo_hour_revisions AS r
WHERE (r.stream, r.slo, r.spec_rev) IN (
    SELECT stream, slo, argMaxIf(spec_rev, activated_at, spec_rev != '') FROM active_specs GROUP BY stream, slo)
COMMENT 'Good and total per SLO, series and hour of event time, UTC, the open hour included, of the revision that is judged (the last one, of an SLO that is gone). Reaches back 400 days.';

CREATE VIEW slo_percentiles AS
SELECT
    h.stream AS stream, h.slo AS slo, h.labels AS labels, h.hour AS hour, r.field AS field, r.scale AS scale,
    h.zero_count + arraySum(mapValues(h.histogram)) AS value_count,
    burnlinePercentile(h.histogram, h.zero_count, r.scale, 0.5) AS p50,
    burnlinePercentile(h.histogram, h.zero_count, r.scale, 0.9) AS p90,
    burnlinePercentile(h.histogram, h.zero_count, r.scale, 0.95) AS p95,
    burnlinePercentile(h.histogram, h.zero_count, r.scale, 0.99) AS p99
FROM slo_hours AS h
INNER JOIN (
    SELECT slo, spec_rev, any(JSONExtractString(plan, 'histogram', 'field')) AS field,
           any(JSONExtractUInt(plan, 'histogram', 'scale')) AS scale
    FROM spec_revisions GROUP BY slo, spec_rev HAVING field != ''
) AS r ON r.slo = h.slo AND r.spec_rev = h.spec_rev
COMMENT 'Percentiles of the field that an SLI keeps a histogram of, per series and hour of event time, UTC; of the revision that is judged. For other stretches of time: burnlinePercentile(sumMap(histogram), sum(zero_count), any(scale), p) over slo_hours or slo_panes.';
