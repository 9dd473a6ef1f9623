-- Stretches of time that budgets leave out, and who said so.

CREATE TABLE budget_adjustments
(
    id LowCardinality(String) COMMENT 'Name of the adjustment; its revocation has the same. Source: burnline adjust.',
    action Enum8('add' = 1, 'revoke' = 2) COMMENT 'add: the stretch is left out from here on; revoke: it counts again. Source: burnline adjust.',
    adjusted_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC: what is judged from then on goes by it. Source: database clock.',
    author String COMMENT 'Who did it. Source: --author, or the user of the operating system.',
    reason String COMMENT 'Why. Source: --reason.',
    slos Array(String) COMMENT 'SLOs in scope; a name without what follows / is all objectives of that name. Empty: those of the service, or all. Source: --slo.',
    service LowCardinality(String) COMMENT 'Service whose SLOs are in scope; empty: none is named. Source: --service.',
    labels Map(String, String) COMMENT 'Only series with these group values; empty: all series. Source: --label.',
    left_out_from DateTime('UTC') COMMENT 'Start of the stretch of event time, UTC, on whole 5 minutes. Source: --from.',
    left_out_to DateTime('UTC') COMMENT 'Its end, not included, UTC, on whole 5 minutes. Source: --to.'
)
ENGINE = MergeTree
ORDER BY (id, adjusted_at)
SETTINGS fsync_after_insert = 1
COMMENT 'Audit of stretches of time that budgets, burn rates and alerts leave out: a row for each that was added and for each that was revoked, nothing is ever changed. One is in force while no row of its id revokes it. What was counted stays in sli_panes and sli_archive.';

CREATE VIEW adjusted_budgets
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    labels Map(String, String) COMMENT 'Group-by fields and their values. Source: event fields.',
    period_start DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    adjustments Array(String) COMMENT 'Ids of the adjustments whose stretches lie in the period, see budget_adjustments. Source: burnline adjust.',
    left_out_s UInt32 COMMENT 'Time of the period up to its last evaluation that they leave out, seconds; where stretches overlap it counts once. Source: budget_adjustments.'
)
AS
SELECT s.stream AS stream, s.slo AS slo, s.labels AS labels, s.period_start AS period_start,
       arraySort(groupArray(toString(a.id))) AS adjustments,
       -- Periods may begin between two marks of the grid, in a replay with odd times: they are cut at 5 minutes.
       toUInt32(300 * length(arrayDistinct(arrayFlatten(groupArray(range(
           intDiv(toUInt32(greatest(a.left_out_from, s.period_start)), 300),
           intDiv(toUInt32(least(a.left_out_to, e.through)) + 299, 300))))))) AS left_out_s
FROM slo_status AS s
-- What was judged before the adjustment was there does not go by it.
INNER JOIN (SELECT stream, max(written_at) AS judged_at, max(evaluated_through) AS through FROM evaluation_hours GROUP BY stream) AS e
    ON e.stream = s.stream
CROSS JOIN (
    SELECT id, any(slos) AS slos, any(service) AS service, any(labels) AS only_labels, min(adjusted_at) AS added_at,
           any(budget_adjustments.left_out_from) AS left_out_from, any(budget_adjustments.left_out_to) AS left_out_to
    FROM budget_adjustments GROUP BY id HAVING countIf(action = 'revoke') = 0
) AS a
WHERE a.added_at <= e.judged_at AND a.left_out_from < e.through AND a.left_out_to > s.period_start
  AND (a.service = '' AND a.slos = [] OR a.service = s.service
       OR arrayExists(name -> s.slo = name OR startsWith(s.slo, concat(name, '/')), a.slos))
  AND arrayAll((name, value) -> s.labels[name] = value, mapKeys(a.only_labels), mapValues(a.only_labels))
GROUP BY stream, slo, labels, period_start
COMMENT 'Budgets as they stand now of which something is left out: how much time, and by which adjustments. One row per series.';
