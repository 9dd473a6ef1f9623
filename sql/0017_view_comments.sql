-- Every column of every view says what it is, in which unit and from where, as those of tables do. The columns stand in the
-- statement that makes the view: whoever makes it anew has them before their eyes. Queries are those of before.

CREATE OR REPLACE VIEW inferences
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    stream_epoch LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: sink.',
    partition UInt16 COMMENT 'Partition of the topic. Source: event log.',
    offset UInt64 COMMENT 'Offset of the message that carried the event. Source: event log.',
    event_index UInt16 COMMENT 'Position within the message, from 0. Source: event log.',
    is_repeat Bool COMMENT 'Always false: repeats are left out here, see inference_events. Source: sink, by the processor''s rule.',
    log_time DateTime64(3, 'UTC') COMMENT 'Timestamp of the message, UTC. Source: event log.',
    kept_since DateTime('UTC') COMMENT 'Start of the row''s life, UTC: the message''s timestamp, or the epoch''s start in a replay. Source: event log.',
    event_id UUID COMMENT 'Identity of the event; the same id is the same event. Source: publisher.',
    occurred_at DateTime64(6, 'UTC') COMMENT 'Completion time, UTC, microseconds; never after the message''s own timestamp (clamped). Source: publisher.',
    request_id String COMMENT 'Logical request that the attempt belongs to. Source: service.',
    trace_id String COMMENT 'W3C trace id. Source: service.',
    span_id String COMMENT 'W3C span id. Source: service.',
    attempt Int64 COMMENT 'Number of the attempt, from 0. Source: service.',
    is_final Bool COMMENT 'Last attempt of the request: what the user saw. Source: service.',
    fallback_depth Int64 COMMENT '0 for the primary, 1 for the first fallback. Source: service.',
    fallback_kind LowCardinality(String) COMMENT 'none, retry, deployment, provider, model, cached_answer or canned_answer. Source: service.',
    tenant LowCardinality(String) COMMENT 'Customer or team. Source: service.',
    environment LowCardinality(String) COMMENT 'Deployment environment. Source: publisher.',
    service LowCardinality(String) COMMENT 'Service that made the call. Source: publisher.',
    endpoint LowCardinality(String) COMMENT 'Endpoint of the service. Source: service.',
    operation LowCardinality(String) COMMENT 'Kind of call, e.g. chat, embeddings. Source: service.',
    feature LowCardinality(Nullable(String)) COMMENT 'Product feature. Source: service.',
    provider LowCardinality(String) COMMENT 'Provider of the model. Source: service.',
    model_requested LowCardinality(String) COMMENT 'Model that was asked for. Source: service.',
    model_served LowCardinality(String) COMMENT 'Model that answered. Source: provider''s response.',
    deployment LowCardinality(String) COMMENT 'Deployment of the model. Source: service.',
    region LowCardinality(String) COMMENT 'Region of the deployment. Source: service.',
    prompt_name LowCardinality(String) COMMENT 'Name of the prompt. Source: service.',
    prompt_version LowCardinality(String) COMMENT 'Version of the prompt. Source: service.',
    variant LowCardinality(Nullable(String)) COMMENT 'Canary, experiment or flag arm. Source: service.',
    session_id String COMMENT 'Conversation. Source: service.',
    task_id String COMMENT 'Task that the call serves. Source: service.',
    agent_id Nullable(String) COMMENT 'Agent that made the call. Source: service.',
    step Nullable(Int64) COMMENT 'Step of the agent, number. Source: service.',
    user_hash Nullable(String) COMMENT 'Hash of the user. Source: service.',
    streaming Bool COMMENT 'The answer was streamed. Source: service.',
    status LowCardinality(String) COMMENT 'ok, error, timeout, rate_limited, content_filtered, malformed or cancelled. Source: publisher.',
    error_type LowCardinality(String) COMMENT 'Class of the error, empty without one. Source: publisher.',
    http_status Int64 COMMENT 'HTTP status, 0 if none was seen. Source: provider''s response.',
    ttft_ms Nullable(Float64) COMMENT 'Time to the first token in ms; NULL where there was none. Source: publisher.',
    duration_ms Nullable(Float64) COMMENT 'Duration of the attempt in ms; NULL where nobody knows it, never of one that is ok. Source: publisher.',
    request_ttft_ms Nullable(Float64) COMMENT 'Time to the first token that the caller saw, in ms, earlier attempts included. Source: publisher.',
    request_elapsed_ms Nullable(Float64) COMMENT 'What the caller waited in ms, earlier attempts included. Source: publisher.',
    input_tokens Nullable(Int64) COMMENT 'Tokens of the prompt, cached ones included, number; NULL where nobody reported them. Source: provider''s response.',
    cached_input_tokens Nullable(Int64) COMMENT 'Tokens of the prompt that were read from a cache, number; NULL where nobody reported them. Source: provider''s response.',
    output_tokens Nullable(Int64) COMMENT 'Tokens of the answer, reasoning included, number; NULL where nobody reported them. Source: provider''s response.',
    reasoning_tokens Nullable(Int64) COMMENT 'Reasoning tokens within the answer, number; NULL where nobody reported them. Source: provider''s response.',
    response_cache_hit Bool COMMENT 'The answer came from a response cache. Source: service.',
    cost_nano_usd Nullable(Int64) COMMENT 'Cost in 1e-9 USD; NULL where unknown. Source: cost_source.',
    cost_source LowCardinality(String) COMMENT 'reported, computed or unknown. Source: publisher or collector.',
    price_version LowCardinality(Nullable(String)) COMMENT 'Price table that the cost was computed from. Source: collector.',
    finish_reason LowCardinality(Nullable(String)) COMMENT 'Why the answer ended. Source: provider''s response.',
    tool_calls Nullable(Int64) COMMENT 'Tool calls asked for, number; NULL where nobody reported them. Source: provider''s response.',
    tool_errors Nullable(Int64) COMMENT 'Tool calls that failed, number; NULL where nobody reported them. Source: service.',
    schema_valid Nullable(Bool) COMMENT 'The answer satisfied the asked schema. Source: service.',
    confidence Nullable(Float64) COMMENT 'Confidence, 0 to 1. Source: service.',
    verdicts Array(Tuple(evaluator String, evaluator_version String, kind String, dimension String, passed Bool, score Nullable(Float64))) COMMENT 'Evaluations sent with the event. Source: service.',
    sample_weight Float64 COMMENT 'How many events this one stands for, 1 or more; 1 unsampled. Counted in thousandths. Source: publisher.',
    attributes Map(LowCardinality(String), String) COMMENT 'Free text attributes. Source: service.',
    measures Map(LowCardinality(String), Float64) COMMENT 'Free numeric measures. Source: service.',
    model String COMMENT 'Served model, else the requested one. Source: model_served, model_requested.'
)
AS
SELECT *, if(model_served != '', model_served, model_requested) AS model
FROM inference_events FINAL WHERE NOT is_repeat
COMMENT 'Inference events as they count: repeats left out.';

CREATE OR REPLACE VIEW verdicts
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    service LowCardinality(String) COMMENT 'Service of the judged inference. Source: evaluator.',
    provider LowCardinality(String) COMMENT 'Provider of the judged inference. Source: evaluator.',
    model_requested LowCardinality(String) COMMENT 'Model that was asked for. Source: evaluator.',
    model_served LowCardinality(String) COMMENT 'Model that answered. Source: evaluator.',
    model String COMMENT 'Served model of the judged inference, else the requested one. Source: model_served, model_requested.',
    deployment LowCardinality(String) COMMENT 'Deployment of the model. Source: evaluator.',
    region LowCardinality(String) COMMENT 'Region of the deployment. Source: evaluator.',
    prompt_name LowCardinality(String) COMMENT 'Name of the prompt. Source: evaluator.',
    prompt_version LowCardinality(String) COMMENT 'Version of the prompt. Source: evaluator.',
    variant LowCardinality(Nullable(String)) COMMENT 'Canary, experiment or flag arm. Source: evaluator.',
    tenant LowCardinality(String) COMMENT 'Tenant of the judged inference. Source: evaluator.',
    environment LowCardinality(String) COMMENT 'Environment of the judged inference. Source: evaluator.',
    endpoint LowCardinality(String) COMMENT 'Endpoint of the judged inference. Source: evaluator.',
    request_id Nullable(String) COMMENT 'Logical request of the judged inference. Source: evaluator.',
    inference_at DateTime64(6, 'UTC') COMMENT 'When the judged inference completed, UTC; never after the message''s own timestamp (clamped). The verdict counts here. Source: evaluator, or the event that carried the verdict.',
    judged_at DateTime64(6, 'UTC') COMMENT 'When the judge decided, UTC; of a verdict that an event carried, when the inference completed. Source: evaluator, or the event that carried the verdict.',
    evaluator String COMMENT 'Name of the judge. Source: evaluator.',
    evaluator_version String COMMENT 'Version of the judge. Source: evaluator.',
    kind String COMMENT 'online_judge, offline_suite, synthetic_probe, user_feedback or guardrail. Source: evaluator.',
    dimension String COMMENT 'What was judged, e.g. quality, safety. Source: evaluator.',
    passed Bool COMMENT 'The verdict. Source: evaluator.',
    score Nullable(Float64) COMMENT 'Score in the judge''s own scale. Source: evaluator.',
    sample_weight Float64 COMMENT 'How many events the event that carried the verdict stands for, 1 or more; 1 for a verdict of its own. Source: publisher.',
    attributes Map(LowCardinality(String), String) COMMENT 'Free text attributes. Source: evaluator.'
)
AS
SELECT
    stream, service, provider, model_requested, model_served, if(model_served != '', model_served, model_requested) AS model,
    deployment, region, prompt_name, prompt_version, variant,
    tenant, environment, endpoint, request_id, inference_at, judged_at, evaluator, evaluator_version, kind, dimension,
    passed, score, toFloat64(1) AS sample_weight, attributes
FROM eval_verdicts FINAL WHERE NOT is_repeat
UNION ALL
SELECT
    stream, service, provider, model_requested, model_served, if(model_served != '', model_served, model_requested) AS model,
    deployment, region, prompt_name, prompt_version, variant,
    tenant, environment, endpoint, request_id, occurred_at AS inference_at, occurred_at AS judged_at,
    v.evaluator AS evaluator, v.evaluator_version AS evaluator_version, v.kind AS kind, v.dimension AS dimension,
    v.passed AS passed, v.score AS score, sample_weight, attributes
FROM (SELECT *, arrayJoin(verdicts) AS v FROM inference_events FINAL WHERE NOT is_repeat)
COMMENT 'Verdicts as they count, at the time of the inference they judge: those of evaluators, and those that events carry.';

CREATE OR REPLACE VIEW alert_history
(
    evaluated_at DateTime('UTC') COMMENT 'Evaluation time of the decision, UTC. Source: evaluation clock.',
    decision Enum8('fire' = 1, 'resolve' = 2, 'freeze' = 3, 'thaw' = 4, 'removed' = 5, 'ended' = 6) COMMENT 'What was decided; removed: its SLO, tier or series went with the specs, ended: somebody ended the alert by name. Source: alert state machine.',
    severity LowCardinality(String) COMMENT 'SEV-1, SEV-2 or SEV-3. Source: tier and the SLO''s criticality.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    labels Map(LowCardinality(String), String) COMMENT 'Group-by fields and their values. Source: event fields.',
    tier LowCardinality(String) COMMENT 'Burn tier, e.g. 1h&5m. Source: burn tiers.',
    long_bad UInt64 COMMENT 'Bad events in the long window, number. Source: burn_rates as read by the decision.',
    long_total UInt64 COMMENT 'Events that count in the long window, number. Source: burn_rates as read by the decision.',
    short_bad UInt64 COMMENT 'Bad events in the short window, number. Source: burn_rates as read by the decision.',
    short_total UInt64 COMMENT 'Events that count in the short window, number. Source: burn_rates as read by the decision.',
    factor Float64 COMMENT 'Burn rate at which the tier fires. Source: burn tier.',
    coverage Float64 COMMENT 'How complete the data was, 0 to 1, see burn_rates. Source: burn_rates.',
    attribution String COMMENT 'Which values of which dimension hold the bad events of the long window, JSON; [] where it is not known. Source: raw rows, looked up with the decision or after it.',
    stream LowCardinality(String) COMMENT 'Clock: live, or the name of a replay. Source: alerter.',
    decision_key String COMMENT 'Alert key and evaluation time: receivers deduplicate by it. Source: alerter.',
    receiver LowCardinality(String) COMMENT 'Receiver that was to hear of it; empty where nobody was. Source: configuration.',
    notification LowCardinality(String) COMMENT 'What became of it there: delivered; waiting: not taken yet, it is tried again; failed: given up; inhibited: a more urgent tier speaks; empty where nobody was to hear of it. Source: alerter.',
    attempts UInt16 COMMENT 'How often it was sent there, number. Source: alerter.',
    ended_by String COMMENT 'Who ended the alert by name; empty otherwise. Source: the command''s user.',
    reason String COMMENT 'Why the alert was removed or ended; empty otherwise. Source: alerter, or who ended it.'
)
AS
SELECT
    d.evaluated_at AS evaluated_at, d.decision AS decision, d.severity AS severity, d.slo AS slo, d.labels AS labels,
    d.tier AS tier, d.long_bad AS long_bad, d.long_total AS long_total, d.short_bad AS short_bad,
    d.short_total AS short_total, d.factor AS factor, d.coverage AS coverage,
    if(d.attribution = '[]' AND c.attribution != '', c.attribution, d.attribution) AS attribution,
    d.stream AS stream, d.decision_key AS decision_key, n.receiver AS receiver, n.outcome AS notification, n.attempts AS attempts,
    d.ended_by AS ended_by, d.reason AS reason
FROM alert_decisions AS d FINAL
LEFT JOIN (SELECT * FROM alert_notifications FINAL) AS n ON n.decision_key = d.decision_key
LEFT JOIN (SELECT * FROM alert_contexts FINAL) AS c ON c.decision_key = d.decision_key
ORDER BY evaluated_at
COMMENT 'Every decision with its evidence and, per receiver, what became of its notification.';

CREATE OR REPLACE VIEW sources
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    service LowCardinality(String) COMMENT 'Service that emits. Source: publisher.',
    environment LowCardinality(String) COMMENT 'Deployment environment. Source: publisher.',
    instance String COMMENT 'Which publisher, unique per running one. Source: publisher.',
    state String COMMENT 'expected: reports; stopped: said that it stops; lost: silent for 30 s or longer without having said so. Source: source_reports, database clock.',
    first_report DateTime64(6, 'UTC') COMMENT 'Start of its first interval of the last day by its own clock, UTC. Source: publisher.',
    last_report DateTime64(6, 'UTC') COMMENT 'End of its last interval by its own clock, UTC. Source: publisher.',
    last_heard DateTime('UTC') COMMENT 'When the log took its last report, UTC. Source: event log.',
    reports UInt64 COMMENT 'Reports of the last day, number. Source: source_reports.',
    emitted UInt64 COMMENT 'Events handed to the publisher within the last day, number. Source: publisher.',
    acknowledged UInt64 COMMENT 'Events that the log acknowledged within the last day, number. Source: publisher.',
    retried UInt64 COMMENT 'Events sent again within the last day, number. Source: publisher.',
    dropped UInt64 COMMENT 'Events lost within the last day, number. Source: publisher.',
    dropped_5m UInt64 COMMENT 'Events lost within the last 5 minutes of log time, number. Source: publisher.',
    dropped_by_reason Map(String, UInt64) COMMENT 'Events lost within the last day, number by reason. Source: publisher.'
)
AS
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
COMMENT 'Sources of the last day, one row each.';

CREATE OR REPLACE VIEW dead_letter_states
(
    stream_epoch LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: sink.',
    topic LowCardinality(String) COMMENT 'Topic the message came from. Source: event log.',
    partition UInt16 COMMENT 'Partition the message came from. Source: event log.',
    offset UInt64 COMMENT 'Offset of the message. Source: event log.',
    log_time DateTime64(3, 'UTC') COMMENT 'Timestamp of the message in its log, UTC; before version 9 of the tables, kept_since. Source: event log.',
    code LowCardinality(String) COMMENT 'Error code, stable. Source: sink.',
    reason String COMMENT 'What is wrong with it, in words. Source: sink.',
    checksum String COMMENT 'SHA-256 of the bytes, hexadecimal: the same content has the same one wherever it stands. Source: database.',
    value_bytes UInt64 COMMENT 'Size of the message, bytes; the bytes are in dead_letters. Source: event log.',
    attempts UInt32 COMMENT 'Attempts at this content wherever it stood, number. Source: dead_letter_replays.',
    is_replayed Bool COMMENT 'Whether it was sent again from this position. Source: dead_letter_replays.',
    replayed_to Nullable(UInt64) COMMENT 'Offset that it got then; NULL if it was not sent again. Source: event log.',
    state String COMMENT 'replayed: sent again from here, and if it was still bad it is a letter at replayed_to; given up: 3 attempts at its content, none from here; open. Source: dead_letter_replays.'
)
AS
SELECT
    l.stream_epoch AS stream_epoch, l.topic AS topic, l.partition AS partition, l.offset AS offset,
    l.log_time AS log_time, l.code AS code, l.reason AS reason, l.checksum AS checksum,
    l.value_bytes AS value_bytes, toUInt32(a.attempts) AS attempts,
    r.is_appended AS is_replayed, r.to_offset AS replayed_to,
    multiIf(is_replayed, 'replayed', attempts >= 3, 'given up', 'open') AS state
FROM
(
    SELECT stream_epoch, topic, partition, offset, log_time, code, reason, checksum, length(value) AS value_bytes
    FROM dead_letters FINAL
) AS l
LEFT JOIN
(
    SELECT checksum, uniqExact(replay_id) AS attempts FROM dead_letter_replays GROUP BY checksum
) AS a ON a.checksum = l.checksum
LEFT JOIN
(
    SELECT stream_epoch, partition, offset, max(is_appended) AS is_appended, max(to_offset) AS to_offset
    FROM dead_letter_replays GROUP BY stream_epoch, partition, offset
) AS r ON r.stream_epoch = l.stream_epoch AND r.partition = l.partition AND r.offset = l.offset
COMMENT 'Dead letters with what became of them. The bytes are in dead_letters.';

CREATE OR REPLACE VIEW slo_pane_revisions
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision that counted. Source: spec file.',
    labels Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    pane DateTime('UTC') COMMENT 'Start of the pane of event time, UTC. Source: event time, clamped to the message''s own timestamp.',
    good Float64 COMMENT 'Events that count and are good, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec''s predicates, sample_weight.',
    total Float64 COMMENT 'Events that count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec''s predicates, sample_weight.',
    bad Float64 COMMENT 'Events that count and are not good, number: total less good. Source: spec''s predicates, sample_weight.',
    excluded Float64 COMMENT 'Events within the scope that do not count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec''s predicates, sample_weight.',
    sums Map(String, Int128) COMMENT 'Sums of integer fields over the events that count and have a value, each in its field''s unit; of a sampled stream what they stand for, rounded. Source: spec''s sum, sample_weight.',
    missing Map(String, UInt64) COMMENT 'Events that count and have no value of a summed field, number by field: what the sum does not speak of; rounded as sums are. Source: spec''s sum, sample_weight.',
    histogram Map(Int16, UInt64) COMMENT 'Base-2 exponential histogram over what counts: bucket index to number of events, rounded as sums are; its scale is in slo_percentiles. Source: spec''s histogram, sample_weight.',
    zero_count UInt64 COMMENT 'Values of exactly 0 in the histogram''s field, number, rounded as sums are. Source: spec''s histogram, sample_weight.',
    good_seen UInt64 COMMENT 'Good events seen, number, whatever they stand for. Source: spec''s predicates.',
    total_seen UInt64 COMMENT 'Events seen that count, number, whatever they stand for. Source: spec''s predicates.'
)
AS
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
COMMENT 'Good and total per SLO, revision, series and pane of 10 s: every revision that was counted, also those that another has replaced.';

CREATE OR REPLACE VIEW slo_hour_revisions
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision that counted. Source: spec file.',
    labels Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    hour DateTime('UTC') COMMENT 'Start of the hour of event time, UTC. Source: event time, clamped to the message''s own timestamp.',
    good Float64 COMMENT 'Events that count and are good, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec''s predicates, sample_weight.',
    total Float64 COMMENT 'Events that count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec''s predicates, sample_weight.',
    bad Float64 COMMENT 'Events that count and are not good, number: total less good. Source: spec''s predicates, sample_weight.',
    excluded Float64 COMMENT 'Events within the scope that do not count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec''s predicates, sample_weight.',
    sums Map(String, Int128) COMMENT 'Sums of integer fields over the events that count and have a value, each in its field''s unit; of a sampled stream what they stand for, rounded. Source: spec''s sum, sample_weight.',
    missing Map(String, UInt64) COMMENT 'Events that count and have no value of a summed field, number by field: what the sum does not speak of; rounded as sums are. Source: spec''s sum, sample_weight.',
    histogram Map(Int16, UInt64) COMMENT 'Base-2 exponential histogram over what counts: bucket index to number of events, rounded as sums are; its scale is in slo_percentiles. Source: spec''s histogram, sample_weight.',
    zero_count UInt64 COMMENT 'Values of exactly 0 in the histogram''s field, number, rounded as sums are. Source: spec''s histogram, sample_weight.',
    good_seen UInt64 COMMENT 'Good events seen, number, whatever they stand for. Source: spec''s predicates.',
    total_seen UInt64 COMMENT 'Events seen that count, number, whatever they stand for. Source: spec''s predicates.'
)
AS
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
COMMENT 'Good and total per SLO, revision, series and hour of event time, UTC: every revision that was counted, also those that another has replaced.';

CREATE OR REPLACE VIEW slo_panes
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision that counted: the one that is judged. Source: spec file.',
    labels Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    pane DateTime('UTC') COMMENT 'Start of the pane of event time, UTC. Source: event time, clamped to the message''s own timestamp.',
    good Float64 COMMENT 'Events that count and are good, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec''s predicates, sample_weight.',
    total Float64 COMMENT 'Events that count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec''s predicates, sample_weight.',
    bad Float64 COMMENT 'Events that count and are not good, number: total less good. Source: spec''s predicates, sample_weight.',
    excluded Float64 COMMENT 'Events within the scope that do not count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec''s predicates, sample_weight.',
    sums Map(String, Int128) COMMENT 'Sums of integer fields over the events that count and have a value, each in its field''s unit; of a sampled stream what they stand for, rounded. Source: spec''s sum, sample_weight.',
    missing Map(String, UInt64) COMMENT 'Events that count and have no value of a summed field, number by field: what the sum does not speak of; rounded as sums are. Source: spec''s sum, sample_weight.',
    histogram Map(Int16, UInt64) COMMENT 'Base-2 exponential histogram over what counts: bucket index to number of events, rounded as sums are; its scale is in slo_percentiles. Source: spec''s histogram, sample_weight.',
    zero_count UInt64 COMMENT 'Values of exactly 0 in the histogram''s field, number, rounded as sums are. Source: spec''s histogram, sample_weight.',
    good_seen UInt64 COMMENT 'Good events seen, number, whatever they stand for. Source: spec''s predicates.',
    total_seen UInt64 COMMENT 'Events seen that count, number, whatever they stand for. Source: spec''s predicates.'
)
AS
SELECT
    r.stream AS stream, r.slo AS slo, r.spec_rev AS spec_rev, r.labels AS labels, r.pane AS pane, r.good AS good,
    r.total AS total, r.bad AS bad, r.excluded AS excluded, r.sums AS sums, r.missing AS missing,
    r.histogram AS histogram, r.zero_count AS zero_count, r.good_seen AS good_seen, r.total_seen AS total_seen
FROM slo_pane_revisions AS r
WHERE (r.stream, r.slo, r.spec_rev) IN (
    SELECT stream, slo, argMaxIf(spec_rev, activated_at, spec_rev != '') FROM active_specs GROUP BY stream, slo)
COMMENT 'Good and total per SLO, series and pane of 10 s, of the revision that is judged (the last one, of an SLO that is gone). Reaches back 8 days from when a pane was sealed; slo_hours has all history.';

CREATE OR REPLACE VIEW slo_hours
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision that counted: the one that is judged. Source: spec file.',
    labels Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    hour DateTime('UTC') COMMENT 'Start of the hour of event time, UTC. Source: event time, clamped to the message''s own timestamp.',
    good Float64 COMMENT 'Events that count and are good, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec''s predicates, sample_weight.',
    total Float64 COMMENT 'Events that count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec''s predicates, sample_weight.',
    bad Float64 COMMENT 'Events that count and are not good, number: total less good. Source: spec''s predicates, sample_weight.',
    excluded Float64 COMMENT 'Events within the scope that do not count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec''s predicates, sample_weight.',
    sums Map(String, Int128) COMMENT 'Sums of integer fields over the events that count and have a value, each in its field''s unit; of a sampled stream what they stand for, rounded. Source: spec''s sum, sample_weight.',
    missing Map(String, UInt64) COMMENT 'Events that count and have no value of a summed field, number by field: what the sum does not speak of; rounded as sums are. Source: spec''s sum, sample_weight.',
    histogram Map(Int16, UInt64) COMMENT 'Base-2 exponential histogram over what counts: bucket index to number of events, rounded as sums are; its scale is in slo_percentiles. Source: spec''s histogram, sample_weight.',
    zero_count UInt64 COMMENT 'Values of exactly 0 in the histogram''s field, number, rounded as sums are. Source: spec''s histogram, sample_weight.',
    good_seen UInt64 COMMENT 'Good events seen, number, whatever they stand for. Source: spec''s predicates.',
    total_seen UInt64 COMMENT 'Events seen that count, number, whatever they stand for. Source: spec''s predicates.'
)
AS
SELECT
    r.stream AS stream, r.slo AS slo, r.spec_rev AS spec_rev, r.labels AS labels, r.hour AS hour, r.good AS good,
    r.total AS total, r.bad AS bad, r.excluded AS excluded, r.sums AS sums, r.missing AS missing,
    r.histogram AS histogram, r.zero_count AS zero_count, r.good_seen AS good_seen, r.total_seen AS total_seen
FROM slo_hour_revisions AS r
WHERE (r.stream, r.slo, r.spec_rev) IN (
    SELECT stream, slo, argMaxIf(spec_rev, activated_at, spec_rev != '') FROM active_specs GROUP BY stream, slo)
COMMENT 'Good and total per SLO, series and hour of event time, UTC, the open hour included, of the revision that is judged (the last one, of an SLO that is gone). Reaches back 400 days.';

CREATE OR REPLACE VIEW slo_percentiles
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    labels Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    hour DateTime('UTC') COMMENT 'Start of the hour of event time, UTC. Source: event time, clamped to the message''s own timestamp.',
    field String COMMENT 'Field whose values they are, e.g. ttft_ms. Source: spec''s histogram.',
    scale UInt64 COMMENT 'Scale of the histogram: a bucket is 2^(2^-scale) wide, as a factor. Source: spec''s histogram.',
    value_count UInt64 COMMENT 'Values in the hour, number; of a sampled stream as many as they stand for, rounded. Source: histogram of slo_hours.',
    p50 Nullable(Float64) COMMENT 'Median of the values of the field, in its unit, to the width of a bucket; NULL where the hour has no value. Source: histogram of slo_hours.',
    p90 Nullable(Float64) COMMENT '90th percentile of the values of the field, in its unit, to the width of a bucket; NULL where the hour has no value. Source: histogram of slo_hours.',
    p95 Nullable(Float64) COMMENT '95th percentile of the values of the field, in its unit, to the width of a bucket; NULL where the hour has no value. Source: histogram of slo_hours.',
    p99 Nullable(Float64) COMMENT '99th percentile of the values of the field, in its unit, to the width of a bucket; NULL where the hour has no value. Source: histogram of slo_hours.'
)
AS
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
