-- What analysts and dashboards read: no repeats, no superseded versions, names instead of numbers.

CREATE VIEW inferences AS
SELECT * FROM inference_events FINAL WHERE NOT is_repeat
COMMENT 'Inference events as they count: repeats left out. Columns as in inference_events.';

CREATE VIEW verdicts AS
SELECT
    stream, service, provider, model_requested, model_served, deployment, region, prompt_name, prompt_version, variant,
    tenant, environment, endpoint, request_id, inference_at, judged_at, evaluator, evaluator_version, kind, dimension,
    passed, score, attributes
FROM eval_verdicts FINAL WHERE NOT is_repeat
UNION ALL
SELECT
    stream, service, provider, model_requested, model_served, deployment, region, prompt_name, prompt_version, variant,
    tenant, environment, endpoint, request_id, occurred_at AS inference_at, occurred_at AS judged_at,
    v.evaluator AS evaluator, v.evaluator_version AS evaluator_version, v.kind AS kind, v.dimension AS dimension,
    v.passed AS passed, v.score AS score, attributes
FROM (SELECT *, arrayJoin(verdicts) AS v FROM inference_events FINAL WHERE NOT is_repeat)
COMMENT 'Verdicts as they count, at the time of the inference they judge. Columns as in eval_verdicts.';

CREATE VIEW alert_history AS
SELECT
    d.evaluated_at AS evaluated_at, d.decision AS decision, d.severity AS severity, d.slo AS slo, d.labels AS labels,
    d.tier AS tier, d.long_bad AS long_bad, d.long_total AS long_total, d.short_bad AS short_bad,
    d.short_total AS short_total, d.factor AS factor, d.coverage AS coverage, d.attribution AS attribution,
    d.stream AS stream, d.decision_key AS decision_key, n.outcome AS notification, n.attempts AS attempts
FROM alert_decisions AS d FINAL
LEFT JOIN (SELECT * FROM alert_notifications FINAL) AS n ON n.decision_key = d.decision_key
ORDER BY evaluated_at
COMMENT 'Every decision with its evidence and what became of its notification. Units as in alert_decisions.';

CREATE VIEW sources AS
SELECT
    stream, service, environment, instance,
    multiIf(argMax(is_final, (interval_end, is_final)), 'stopped',
            dateDiff('second', max(kept_since), now()) >= 30, 'lost', 'expected') AS state,
    min(interval_start) AS first_report, max(interval_end) AS last_report, max(kept_since) AS last_heard,
    count() AS reports, sum(emitted_count) AS emitted, sum(acknowledged_count) AS acknowledged,
    sum(retried_count) AS retried, sum(arraySum(mapValues(r.dropped_by_reason))) AS dropped,
    sumIf(arraySum(mapValues(r.dropped_by_reason)), kept_since >= now() - INTERVAL 5 MINUTE) AS dropped_5m,
    sumMap(r.dropped_by_reason) AS dropped_by_reason
FROM source_reports AS r FINAL
WHERE kept_since >= now() - INTERVAL 1 DAY
GROUP BY stream, service, environment, instance
COMMENT 'Sources of the last day, one row each: expected (reports), stopped (said so) or lost (silent without having said so), when its reports began and ended by its own clock, when the log last heard of it, and its counts of that day in events.';
