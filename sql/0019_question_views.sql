-- What people ask most, each one view: where SLOs stand, how they came to stand there, alerts from fire to end, fleet and cost.
-- Views with parameters are called like functions, with every parameter by its name: SELECT * FROM slo_status_at(as_of = '2026-01-01 00:00:00').

CREATE VIEW slo_status_at
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    display_name String COMMENT 'Name for people. Source: spec file.',
    service LowCardinality(String) COMMENT 'Service that the SLO speaks of. Source: spec file.',
    labels Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    target Float64 COMMENT 'Target ratio, 0 to 1; exact in slos. Source: spec file.',
    period LowCardinality(String) COMMENT 'Budget period as the spec writes it, e.g. 28d. Source: spec file.',
    period_start DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    evaluated_at DateTime('UTC') COMMENT 'When the figures last changed, UTC: from then on they hold. Source: evaluation clock.',
    good UInt64 COMMENT 'Good events in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    bad UInt64 COMMENT 'Bad events in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    total UInt64 COMMENT 'Events that count in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    unassigned UInt64 COMMENT 'Events of the period that the cap on series left in __other__, number: any of them may be this series''. 0 where nothing overflowed. Source: sum of sli_panes.',
    sli Nullable(Float64) COMMENT 'good / total, 0 to 1; NULL without events. Source: budgets.',
    remaining_ratio Nullable(Float64) COMMENT 'Share of the budget that is left on observed volume; signed, below 0 when overspent, NULL without events. Source: burn stage.',
    projected_remaining_ratio Nullable(Float64) COMMENT 'The same if the rest of a partly filled period had traffic as observed and no error: an estimate. Source: burn stage.',
    is_estimated Bool COMMENT 'The period is only partly filled with data. Source: burn stage.',
    state LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: burn stage.',
    coverage Float64 COMMENT 'How complete the data is, 0 to 1, see budgets. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    window_s Array(UInt32) COMMENT 'Lengths of the windows of the burn tiers in seconds. Source: burn tiers.',
    burn_rate Array(Float64) COMMENT 'bad / total / (1 - target) by window; for display, integers decide. Source: burn stage.',
    firing_tier String COMMENT 'Most urgent burn tier that fires, e.g. 1h&5m; empty if none does. Source: alert_decisions.',
    firing_severity String COMMENT 'Its severity, SEV-1, SEV-2 or SEV-3; empty if none fires. Source: alert_decisions.'
)
AS
SELECT
    b.stream AS stream, b.slo AS slo, s.display_name AS display_name, s.service AS service, l.labels AS labels,
    s.target_numerator / s.target_denominator AS target, s.period AS period, b.period_start AS period_start,
    b.evaluated_at AS evaluated_at, b.good AS good, b.bad AS bad, b.total AS total, b.unassigned AS unassigned,
    if(b.total = 0, NULL, b.good / b.total) AS sli, b.remaining_ratio AS remaining_ratio,
    b.projected_remaining_ratio AS projected_remaining_ratio, b.is_estimated AS is_estimated, b.state AS state,
    b.coverage AS coverage, r.window_s AS window_s, r.burn_rate AS burn_rate,
    a.tier AS firing_tier, a.severity AS firing_severity
FROM
(
    SELECT * FROM budgets FINAL WHERE evaluated_at <= {as_of:DateTime('UTC')}
    ORDER BY evaluated_at DESC LIMIT 1 BY stream, slo, series
) AS b
-- Series of a revision that was replaced have rows too; the one judged last is the SLO's.
INNER JOIN (
    SELECT stream, slo, argMax(spec_rev, (evaluated_at, written_at)) AS spec_rev FROM budgets
    WHERE evaluated_at <= {as_of:DateTime('UTC')} GROUP BY stream, slo
) AS v ON v.stream = b.stream AND v.slo = b.slo AND v.spec_rev = b.spec_rev
INNER JOIN (SELECT * FROM slos FINAL ORDER BY loaded_at DESC LIMIT 1 BY slo, spec_rev) AS s
    ON s.slo = b.slo AND s.spec_rev = b.spec_rev
LEFT JOIN (SELECT slo, spec_rev, series, any(labels) AS labels FROM series GROUP BY slo, spec_rev, series) AS l
    ON l.slo = b.slo AND l.spec_rev = b.spec_rev AND l.series = b.series
LEFT JOIN (
    SELECT * FROM burn_rates FINAL WHERE evaluated_at <= {as_of:DateTime('UTC')}
    ORDER BY evaluated_at DESC LIMIT 1 BY stream, slo, series
) AS r ON r.stream = b.stream AND r.slo = b.slo AND r.series = b.series
LEFT JOIN (
    SELECT stream, slo, series, argMin(d.tier, (d.severity, d.long_window_s)) AS tier, min(d.severity) AS severity
    FROM
    (
        SELECT * FROM alert_decisions FINAL WHERE evaluated_at <= {as_of:DateTime('UTC')}
        ORDER BY evaluated_at DESC, log_offset DESC LIMIT 1 BY alert_key
    ) AS d
    WHERE decision IN ('fire', 'freeze', 'thaw') GROUP BY stream, slo, series
) AS a ON a.stream = b.stream AND a.slo = b.slo AND a.series = b.series
COMMENT 'Where every series of every SLO stood at a moment, one row each: between two evaluations the earlier one holds. Parameter: as_of, a time, UTC.';

CREATE VIEW slo_status
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    display_name String COMMENT 'Name for people. Source: spec file.',
    service LowCardinality(String) COMMENT 'Service that the SLO speaks of. Source: spec file.',
    labels Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    target Float64 COMMENT 'Target ratio, 0 to 1; exact in slos. Source: spec file.',
    period LowCardinality(String) COMMENT 'Budget period as the spec writes it, e.g. 28d. Source: spec file.',
    period_start DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    evaluated_at DateTime('UTC') COMMENT 'When the figures last changed, UTC: from then on they hold. Source: evaluation clock.',
    good UInt64 COMMENT 'Good events in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    bad UInt64 COMMENT 'Bad events in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    total UInt64 COMMENT 'Events that count in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    unassigned UInt64 COMMENT 'Events of the period that the cap on series left in __other__, number: any of them may be this series''. 0 where nothing overflowed. Source: sum of sli_panes.',
    sli Nullable(Float64) COMMENT 'good / total, 0 to 1; NULL without events. Source: budgets.',
    remaining_ratio Nullable(Float64) COMMENT 'Share of the budget that is left on observed volume; signed, below 0 when overspent, NULL without events. Source: burn stage.',
    projected_remaining_ratio Nullable(Float64) COMMENT 'The same if the rest of a partly filled period had traffic as observed and no error: an estimate. Source: burn stage.',
    is_estimated Bool COMMENT 'The period is only partly filled with data. Source: burn stage.',
    state LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: burn stage.',
    coverage Float64 COMMENT 'How complete the data is, 0 to 1, see budgets. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    window_s Array(UInt32) COMMENT 'Lengths of the windows of the burn tiers in seconds. Source: burn tiers.',
    burn_rate Array(Float64) COMMENT 'bad / total / (1 - target) by window; for display, integers decide. Source: burn stage.',
    firing_tier String COMMENT 'Most urgent burn tier that fires, e.g. 1h&5m; empty if none does. Source: alert_decisions.',
    firing_severity String COMMENT 'Its severity, SEV-1, SEV-2 or SEV-3; empty if none fires. Source: alert_decisions.'
)
AS
SELECT
    stream, slo, display_name, service, labels, target, period, period_start, evaluated_at, good, bad, total, unassigned,
    sli, remaining_ratio, projected_remaining_ratio, is_estimated, state, coverage, window_s, burn_rate,
    firing_tier, firing_severity
FROM slo_status_at(as_of = now('UTC'))
COMMENT 'Where every series of every SLO stands now, one row each; slo_status_at has any moment of the history.';

CREATE VIEW slo_budgets
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision that was judged at the time. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    labels Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    evaluated_at DateTime('UTC') COMMENT 'End of the period, UTC. Source: evaluation clock.',
    period_start DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    good UInt64 COMMENT 'Good events in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    bad UInt64 COMMENT 'Bad events in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    total UInt64 COMMENT 'Events that count in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    sli Nullable(Float64) COMMENT 'good / total, 0 to 1; NULL without events. Source: budgets.',
    remaining_ratio Nullable(Float64) COMMENT 'Share of the budget that is left on observed volume; signed, below 0 when overspent, NULL without events. Source: burn stage.',
    projected_remaining_ratio Nullable(Float64) COMMENT 'The same if the rest of a partly filled period had traffic as observed and no error: an estimate. Source: burn stage.',
    is_estimated Bool COMMENT 'The period is only partly filled with data. Source: burn stage.',
    state LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: burn stage.',
    coverage Float64 COMMENT 'How complete the data is, 0 to 1, see budgets. Below 0.9 nothing is concluded. Source: watermarks, source_reports.'
)
AS
SELECT
    b.stream AS stream, b.slo AS slo, b.spec_rev AS spec_rev, b.series AS series, l.labels AS labels,
    b.evaluated_at AS evaluated_at, b.period_start AS period_start, b.good AS good, b.bad AS bad, b.total AS total,
    if(b.total = 0, NULL, b.good / b.total) AS sli, b.remaining_ratio AS remaining_ratio,
    b.projected_remaining_ratio AS projected_remaining_ratio, b.is_estimated AS is_estimated, b.state AS state,
    b.coverage AS coverage
FROM budgets AS b FINAL
LEFT JOIN (SELECT slo, spec_rev, series, any(labels) AS labels FROM series GROUP BY slo, spec_rev, series) AS l
    ON l.slo = b.slo AND l.spec_rev = b.spec_rev AND l.series = b.series
COMMENT 'Error budgets over time, with their labels, at the instants at which they changed; between two rows the earlier one holds.';

CREATE VIEW slo_burn_rates
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision that was judged at the time. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    labels Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    evaluated_at DateTime('UTC') COMMENT 'End of the window, UTC. Source: evaluation clock.',
    window_s UInt32 COMMENT 'Length of the window in seconds; the old edge is cut at the pane up to 1 h, at 5 min beyond. Source: burn tiers.',
    bad UInt64 COMMENT 'Bad events in the window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    total UInt64 COMMENT 'Events that count in the window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    burn_rate Float64 COMMENT 'bad / total / (1 - target); for display, integers decide. Source: burn stage.',
    coverage Float64 COMMENT 'How complete the data is, 0 to 1, see burn_rates. Below 0.9 nothing is concluded. Source: watermarks, source_reports.'
)
AS
SELECT
    b.stream AS stream, b.slo AS slo, b.spec_rev AS spec_rev, b.series AS series, l.labels AS labels,
    b.evaluated_at AS evaluated_at, b.window_s AS window_s, b.bad AS bad, b.total AS total, b.burn_rate AS burn_rate,
    b.coverage AS coverage
FROM
(
    SELECT stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, burn_rate, coverage
    FROM burn_rates FINAL ARRAY JOIN window_s, bad, total, burn_rate
) AS b
LEFT JOIN (SELECT slo, spec_rev, series, any(labels) AS labels FROM series GROUP BY slo, spec_rev, series) AS l
    ON l.slo = b.slo AND l.spec_rev = b.spec_rev AND l.series = b.series
COMMENT 'Burn rates over time, with their labels, one row per window, at the instants at which a window changed; between two rows the earlier one holds.';

CREATE VIEW alerts
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    alert_key String COMMENT 'stream|slo|series|tier: the same for every alert of this tier on this series. Source: alerter.',
    labels Map(String, String) COMMENT 'Group-by fields and their values. Source: event fields.',
    tier String COMMENT 'Burn tier, e.g. 1h&5m. Source: burn tiers.',
    severity String COMMENT 'SEV-1, SEV-2 or SEV-3, by its last decision. Source: tier and the SLO''s criticality.',
    state String COMMENT 'firing, frozen (data is missing, so it does not resolve), resolved, removed (with its SLO, tier or series) or ended (by name). Source: alert_decisions.',
    fired_at DateTime('UTC') COMMENT 'Evaluation time at which it fired, UTC. Source: evaluation clock.',
    over_at Nullable(DateTime('UTC')) COMMENT 'Evaluation time at which it was over, UTC; NULL while it is open. Source: evaluation clock.',
    changed_at DateTime('UTC') COMMENT 'Evaluation time of its last decision, UTC. Source: evaluation clock.',
    ended_by String COMMENT 'Who ended it by name; empty otherwise. Source: the command''s user.',
    reason String COMMENT 'Why it was removed or ended; empty otherwise. Source: alerter, or who ended it.',
    long_window_s UInt32 COMMENT 'Long window in seconds. Source: burn tier.',
    long_bad UInt64 COMMENT 'Bad events in the long window when it fired, number. Source: burn_rates as read by the decision.',
    long_total UInt64 COMMENT 'Events that count in the long window when it fired, number. Source: burn_rates as read by the decision.',
    short_window_s UInt32 COMMENT 'Short window in seconds. Source: burn tier.',
    short_bad UInt64 COMMENT 'Bad events in the short window when it fired, number. Source: burn_rates as read by the decision.',
    short_total UInt64 COMMENT 'Events that count in the short window when it fired, number. Source: burn_rates as read by the decision.',
    last_long_bad UInt64 COMMENT 'Bad events in the long window at the last decision, number. Source: burn_rates as read by the decision.',
    last_long_total UInt64 COMMENT 'Events that count in the long window at the last decision, number. Source: burn_rates as read by the decision.',
    last_short_bad UInt64 COMMENT 'Bad events in the short window at the last decision, number. Source: burn_rates as read by the decision.',
    last_short_total UInt64 COMMENT 'Events that count in the short window at the last decision, number. Source: burn_rates as read by the decision.',
    factor Float64 COMMENT 'Burn rate at which the tier fires. Source: burn tier.',
    coverage Float64 COMMENT 'How complete the data was at the last decision, 0 to 1, see burn_rates. Source: burn_rates.',
    remaining_ratio Nullable(Float64) COMMENT 'Share of the error budget that was left when it fired, signed; NULL if it is not known. Source: budgets, looked up beside the decision.',
    attribution String COMMENT 'Which values of which dimension held the bad events of the long window when it fired, JSON; [] where it is not known. Source: raw rows, looked up beside the decision.',
    deliveries Array(Tuple(decision String, receiver String, outcome String, attempts UInt16, finished_at DateTime64(3, 'UTC'))) COMMENT 'What became of each notification of it, in the order of time: of which decision, to whom, delivered, waiting, failed or inhibited, sent how often, when last. Source: alert_notifications.'
)
AS
SELECT
    e.stream AS stream, e.slo AS slo, e.alert_key AS alert_key, e.last.labels AS labels, e.last.tier AS tier,
    e.last.severity AS severity,
    multiIf(e.last.decision = 'resolve', 'resolved', e.last.decision = 'freeze', 'frozen',
            e.last.decision IN ('removed', 'ended'), e.last.decision, 'firing') AS state,
    e.fired.evaluated_at AS fired_at,
    if(e.last.decision IN ('resolve', 'removed', 'ended'), e.last.evaluated_at, NULL) AS over_at,
    e.last.evaluated_at AS changed_at, e.last.ended_by AS ended_by, e.last.reason AS reason,
    e.fired.long_window_s AS long_window_s, e.fired.long_bad AS long_bad, e.fired.long_total AS long_total,
    e.fired.short_window_s AS short_window_s, e.fired.short_bad AS short_bad, e.fired.short_total AS short_total,
    e.last.long_bad AS last_long_bad, e.last.long_total AS last_long_total,
    e.last.short_bad AS last_short_bad, e.last.short_total AS last_short_total,
    e.fired.factor AS factor, e.last.coverage AS coverage, c.remaining_ratio AS remaining_ratio,
    if(e.fired.attribution = '[]' AND c.attribution != '', c.attribution, e.fired.attribution) AS attribution,
    e.deliveries AS deliveries
FROM
(
    SELECT
        d.stream AS stream, d.slo AS slo, d.alert_key AS alert_key, d.episode AS episode,
        argMin(d.row, d.place) AS fired, argMax(d.row, d.place) AS last,
        arraySort(one -> (one.finished_at, one.receiver), groupArrayIf(
            CAST((d.decision, n.receiver, n.outcome, n.attempts, n.finished_at),
                 'Tuple(decision String, receiver String, outcome String, attempts UInt16, finished_at DateTime64(3, \'UTC\'))'),
            n.receiver != '')) AS deliveries
    FROM
    (
        SELECT
            stream, slo, alert_key, decision_key, toString(decision) AS decision, (evaluated_at, log_offset) AS place,
            CAST((toString(decision), decision_key, evaluated_at, labels, tier, severity, ended_by, reason, long_window_s, long_bad,
                  long_total, short_window_s, short_bad, short_total, factor, coverage, attribution),
                 'Tuple(decision String, decision_key String, evaluated_at DateTime(\'UTC\'), labels Map(String, String), tier String, severity String, ended_by String, reason String, long_window_s UInt32, long_bad UInt64, long_total UInt64, short_window_s UInt32, short_bad UInt64, short_total UInt64, factor Float64, coverage Float64, attribution String)') AS row,
            countIf(toString(decision) = 'fire') OVER (
                PARTITION BY stream, slo, alert_key ORDER BY evaluated_at, log_offset
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS episode
        FROM alert_decisions FINAL
    ) AS d
    LEFT JOIN (SELECT * FROM alert_notifications FINAL) AS n ON n.decision_key = d.decision_key
    GROUP BY stream, slo, alert_key, episode
) AS e
LEFT JOIN (SELECT * FROM alert_contexts FINAL) AS c ON c.decision_key = e.fired.decision_key
COMMENT 'Alerts, one row each from the decision that fired it to the one that ended it, with what was seen and who was told. alert_history has every decision.';

CREATE VIEW fleet_between
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    provider LowCardinality(String) COMMENT 'Provider of the model. Source: service.',
    model String COMMENT 'The model that answered, else the one that was asked for. Source: provider''s response, service.',
    requests UInt64 COMMENT 'Inference events (attempts), number; of a sampled stream as many as they stand for, rounded. Source: inference_events.',
    ok UInt64 COMMENT 'Of these with status ok, number, counted as requests are. Source: inference_events.',
    cancelled UInt64 COMMENT 'Of these that the caller gave up, number, counted as requests are. Source: inference_events.',
    refused UInt64 COMMENT 'Of these that a gateway, a budget or a guardrail refused before the provider saw them, number, counted as requests are. Source: inference_events.',
    errors Map(String, UInt64) COMMENT 'Of these that are none of the three, number by error_type, or by status where that is empty; counted as requests are. Source: inference_events.',
    availability Nullable(Float64) COMMENT 'ok / (requests - cancelled - refused), 0 to 1; NULL where none came through to its end. Source: inference_events.',
    cancelled_share Float64 COMMENT 'cancelled / requests, 0 to 1. Source: inference_events.',
    ttft_p50 Nullable(Float64) COMMENT 'Median time to the first token in ms, nearest rank, to 0.8 %; NULL where no event has one. Source: inference_events.',
    ttft_p95 Nullable(Float64) COMMENT '95th percentile of the time to the first token in ms, nearest rank, to 0.8 %; NULL where no event has one. Source: inference_events.',
    ttft_p99 Nullable(Float64) COMMENT '99th percentile of the time to the first token in ms, nearest rank, to 0.8 %; NULL where no event has one. Source: inference_events.',
    output_tokens_per_s Nullable(Float64) COMMENT 'Output tokens per second of duration, over events that are ok and have both; NULL where none has. Source: inference_events.'
)
AS
SELECT
    stream, provider, model,
    intDiv(sum(weight) + 500, 1000) AS requests,
    intDiv(sumIf(weight, outcome = 'ok') + 500, 1000) AS ok,
    intDiv(sumIf(weight, outcome = 'cancelled') + 500, 1000) AS cancelled,
    intDiv(sumIf(weight, outcome = 'refused') + 500, 1000) AS refused,
    mapApply((kind, count) -> (kind, intDiv(count + 500, 1000)),
        sumMapIf(map(if(error_type = '', toString(status), toString(error_type)), weight), outcome = 'error')) AS errors,
    if(sumIf(weight, outcome IN ('ok', 'error')) = 0, NULL, sumIf(weight, outcome = 'ok') / sumIf(weight, outcome IN ('ok', 'error'))) AS availability,
    sumIf(weight, outcome = 'cancelled') / sum(weight) AS cancelled_share,
    if(count(ttft_ms) = 0, NULL, quantileBFloat16WeightedIf(0.5)(ifNull(ttft_ms, 0), weight, isNotNull(ttft_ms))) AS ttft_p50,
    if(count(ttft_ms) = 0, NULL, quantileBFloat16WeightedIf(0.95)(ifNull(ttft_ms, 0), weight, isNotNull(ttft_ms))) AS ttft_p95,
    if(count(ttft_ms) = 0, NULL, quantileBFloat16WeightedIf(0.99)(ifNull(ttft_ms, 0), weight, isNotNull(ttft_ms))) AS ttft_p99,
    if(sumIf(duration_ms * weight, is_timed) > 0,
       sumIf(toFloat64(output_tokens) * weight, is_timed) / sumIf(duration_ms * weight, is_timed) * 1000, NULL) AS output_tokens_per_s
FROM
(
    SELECT
        stream, provider, model, status, error_type, outcome, ttft_ms, duration_ms, output_tokens, status = 'ok' AND isNotNull(output_tokens) AND isNotNull(duration_ms) AS is_timed,
        toUInt64(floor(least(greatest(ifNotFinite(sample_weight, 1), 1), 1000000) * 1000 + 0.5)) AS weight
    FROM inferences
    WHERE occurred_at >= {from_time:DateTime('UTC')} AND occurred_at < {to_time:DateTime('UTC')}
)
GROUP BY stream, provider, model
COMMENT 'How each model of each provider did in a stretch of time, repeats left out. Parameters: from_time (included) and to_time (not included), UTC.';

CREATE VIEW cost_between
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    value String COMMENT 'Value of the dimension; empty where an event has none. Source: service.',
    bucket DateTime('UTC') COMMENT 'Start of the bucket of event time, UTC; buckets begin at multiples of their width since 1970. Source: event time.',
    requests UInt64 COMMENT 'Inference events (attempts), number; of a sampled stream as many as they stand for, rounded. Source: inference_events.',
    unpriced UInt64 COMMENT 'Of these whose cost nobody knows, number: what cost does not speak of; counted as requests are. Source: inference_events.',
    cost_nano_usd Int128 COMMENT 'Cost in 1e-9 USD of those whose cost is known; of a sampled stream what they stand for, rounded. Source: inference_events.'
)
AS
SELECT
    e.stream AS stream, e.value AS value, e.bucket AS bucket,
    intDiv(sum(e.weight) + 500, 1000) AS requests,
    intDiv(sumIf(e.weight, isNull(e.cost_nano_usd)) + 500, 1000) AS unpriced,
    intDiv(sum(toInt128(ifNull(e.cost_nano_usd, 0)) * e.weight) + 500, 1000) AS cost_nano_usd
FROM
(
    SELECT
        stream, cost_nano_usd,
        toDateTime(intDiv(toUnixTimestamp(occurred_at), greatest({bucket_s:UInt32}, 1)) * greatest({bucket_s:UInt32}, 1), 'UTC') AS bucket,
        multiIf(
            {dimension:String} = 'service', toString(service),
            {dimension:String} = 'tenant', toString(tenant),
            {dimension:String} = 'environment', toString(environment),
            {dimension:String} = 'provider', toString(provider),
            {dimension:String} = 'model', model,
            {dimension:String} = 'prompt_name', toString(prompt_name),
            {dimension:String} = 'task_id', task_id,
            '') AS value,
        toUInt64(floor(least(greatest(ifNotFinite(sample_weight, 1), 1), 1000000) * 1000 + 0.5)) AS weight
    FROM inferences
    WHERE occurred_at >= {from_time:DateTime('UTC')} AND occurred_at < {to_time:DateTime('UTC')}
        AND NOT throwIf({dimension:String} NOT IN ('service', 'tenant', 'environment', 'provider', 'model', 'prompt_name', 'task_id'),
                        'dimension is one of service, tenant, environment, provider, model, prompt_name, task_id')
) AS e
GROUP BY stream, value, bucket
COMMENT 'What inference cost in a stretch of time, by one dimension and bucket of time, repeats left out. Parameters: dimension (service, tenant, environment, provider, model, prompt_name or task_id), from_time (included) and to_time (not included), UTC, and bucket_s, the width of a bucket in seconds.';
