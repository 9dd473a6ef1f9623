-- Verdicts may name what they judge by an id alone: each of these ids is found without reading the whole column. Rows that are there
-- already get the indexes as well, in the background: the events of the last days are what the first verdicts judge.

ALTER TABLE inference_events
    ADD INDEX IF NOT EXISTS request_ids request_id TYPE bloom_filter(0.001) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS trace_ids trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS span_ids span_id TYPE bloom_filter(0.001) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS response_ids attributes['response_id'] TYPE bloom_filter(0.001) GRANULARITY 1;

ALTER TABLE inference_events
    MATERIALIZE INDEX request_ids,
    MATERIALIZE INDEX trace_ids,
    MATERIALIZE INDEX span_ids,
    MATERIALIZE INDEX response_ids;

ALTER TABLE eval_verdicts
    ADD INDEX IF NOT EXISTS event_ids event_id TYPE bloom_filter(0.001) GRANULARITY 1;

ALTER TABLE eval_verdicts
    MATERIALIZE INDEX event_ids;
