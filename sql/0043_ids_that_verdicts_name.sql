-- Verdicts may name what they judge by an id alone: each of these ids is found without reading the whole column.

ALTER TABLE inference_events
    ADD INDEX request_ids request_id TYPE bloom_filter(0.001) GRANULARITY 1,
    ADD INDEX trace_ids trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    ADD INDEX span_ids span_id TYPE bloom_filter(0.001) GRANULARITY 1,
    ADD INDEX response_ids attributes['response_id'] TYPE bloom_filter(0.001) GRANULARITY 1;

ALTER TABLE eval_verdicts
    ADD INDEX event_ids event_id TYPE bloom_filter(0.001) GRANULARITY 1;
