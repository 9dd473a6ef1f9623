-- Raw verdicts, one row per verdict and position in the log.

CREATE TABLE eval_verdicts
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    stream_epoch LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: sink.',
    partition UInt16 COMMENT 'Partition of the topic. Source: event log.',
    offset UInt64 COMMENT 'Offset of the message that carried the event. Source: event log.',
    event_index UInt16 COMMENT 'Position within the message, from 0. Source: event log.',
    is_repeat Bool COMMENT 'The same event id was seen among the messages before (see stream_epochs.repeat_window_messages): counted elsewhere, left out of every figure. Source: sink, by the processor''s rule.',
    log_time DateTime64(3, 'UTC') COMMENT 'Timestamp of the message, UTC. Source: event log.',
    kept_since DateTime('UTC') COMMENT 'Start of the row''s life, UTC: the message''s timestamp, or the epoch''s start in a replay. Source: event log.',
    event_id UUID COMMENT 'Identity of the verdict. Source: evaluator.',
    judged_at DateTime64(6, 'UTC') COMMENT 'When the judge decided, UTC. Source: evaluator.',
    inference_at DateTime64(6, 'UTC') COMMENT 'When the judged inference completed, UTC; never after the message''s own timestamp (clamped). The verdict counts here. Source: evaluator.',
    request_id Nullable(String) COMMENT 'Logical request of the judged inference. Source: evaluator.',
    evaluator LowCardinality(String) COMMENT 'Name of the judge. Source: evaluator.',
    evaluator_version LowCardinality(String) COMMENT 'Version of the judge. Source: evaluator.',
    kind LowCardinality(String) COMMENT 'online_judge, offline_suite, synthetic_probe, user_feedback or guardrail. Source: evaluator.',
    dimension LowCardinality(String) COMMENT 'What was judged, e.g. quality, safety. Source: evaluator.',
    passed Bool COMMENT 'The verdict. Source: evaluator.',
    score Nullable(Float64) COMMENT 'Score in the judge''s own scale. Source: evaluator.',
    tenant LowCardinality(String) COMMENT 'Tenant of the judged inference. Source: evaluator.',
    environment LowCardinality(String) COMMENT 'Environment of the judged inference. Source: evaluator.',
    service LowCardinality(String) COMMENT 'Service of the judged inference. Source: evaluator.',
    endpoint LowCardinality(String) COMMENT 'Endpoint of the judged inference. Source: evaluator.',
    provider LowCardinality(String) COMMENT 'Provider of the judged inference. Source: evaluator.',
    model_requested LowCardinality(String) COMMENT 'Model that was asked for. Source: evaluator.',
    model_served LowCardinality(String) COMMENT 'Model that answered. Source: evaluator.',
    deployment LowCardinality(String) COMMENT 'Deployment of the model. Source: evaluator.',
    region LowCardinality(String) COMMENT 'Region of the deployment. Source: evaluator.',
    prompt_name LowCardinality(String) COMMENT 'Name of the prompt. Source: evaluator.',
    prompt_version LowCardinality(String) COMMENT 'Version of the prompt. Source: evaluator.',
    variant LowCardinality(Nullable(String)) COMMENT 'Canary, experiment or flag arm. Source: evaluator.',
    attributes Map(LowCardinality(String), String) COMMENT 'Free text attributes. Source: evaluator.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(kept_since)
ORDER BY (service, inference_at, stream_epoch, partition, offset, event_index)
TTL kept_since + INTERVAL 35 DAY
COMMENT 'Raw verdicts that arrived on their own. Analysts read the view verdicts, which leaves repeats out and adds the verdicts sent with events.';
