-- Unknown is not zero, an event of a sampled stream stands for as many as it says, and the model is always there.
-- Rows from before keep the zeros that stood for unknown counts.

ALTER TABLE inference_events
    MODIFY COLUMN duration_ms Nullable(Float64) COMMENT 'Duration of the attempt in ms; NULL where nobody knows it, never of one that is ok. Source: publisher.',
    MODIFY COLUMN input_tokens Nullable(Int64) COMMENT 'Tokens of the prompt, cached ones included, number; NULL where nobody reported them. Source: provider''s response.',
    MODIFY COLUMN cached_input_tokens Nullable(Int64) COMMENT 'Tokens of the prompt that were read from a cache, number; NULL where nobody reported them. Source: provider''s response.',
    MODIFY COLUMN output_tokens Nullable(Int64) COMMENT 'Tokens of the answer, reasoning included, number; NULL where nobody reported them. Source: provider''s response.',
    MODIFY COLUMN reasoning_tokens Nullable(Int64) COMMENT 'Reasoning tokens within the answer, number; NULL where nobody reported them. Source: provider''s response.',
    MODIFY COLUMN tool_calls Nullable(Int64) COMMENT 'Tool calls asked for, number; NULL where nobody reported them. Source: provider''s response.',
    MODIFY COLUMN tool_errors Nullable(Int64) COMMENT 'Tool calls that failed, number; NULL where nobody reported them. Source: service.',
    MODIFY COLUMN sample_weight Float64 DEFAULT 1 COMMENT 'How many events this one stands for, 1 or more; 1 unsampled. Counted in thousandths. Source: publisher.';

ALTER TABLE sli_panes
    MODIFY COLUMN sums Map(LowCardinality(String), Int128) COMMENT 'Sums of integer fields over the events seen that count and have a value, each in its field''s unit. Source: spec''s sum.',
    ADD COLUMN missing Map(LowCardinality(String), UInt64) COMMENT 'Events seen that count and have no value of a summed field, number by field: what the sum does not speak of. Source: spec''s sum.' AFTER sums,
    ADD COLUMN good_extra UInt64 COMMENT 'What good stands for beyond the events seen, thousandths of an event; 0 unsampled. Source: sample_weight.' AFTER zero_count,
    ADD COLUMN total_extra UInt64 COMMENT 'The same of total, thousandths of an event. Source: sample_weight.' AFTER good_extra,
    ADD COLUMN excluded_extra UInt64 COMMENT 'The same of excluded, thousandths of an event. Source: sample_weight.' AFTER total_extra,
    ADD COLUMN sums_extra Map(LowCardinality(String), Int128) COMMENT 'The same of sums, thousandths of each field''s unit; no entry unsampled. Source: sample_weight.' AFTER excluded_extra,
    ADD COLUMN missing_extra Map(LowCardinality(String), UInt64) COMMENT 'The same of missing, thousandths of an event. Source: sample_weight.' AFTER sums_extra,
    ADD COLUMN histogram_extra Map(Int16, UInt64) COMMENT 'The same of histogram, thousandths of an event. Source: sample_weight.' AFTER missing_extra,
    ADD COLUMN zero_extra UInt64 COMMENT 'The same of zero_count, thousandths of an event. Source: sample_weight.' AFTER histogram_extra;

ALTER TABLE sli_archive
    MODIFY COLUMN sums Map(LowCardinality(String), Int128) COMMENT 'Sums of integer fields over the events seen that count and have a value, each in its field''s unit. Source: spec''s sum.',
    ADD COLUMN missing Map(LowCardinality(String), UInt64) COMMENT 'Events seen that count and have no value of a summed field, number by field: what the sum does not speak of. Source: spec''s sum.' AFTER sums,
    ADD COLUMN good_extra UInt64 COMMENT 'What good stands for beyond the events seen, thousandths of an event; 0 unsampled. Source: sample_weight.' AFTER zero_count,
    ADD COLUMN total_extra UInt64 COMMENT 'The same of total, thousandths of an event. Source: sample_weight.' AFTER good_extra,
    ADD COLUMN excluded_extra UInt64 COMMENT 'The same of excluded, thousandths of an event. Source: sample_weight.' AFTER total_extra,
    ADD COLUMN sums_extra Map(LowCardinality(String), Int128) COMMENT 'The same of sums, thousandths of each field''s unit; no entry unsampled. Source: sample_weight.' AFTER excluded_extra,
    ADD COLUMN missing_extra Map(LowCardinality(String), UInt64) COMMENT 'The same of missing, thousandths of an event. Source: sample_weight.' AFTER sums_extra,
    ADD COLUMN histogram_extra Map(Int16, UInt64) COMMENT 'The same of histogram, thousandths of an event. Source: sample_weight.' AFTER missing_extra,
    ADD COLUMN zero_extra UInt64 COMMENT 'The same of zero_count, thousandths of an event. Source: sample_weight.' AFTER histogram_extra;

ALTER TABLE burn_rates
    MODIFY COLUMN bad Array(UInt64) COMMENT 'Bad events by window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    MODIFY COLUMN total Array(UInt64) COMMENT 'Events that count by window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    ADD COLUMN bad_seen Array(UInt64) COMMENT 'Bad events seen by window, number: what guards for low traffic go by. Source: sum of sli_panes.' AFTER total,
    ADD COLUMN total_seen Array(UInt64) COMMENT 'Events seen that count by window, number. Source: sum of sli_panes.' AFTER bad_seen;

ALTER TABLE budgets
    MODIFY COLUMN good UInt64 COMMENT 'Good events in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    MODIFY COLUMN bad UInt64 COMMENT 'Bad events in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    MODIFY COLUMN total UInt64 COMMENT 'Events that count in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    ADD COLUMN bad_seen UInt64 COMMENT 'Bad events seen in the period, number. Source: sum of sli_panes.' AFTER total,
    ADD COLUMN total_seen UInt64 COMMENT 'Events seen in the period that count, number. Source: sum of sli_panes.' AFTER bad_seen;

CREATE OR REPLACE VIEW inferences AS
SELECT *, if(model_served != '', model_served, model_requested) AS model
FROM inference_events FINAL WHERE NOT is_repeat
COMMENT 'Inference events as they count: repeats left out. Columns as in inference_events, and model: the served model, else the requested one.';

CREATE OR REPLACE VIEW verdicts AS
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
COMMENT 'Verdicts as they count, at the time of the inference they judge. Columns as in eval_verdicts, and model: the served model, else the requested one; sample_weight: how many events the carrying event stands for, 1 for a verdict of its own.';
