-- Through migration 0067. Made by test/golden/baseline.test.ts; never edited.

CREATE FUNCTION burnlinePercentile AS (histogram, zero_count, scale, p) -> if((zero_count + arraySum(mapValues(histogram))) = 0, NULL, if(greatest(1, intDiv((toUInt128(zero_count + arraySum(mapValues(histogram))) * toUInt64(round(p * 1000000000))) + 999999999, 1000000000)) <= zero_count, 0., ((exp2((arraySort(mapKeys(histogram))[arrayFirstIndex(seen -> ((zero_count + seen) >= greatest(1, intDiv((toUInt128(zero_count + arraySum(mapValues(histogram))) * toUInt64(round(p * 1000000000))) + 999999999, 1000000000))), arrayCumSum(arrayMap(bucket -> (histogram[bucket]), arraySort(mapKeys(histogram)))))]) / exp2(scale)) * 2) * exp2(1 / exp2(scale))) / (1 + exp2(1 / exp2(scale)))));

CREATE TABLE active_specs
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Revision that is judged from here on; empty once the SLO is gone. Source: spec rollout.',
    `activated_at` DateTime64(3, 'UTC') COMMENT 'When the rollout made it the active one, UTC: its backfill was complete. Source: wall clock.'
)
ENGINE = ReplacingMergeTree
ORDER BY (stream, slo, activated_at)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Which revision of each SLO is judged, by stream; the latest row of an SLO holds.';

CREATE TABLE alert_contexts
(
    `decision_key` String COMMENT 'Which decision it belongs to. Source: alerter.',
    `attribution` String COMMENT 'Which values of which dimension hold the bad events of the long window, JSON. Source: raw rows.',
    `remaining_ratio` Nullable(Float64) COMMENT 'Share of the error budget that was left, signed; NULL if it is not known. Source: budgets.',
    `error` String COMMENT 'Why there is no attribution, empty if there is. Source: alerter.',
    `written_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was known, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY decision_key
SETTINGS index_granularity = 8192
COMMENT 'What was looked up beside a live decision, which does not wait for it. A replay has it in the decision itself.';

CREATE TABLE alert_decisions
(
    `decision_key` String COMMENT 'Alert key and evaluation time: receivers deduplicate by it. Source: alerter.',
    `alert_key` String COMMENT 'stream|slo|series|tier. Source: alerter.',
    `stream` LowCardinality(String) COMMENT 'Clock: live, or the name of a replay. Source: alerter.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision that was judged. Source: spec file.',
    `service` LowCardinality(String) COMMENT 'Service of the SLO when it was decided; empty of rows from before there was this column. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `labels` Map(LowCardinality(String), String) COMMENT 'Group-by fields and their values. Source: event fields.',
    `tier` LowCardinality(String) COMMENT 'Burn tier, e.g. 1h&5m. Source: burn tiers.',
    `urgency` LowCardinality(String) COMMENT 'page or ticket, as the tier was when it was decided; empty where that was not written. Source: burn tiers.',
    `severity` LowCardinality(String) COMMENT 'SEV-1, SEV-2 or SEV-3. Source: tier and the SLO\'s criticality.',
    `decision` Enum8('fire' = 1, 'resolve' = 2, 'freeze' = 3, 'thaw' = 4, 'removed' = 5, 'ended' = 6) COMMENT 'What was decided; removed: its SLO, tier or series went with the specs, ended: somebody ended the alert by name. Source: alert state machine.',
    `ended_by` String COMMENT 'Who ended the alert by name; empty otherwise. Source: the command\'s user.',
    `reason` String COMMENT 'Why the alert was removed or ended; empty otherwise. Source: alerter, or who ended it.',
    `evaluated_at` DateTime('UTC') COMMENT 'Evaluation time of the decision, UTC. Source: evaluation clock.',
    `long_window_s` UInt32 COMMENT 'Long window in seconds. Source: burn tier.',
    `long_bad` UInt64 COMMENT 'Bad events in the long window, number. Source: burn_rates as read by the decision.',
    `long_total` UInt64 COMMENT 'Events that count in the long window, number. Source: burn_rates as read by the decision.',
    `short_window_s` UInt32 COMMENT 'Short window in seconds. Source: burn tier.',
    `short_bad` UInt64 COMMENT 'Bad events in the short window, number. Source: burn_rates as read by the decision.',
    `short_total` UInt64 COMMENT 'Events that count in the short window, number. Source: burn_rates as read by the decision.',
    `factor` Float64 COMMENT 'Burn rate at which the tier fires. Source: burn tier.',
    `coverage` Float64 COMMENT 'How complete the data was, 0 to 1, see burn_rates. Source: burn_rates.',
    `attribution` String COMMENT 'Which values of which dimension hold the bad events of the long window, JSON. Source: raw rows.',
    `log_offset` UInt64 COMMENT 'Offset of the decision in the decision log. Source: event log.',
    `decided_at` DateTime64(3, 'UTC') COMMENT 'When it was appended to the decision log, UTC. Source: event log.'
)
ENGINE = ReplacingMergeTree
ORDER BY (alert_key, evaluated_at, decision_key)
SETTINGS index_granularity = 8192
COMMENT 'Decisions of the alerter with their evidence: a fold of the decision log.';

CREATE TABLE alert_holds
(
    `stream` LowCardinality(String) COMMENT 'Clock: live, or the name of a replay. Source: alerter.',
    `alert_key` String COMMENT 'stream|slo|series|tier. Source: alerter.',
    `decided_through` DateTime('UTC') COMMENT 'Evaluation time from which on the row holds, UTC, see alert_progress. Source: alerter.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `tier` LowCardinality(String) COMMENT 'Burn tier, e.g. 1h&5m. Source: burn tiers.',
    `phase` LowCardinality(String) COMMENT 'pending: burns and has not fired; clearing: fires and is clear; none: neither any more. Source: alert state machine.',
    `since` DateTime64(3, 'UTC') COMMENT 'Since when it burns or is clear without a break, UTC. Source: alert state machine.',
    `deadline` DateTime64(3, 'UTC') COMMENT 'When it fires or resolves if nothing changes, UTC. Source: alert state machine.',
    `written_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (stream, alert_key, decided_through)
TTL toDateTime(written_at) + toIntervalDay(90)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Alerts that wait for their hold: what no decision records, and a restart must know. Written before the progress that it belongs to.';

CREATE TABLE alert_notifications
(
    `decision_key` String COMMENT 'Which decision was sent. Source: alerter.',
    `receiver` LowCardinality(String) COMMENT 'Name of the receiver. Source: configuration.',
    `outcome` LowCardinality(String) COMMENT 'delivered; waiting: not taken yet, it is tried again; failed: given up; inhibited: a more urgent tier speaks; silenced: withheld by a silence. Source: alerter.',
    `attempts` UInt16 COMMENT 'How often it was sent, number. Source: alerter.',
    `status_code` UInt16 COMMENT 'Last HTTP status, 0 without an answer. Source: receiver.',
    `error` String COMMENT 'Last error, empty if delivered. Source: alerter.',
    `finished_at` DateTime64(3, 'UTC') COMMENT 'When the attempt was over, UTC. Source: wall clock.'
)
ENGINE = ReplacingMergeTree(finished_at)
ORDER BY (decision_key, receiver)
SETTINGS index_granularity = 8192
COMMENT 'What became of each notification.';

CREATE TABLE alert_progress
(
    `stream` LowCardinality(String) COMMENT 'Clock: live, or the name of a replay. Source: alerter.',
    `shard` UInt16 COMMENT 'Which part of the SLOs the row speaks of, as in evaluations. Source: alerter.',
    `decided_through` DateTime('UTC') COMMENT 'Every evaluation up to here has been judged, UTC. Source: alerter.'
)
ENGINE = ReplacingMergeTree(decided_through)
PRIMARY KEY stream
ORDER BY (stream, shard)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'How far the alerter has judged each stream. Written after its decisions are in the log.';

CREATE TABLE backfills
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    `events` UInt64 COMMENT 'Events within the scope that were found in the raw rows before the revision began, number. Source: raw rows.',
    `completed_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the last row was written, UTC: its archive rows count from here on. Source: database clock.'
)
ENGINE = ReplacingMergeTree
ORDER BY (stream, slo, spec_rev)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Backfills that are complete. Archive rows of one that has no row here are not read.';

CREATE TABLE budget_adjustments
(
    `id` LowCardinality(String) COMMENT 'Name of the adjustment; its revocation has the same. Source: burnline adjust.',
    `action` Enum8('add' = 1, 'revoke' = 2) COMMENT 'add: the stretch is left out from here on; revoke: it counts again. Source: burnline adjust.',
    `adjusted_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC: what is judged from then on goes by it. Source: database clock.',
    `author` String COMMENT 'Who did it. Source: --author, or the user of the operating system.',
    `reason` String COMMENT 'Why. Source: --reason.',
    `slos` Array(String) COMMENT 'SLOs in scope; a name without what follows / is all objectives of that name. Empty: those of the service, or all. Source: --slo.',
    `service` LowCardinality(String) COMMENT 'Service whose SLOs are in scope; empty: none is named. Source: --service.',
    `labels` Map(String, String) COMMENT 'Only series with these group values; empty: all series. Source: --label.',
    `left_out_from` DateTime('UTC') COMMENT 'Start of the stretch of event time, UTC, on whole 5 minutes. Source: --from.',
    `left_out_to` DateTime('UTC') COMMENT 'Its end, not included, UTC, on whole 5 minutes. Source: --to.'
)
ENGINE = MergeTree
ORDER BY (id, adjusted_at)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Audit of stretches of time that budgets, burn rates and alerts leave out: a row for each that was added and for each that was revoked, nothing is ever changed. One is in force while no row of its id revokes it. What was counted stays in sli_panes and sli_archive.';

CREATE TABLE budget_hours
(
    `stream` LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `evaluated_at` DateTime('UTC') COMMENT 'End of the period, UTC. Source: evaluation clock.',
    `period_start` DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    `good` UInt64 COMMENT 'Good events in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `bad` UInt64 COMMENT 'Bad events in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `total` UInt64 COMMENT 'Events that count in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `unassigned` UInt64 COMMENT 'Events of the period that the cap on series left in __other__, number: any of them may be this series\'. 0 where nothing overflowed. Source: sum of sli_panes.',
    `bad_seen` UInt64 COMMENT 'Bad events seen in the period, number. Source: sum of sli_panes.',
    `total_seen` UInt64 COMMENT 'Events seen in the period that count, number. Source: sum of sli_panes.',
    `remaining_ratio` Nullable(Float64) COMMENT 'Share of the budget that is left on observed volume; signed, below 0 when overspent, NULL without events. Source: burn stage.',
    `projected_remaining_ratio` Nullable(Float64) COMMENT 'The same if the rest of a partly filled period had traffic as observed and no error: an estimate. Source: burn stage.',
    `is_estimated` Bool COMMENT 'The period is only partly filled with data. Source: burn stage.',
    `state` LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: burn stage.',
    `coverage` Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    `written_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(evaluated_at)
PARTITION BY toYYYYMM(evaluated_at)
ORDER BY (stream, slo, series, toStartOfHour(evaluated_at))
TTL toDateTime(written_at) + toIntervalYear(2)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Error budgets as they stood last in every hour of evaluation time; budget_rows reads them where the full rows are gone.';

CREATE TABLE budget_restatements
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision of the closed period. Source: closed_periods.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `labels` Map(String, String) COMMENT 'Group-by fields and their values. Source: event fields.',
    `period_start` DateTime('UTC') COMMENT 'Start of the closed period, UTC. Source: closed_periods.',
    `period_end` DateTime('UTC') COMMENT 'Its end, not included, UTC. Source: closed_periods.',
    `good_before` UInt64 COMMENT 'What was good by the figure before: the closed one, or the last restatement. Source: closed_periods, budget_restatements.',
    `bad_before` UInt64 COMMENT 'What was bad by it. Source: as good_before.',
    `total_before` UInt64 COMMENT 'What counted by it. Source: as good_before.',
    `remaining_before` Nullable(Float64) COMMENT 'Share of the budget that was left by it. Source: as good_before.',
    `good_after` UInt64 COMMENT 'What is good now. Source: sum of sli_panes and sli_archive.',
    `bad_after` UInt64 COMMENT 'What is bad now. Source: sum of sli_panes and sli_archive.',
    `total_after` UInt64 COMMENT 'What counts now. Source: sum of sli_panes and sli_archive.',
    `remaining_after` Nullable(Float64) COMMENT 'Share of the budget that is left now, of the target that the period was closed with. Source: period closer.',
    `causes` Array(String) COMMENT 'What changed it: late_events; adjustment ID; adjustment ID revoked. Source: rows that came since, budget_adjustments.',
    `found_at` DateTime64(3, 'UTC') COMMENT 'When it was found, UTC: adjustments up to then are in it. Source: database clock.',
    `change` String COMMENT 'Hash of before, after and causes: who finds the same change again writes the same row. Source: period closer.',
    `precedence` UInt64 COMMENT 'Larger the earlier the row was made, so that of two closers the first stands. Source: period closer.'
)
ENGINE = ReplacingMergeTree(precedence)
ORDER BY (stream, slo, series, period_start, change)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'What changed the budget of a closed period after it was reported, for 100 days: each row is one change, from the figure before to the one after. Read with FINAL.';

CREATE TABLE budgets
(
    `stream` LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `evaluated_at` DateTime('UTC') COMMENT 'End of the period, UTC. Source: evaluation clock.',
    `period_start` DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    `good` UInt64 COMMENT 'What is good in the period: events, or what they weigh (tokens; micro-USD), slices of time (with RatioTimeslices milliseconds of them) or entities, as the SLO counts; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `bad` UInt64 COMMENT 'What is bad in the period, in the same unit. Source: sum of sli_panes.',
    `total` UInt64 COMMENT 'What counts in the period, in the same unit. Source: sum of sli_panes.',
    `unassigned` UInt64 COMMENT 'Events of the period that the cap on series left in __other__, number: any of them may be this series\'. 0 where nothing overflowed. Source: sum of sli_panes.',
    `bad_seen` UInt64 COMMENT 'Bad events seen in the period, number. Source: sum of sli_panes.',
    `total_seen` UInt64 COMMENT 'Events seen in the period that count, number. Source: sum of sli_panes.',
    `remaining_ratio` Nullable(Float64) COMMENT 'Share of the budget that is left on observed volume; signed, below 0 when overspent, NULL without events. Source: burn stage.',
    `projected_remaining_ratio` Nullable(Float64) COMMENT 'The same if the rest of a partly filled period had traffic as observed and no error: an estimate. Source: burn stage.',
    `is_estimated` Bool COMMENT 'The period is only partly filled with data. Source: burn stage.',
    `state` LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: burn stage.',
    `coverage` Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    `written_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(written_at)
PARTITION BY toYYYYMM(evaluated_at)
ORDER BY (stream, slo, series, evaluated_at)
TTL toDateTime(written_at) + toIntervalDay(8)
SETTINGS index_granularity = 8192, merge_with_ttl_timeout = 86400
COMMENT 'Error budgets of the last 8 days, at the instants of burn_rates. Between two rows the earlier one holds. View budget_rows goes on where they end.';

CREATE TABLE burn_rate_hours
(
    `stream` LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `evaluated_at` DateTime('UTC') COMMENT 'End of all windows, UTC. Source: evaluation clock.',
    `window_s` Array(UInt32) COMMENT 'Lengths of the windows in seconds; the old edge is cut at the pane up to 1 h, at 5 min beyond. Source: burn tiers.',
    `bad` Array(UInt64) COMMENT 'Bad events by window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `total` Array(UInt64) COMMENT 'Events that count by window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `bad_seen` Array(UInt64) COMMENT 'Bad events seen by window, number: what guards for low traffic go by. Source: sum of sli_panes.',
    `total_seen` Array(UInt64) COMMENT 'Events seen that count by window, number. Source: sum of sli_panes.',
    `burn_rate` Array(Float64) COMMENT 'bad / total / (1 - target) by window; for display, integers decide. Source: burn stage.',
    `coverage` Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    `is_heard` Bool COMMENT 'Whether silence of the series is rest: a source of its service reports, or has stopped after its last event. Source: source_reports.',
    `lost_at` DateTime('UTC') COMMENT 'When the log last heard of the newest source that was lost and whose data has not come back, UTC; 1970 if there is none. Source: source_reports.',
    `dispersion` Float64 DEFAULT 1 COMMENT 'Index of dispersion of the series\' events that the exact guard for low traffic went by, 1 or more: so many events show as little as one that is independent; 1 where it was not measured. Source: dispersions.',
    `written_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(evaluated_at)
PARTITION BY toYYYYMM(evaluated_at)
ORDER BY (stream, slo, series, toStartOfHour(evaluated_at))
TTL toDateTime(written_at) + toIntervalYear(2)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Burn rates as they stood last in every hour of evaluation time; burn_rate_rows reads them where the full rows are gone.';

CREATE TABLE burn_rates
(
    `stream` LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `evaluated_at` DateTime('UTC') COMMENT 'End of all windows, UTC. Source: evaluation clock.',
    `window_s` Array(UInt32) COMMENT 'Lengths of the windows in seconds; the old edge is cut at the pane up to 1 h, at 5 min beyond. Source: burn tiers.',
    `bad` Array(UInt64) COMMENT 'What is bad by window: events, or what they weigh (tokens; micro-USD), slices of time (with RatioTimeslices milliseconds of them) or entities, as the SLO counts; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `total` Array(UInt64) COMMENT 'What counts by window, in the same unit. Source: sum of sli_panes.',
    `bad_seen` Array(UInt64) COMMENT 'Bad events seen by window, number: what guards for low traffic go by. Source: sum of sli_panes.',
    `total_seen` Array(UInt64) COMMENT 'Events seen that count by window, number. Source: sum of sli_panes.',
    `burn_rate` Array(Float64) COMMENT 'bad / total / (1 - target) by window; for display, integers decide. Source: burn stage.',
    `coverage` Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    `is_heard` Bool DEFAULT true COMMENT 'Whether silence of the series is rest: a source of its service reports, or has stopped after its last event. Source: source_reports.',
    `lost_at` DateTime('UTC') COMMENT 'When the log last heard of the newest source that was lost and whose data has not come back, UTC; 1970 if there is none. Source: source_reports.',
    `dispersion` Float64 DEFAULT 1 COMMENT 'Index of dispersion of the series\' events that the exact guard for low traffic went by, 1 or more: so many events show as little as one that is independent; 1 where it was not measured. Source: dispersions.',
    `written_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(written_at)
PARTITION BY toYYYYMM(evaluated_at)
ORDER BY (stream, slo, series, evaluated_at)
TTL toDateTime(written_at) + toIntervalDay(8)
SETTINGS index_granularity = 8192, merge_with_ttl_timeout = 86400
COMMENT 'Burn rates of the last 8 days: in a replay at the instants at which a window changed, live at once where that matters to an alert or a state and within a minute else. Between two rows the earlier one holds. View burn_rate_rows goes on where they end.';

CREATE TABLE chunk_closings
(
    `stream_epoch` LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: processor.',
    `partition` UInt16 COMMENT 'Partition of the topic. Source: event log.',
    `chunk` UInt64 COMMENT 'First offset of the chunk. Source: event log.',
    `next_chunk` UInt64 COMMENT 'First offset of the chunk after it. Source: event log.',
    `log_interval` DateTime('UTC') COMMENT 'Start of the interval of log time that the chunk lies in, UTC. Source: event log.',
    `row_counts` Map(LowCardinality(String), UInt64) COMMENT 'How many rows of sli_panes the chunk has, by spec revision. Source: processor.',
    `kept_since` DateTime('UTC') COMMENT 'Start of the row\'s life, UTC: log interval, or the epoch\'s start in a replay. Source: event log.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(kept_since)
ORDER BY (stream_epoch, partition, chunk)
TTL kept_since + toIntervalDay(35)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Chunks that have ended, with what they wrote. Written after their rows; an unbroken list of them is what sealing goes by.';

CREATE TABLE closed_periods
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision that was judged when the period was closed. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `labels` Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    `period_start` DateTime('UTC') COMMENT 'Start of the calendar period, UTC. Source: spec file.',
    `period_end` DateTime('UTC') COMMENT 'Its end, not included, UTC. Source: spec file.',
    `good` UInt64 COMMENT 'What was good in the period, as the SLO counts (see budgets). Source: sum of sli_panes and sli_archive.',
    `bad` UInt64 COMMENT 'What was bad in it, in the same unit. Source: sum of sli_panes and sli_archive.',
    `total` UInt64 COMMENT 'What counted in it, in the same unit. Source: sum of sli_panes and sli_archive.',
    `target` String COMMENT 'Target that it was held against, exact: a decimal such as 0.999, or a fraction such as 14/15. Source: spec file.',
    `remaining_ratio` Nullable(Float64) COMMENT 'Share of the budget that was left; signed, below 0 when overspent, NULL where nothing counted. Source: period closer.',
    `state` LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: period closer.',
    `coverage` Float64 COMMENT 'Share of the period, over all partitions, that no recovery left uncovered, 0 to 1; all partitions had passed its end. Source: recoveries.',
    `closed_at` DateTime64(3, 'UTC') COMMENT 'When it was closed, UTC: adjustments up to then are in it. Source: database clock.',
    `precedence` UInt64 COMMENT 'Larger the earlier the row was made, so that of two closers the first stands. Source: period closer.'
)
ENGINE = ReplacingMergeTree(precedence)
ORDER BY (stream, slo, series, period_start)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Budgets of calendar periods that are over, as they were reported: one row for each series that counted anything, written once an hour after the end, and never changed. Read with FINAL. What changed afterwards stands in budget_restatements.';

CREATE TABLE dead_letter_replays
(
    `replay_id` UUID COMMENT 'One attempt at one letter. Source: burnline dead-letters replay.',
    `stream_epoch` LowCardinality(String) COMMENT 'Source position of the letter: see stream_epochs. Source: dead_letters.',
    `topic` LowCardinality(String) COMMENT 'Source position of the letter: its topic. Source: dead_letters.',
    `partition` UInt16 COMMENT 'Source position of the letter: its partition. Source: dead_letters.',
    `offset` UInt64 COMMENT 'Source position of the letter: its offset. Source: dead_letters.',
    `checksum` String COMMENT 'SHA-256 of the bytes that were sent, hexadecimal. Attempts are counted by it. Source: dead_letters.',
    `attempt` UInt8 COMMENT 'Attempt at this content, from 1, as counted before it was made. Source: attempts before.',
    `replayed_at` DateTime64(3, 'UTC') COMMENT 'When the attempt began, UTC. Source: wall clock.',
    `replayed_by` String COMMENT 'Who sent it: user of the operating system. Source: burnline dead-letters replay.',
    `to_topic` LowCardinality(String) COMMENT 'Topic that it is sent to: its own. Source: dead_letters.',
    `to_partition` UInt16 COMMENT 'Partition that it is sent to: its own. Source: dead_letters.',
    `to_offset` Nullable(UInt64) COMMENT 'Offset that it got there; NULL until it is known to be there. Source: event log.',
    `is_appended` Bool COMMENT 'False: recorded before the append, which may have happened or not. True: it is in the log. Source: burnline dead-letters replay.'
)
ENGINE = ReplacingMergeTree(is_appended)
ORDER BY (checksum, replay_id)
TTL toDateTime(replayed_at) + toIntervalDay(365)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Attempts to send a dead letter again. Recorded before the letter is appended, so that a crash counts an attempt too many, never one too few; kept longer than any letter.';

CREATE TABLE dead_letters
(
    `stream_epoch` LowCardinality(String) COMMENT 'See stream_epochs. Source: sink.',
    `topic` LowCardinality(String) COMMENT 'Topic the message came from. Source: event log.',
    `partition` UInt16 COMMENT 'Partition the message came from. Source: event log.',
    `offset` UInt64 COMMENT 'Offset of the message. Source: event log.',
    `log_time` DateTime64(3, 'UTC') DEFAULT toDateTime64(kept_since, 3, 'UTC') COMMENT 'Timestamp of the message in its log, UTC; before version 9 of the tables, kept_since. Source: event log.',
    `code` LowCardinality(String) COMMENT 'Error code, stable. Source: sink.',
    `reason` String COMMENT 'What is wrong with it, in words. Source: sink.',
    `value` String COMMENT 'The message\'s original bytes. Source: event log.',
    `checksum` String MATERIALIZED lower(hex(SHA256(value))) COMMENT 'SHA-256 of value, hexadecimal: the same content has the same one wherever it stands. Source: database.',
    `kept_since` DateTime('UTC') COMMENT 'Start of the row\'s life, UTC. Source: event log.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(kept_since)
ORDER BY (stream_epoch, partition, offset)
TTL kept_since + toIntervalDay(90)
SETTINGS index_granularity = 8192
COMMENT 'Messages that could not be read, kept whole: nothing is dropped in silence.';

CREATE TABLE dispersions
(
    `stream` LowCardinality(String) COMMENT 'Clock that the series is judged by: live. Source: judging process.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `measured_at` DateTime('UTC') COMMENT 'End of the time that was measured, UTC: how far the stream was sealed. Source: seal_pointers.',
    `days` UInt8 COMMENT 'UTC days with events that were measured, number; those of the last 7 (or of a shorter period) without an alert of the series. Source: alert_decisions.',
    `slices` UInt32 COMMENT 'Slices of 5 minutes with events in them, number. Source: sli_archive.',
    `bad` UInt64 COMMENT 'Bad events seen in them, number. Source: sli_archive.',
    `total` UInt64 COMMENT 'Events seen in them that count, number. Source: sli_archive.',
    `phi` Float64 COMMENT 'Index of dispersion, up to the next thousandth: the sum of (bad_i - n_i p)^2 / (n_i p (1 - p)) over the slices, with p = bad / total, divided by slices - 1; about 1 where events are independent. Source: judging process.',
    `written_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (stream, slo, spec_rev, series, measured_at)
TTL toDateTime(written_at) + toIntervalDay(35)
SETTINGS index_granularity = 8192
COMMENT 'How much the bad events of a series come in bursts, by the hour, of SLOs that ask for evidence (low-traffic: exact). The last row of a series holds.';

CREATE TABLE entities
(
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: processor.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: processor.',
    `series` UInt64 COMMENT 'Series that sli_panes and sli_archive count the entity in: first 8 bytes of SHA-256 over the labels. Source: processor.',
    `labels` Map(LowCardinality(String), String) COMMENT 'Fields that name the entity, and their values. Source: event fields.'
)
ENGINE = ReplacingMergeTree
ORDER BY (slo, spec_rev, series)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Names of the entities (tasks, sessions, users) of SLOs that hold consumption against an envelope. They are counted each in a series of its own and judged together in series 0; table series has what is judged.';

CREATE TABLE epoch_ends
(
    `stream_epoch` LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: replay, or recovery.',
    `end_offsets` Array(UInt64) COMMENT 'Offset after the last message of the epoch, by partition. Source: event log.'
)
ENGINE = ReplacingMergeTree
ORDER BY stream_epoch
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Epochs that have ended: everything of theirs counts as passed once their chunks up to the end are written.';

CREATE TABLE erasures
(
    `id` LowCardinality(String) COMMENT 'Name of the erasure. Source: burnline erase.',
    `erased_at` DateTime64(3, 'UTC') COMMENT 'When it was asked for, UTC. Source: clock of who erased.',
    `subject` LowCardinality(String) COMMENT 'user or session. Source: burnline erase.',
    `subject_hash` FixedString(64) COMMENT 'SHA-256 of the id in hex: the id itself is not kept. Source: burnline erase.',
    `events` UInt64 COMMENT 'Raw inference events that were there, repeats included, number. Source: inference_events.',
    `verdicts` UInt64 COMMENT 'Raw verdicts of their requests that were there, number. Source: eval_verdicts.',
    `author` String COMMENT 'Who did it. Source: --author, or the user of the operating system.',
    `reason` String COMMENT 'Why. Source: --reason.'
)
ENGINE = MergeTree
ORDER BY (erased_at, id)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Audit of erased raw rows: one row for each time that somebody erased a user or a session; nothing is ever changed. Budgets, burn rates and what they were counted from stay as they are.';

CREATE TABLE error_budget_policies
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `policies` String COMMENT 'All policies of the spec files, a JSON array; empty array: there are none, and services have the shipped ones. Source: spec files.',
    `loaded_at` DateTime64(3, 'UTC') COMMENT 'From when on they hold, UTC. Source: clock of whoever was given the files.'
)
ENGINE = MergeTree
ORDER BY (stream, loaded_at)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Policies over error budgets as they were given, a row whenever they changed; nothing is ever changed. The last row holds.';

CREATE TABLE eval_verdicts
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `stream_epoch` LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: sink.',
    `partition` UInt16 COMMENT 'Partition of the topic. Source: event log.',
    `offset` UInt64 COMMENT 'Offset of the message that carried the event. Source: event log.',
    `event_index` UInt16 COMMENT 'Position within the message, from 0. Source: event log.',
    `is_repeat` Bool COMMENT 'The same event id was seen among the messages before (see stream_epochs.repeat_window_messages): counted elsewhere, left out of every figure. Source: sink, by the processor\'s rule.',
    `log_time` DateTime64(3, 'UTC') COMMENT 'Timestamp of the message, UTC. Source: event log.',
    `kept_since` DateTime('UTC') COMMENT 'Start of the row\'s life, UTC: the message\'s timestamp, or the epoch\'s start in a replay. Source: event log.',
    `event_id` UUID COMMENT 'Identity of the verdict. Source: evaluator.',
    `judged_at` DateTime64(6, 'UTC') COMMENT 'When the judge decided, UTC. Source: evaluator.',
    `inference_at` DateTime64(6, 'UTC') COMMENT 'When the judged inference completed, UTC; never after the message\'s own timestamp (clamped). The verdict counts here. Source: evaluator.',
    `request_id` Nullable(String) COMMENT 'Logical request of the judged inference. Source: evaluator.',
    `evaluator` LowCardinality(String) COMMENT 'Name of the judge. Source: evaluator.',
    `evaluator_version` LowCardinality(String) COMMENT 'Version of the judge. Source: evaluator.',
    `kind` LowCardinality(String) COMMENT 'online_judge, offline_suite, synthetic_probe, user_feedback or guardrail. Source: evaluator.',
    `dimension` LowCardinality(String) COMMENT 'What was judged, e.g. quality, safety. Source: evaluator.',
    `passed` Bool COMMENT 'The verdict. Source: evaluator.',
    `score` Nullable(Float64) COMMENT 'Score in the judge\'s own scale. Source: evaluator.',
    `tenant` LowCardinality(String) COMMENT 'Tenant of the judged inference. Source: evaluator.',
    `environment` LowCardinality(String) COMMENT 'Environment of the judged inference. Source: evaluator.',
    `service` LowCardinality(String) COMMENT 'Service of the judged inference. Source: evaluator.',
    `endpoint` LowCardinality(String) COMMENT 'Endpoint of the judged inference. Source: evaluator.',
    `provider` LowCardinality(String) COMMENT 'Provider of the judged inference. Source: evaluator.',
    `model_requested` LowCardinality(String) COMMENT 'Model that was asked for. Source: evaluator.',
    `model_served` LowCardinality(String) COMMENT 'Model that answered. Source: evaluator.',
    `deployment` LowCardinality(String) COMMENT 'Deployment of the model. Source: evaluator.',
    `region` LowCardinality(String) COMMENT 'Region of the deployment. Source: evaluator.',
    `prompt_name` LowCardinality(String) COMMENT 'Name of the prompt. Source: evaluator.',
    `prompt_version` LowCardinality(String) COMMENT 'Version of the prompt. Source: evaluator.',
    `variant` LowCardinality(Nullable(String)) COMMENT 'Canary, experiment or flag arm. Source: evaluator.',
    `attributes` Map(LowCardinality(String), String) COMMENT 'Free text attributes. Source: evaluator.',
    INDEX event_ids event_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(kept_since)
ORDER BY (service, inference_at, stream_epoch, partition, offset, event_index)
TTL kept_since + toIntervalDay(35)
SETTINGS index_granularity = 8192
COMMENT 'Raw verdicts that arrived on their own. Analysts read the view verdicts, which leaves repeats out and adds the verdicts sent with events.';

CREATE TABLE evaluation_hours
(
    `stream` LowCardinality(String) COMMENT 'Clock: live, or the name of a replay. Source: burn stage.',
    `shard` UInt16 COMMENT 'Which part of the SLOs the row speaks of: CRC32 of the SLO\'s id, modulo the number of shards; 0 where one process judges all. Source: burn stage.',
    `evaluated_through` DateTime('UTC') COMMENT 'Every instant up to here is evaluated and its rows are written, UTC. Source: evaluation clock.',
    `data_start` DateTime('UTC') COMMENT 'First pane with data in the stream, UTC. Source: sli_panes.',
    `coverage` Float64 COMMENT 'How complete the stream is, 0 to 1: share of partitions whose watermark had passed the instant, times the share of source time of the last 5 min that reports of all sources cover. Source: watermarks, source_reports.',
    `written_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(evaluated_through)
PARTITION BY toYYYYMM(evaluated_through)
ORDER BY (stream, shard, toStartOfHour(evaluated_through))
SETTINGS index_granularity = 8192
COMMENT 'How far each stream was evaluated at the end of every hour: what evaluations says of it last, kept for good. Whoever asks how far it is now reads this.';

CREATE TABLE evaluations
(
    `stream` LowCardinality(String) COMMENT 'Clock: live, or the name of a replay. Source: burn stage.',
    `shard` UInt16 COMMENT 'Which part of the SLOs the row speaks of: CRC32 of the SLO\'s id, modulo the number of shards; 0 where one process judges all. Source: burn stage.',
    `evaluated_through` DateTime('UTC') COMMENT 'Every instant up to here is evaluated and its rows are written, UTC. Source: evaluation clock.',
    `data_start` DateTime('UTC') COMMENT 'First pane with data in the stream, UTC. Source: sli_panes.',
    `coverage` Float64 COMMENT 'How complete the stream is, 0 to 1: share of partitions whose watermark had passed the instant, times the share of source time of the last 5 min that reports of all sources cover. Source: watermarks, source_reports.',
    `written_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(written_at)
PARTITION BY toYYYYMM(evaluated_through)
PRIMARY KEY (stream, evaluated_through)
ORDER BY (stream, evaluated_through, shard)
TTL toDateTime(written_at) + toIntervalDay(8)
SETTINGS index_granularity = 8192, merge_with_ttl_timeout = 86400
COMMENT 'Progress of the evaluation clock of each stream, of the last 8 days. Written after the burn rates and budgets it speaks of; evaluation_hours has the last of every hour for good.';

CREATE TABLE gate_answers
(
    `id` LowCardinality(String) COMMENT 'Name of the answer. Source: gate.',
    `asked_at` DateTime64(3, 'UTC') COMMENT 'When it was asked, UTC. Source: clock of the gate.',
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: question.',
    `service` LowCardinality(String) COMMENT 'Service that is to change. Source: question.',
    `change` LowCardinality(String) COMMENT 'What is to change: feature, fix, model, prompt or config. Source: question.',
    `as_of` DateTime64(3, 'UTC') COMMENT 'Moment that the answer is of, UTC. Source: question.',
    `answer` Enum8('allow' = 1, 'insufficient' = 2, 'deny' = 3) COMMENT 'insufficient: there is not enough evidence. Source: gate.',
    `reasons` String COMMENT 'Why, a JSON array: effect, code, text, policy, SLO, override. Source: gate.',
    `states` String COMMENT 'Rows behind it, a JSON array: level, share spent, events and coverage of each series that a policy looked at. Source: budgets.',
    `comparison` String COMMENT 'How the candidate did by each SLO, JSON; empty: no arms were given. Source: inference_events, eval_verdicts.',
    `evaluated_at` Nullable(DateTime('UTC')) COMMENT 'Last evaluation that it goes by, UTC. NULL: there was none. Source: evaluations.',
    `coverage` Nullable(Float64) COMMENT 'Lowest coverage of what was looked at, 0 to 1. NULL: nothing was. Source: budgets.'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(asked_at)
ORDER BY (stream, service, asked_at)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Every answer of the deploy gate, with its reasons and the rows behind them; nothing is ever changed.';

CREATE TABLE incident_acts
(
    `stream` LowCardinality(String) COMMENT 'Stream whose incident it is. Source: burnline incidents.',
    `service` LowCardinality(String) COMMENT 'Service whose incident it is. Source: alerts.',
    `incident` String COMMENT 'Id that the incident had then. Source: alerts.',
    `alert_key` String COMMENT 'Alert that had opened it: the act is of the incident that has this alert. Source: alerts.',
    `fired_at` DateTime('UTC') COMMENT 'When that alert fired, UTC. Source: evaluation clock.',
    `action` Enum8('ack' = 1, 'note' = 2, 'role' = 3, 'severity' = 4, 'resolve' = 5) COMMENT 'What was done; resolve: what has fired by then is over for the incident, whatever still burns. Source: burnline incidents.',
    `acted_at` DateTime64(3, 'UTC') COMMENT 'When, UTC. Source: clock of burnline incidents.',
    `author` String COMMENT 'Who did it. Source: --author, or the user of the operating system.',
    `value` String COMMENT 'Name of the role, or the severity; empty otherwise. Source: burnline incidents.',
    `person` String COMMENT 'Who has the role; empty otherwise. Source: burnline incidents.',
    `text` String COMMENT 'The note, or why. Source: burnline incidents.'
)
ENGINE = MergeTree
ORDER BY (stream, service, acted_at)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Audit of what people did about incidents: acknowledged, noted, took roles, changed the severity, resolved; nothing is ever changed.';

CREATE TABLE inference_events
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `stream_epoch` LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: sink.',
    `partition` UInt16 COMMENT 'Partition of the topic. Source: event log.',
    `offset` UInt64 COMMENT 'Offset of the message that carried the event. Source: event log.',
    `event_index` UInt16 COMMENT 'Position within the message, from 0. Source: event log.',
    `is_repeat` Bool COMMENT 'The same event id was seen among the messages before (see stream_epochs.repeat_window_messages): counted elsewhere, left out of every figure. Source: sink, by the processor\'s rule.',
    `log_time` DateTime64(3, 'UTC') COMMENT 'Timestamp of the message, UTC. Source: event log.',
    `kept_since` DateTime('UTC') COMMENT 'Start of the row\'s life, UTC: the message\'s timestamp, or the epoch\'s start in a replay. Source: event log.',
    `event_id` UUID COMMENT 'Identity of the event; the same id is the same event. Source: publisher.',
    `occurred_at` DateTime64(6, 'UTC') COMMENT 'Completion time, UTC, microseconds; never after the message\'s own timestamp (clamped). Source: publisher.',
    `request_id` String COMMENT 'Logical request that the attempt belongs to. Source: service.',
    `trace_id` String COMMENT 'W3C trace id. Source: service.',
    `span_id` String COMMENT 'W3C span id. Source: service.',
    `attempt` Int64 COMMENT 'Number of the attempt, from 0. Source: service.',
    `is_final` Bool DEFAULT true COMMENT 'Last attempt of the request: what the user saw. Source: service.',
    `fallback_depth` Int64 COMMENT '0 for the primary, 1 for the first fallback. Source: service.',
    `fallback_kind` LowCardinality(String) COMMENT 'none, retry, deployment, provider, model, cached_answer or canned_answer. Source: service.',
    `tenant` LowCardinality(String) COMMENT 'Customer or team. Source: service.',
    `environment` LowCardinality(String) COMMENT 'Deployment environment. Source: publisher.',
    `service` LowCardinality(String) COMMENT 'Service that made the call. Source: publisher.',
    `endpoint` LowCardinality(String) COMMENT 'Endpoint of the service. Source: service.',
    `operation` LowCardinality(String) COMMENT 'Kind of call, e.g. chat, embeddings. Source: service.',
    `feature` LowCardinality(Nullable(String)) COMMENT 'Product feature. Source: service.',
    `provider` LowCardinality(String) COMMENT 'Provider of the model. Source: service.',
    `model_requested` LowCardinality(String) COMMENT 'Model that was asked for. Source: service.',
    `model_served` LowCardinality(String) COMMENT 'Model that answered. Source: provider\'s response.',
    `system_fingerprint` LowCardinality(Nullable(String)) COMMENT 'Configuration that the model ran with, as the provider names it; NULL where it was not told. Source: provider\'s response.',
    `service_tier` LowCardinality(Nullable(String)) COMMENT 'Tier of service that the provider served at: default, flex, priority, batch and the like; NULL where it was not told. Source: provider\'s response.',
    `reasoning_level` LowCardinality(Nullable(String)) COMMENT 'Effort of reasoning that was asked for; NULL where it was not stated. Source: service.',
    `deployment` LowCardinality(String) COMMENT 'Deployment of the model. Source: service.',
    `region` LowCardinality(String) COMMENT 'Region of the deployment. Source: service.',
    `prompt_name` LowCardinality(String) COMMENT 'Name of the prompt. Source: service.',
    `prompt_version` LowCardinality(String) COMMENT 'Version of the prompt. Source: service.',
    `variant` LowCardinality(Nullable(String)) COMMENT 'Canary, experiment or flag arm. Source: service.',
    `session_id` String COMMENT 'Conversation. Source: service.',
    `task_id` String COMMENT 'Task that the call serves. Source: service.',
    `agent_id` Nullable(String) COMMENT 'Agent that made the call. Source: service.',
    `step` Nullable(Int64) COMMENT 'Step of the agent, number. Source: service.',
    `user_hash` Nullable(String) COMMENT 'Hash of the user. Source: service.',
    `streaming` Bool COMMENT 'The answer was streamed. Source: service.',
    `status` LowCardinality(String) COMMENT 'ok, error, timeout, rate_limited, content_filtered, malformed or cancelled. Source: publisher.',
    `error_type` LowCardinality(String) COMMENT 'Class of the error, empty without one. Source: publisher.',
    `http_status` Int64 COMMENT 'HTTP status, 0 if none was seen. Source: provider\'s response.',
    `refused_by` LowCardinality(String) DEFAULT 'none' COMMENT 'none, provider, gateway, budget or guardrail: who refused a call that did not end well; none where nobody said. Source: publisher or gateway.',
    `ttft_ms` Nullable(Float64) COMMENT 'Time to the first token in ms; NULL where there was none. Source: publisher.',
    `duration_ms` Nullable(Float64) COMMENT 'Duration of the attempt in ms; NULL where nobody knows it, never of one that is ok. Source: publisher.',
    `queue_ms` Nullable(Float64) COMMENT 'Time in the server\'s queue in ms; NULL where it was not told. Source: inference server.',
    `prefill_ms` Nullable(Float64) COMMENT 'Time that the server took to read the prompt in ms; NULL where it was not told. Source: inference server.',
    `decode_ms` Nullable(Float64) COMMENT 'Time that the server took to write the answer in ms; NULL where it was not told. Source: inference server.',
    `request_ttft_ms` Nullable(Float64) COMMENT 'Time to the first token that the caller saw, in ms, earlier attempts included. Source: publisher.',
    `request_elapsed_ms` Nullable(Float64) COMMENT 'What the caller waited in ms, earlier attempts included. Source: publisher.',
    `input_tokens` Nullable(Int64) COMMENT 'Tokens of the prompt, cached ones included, number; NULL where nobody reported them. Source: provider\'s response.',
    `cached_input_tokens` Nullable(Int64) COMMENT 'Tokens of the prompt that were read from a cache, number; NULL where nobody reported them. Source: provider\'s response.',
    `cache_write_input_tokens` Nullable(Int64) COMMENT 'Tokens of the prompt that were written to a cache, number; NULL where nobody reported them. Source: provider\'s response.',
    `output_tokens` Nullable(Int64) COMMENT 'Tokens of the answer, reasoning included, number; NULL where nobody reported them. Source: provider\'s response.',
    `reasoning_tokens` Nullable(Int64) COMMENT 'Reasoning tokens within the answer, number; NULL where nobody reported them. Source: provider\'s response.',
    `response_cache_hit` Bool COMMENT 'The answer came from a response cache. Source: service.',
    `cost_nano_usd` Nullable(Int64) COMMENT 'Cost in 1e-9 USD; NULL where unknown. Source: cost_source.',
    `cost_source` LowCardinality(String) COMMENT 'reported, computed or unknown. Source: publisher or collector.',
    `price_version` LowCardinality(Nullable(String)) COMMENT 'Price table that the cost was computed from. Source: collector.',
    `finish_reason` LowCardinality(Nullable(String)) COMMENT 'Why the answer ended. Source: provider\'s response.',
    `tool_calls` Nullable(Int64) COMMENT 'Tool calls asked for, number; NULL where nobody reported them. Source: provider\'s response.',
    `tool_errors` Nullable(Int64) COMMENT 'Tool calls that failed, number; NULL where nobody reported them. Source: service.',
    `schema_valid` Nullable(Bool) COMMENT 'The answer satisfied the asked schema. Source: service.',
    `confidence` Nullable(Float64) COMMENT 'Confidence, 0 to 1. Source: service.',
    `verdicts` Array(Tuple(
        evaluator String,
        evaluator_version String,
        kind String,
        dimension String,
        passed Bool,
        score Nullable(Float64))) COMMENT 'Evaluations sent with the event. Source: service.',
    `sample_weight` Float64 DEFAULT 1 COMMENT 'How many events this one stands for, 1 or more; 1 unsampled. Counted in thousandths. Source: publisher.',
    `trust` LowCardinality(String) DEFAULT 'leaf' COMMENT 'leaf or aggregate: made from one call, or from what may hold several. Source: publisher or collector.',
    `instrumentation_name` LowCardinality(String) COMMENT 'Library that saw the call; empty where it was not stated. Source: publisher or instrumentation scope.',
    `instrumentation_version` LowCardinality(String) COMMENT 'Version of that library; empty where it was not stated. Source: publisher or instrumentation scope.',
    `attributes` Map(LowCardinality(String), String) COMMENT 'Free text attributes. Source: service.',
    `measures` Map(LowCardinality(String), Float64) COMMENT 'Free numeric measures. Source: service.',
    INDEX request_ids request_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX trace_ids trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX span_ids span_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX response_ids attributes['response_id'] TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(kept_since)
ORDER BY (service, occurred_at, stream_epoch, partition, offset, event_index)
TTL kept_since + toIntervalDay(35)
SETTINGS index_granularity = 8192
COMMENT 'Raw inference events. The position (stream_epoch, partition, offset, event_index) is a row\'s identity. Analysts read the view inferences, which leaves repeats out.';

CREATE TABLE latest_budgets
(
    `stream` LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `evaluated_at` DateTime('UTC') COMMENT 'End of the period, UTC. Source: evaluation clock.',
    `period_start` DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    `good` UInt64 COMMENT 'What is good in the period: events, or what they weigh (tokens; micro-USD), slices of time (with RatioTimeslices milliseconds of them) or entities, as the SLO counts; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `bad` UInt64 COMMENT 'What is bad in the period, in the same unit. Source: sum of sli_panes.',
    `total` UInt64 COMMENT 'What counts in the period, in the same unit. Source: sum of sli_panes.',
    `unassigned` UInt64 COMMENT 'Events of the period that the cap on series left in __other__, number: any of them may be this series\'. 0 where nothing overflowed. Source: sum of sli_panes.',
    `bad_seen` UInt64 COMMENT 'Bad events seen in the period, number. Source: sum of sli_panes.',
    `total_seen` UInt64 COMMENT 'Events seen in the period that count, number. Source: sum of sli_panes.',
    `remaining_ratio` Nullable(Float64) COMMENT 'Share of the budget that is left on observed volume; signed, below 0 when overspent, NULL without events. Source: burn stage.',
    `projected_remaining_ratio` Nullable(Float64) COMMENT 'The same if the rest of a partly filled period had traffic as observed and no error: an estimate. Source: burn stage.',
    `is_estimated` Bool COMMENT 'The period is only partly filled with data. Source: burn stage.',
    `state` LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: burn stage.',
    `coverage` Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    `written_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(evaluated_at)
ORDER BY (stream, slo, series)
TTL toDateTime(written_at) + toIntervalYear(2)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Error budgets of every series as they were judged last: the newest row of budgets, by evaluation time.';

CREATE TABLE latest_burn_rates
(
    `stream` LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `evaluated_at` DateTime('UTC') COMMENT 'End of all windows, UTC. Source: evaluation clock.',
    `window_s` Array(UInt32) COMMENT 'Lengths of the windows in seconds; the old edge is cut at the pane up to 1 h, at 5 min beyond. Source: burn tiers.',
    `bad` Array(UInt64) COMMENT 'What is bad by window: events, or what they weigh (tokens; micro-USD), slices of time (with RatioTimeslices milliseconds of them) or entities, as the SLO counts; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `total` Array(UInt64) COMMENT 'What counts by window, in the same unit. Source: sum of sli_panes.',
    `bad_seen` Array(UInt64) COMMENT 'Bad events seen by window, number: what guards for low traffic go by. Source: sum of sli_panes.',
    `total_seen` Array(UInt64) COMMENT 'Events seen that count by window, number. Source: sum of sli_panes.',
    `burn_rate` Array(Float64) COMMENT 'bad / total / (1 - target) by window; for display, integers decide. Source: burn stage.',
    `coverage` Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    `is_heard` Bool DEFAULT true COMMENT 'Whether silence of the series is rest: a source of its service reports, or has stopped after its last event. Source: source_reports.',
    `lost_at` DateTime('UTC') COMMENT 'When the log last heard of the newest source that was lost and whose data has not come back, UTC; 1970 if there is none. Source: source_reports.',
    `dispersion` Float64 DEFAULT 1 COMMENT 'Index of dispersion of the series\' events that the exact guard for low traffic went by, 1 or more: so many events show as little as one that is independent; 1 where it was not measured. Source: dispersions.',
    `written_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(evaluated_at)
ORDER BY (stream, slo, series)
TTL toDateTime(written_at) + toIntervalYear(2)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Burn rates of every series as they were judged last: the newest row of burn_rates, by evaluation time.';

CREATE TABLE policy_notices
(
    `decision_key` String COMMENT 'Alert key and moment: receivers deduplicate by it, and alert_notifications has what became of it. Source: alerter.',
    `alert_key` String COMMENT 'stream|policy:NAME|service|action:level: the same for the begin and the end. Source: alerter.',
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: alerter.',
    `service` LowCardinality(String) COMMENT 'Service whose budgets were looked at. Source: policy.',
    `policy` LowCardinality(String) COMMENT 'Policy. Source: spec file.',
    `action` LowCardinality(String) COMMENT 'notify: people are told; webhook: a program is called. Source: spec file.',
    `level` LowCardinality(String) COMMENT 'Level that was entered or left: warn, approval or freeze. Source: spec file.',
    `decision` LowCardinality(String) COMMENT 'fire: entered; resolve: left; removed: the policy says no more that anybody is told, or has nothing left to look at. Source: ladder.',
    `evaluated_at` DateTime64(3, 'UTC') COMMENT 'When that was seen, UTC. Source: clock of the alerter.',
    `stands` LowCardinality(String) COMMENT 'Level that the policy stood at then; empty: it had nothing to look at. Source: ladder.',
    `slo` LowCardinality(String) COMMENT 'SLO whose budget stood highest. Source: spec file.',
    `labels` Map(LowCardinality(String), String) COMMENT 'Group-by fields of its series and their values. Source: event fields.',
    `spent` Nullable(Float64) COMMENT 'Share of its budget that was spent, 1 and more where nothing was left. NULL: not known. Source: budgets.',
    `receivers` Array(String) COMMENT 'Receivers that the policy names; of an end empty: those that heard of the begin. Source: spec file.',
    `log_offset` UInt64 COMMENT 'Offset in the decision log. Source: event log.',
    `decided_at` DateTime64(3, 'UTC') COMMENT 'When it was appended to the decision log, UTC. Source: event log.'
)
ENGINE = ReplacingMergeTree
ORDER BY (stream, alert_key, evaluated_at)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Levels of policies that somebody was told of, one row for each that was entered and for each that was left.';

CREATE TABLE policy_overrides
(
    `id` LowCardinality(String) COMMENT 'Name of the override; its end has the same. Source: burnline override.',
    `action` Enum8('add' = 1, 'end' = 2) COMMENT 'add: changes pass from here on; end: they do not any more. Source: burnline override.',
    `written_at` DateTime64(3, 'UTC') COMMENT 'When it was signed, or ended, UTC. Source: clock of burnline override.',
    `author` String COMMENT 'Who did it. Source: --author, or the user of the operating system.',
    `reason` String COMMENT 'Why. Source: --reason.',
    `service` LowCardinality(String) COMMENT 'Service whose changes pass. Source: --service.',
    `changes` Array(LowCardinality(String)) COMMENT 'Kinds of changes that pass: feature, model, prompt, config. Source: --change.',
    `expires_at` DateTime64(3, 'UTC') COMMENT 'When it ends by itself, UTC: 7 days after it was signed at most. Source: --for.'
)
ENGINE = MergeTree
ORDER BY (id, written_at)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Audit of overrides: somebody\'s word that changes of a service pass what a policy stops, for a time; a row for each that was signed and for each that was ended, nothing is ever changed.';

CREATE TABLE recoveries
(
    `stream` LowCardinality(String) COMMENT 'Name of the stream. Source: topic name.',
    `topic` LowCardinality(String) COMMENT 'Topic in the event log. Source: topic table.',
    `new_epoch` LowCardinality(String) COMMENT 'Epoch that began with the recovery, see stream_epochs. Source: burnline recover.',
    `old_epoch` LowCardinality(String) COMMENT 'Epoch that ended; empty if there was none. Source: stream_epochs.',
    `partition` UInt16 COMMENT 'Partition of the topic. Source: event log.',
    `consumer` Enum8('processor' = 1, 'sink' = 2) COMMENT 'Whose gap it is: panes, or raw rows. Source: watermarks.',
    `code` LowCardinality(String) COMMENT 'Error code at which the consumer halted; empty where it could have gone on. Source: its own checks.',
    `reason` String COMMENT 'The same in words. Source: its own checks.',
    `written_through` UInt64 COMMENT 'Offset after the last message whose rows are in the old epoch. Source: watermarks and rows.',
    `start_offset` UInt64 COMMENT 'First offset that is read in the new epoch. Source: event log.',
    `lost_messages` Nullable(UInt64) COMMENT 'Messages between the two, number; NULL where the log was replaced. Source: event log.',
    `uncovered_from` DateTime64(3, 'UTC') COMMENT 'Log time of the last message that was written, UTC. Source: watermarks.',
    `uncovered_to` DateTime64(3, 'UTC') COMMENT 'Log time from which everything is seen again, UTC; equal to uncovered_from where nothing is missing. Source: event log, or the moment of the recovery where the log holds nothing.',
    `recovered_by` String COMMENT 'User and machine that confirmed it. Source: operating system.',
    `recovered_at` DateTime64(3, 'UTC') COMMENT 'When it was confirmed, UTC. Source: wall clock.'
)
ENGINE = ReplacingMergeTree(recovered_at)
ORDER BY (stream, new_epoch, partition, consumer)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Audit of recoveries: one row per partition and consumer. From uncovered_from to uncovered_to the stream is uncovered: what happened then is in no sum.';

CREATE TABLE reports
(
    `id` LowCardinality(String) COMMENT 'Name of the report. Source: burnline report.',
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: question.',
    `kind` LowCardinality(String) COMMENT 'weekly or monthly. Source: question.',
    `period_start` DateTime('UTC') COMMENT 'Start of the week or month, UTC. Source: calendar.',
    `period_end` DateTime('UTC') COMMENT 'Its end, not included, UTC. Source: calendar.',
    `labels` Map(String, String) COMMENT 'Group values that every series of it has, as those of one customer; empty: all series. Source: --series.',
    `made_at` DateTime64(3, 'UTC') COMMENT 'When it was made, UTC: it is of what was known then. Source: clock of whoever made it.',
    `author` String COMMENT 'Who made it. Source: user of the operating system.',
    `figures` String COMMENT 'Everything that it showed of the time, JSON. Source: budgets, alerts and cost as they were known then.'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(period_start)
ORDER BY (stream, kind, period_start, made_at)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Figures that reports told, a row where they differ from those told before of the same time; nothing is ever changed. The first row of a time is what was reported; later ones are restatements.';

CREATE TABLE route_states
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: alerter.',
    `service` LowCardinality(String) COMMENT 'Service whose inferences are counted. Source: policy.',
    `policy` LowCardinality(String) COMMENT 'Policy that says when to route around. Source: spec file.',
    `dimension` LowCardinality(String) COMMENT 'provider, deployment or region. Source: spec file.',
    `value` String COMMENT 'Which one. Source: event fields.',
    `environments` Array(LowCardinality(String)) COMMENT 'Environments whose events count, and whose gateways go by it; empty: all. Source: spec file.',
    `is_out` Bool COMMENT 'Whether it is routed around. Source: policy and errors.',
    `since` DateTime64(3, 'UTC') COMMENT 'Since when it is out, or in rotation, UTC. Source: clock of the alerter.',
    `checked_at` DateTime64(3, 'UTC') COMMENT 'When this was last so, UTC. Source: clock of the alerter.',
    `counted_through` DateTime64(3, 'UTC') COMMENT 'End of the window that was counted, UTC. Source: evaluation clock.',
    `errors` Float64 COMMENT 'Errors in the window, number; of a sampled stream as many as they stand for. Source: inference_events.',
    `total` Float64 COMMENT 'Events in the window, number; of a sampled stream as many as they stand for. Source: inference_events.',
    `seen` UInt64 COMMENT 'Events seen in the window, number. Source: inference_events.',
    `out_share` Float64 COMMENT 'Share of errors when it went out, 0 to 1; 0 in rotation. Source: inference_events.',
    `incomplete` String COMMENT 'Why the data is too old or too little to route by; empty: it is not. Source: evaluations.'
)
ENGINE = ReplacingMergeTree(checked_at)
ORDER BY (stream, service, policy, dimension, value, since, is_out)
TTL toDateTime(checked_at) + toIntervalDay(90)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'What was in rotation and what was routed around, one row for each stretch of time: from since to checked_at.';

CREATE TABLE seal_pointers
(
    `stream_epoch` LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: sealer.',
    `source_kind` Enum8('hour' = 1, 'day' = 2) COMMENT 'Which sources the pointer speaks of. Source: sealer.',
    `through` DateTime('UTC') COMMENT 'Everything of log time before this is in the archive, UTC; the largest counts. Source: sealer.',
    `next_chunks` SimpleAggregateFunction(any, Array(UInt64)) COMMENT 'First chunk that is not sealed, by partition; empty in a day\'s pointer. Source: chunk_closings.',
    `written_at` SimpleAggregateFunction(min, DateTime64(3, 'UTC')) DEFAULT now64(3) COMMENT 'When the pointer first stood here, UTC. Source: database clock.'
)
ENGINE = AggregatingMergeTree
ORDER BY (stream_epoch, source_kind, through)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'How far each epoch is sealed. A query that reads it together with the rows heeds only pointers older than 60 s: it sees the archive as it was before the pointer moved.';

CREATE TABLE series
(
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: processor.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: processor.',
    `series` UInt64 COMMENT 'First 8 bytes of SHA-256 over the labels; 0 for an SLO without group-by. Source: processor.',
    `labels` Map(LowCardinality(String), String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.'
)
ENGINE = ReplacingMergeTree
ORDER BY (slo, spec_rev, series)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'What the series numbers stand for.';

CREATE TABLE service_changes
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: alerter.',
    `service` LowCardinality(String) COMMENT 'Service. Source: event fields; of a spec its file.',
    `what` LowCardinality(String) COMMENT 'model_requested, model_served, system_fingerprint, prompt_version, deployment, variant, or spec_revision. Source: alerter.',
    `value` String COMMENT 'The value that was not there before; of a spec the SLO and its revision, or removed. Source: event fields, active_specs.',
    `first_at` DateTime64(3, 'UTC') COMMENT 'When it was first seen, or activated, UTC. Source: occurred_at, active_specs.',
    `is_told` Bool COMMENT 'Whether receivers that ask for changes are told: false for what was there when the service began, or is older than a day. Source: alerter.',
    `recorded_at` DateTime64(3, 'UTC') COMMENT 'When it was written down, UTC. Source: clock of the alerter.'
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY (stream, service, what, value, first_at)
TTL toDateTime(recorded_at) + toIntervalDay(400)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Models, prompts, deployments, variants and spec revisions of services when they were first seen, as far as a receiver asks for changes; alert_notifications has who was told.';

CREATE TABLE silences
(
    `id` LowCardinality(String) COMMENT 'Name of the silence; its end has the same. Source: burnline silence.',
    `action` Enum8('add' = 1, 'end' = 2) COMMENT 'add: alerts in scope are withheld from receivers; end: they are not any more, before it expires. Source: burnline silence.',
    `changed_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.',
    `author` String COMMENT 'Who did it. Source: --author, or the user of the operating system.',
    `reason` String COMMENT 'Why. Source: --reason.',
    `slos` Array(String) COMMENT 'SLOs in scope; a name without what follows / is all objectives of that name. Empty: any. Source: --slo.',
    `service` LowCardinality(String) COMMENT 'Service whose SLOs are in scope; empty: any. Source: --service.',
    `labels` Map(String, String) COMMENT 'Only series with these group values; empty: any. Source: --label.',
    `severities` Array(String) COMMENT 'Only alerts of these severities, SEV-1 to SEV-3; empty: any. Source: --severity.',
    `starts_at` DateTime('UTC') COMMENT 'When it begins, UTC; of one that recurs the first time. Source: --from.',
    `expires_at` DateTime('UTC') COMMENT 'When it is over for good, UTC. Source: --for, --until.',
    `rule` String COMMENT 'When it recurs, as RFC 5545 has it (RRULE); empty: it lasts from its begin until it expires. Source: --every.',
    `time_zone` LowCardinality(String) COMMENT 'IANA name of the zone that the rule is read in. Source: --zone.',
    `length_s` UInt32 COMMENT 'How long it lasts each time, seconds; 0 where it does not recur. Source: --for.'
)
ENGINE = MergeTree
ORDER BY (id, changed_at)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Audit of silences and maintenance windows: a row for each that was added and for each that was ended early, nothing is ever changed. Alerts fire and are recorded while they are silenced.';

CREATE TABLE sli_archive
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `stream_epoch` LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: sealer.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `level` Enum8('pane' = 1, '5m' = 2, '1h' = 3, '1d' = 4) COMMENT 'Width of the bucket; pane is stream_epochs.pane_ms. Source: sealer.',
    `bucket` DateTime('UTC') COMMENT 'Start of the bucket of event time, UTC. Source: sli_panes or raw rows.',
    `source_kind` Enum8('hour' = 1, 'day' = 2, 'backfill' = 3) COMMENT 'What the row sums: chunk rows of an hour of log time (levels pane, 5m, 1h), such hours of a day (level 1d), or raw rows. Source: sealer.',
    `source` DateTime('UTC') COMMENT 'Start of the sealed hour or day of log time, UTC; in a backfill the number of the slice, in seconds of 1970. Source: event log.',
    `version` UInt64 COMMENT 'Number of rows that were summed; the highest version of a key is the row. Source: sealer.',
    `good` UInt64 COMMENT 'Events that count and are good, number. Source: spec\'s predicates.',
    `total` UInt64 COMMENT 'Events that count, number. Source: spec\'s predicates.',
    `excluded` UInt64 COMMENT 'Events within the scope that do not count, number. Source: spec\'s predicates.',
    `sums` Map(LowCardinality(String), Int128) COMMENT 'Sums over the events seen that count and have a value, by name, see sli_panes. Source: spec.',
    `missing` Map(LowCardinality(String), UInt64) COMMENT 'Events seen that count and have no value of what is summed, number by its name in sums: what the sum does not speak of. Source: spec.',
    `histogram` Map(Int16, UInt64) COMMENT 'Base-2 exponential histogram over what counts. Source: spec\'s histogram.',
    `zero_count` UInt64 COMMENT 'Values of exactly 0 in the histogram\'s field, number. Source: spec\'s histogram.',
    `good_extra` UInt64 COMMENT 'What good stands for beyond the events seen, thousandths of an event; 0 unsampled. Source: sample_weight.',
    `total_extra` UInt64 COMMENT 'The same of total, thousandths of an event. Source: sample_weight.',
    `excluded_extra` UInt64 COMMENT 'The same of excluded, thousandths of an event. Source: sample_weight.',
    `sums_extra` Map(LowCardinality(String), Int128) COMMENT 'The same of sums, thousandths of each field\'s unit; no entry unsampled. Source: sample_weight.',
    `missing_extra` Map(LowCardinality(String), UInt64) COMMENT 'The same of missing, thousandths of an event. Source: sample_weight.',
    `histogram_extra` Map(Int16, UInt64) COMMENT 'The same of histogram, thousandths of an event. Source: sample_weight.',
    `zero_extra` UInt64 COMMENT 'The same of zero_count, thousandths of an event. Source: sample_weight.',
    `first_pane` DateTime('UTC') COMMENT 'Oldest pane within the bucket, UTC. Source: sli_panes or raw rows.',
    `kept_since` DateTime('UTC') COMMENT 'Start of the row\'s life, UTC: end of the source, or the epoch\'s start in a replay. Source: event log.',
    INDEX sources source TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY (level, toStartOfInterval(kept_since, toIntervalWeek(1)))
ORDER BY (stream, level, toStartOfFiveMinutes(bucket), slo, spec_rev, series, toUnixTimestamp(bucket), stream_epoch, source_kind, source)
TTL kept_since + toIntervalDay(8) WHERE level = 'pane', kept_since + toIntervalDay(400)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'What was sealed: sums over partitions and chunks. Read hour and day rows below the pointer of their epoch, backfill rows of complete backfills; see seal_pointers.';

CREATE TABLE sli_hours
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `stream_epoch` LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: sealer.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `bucket` DateTime('UTC') COMMENT 'Start of the hour of event time, UTC. Source: sli_panes or raw rows.',
    `source_kind` Enum8('hour' = 1, 'day' = 2, 'backfill' = 3) COMMENT 'What the row sums: chunk rows of an hour of log time, or raw rows. Source: sealer.',
    `source` DateTime('UTC') COMMENT 'Start of the sealed hour of log time, UTC; in a backfill the number of the slice, in seconds of 1970. Source: event log.',
    `version` UInt64 COMMENT 'Number of rows that were summed; the highest version of a key is the row. Source: sealer.',
    `good` UInt64 COMMENT 'Events that count and are good, number. Source: spec\'s predicates.',
    `total` UInt64 COMMENT 'Events that count, number. Source: spec\'s predicates.',
    `excluded` UInt64 COMMENT 'Events within the scope that do not count, number. Source: spec\'s predicates.',
    `sums` Map(LowCardinality(String), Int128) COMMENT 'Sums over the events seen that count and have a value, by name, see sli_panes. Source: spec.',
    `missing` Map(LowCardinality(String), UInt64) COMMENT 'Events seen that count and have no value of what is summed, number by its name in sums: what the sum does not speak of. Source: spec.',
    `histogram` Map(Int16, UInt64) COMMENT 'Base-2 exponential histogram over what counts. Source: spec\'s histogram.',
    `zero_count` UInt64 COMMENT 'Values of exactly 0 in the histogram\'s field, number. Source: spec\'s histogram.',
    `good_extra` UInt64 COMMENT 'What good stands for beyond the events seen, thousandths of an event; 0 unsampled. Source: sample_weight.',
    `total_extra` UInt64 COMMENT 'The same of total, thousandths of an event. Source: sample_weight.',
    `excluded_extra` UInt64 COMMENT 'The same of excluded, thousandths of an event. Source: sample_weight.',
    `sums_extra` Map(LowCardinality(String), Int128) COMMENT 'The same of sums, thousandths of each field\'s unit; no entry unsampled. Source: sample_weight.',
    `missing_extra` Map(LowCardinality(String), UInt64) COMMENT 'The same of missing, thousandths of an event. Source: sample_weight.',
    `histogram_extra` Map(Int16, UInt64) COMMENT 'The same of histogram, thousandths of an event. Source: sample_weight.',
    `zero_extra` UInt64 COMMENT 'The same of zero_count, thousandths of an event. Source: sample_weight.',
    `first_pane` DateTime('UTC') COMMENT 'Oldest pane within the hour, UTC. Source: sli_panes or raw rows.',
    `kept_since` DateTime('UTC') COMMENT 'Start of the row\'s life, UTC: end of the source, or the epoch\'s start in a replay. Source: event log.'
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(kept_since)
ORDER BY (stream, slo, spec_rev, series, bucket, stream_epoch, source_kind, source)
TTL kept_since + toIntervalDay(400)
SETTINGS index_granularity = 1024, fsync_after_insert = 1
COMMENT 'The hours of sli_archive once more, ordered by series before time: for whoever asks for one series over months. View sli_hour_rows reads them.';

CREATE TABLE sli_panes
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `stream_epoch` LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: processor.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision that counted the row. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `pane` DateTime('UTC') COMMENT 'Start of the pane of event time, UTC. Source: event time, clamped to the message\'s own timestamp.',
    `partition` UInt16 COMMENT 'Partition of the topic. Source: event log.',
    `chunk` UInt64 COMMENT 'First offset of the stretch of the partition that the row sums. Source: event log.',
    `version` UInt64 COMMENT 'Offset after the last message that changed the row; the highest version of a key is the row. Source: event log.',
    `log_interval` DateTime('UTC') COMMENT 'Start of the interval of log time that the chunk lies in, UTC. Source: event log.',
    `good` UInt64 COMMENT 'Events that count and are good, number. Source: spec\'s predicates.',
    `total` UInt64 COMMENT 'Events that count, number; bad is total - good. Source: spec\'s predicates.',
    `excluded` UInt64 COMMENT 'Events within the scope that do not count, number. Source: spec\'s predicates.',
    `sums` Map(LowCardinality(String), Int128) COMMENT 'Sums over the events seen that count and have a value, by name: of an integer field in its unit, of a measure rounded down; of other numbers in units of 10^-decimals, as the name says (measures.a - measures.b @4 ^2: squares of the difference with four decimals; with ! how many values were cut); good. before a name: over good events alone. Source: spec.',
    `missing` Map(LowCardinality(String), UInt64) COMMENT 'Events seen that count and have no value of what is summed, number by its name in sums: what the sum does not speak of. Source: spec.',
    `histogram` Map(Int16, UInt64) COMMENT 'Base-2 exponential histogram over what counts: bucket index to number of events. Source: spec\'s histogram.',
    `zero_count` UInt64 COMMENT 'Values of exactly 0 in the histogram\'s field, number. Source: spec\'s histogram.',
    `good_extra` UInt64 COMMENT 'What good stands for beyond the events seen, thousandths of an event; 0 unsampled. Source: sample_weight.',
    `total_extra` UInt64 COMMENT 'The same of total, thousandths of an event. Source: sample_weight.',
    `excluded_extra` UInt64 COMMENT 'The same of excluded, thousandths of an event. Source: sample_weight.',
    `sums_extra` Map(LowCardinality(String), Int128) COMMENT 'The same of sums, thousandths of each field\'s unit; no entry unsampled. Source: sample_weight.',
    `missing_extra` Map(LowCardinality(String), UInt64) COMMENT 'The same of missing, thousandths of an event. Source: sample_weight.',
    `histogram_extra` Map(Int16, UInt64) COMMENT 'The same of histogram, thousandths of an event. Source: sample_weight.',
    `zero_extra` UInt64 COMMENT 'The same of zero_count, thousandths of an event. Source: sample_weight.',
    `kept_since` DateTime('UTC') COMMENT 'Start of the row\'s life, UTC: log interval, or the epoch\'s start in a replay. Source: event log.'
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toDate(kept_since)
ORDER BY (stream, log_interval, slo, spec_rev, series, pane, stream_epoch, partition, chunk)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Chunk rows: additive counts per pane of event time and stretch of the log. Read with FINAL and sum, at or above the pointer of their epoch alone (see seal_pointers); view slo_panes does.';

CREATE TABLE slos
(
    `slo` LowCardinality(String) COMMENT 'Id of the SLO: metadata.name, or name/objective. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Hash of everything that decides a pane row\'s value, 16 hex digits. Source: spec file.',
    `display_name` String COMMENT 'Name for people. Source: spec file.',
    `service` LowCardinality(String) COMMENT 'Service that the SLO speaks of. Source: spec file.',
    `track` LowCardinality(String) COMMENT 'infrastructure or model. Source: spec file.',
    `criticality` LowCardinality(String) COMMENT 'critical, high, medium or low. Source: spec file.',
    `budget_dimension` LowCardinality(String) DEFAULT 'other' COMMENT 'What of the service the budget is of: availability, latency, quality, safety, cost, drift, freshness, capacity or other. Source: spec file, else its kind of SLI.',
    `within` LowCardinality(String) COMMENT 'SLO whose budget the series of this one are a part of; empty: none. Source: spec file.',
    `target_numerator` UInt64 COMMENT 'Target ratio, exact: numerator. Source: spec file.',
    `target_denominator` UInt64 COMMENT 'Target ratio, exact: denominator. Source: spec file.',
    `period` LowCardinality(String) COMMENT 'Budget period as the spec writes it, e.g. 28d. Source: spec file.',
    `budget_period` String COMMENT 'Budget period in full, JSON: rolling, or of which calendar from when in which time zone; empty where the SLO was loaded before it was kept. Source: spec file.',
    `dimensions` Array(String) COMMENT 'Fields that split the SLI into series. Source: spec file.',
    `tiers` String COMMENT 'Burn tiers in force, JSON. Source: spec file and defaults.',
    `loaded_at` DateTime64(3, 'UTC') COMMENT 'When the spec was loaded, UTC; the latest row is in force. Source: wall clock.'
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (slo, spec_rev)
SETTINGS index_granularity = 8192
COMMENT 'SLOs as they were loaded. Newest loaded_at per slo is in force.';

CREATE TABLE source_reports
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `stream_epoch` LowCardinality(String) COMMENT 'See stream_epochs. Source: sink.',
    `partition` UInt16 COMMENT 'Partition of the topic. Source: event log.',
    `offset` UInt64 COMMENT 'Offset of the message. Source: event log.',
    `event_index` UInt16 COMMENT 'Position within the message, from 0. Source: event log.',
    `instance` String COMMENT 'Which publisher, unique per running one. Source: publisher.',
    `service` LowCardinality(String) COMMENT 'Service that emits. Source: publisher.',
    `environment` LowCardinality(String) COMMENT 'Deployment environment. Source: publisher.',
    `interval_start` DateTime64(6, 'UTC') COMMENT 'Start of the reported interval, UTC, inclusive. Source: publisher.',
    `interval_end` DateTime64(6, 'UTC') COMMENT 'End of the reported interval, UTC, exclusive. Source: publisher.',
    `is_final` Bool COMMENT 'The source stopped on purpose after this report. Source: publisher.',
    `emitted_count` UInt64 COMMENT 'Events handed to the publisher within the interval. Source: publisher.',
    `acknowledged_count` UInt64 COMMENT 'Events that the log acknowledged within the interval. Source: publisher.',
    `retried_count` UInt64 COMMENT 'Events sent again within the interval. Source: publisher.',
    `dropped_by_reason` Map(LowCardinality(String), UInt64) COMMENT 'Events lost within the interval, by reason. Source: publisher.',
    `kept_since` DateTime('UTC') COMMENT 'Start of the row\'s life, UTC: log time, or the epoch\'s start in a replay. Source: event log.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(kept_since)
ORDER BY (stream_epoch, partition, offset, event_index)
TTL kept_since + toIntervalDay(35)
SETTINGS index_granularity = 8192
COMMENT 'What each publisher reports of itself every 10 s: silent sources and lost telemetry show here.';

CREATE TABLE source_states
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `service` LowCardinality(String) COMMENT 'Service that emits. Source: publisher.',
    `environment` LowCardinality(String) COMMENT 'Deployment environment. Source: publisher.',
    `instance` String COMMENT 'Which publisher, unique per running one. Source: publisher.',
    `first_heard` SimpleAggregateFunction(min, DateTime('UTC')) COMMENT 'When the log took its first report, UTC. Source: event log.',
    `last_heard` SimpleAggregateFunction(max, DateTime('UTC')) COMMENT 'When the log took its last report, UTC. Source: event log.',
    `last_end` SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'End of its last interval by its own clock, UTC. Source: publisher.',
    `final_end` SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'End of its last interval that said that it stops, UTC; 1970 if none did. Source: publisher.',
    `acknowledged` SimpleAggregateFunction(max, UInt64) COMMENT 'Most events that one of its reports says the log acknowledged, number; 0: it has never fed anything. Source: publisher.'
)
ENGINE = AggregatingMergeTree
ORDER BY (stream, service, environment, instance)
TTL last_heard + toIntervalDay(35)
SETTINGS index_granularity = 8192
COMMENT 'When each source was first and last heard of: what tells one that was lost from one that stopped, however long ago. Group by the key: rows are merged later, and the last minutes are in source_reports alone.';

CREATE TABLE spec_begins
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `stream_epoch` LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: processor.',
    `partition` UInt16 COMMENT 'Partition of the topic. Source: event log.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: announcement in the log.',
    `begin_offset` UInt64 COMMENT 'First offset that the revision counts; what lies before it is backfilled from raw rows. Source: announcement in the log.'
)
ENGINE = ReplacingMergeTree
ORDER BY (stream_epoch, spec_rev, partition)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Where in the log each spec revision began to be counted.';

CREATE TABLE spec_ends
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: spec rollout.',
    `ended_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When its end was decided, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree
ORDER BY (stream, spec_rev)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Revisions that are not counted any more. Written before the announcement; a revision never begins again under the same name.';

CREATE TABLE spec_revisions
(
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    `plan` String COMMENT 'What the revision counts, JSON: any processor can count it without the spec file. Source: spec file.',
    `recorded_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was recorded, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree
ORDER BY (slo, spec_rev)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Every spec revision that was ever announced in a log. Written before its announcement.';

CREATE TABLE spec_sets
(
    `spec_set` LowCardinality(String) COMMENT 'Hash of the list, 16 hex digits; commits name it. Source: processor.',
    `spec_revs` Array(String) COMMENT 'Revisions that are counted together, sorted. Source: announcements in the log.'
)
ENGINE = ReplacingMergeTree
ORDER BY spec_set
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Which revisions a stretch of the log was counted with. Written before any commit that names the set.';

CREATE TABLE stream_epochs
(
    `stream_epoch` String COMMENT 'Name of one generation of one topic: topic, "@" and the number of the generation. Source: the first processor that read it.',
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `topic` LowCardinality(String) COMMENT 'Topic in the event log. Source: topic table.',
    `clock` Enum8('live' = 1, 'replay' = 2) COMMENT 'live: log time is append time; replay: log time is the data\'s own time. Source: topic table.',
    `partition_count` UInt16 COMMENT 'Partitions of the topic when the epoch began. Source: event log.',
    `start_offsets` Array(UInt64) COMMENT 'First offset that belongs to the epoch, by partition. Source: event log.',
    `interval_ms` UInt32 COMMENT 'Chunks end where log time enters the next interval of this many ms. Source: processor settings.',
    `chunk_events_max` UInt32 COMMENT 'A chunk ends once it holds this many events, repeats included. Source: processor settings.',
    `repeat_window_messages` UInt32 COMMENT 'An event id is a repeat if seen among so many messages before, same partition. Source: processor settings.',
    `pane_ms` UInt32 COMMENT 'Width of a pane in ms of event time. Source: processor settings.',
    `created_at` DateTime64(3, 'UTC') COMMENT 'When the epoch was recorded, UTC. Rows of a replay are kept from here on. Source: wall clock, once.'
)
ENGINE = ReplacingMergeTree
ORDER BY stream_epoch
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'Generations of topics. One row each, written once.';

CREATE TABLE stream_specs
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `files` String COMMENT 'Spec files as they were given, a JSON array of [name, text]; empty array: the SLOs were removed on purpose. Source: spec files.',
    `given_at` DateTime64(3, 'UTC') COMMENT 'When they were given, UTC; the latest row holds. Source: wall clock, and later than every row before.'
)
ENGINE = ReplacingMergeTree(given_at)
ORDER BY stream
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'The specs that each stream was last given: a start without specs goes on with them.';

CREATE TABLE watermarks
(
    `consumer` Enum8('processor' = 1, 'sink' = 2) COMMENT 'Whose progress this is. Source: writer.',
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `stream_epoch` LowCardinality(String) COMMENT 'See stream_epochs. Source: writer.',
    `topic` LowCardinality(String) COMMENT 'Topic in the event log. Source: writer.',
    `partition` UInt16 COMMENT 'Partition of the topic. Source: event log.',
    `position` UInt64 COMMENT 'Offset after the last message whose rows are written. Source: writer.',
    `log_time` DateTime64(3, 'UTC') COMMENT 'Running maximum of the log\'s timestamps up to position, UTC. Source: event log.',
    `last_timestamp_ms` Int64 COMMENT 'Timestamp of the message before position, epoch ms: part of the fingerprint. Source: event log.',
    `last_checksum` UInt32 COMMENT 'CRC-32 of the message before position: part of the fingerprint. Source: event log.',
    `written_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(position)
ORDER BY (consumer, stream_epoch, partition)
SETTINGS fsync_after_insert = 1, index_granularity = 8192
COMMENT 'How far the rows of each partition are complete. Written after the rows it speaks of.';

CREATE VIEW budget_rows
(
    `stream` LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `evaluated_at` DateTime('UTC') COMMENT 'End of the period, UTC. Source: evaluation clock.',
    `period_start` DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    `good` UInt64 COMMENT 'Good events in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `bad` UInt64 COMMENT 'Bad events in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `total` UInt64 COMMENT 'Events that count in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `unassigned` UInt64 COMMENT 'Events of the period that the cap on series left in __other__, number: any of them may be this series\'. 0 where nothing overflowed. Source: sum of sli_panes.',
    `bad_seen` UInt64 COMMENT 'Bad events seen in the period, number. Source: sum of sli_panes.',
    `total_seen` UInt64 COMMENT 'Events seen in the period that count, number. Source: sum of sli_panes.',
    `remaining_ratio` Nullable(Float64) COMMENT 'Share of the budget that is left on observed volume; signed, below 0 when overspent, NULL without events. Source: burn stage.',
    `projected_remaining_ratio` Nullable(Float64) COMMENT 'The same if the rest of a partly filled period had traffic as observed and no error: an estimate. Source: burn stage.',
    `is_estimated` Bool COMMENT 'The period is only partly filled with data. Source: burn stage.',
    `state` LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: burn stage.',
    `coverage` Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    `written_at` DateTime64(3, 'UTC') COMMENT 'When the row was written, UTC. Source: database clock.'
)
COMMENT 'Error budgets over time: all rows of the last 8 days, and of what was written before the last of every hour. Between two rows the earlier one holds.'
AS SELECT
    stream,
    slo,
    spec_rev,
    series,
    evaluated_at,
    period_start,
    good,
    bad,
    total,
    unassigned,
    bad_seen,
    total_seen,
    remaining_ratio,
    projected_remaining_ratio,
    is_estimated,
    state,
    coverage,
    written_at
FROM budgets
FINAL
WHERE written_at > (now64(3) - toIntervalDay(8))
UNION ALL
SELECT
    stream,
    slo,
    spec_rev,
    series,
    evaluated_at,
    period_start,
    good,
    bad,
    total,
    unassigned,
    bad_seen,
    total_seen,
    remaining_ratio,
    projected_remaining_ratio,
    is_estimated,
    state,
    coverage,
    written_at
FROM budget_hours
FINAL
WHERE written_at <= (now64(3) - toIntervalDay(8));

CREATE VIEW budget_rows_at
(
    `stream` LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `evaluated_at` DateTime('UTC') COMMENT 'End of the period, UTC. Source: evaluation clock.',
    `period_start` DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    `good` UInt64 COMMENT 'What is good in the period: events, or what they weigh (tokens; micro-USD), slices of time (with RatioTimeslices milliseconds of them) or entities, as the SLO counts; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `bad` UInt64 COMMENT 'What is bad in the period, in the same unit. Source: sum of sli_panes.',
    `total` UInt64 COMMENT 'What counts in the period, in the same unit. Source: sum of sli_panes.',
    `unassigned` UInt64 COMMENT 'Events of the period that the cap on series left in __other__, number: any of them may be this series\'. 0 where nothing overflowed. Source: sum of sli_panes.',
    `bad_seen` UInt64 COMMENT 'Bad events seen in the period, number. Source: sum of sli_panes.',
    `total_seen` UInt64 COMMENT 'Events seen in the period that count, number. Source: sum of sli_panes.',
    `remaining_ratio` Nullable(Float64) COMMENT 'Share of the budget that is left on observed volume; signed, below 0 when overspent, NULL without events. Source: burn stage.',
    `projected_remaining_ratio` Nullable(Float64) COMMENT 'The same if the rest of a partly filled period had traffic as observed and no error: an estimate. Source: burn stage.',
    `is_estimated` Bool COMMENT 'The period is only partly filled with data. Source: burn stage.',
    `state` LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: burn stage.',
    `coverage` Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    `written_at` DateTime64(3, 'UTC') COMMENT 'When the row was written, UTC. Source: database clock.'
)
COMMENT 'Error budgets of every series at a moment, one row each: the row of budget_rows that held then. Parameter: as_of, a time, UTC.'
AS SELECT
    stream,
    slo,
    spec_rev,
    series,
    evaluated_at,
    period_start,
    good,
    bad,
    total,
    unassigned,
    bad_seen,
    total_seen,
    remaining_ratio,
    projected_remaining_ratio,
    is_estimated,
    state,
    coverage,
    written_at
FROM latest_budgets
FINAL
WHERE evaluated_at <= {as_of:DateTime('UTC')}
UNION ALL
SELECT
    stream,
    slo,
    spec_rev,
    series,
    evaluated_at,
    period_start,
    good,
    bad,
    total,
    unassigned,
    bad_seen,
    total_seen,
    remaining_ratio,
    projected_remaining_ratio,
    is_estimated,
    state,
    coverage,
    written_at
FROM
(
    SELECT
        stream,
        slo,
        spec_rev,
        series,
        evaluated_at,
        period_start,
        good,
        bad,
        total,
        unassigned,
        bad_seen,
        total_seen,
        remaining_ratio,
        projected_remaining_ratio,
        is_estimated,
        state,
        coverage,
        written_at
    FROM budget_rows
    WHERE (evaluated_at >= toStartOfHour({as_of:DateTime('UTC')})) AND (evaluated_at <= {as_of:DateTime('UTC')}) AND ((stream, slo, series) IN (
        SELECT
            stream,
            slo,
            series
        FROM latest_budgets
        FINAL
        WHERE evaluated_at > {as_of:DateTime('UTC')}
    ))
    UNION ALL
    SELECT
        stream,
        slo,
        spec_rev,
        series,
        evaluated_at,
        period_start,
        good,
        bad,
        total,
        unassigned,
        bad_seen,
        total_seen,
        remaining_ratio,
        projected_remaining_ratio,
        is_estimated,
        state,
        coverage,
        written_at
    FROM budget_hours
    FINAL
    WHERE (stream, slo, series, evaluated_at) IN (
        SELECT
            stream,
            slo,
            series,
            max(evaluated_at)
        FROM budget_hours
        WHERE (evaluated_at < toStartOfHour({as_of:DateTime('UTC')})) AND ((stream, slo, series) IN (
            SELECT
                stream,
                slo,
                series
            FROM latest_budgets
            FINAL
            WHERE evaluated_at > {as_of:DateTime('UTC')}
        ))
        GROUP BY
            stream,
            slo,
            series
        SETTINGS final = 0
    )
)
ORDER BY
    evaluated_at DESC,
    written_at DESC
LIMIT 1 BY
    stream,
    slo,
    series;

CREATE VIEW burn_rate_rows
(
    `stream` LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `evaluated_at` DateTime('UTC') COMMENT 'End of all windows, UTC. Source: evaluation clock.',
    `window_s` Array(UInt32) COMMENT 'Lengths of the windows in seconds; the old edge is cut at the pane up to 1 h, at 5 min beyond. Source: burn tiers.',
    `bad` Array(UInt64) COMMENT 'Bad events by window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `total` Array(UInt64) COMMENT 'Events that count by window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `bad_seen` Array(UInt64) COMMENT 'Bad events seen by window, number: what guards for low traffic go by. Source: sum of sli_panes.',
    `total_seen` Array(UInt64) COMMENT 'Events seen that count by window, number. Source: sum of sli_panes.',
    `burn_rate` Array(Float64) COMMENT 'bad / total / (1 - target) by window; for display, integers decide. Source: burn stage.',
    `coverage` Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    `is_heard` Bool COMMENT 'Whether silence of the series is rest: a source of its service reports, or has stopped after its last event. Source: source_reports.',
    `lost_at` DateTime('UTC') COMMENT 'When the log last heard of the newest source that was lost and whose data has not come back, UTC; 1970 if there is none. Source: source_reports.',
    `dispersion` Float64 COMMENT 'Index of dispersion of the series\' events that the exact guard for low traffic went by, 1 or more: so many events show as little as one that is independent; 1 where it was not measured. Source: dispersions.',
    `written_at` DateTime64(3, 'UTC') COMMENT 'When the row was written, UTC. Source: database clock.'
)
COMMENT 'Burn rates over time: all rows of the last 8 days, and of what was written before the last of every hour. Between two rows the earlier one holds.'
AS SELECT
    stream,
    slo,
    spec_rev,
    series,
    evaluated_at,
    window_s,
    bad,
    total,
    bad_seen,
    total_seen,
    burn_rate,
    coverage,
    is_heard,
    lost_at,
    dispersion,
    written_at
FROM burn_rates
FINAL
WHERE written_at > (now64(3) - toIntervalDay(8))
UNION ALL
SELECT
    stream,
    slo,
    spec_rev,
    series,
    evaluated_at,
    window_s,
    bad,
    total,
    bad_seen,
    total_seen,
    burn_rate,
    coverage,
    is_heard,
    lost_at,
    dispersion,
    written_at
FROM burn_rate_hours
FINAL
WHERE written_at <= (now64(3) - toIntervalDay(8));

CREATE VIEW burn_rate_rows_at
(
    `stream` LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `evaluated_at` DateTime('UTC') COMMENT 'End of all windows, UTC. Source: evaluation clock.',
    `window_s` Array(UInt32) COMMENT 'Lengths of the windows in seconds; the old edge is cut at the pane up to 1 h, at 5 min beyond. Source: burn tiers.',
    `bad` Array(UInt64) COMMENT 'What is bad by window: events, or what they weigh (tokens; micro-USD), slices of time (with RatioTimeslices milliseconds of them) or entities, as the SLO counts; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `total` Array(UInt64) COMMENT 'What counts by window, in the same unit. Source: sum of sli_panes.',
    `bad_seen` Array(UInt64) COMMENT 'Bad events seen by window, number: what guards for low traffic go by. Source: sum of sli_panes.',
    `total_seen` Array(UInt64) COMMENT 'Events seen that count by window, number. Source: sum of sli_panes.',
    `burn_rate` Array(Float64) COMMENT 'bad / total / (1 - target) by window; for display, integers decide. Source: burn stage.',
    `coverage` Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    `is_heard` Bool COMMENT 'Whether silence of the series is rest: a source of its service reports, or has stopped after its last event. Source: source_reports.',
    `lost_at` DateTime('UTC') COMMENT 'When the log last heard of the newest source that was lost and whose data has not come back, UTC; 1970 if there is none. Source: source_reports.',
    `dispersion` Float64 COMMENT 'Index of dispersion of the series\' events that the exact guard for low traffic went by, 1 or more: so many events show as little as one that is independent; 1 where it was not measured. Source: dispersions.',
    `written_at` DateTime64(3, 'UTC') COMMENT 'When the row was written, UTC. Source: database clock.'
)
COMMENT 'Burn rates of every series at a moment, one row each: the row of burn_rate_rows that held then. Parameter: as_of, a time, UTC.'
AS SELECT
    stream,
    slo,
    spec_rev,
    series,
    evaluated_at,
    window_s,
    bad,
    total,
    bad_seen,
    total_seen,
    burn_rate,
    coverage,
    is_heard,
    lost_at,
    dispersion,
    written_at
FROM latest_burn_rates
FINAL
WHERE evaluated_at <= {as_of:DateTime('UTC')}
UNION ALL
SELECT
    stream,
    slo,
    spec_rev,
    series,
    evaluated_at,
    window_s,
    bad,
    total,
    bad_seen,
    total_seen,
    burn_rate,
    coverage,
    is_heard,
    lost_at,
    dispersion,
    written_at
FROM
(
    SELECT
        stream,
        slo,
        spec_rev,
        series,
        evaluated_at,
        window_s,
        bad,
        total,
        bad_seen,
        total_seen,
        burn_rate,
        coverage,
        is_heard,
        lost_at,
        dispersion,
        written_at
    FROM burn_rate_rows
    WHERE (evaluated_at >= toStartOfHour({as_of:DateTime('UTC')})) AND (evaluated_at <= {as_of:DateTime('UTC')}) AND ((stream, slo, series) IN (
        SELECT
            stream,
            slo,
            series
        FROM latest_burn_rates
        FINAL
        WHERE evaluated_at > {as_of:DateTime('UTC')}
    ))
    UNION ALL
    SELECT
        stream,
        slo,
        spec_rev,
        series,
        evaluated_at,
        window_s,
        bad,
        total,
        bad_seen,
        total_seen,
        burn_rate,
        coverage,
        is_heard,
        lost_at,
        dispersion,
        written_at
    FROM burn_rate_hours
    FINAL
    WHERE (stream, slo, series, evaluated_at) IN (
        SELECT
            stream,
            slo,
            series,
            max(evaluated_at)
        FROM burn_rate_hours
        WHERE (evaluated_at < toStartOfHour({as_of:DateTime('UTC')})) AND ((stream, slo, series) IN (
            SELECT
                stream,
                slo,
                series
            FROM latest_burn_rates
            FINAL
            WHERE evaluated_at > {as_of:DateTime('UTC')}
        ))
        GROUP BY
            stream,
            slo,
            series
        SETTINGS final = 0
    )
)
ORDER BY
    evaluated_at DESC,
    written_at DESC
LIMIT 1 BY
    stream,
    slo,
    series;

CREATE VIEW slo_status_at
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision that is judged. Source: spec file.',
    `display_name` String COMMENT 'Name for people. Source: spec file.',
    `service` LowCardinality(String) COMMENT 'Service that the SLO speaks of. Source: spec file.',
    `labels` Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    `target` Float64 COMMENT 'Target ratio, 0 to 1; exact in slos. Source: spec file.',
    `period` LowCardinality(String) COMMENT 'Budget period as the spec writes it, e.g. 28d. Source: spec file.',
    `period_start` DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    `evaluated_at` DateTime('UTC') COMMENT 'When the figures last changed, UTC: from then on they hold. Source: evaluation clock.',
    `good` UInt64 COMMENT 'Good events in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `bad` UInt64 COMMENT 'Bad events in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `total` UInt64 COMMENT 'Events that count in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `unassigned` UInt64 COMMENT 'Events of the period that the cap on series left in __other__, number: any of them may be this series\'. 0 where nothing overflowed. Source: sum of sli_panes.',
    `sli` Nullable(Float64) COMMENT 'good / total, 0 to 1; NULL without events. Source: budgets.',
    `remaining_ratio` Nullable(Float64) COMMENT 'Share of the budget that is left on observed volume; signed, below 0 when overspent, NULL without events. Source: burn stage.',
    `projected_remaining_ratio` Nullable(Float64) COMMENT 'The same if the rest of a partly filled period had traffic as observed and no error: an estimate. Source: burn stage.',
    `is_estimated` Bool COMMENT 'The period is only partly filled with data. Source: burn stage.',
    `state` LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: burn stage.',
    `coverage` Float64 COMMENT 'How complete the data is, 0 to 1, see budgets. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    `window_s` Array(UInt32) COMMENT 'Lengths of the windows of the burn tiers in seconds. Source: burn tiers.',
    `burn_rate` Array(Float64) COMMENT 'bad / total / (1 - target) by window; for display, integers decide. Source: burn stage.',
    `window_bad` Array(UInt64) COMMENT 'What is bad by window, in the unit that the SLO counts; empty where the rates are of another revision, or of a series that is gone. Source: burn_rates.',
    `window_total` Array(UInt64) COMMENT 'What counts by window, in the same unit. Source: burn_rates.',
    `firing_tier` String COMMENT 'Most urgent burn tier that fires, e.g. 1h&5m; empty if none does. Source: alert_decisions.',
    `firing_severity` String COMMENT 'Its severity, SEV-1, SEV-2 or SEV-3; empty if none fires. Source: alert_decisions.'
)
COMMENT 'Where every series of every SLO stood at a moment, one row each: between two evaluations the earlier one holds. Parameter: as_of, a time, UTC.'
AS SELECT
    b.stream AS stream,
    b.slo AS slo,
    b.spec_rev AS spec_rev,
    s.display_name AS display_name,
    s.service AS service,
    l.labels AS labels,
    s.target_numerator / s.target_denominator AS target,
    s.period AS period,
    b.period_start AS period_start,
    b.evaluated_at AS evaluated_at,
    b.good AS good,
    b.bad AS bad,
    b.total AS total,
    b.unassigned AS unassigned,
    if(b.total = 0, NULL, b.good / b.total) AS sli,
    b.remaining_ratio AS remaining_ratio,
    b.projected_remaining_ratio AS projected_remaining_ratio,
    b.is_estimated AS is_estimated,
    b.state AS state,
    b.coverage AS coverage,
    r.window_s AS window_s,
    r.burn_rate AS burn_rate,
    if((r.spec_rev = b.spec_rev) AND (l.slo = b.slo), r.bad, []) AS window_bad,
    if((r.spec_rev = b.spec_rev) AND (l.slo = b.slo), r.total, []) AS window_total,
    a.tier AS firing_tier,
    a.severity AS firing_severity
FROM
(
    SELECT
        *,
        argMax(spec_rev, (evaluated_at, written_at)) OVER (PARTITION BY stream, slo) AS judged_rev
    FROM budget_rows_at(as_of = {as_of:DateTime('UTC')})
) AS b
INNER JOIN
(
    SELECT *
    FROM slos
    FINAL
    ORDER BY loaded_at DESC
    LIMIT 1 BY
        slo,
        spec_rev
) AS s ON (s.slo = b.slo) AND (s.spec_rev = b.spec_rev)
LEFT JOIN
(
    SELECT
        slo,
        spec_rev,
        series,
        any(labels) AS labels
    FROM series
    GROUP BY
        slo,
        spec_rev,
        series
) AS l ON (l.slo = b.slo) AND (l.spec_rev = b.spec_rev) AND (l.series = b.series)
LEFT JOIN
(
    SELECT *
    FROM burn_rate_rows_at(as_of = {as_of:DateTime('UTC')})
) AS r ON (r.stream = b.stream) AND (r.slo = b.slo) AND (r.series = b.series)
LEFT JOIN
(
    SELECT
        stream,
        slo,
        series,
        argMin(d.tier, (d.severity, d.long_window_s)) AS tier,
        min(d.severity) AS severity
    FROM
    (
        SELECT *
        FROM alert_decisions
        FINAL
        WHERE evaluated_at <= {as_of:DateTime('UTC')}
        ORDER BY
            evaluated_at DESC,
            log_offset DESC
        LIMIT 1 BY alert_key
    ) AS d
    WHERE decision IN ('fire', 'freeze', 'thaw')
    GROUP BY
        stream,
        slo,
        series
) AS a ON (a.stream = b.stream) AND (a.slo = b.slo) AND (a.series = b.series)
WHERE b.spec_rev = b.judged_rev;

CREATE VIEW slo_status
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision that is judged. Source: spec file.',
    `display_name` String COMMENT 'Name for people. Source: spec file.',
    `service` LowCardinality(String) COMMENT 'Service that the SLO speaks of. Source: spec file.',
    `labels` Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    `target` Float64 COMMENT 'Target ratio, 0 to 1; exact in slos. Source: spec file.',
    `period` LowCardinality(String) COMMENT 'Budget period as the spec writes it, e.g. 28d. Source: spec file.',
    `period_start` DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    `evaluated_at` DateTime('UTC') COMMENT 'When the figures last changed, UTC: from then on they hold. Source: evaluation clock.',
    `good` UInt64 COMMENT 'Good events in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `bad` UInt64 COMMENT 'Bad events in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `total` UInt64 COMMENT 'Events that count in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `unassigned` UInt64 COMMENT 'Events of the period that the cap on series left in __other__, number: any of them may be this series\'. 0 where nothing overflowed. Source: sum of sli_panes.',
    `sli` Nullable(Float64) COMMENT 'good / total, 0 to 1; NULL without events. Source: budgets.',
    `remaining_ratio` Nullable(Float64) COMMENT 'Share of the budget that is left on observed volume; signed, below 0 when overspent, NULL without events. Source: burn stage.',
    `projected_remaining_ratio` Nullable(Float64) COMMENT 'The same if the rest of a partly filled period had traffic as observed and no error: an estimate. Source: burn stage.',
    `is_estimated` Bool COMMENT 'The period is only partly filled with data. Source: burn stage.',
    `state` LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: burn stage.',
    `coverage` Float64 COMMENT 'How complete the data is, 0 to 1, see budgets. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    `window_s` Array(UInt32) COMMENT 'Lengths of the windows of the burn tiers in seconds. Source: burn tiers.',
    `burn_rate` Array(Float64) COMMENT 'bad / total / (1 - target) by window; for display, integers decide. Source: burn stage.',
    `window_bad` Array(UInt64) COMMENT 'What is bad by window, in the unit that the SLO counts; empty where the rates are of another revision, or of a series that is gone. Source: burn_rates.',
    `window_total` Array(UInt64) COMMENT 'What counts by window, in the same unit. Source: burn_rates.',
    `firing_tier` String COMMENT 'Most urgent burn tier that fires, e.g. 1h&5m; empty if none does. Source: alert_decisions.',
    `firing_severity` String COMMENT 'Its severity, SEV-1, SEV-2 or SEV-3; empty if none fires. Source: alert_decisions.'
)
COMMENT 'Where every series of every SLO stands now, one row each; slo_status_at has any moment of the history.'
AS SELECT
    stream,
    slo,
    spec_rev,
    display_name,
    service,
    labels,
    target,
    period,
    period_start,
    evaluated_at,
    good,
    bad,
    total,
    unassigned,
    sli,
    remaining_ratio,
    projected_remaining_ratio,
    is_estimated,
    state,
    coverage,
    window_s,
    burn_rate,
    window_bad,
    window_total,
    firing_tier,
    firing_severity
FROM slo_status_at(as_of = now('UTC'));

CREATE VIEW adjusted_budgets
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `labels` Map(String, String) COMMENT 'Group-by fields and their values. Source: event fields.',
    `period_start` DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    `adjustments` Array(String) COMMENT 'Ids of the adjustments whose stretches lie in the period, see budget_adjustments. Source: burnline adjust.',
    `left_out_s` UInt32 COMMENT 'Time of the period up to its last evaluation that they leave out, seconds; where stretches overlap it counts once. Source: budget_adjustments.'
)
COMMENT 'Budgets as they stand now of which something is left out: how much time, and by which adjustments. One row per series.'
AS SELECT
    s.stream AS stream,
    s.slo AS slo,
    s.labels AS labels,
    s.period_start AS period_start,
    arraySort(groupArray(toString(a.id))) AS adjustments,
    toUInt32(300 * length(arrayDistinct(arrayFlatten(groupArray(range(intDiv(toUInt32(greatest(a.left_out_from, s.period_start)), 300), intDiv(toUInt32(least(a.left_out_to, e.through)) + 299, 300))))))) AS left_out_s
FROM slo_status AS s
INNER JOIN
(
    SELECT
        stream,
        max(written_at) AS judged_at,
        max(evaluated_through) AS through
    FROM evaluation_hours
    GROUP BY stream
) AS e ON e.stream = s.stream
CROSS JOIN
(
    SELECT
        id,
        any(slos) AS slos,
        any(service) AS service,
        any(labels) AS only_labels,
        min(adjusted_at) AS added_at,
        any(budget_adjustments.left_out_from) AS left_out_from,
        any(budget_adjustments.left_out_to) AS left_out_to
    FROM budget_adjustments
    GROUP BY id
    HAVING countIf(action = 'revoke') = 0
) AS a
WHERE (a.added_at <= e.judged_at) AND (a.left_out_from < e.through) AND (a.left_out_to > s.period_start) AND (((a.service = '') AND (a.slos = [])) OR (a.service = s.service) OR arrayExists(name -> ((s.slo = name) OR startsWith(s.slo, concat(name, '/'))), a.slos)) AND arrayAll((name, value) -> ((s.labels[name]) = value), mapKeys(a.only_labels), mapValues(a.only_labels))
GROUP BY
    stream,
    slo,
    labels,
    period_start;

CREATE VIEW alert_history
(
    `evaluated_at` DateTime('UTC') COMMENT 'Evaluation time of the decision, UTC. Source: evaluation clock.',
    `decision` Enum8('fire' = 1, 'resolve' = 2, 'freeze' = 3, 'thaw' = 4, 'removed' = 5, 'ended' = 6) COMMENT 'What was decided; removed: its SLO, tier or series went with the specs, ended: somebody ended the alert by name. Source: alert state machine.',
    `severity` LowCardinality(String) COMMENT 'SEV-1, SEV-2 or SEV-3. Source: tier and the SLO\'s criticality.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `labels` Map(LowCardinality(String), String) COMMENT 'Group-by fields and their values. Source: event fields.',
    `tier` LowCardinality(String) COMMENT 'Burn tier, e.g. 1h&5m. Source: burn tiers.',
    `long_bad` UInt64 COMMENT 'Bad events in the long window, number. Source: burn_rates as read by the decision.',
    `long_total` UInt64 COMMENT 'Events that count in the long window, number. Source: burn_rates as read by the decision.',
    `short_bad` UInt64 COMMENT 'Bad events in the short window, number. Source: burn_rates as read by the decision.',
    `short_total` UInt64 COMMENT 'Events that count in the short window, number. Source: burn_rates as read by the decision.',
    `factor` Float64 COMMENT 'Burn rate at which the tier fires. Source: burn tier.',
    `coverage` Float64 COMMENT 'How complete the data was, 0 to 1, see burn_rates. Source: burn_rates.',
    `attribution` String COMMENT 'Which values of which dimension hold the bad events of the long window, JSON; [] where it is not known. Source: raw rows, looked up with the decision or after it.',
    `stream` LowCardinality(String) COMMENT 'Clock: live, or the name of a replay. Source: alerter.',
    `decision_key` String COMMENT 'Alert key and evaluation time: receivers deduplicate by it. Source: alerter.',
    `receiver` LowCardinality(String) COMMENT 'Receiver that was to hear of it; empty where nobody was. Source: configuration.',
    `notification` LowCardinality(String) COMMENT 'What became of it there: delivered; waiting: not taken yet, it is tried again; failed: given up; inhibited: a more urgent tier speaks; empty where nobody was to hear of it. Source: alerter.',
    `attempts` UInt16 COMMENT 'How often it was sent there, number. Source: alerter.',
    `ended_by` String COMMENT 'Who ended the alert by name; empty otherwise. Source: the command\'s user.',
    `reason` String COMMENT 'Why the alert was removed or ended; empty otherwise. Source: alerter, or who ended it.'
)
COMMENT 'Every decision with its evidence and, per receiver, what became of its notification.'
AS SELECT
    d.evaluated_at AS evaluated_at,
    d.decision AS decision,
    d.severity AS severity,
    d.slo AS slo,
    d.labels AS labels,
    d.tier AS tier,
    d.long_bad AS long_bad,
    d.long_total AS long_total,
    d.short_bad AS short_bad,
    d.short_total AS short_total,
    d.factor AS factor,
    d.coverage AS coverage,
    if((d.attribution = '[]') AND (c.attribution != ''), c.attribution, d.attribution) AS attribution,
    d.stream AS stream,
    d.decision_key AS decision_key,
    n.receiver AS receiver,
    n.outcome AS notification,
    n.attempts AS attempts,
    d.ended_by AS ended_by,
    d.reason AS reason
FROM alert_decisions AS d
FINAL
LEFT JOIN
(
    SELECT *
    FROM alert_notifications
    FINAL
) AS n ON n.decision_key = d.decision_key
LEFT JOIN
(
    SELECT *
    FROM alert_contexts
    FINAL
) AS c ON c.decision_key = d.decision_key
ORDER BY evaluated_at ASC;

CREATE VIEW alerts
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `alert_key` String COMMENT 'stream|slo|series|tier: the same for every alert of this tier on this series. Source: alerter.',
    `labels` Map(String, String) COMMENT 'Group-by fields and their values. Source: event fields.',
    `tier` String COMMENT 'Burn tier, e.g. 1h&5m. Source: burn tiers.',
    `severity` String COMMENT 'SEV-1, SEV-2 or SEV-3, by its last decision. Source: tier and the SLO\'s criticality.',
    `state` String COMMENT 'firing, frozen (data is missing, so it does not resolve), resolved, removed (with its SLO, tier or series) or ended (by name). Source: alert_decisions.',
    `fired_at` DateTime('UTC') COMMENT 'Evaluation time at which it fired, UTC. Source: evaluation clock.',
    `over_at` Nullable(DateTime('UTC')) COMMENT 'Evaluation time at which it was over, UTC; NULL while it is open. Source: evaluation clock.',
    `changed_at` DateTime('UTC') COMMENT 'Evaluation time of its last decision, UTC. Source: evaluation clock.',
    `ended_by` String COMMENT 'Who ended it by name; empty otherwise. Source: the command\'s user.',
    `reason` String COMMENT 'Why it was removed or ended; empty otherwise. Source: alerter, or who ended it.',
    `long_window_s` UInt32 COMMENT 'Long window in seconds. Source: burn tier.',
    `long_bad` UInt64 COMMENT 'Bad events in the long window when it fired, number. Source: burn_rates as read by the decision.',
    `long_total` UInt64 COMMENT 'Events that count in the long window when it fired, number. Source: burn_rates as read by the decision.',
    `short_window_s` UInt32 COMMENT 'Short window in seconds. Source: burn tier.',
    `short_bad` UInt64 COMMENT 'Bad events in the short window when it fired, number. Source: burn_rates as read by the decision.',
    `short_total` UInt64 COMMENT 'Events that count in the short window when it fired, number. Source: burn_rates as read by the decision.',
    `last_long_bad` UInt64 COMMENT 'Bad events in the long window at the last decision, number. Source: burn_rates as read by the decision.',
    `last_long_total` UInt64 COMMENT 'Events that count in the long window at the last decision, number. Source: burn_rates as read by the decision.',
    `last_short_bad` UInt64 COMMENT 'Bad events in the short window at the last decision, number. Source: burn_rates as read by the decision.',
    `last_short_total` UInt64 COMMENT 'Events that count in the short window at the last decision, number. Source: burn_rates as read by the decision.',
    `factor` Float64 COMMENT 'Burn rate at which the tier fires. Source: burn tier.',
    `coverage` Float64 COMMENT 'How complete the data was at the last decision, 0 to 1, see burn_rates. Source: burn_rates.',
    `remaining_ratio` Nullable(Float64) COMMENT 'Share of the error budget that was left when it fired, signed; NULL if it is not known. Source: budgets, looked up beside the decision.',
    `attribution` String COMMENT 'Which values of which dimension held the bad events of the long window when it fired, JSON; [] where it is not known. Source: raw rows, looked up beside the decision.',
    `deliveries` Array(Tuple(
        decision String,
        receiver String,
        outcome String,
        attempts UInt16,
        finished_at DateTime64(3, 'UTC'))) COMMENT 'What became of each notification of it, in the order of time: of which decision, to whom, delivered, waiting, failed or inhibited, sent how often, when last. Source: alert_notifications.'
)
COMMENT 'Alerts, one row each from the decision that fired it to the one that ended it, with what was seen and who was told. alert_history has every decision.'
AS SELECT
    e.stream AS stream,
    e.slo AS slo,
    e.alert_key AS alert_key,
    e.last.labels AS labels,
    e.last.tier AS tier,
    e.last.severity AS severity,
    multiIf(e.last.decision = 'resolve', 'resolved', e.last.decision = 'freeze', 'frozen', (e.last.decision IN ('removed', 'ended')), e.last.decision, 'firing') AS state,
    e.fired.evaluated_at AS fired_at,
    if((e.last.decision IN ('resolve', 'removed', 'ended')), e.last.evaluated_at, NULL) AS over_at,
    e.last.evaluated_at AS changed_at,
    e.last.ended_by AS ended_by,
    e.last.reason AS reason,
    e.fired.long_window_s AS long_window_s,
    e.fired.long_bad AS long_bad,
    e.fired.long_total AS long_total,
    e.fired.short_window_s AS short_window_s,
    e.fired.short_bad AS short_bad,
    e.fired.short_total AS short_total,
    e.last.long_bad AS last_long_bad,
    e.last.long_total AS last_long_total,
    e.last.short_bad AS last_short_bad,
    e.last.short_total AS last_short_total,
    e.fired.factor AS factor,
    e.last.coverage AS coverage,
    c.remaining_ratio AS remaining_ratio,
    if((e.fired.attribution = '[]') AND (c.attribution != ''), c.attribution, e.fired.attribution) AS attribution,
    e.deliveries AS deliveries
FROM
(
    SELECT
        d.stream AS stream,
        d.slo AS slo,
        d.alert_key AS alert_key,
        d.episode AS episode,
        argMin(d.row, d.place) AS fired,
        argMax(d.row, d.place) AS last,
        arraySort(one -> (one.finished_at, one.receiver), groupArrayIf(CAST((d.decision, n.receiver, n.outcome, n.attempts, n.finished_at), 'Tuple(decision String, receiver String, outcome String, attempts UInt16, finished_at DateTime64(3, \'UTC\'))'), n.receiver != '')) AS deliveries
    FROM
    (
        SELECT
            stream,
            slo,
            alert_key,
            decision_key,
            toString(decision) AS decision,
            (evaluated_at, log_offset) AS place,
            CAST((toString(decision), decision_key, evaluated_at, labels, tier, severity, ended_by, reason, long_window_s, long_bad, long_total, short_window_s, short_bad, short_total, factor, coverage, attribution), 'Tuple(decision String, decision_key String, evaluated_at DateTime(\'UTC\'), labels Map(String, String), tier String, severity String, ended_by String, reason String, long_window_s UInt32, long_bad UInt64, long_total UInt64, short_window_s UInt32, short_bad UInt64, short_total UInt64, factor Float64, coverage Float64, attribution String)') AS row,
            countIf(toString(decision) = 'fire') OVER (PARTITION BY stream, slo, alert_key ORDER BY evaluated_at ASC, log_offset ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS episode
        FROM alert_decisions
        FINAL
    ) AS d
    LEFT JOIN
    (
        SELECT *
        FROM alert_notifications
        FINAL
    ) AS n ON n.decision_key = d.decision_key
    GROUP BY
        stream,
        slo,
        alert_key,
        episode
) AS e
LEFT JOIN
(
    SELECT *
    FROM alert_contexts
    FINAL
) AS c ON c.decision_key = e.fired.decision_key;

CREATE MATERIALIZED VIEW budget_hours_fill TO budget_hours
(
    `stream` LowCardinality(String),
    `slo` LowCardinality(String),
    `spec_rev` LowCardinality(String),
    `series` UInt64,
    `evaluated_at` DateTime('UTC'),
    `period_start` DateTime('UTC'),
    `good` UInt64,
    `bad` UInt64,
    `total` UInt64,
    `unassigned` UInt64,
    `bad_seen` UInt64,
    `total_seen` UInt64,
    `remaining_ratio` Nullable(Float64),
    `projected_remaining_ratio` Nullable(Float64),
    `is_estimated` Bool,
    `state` LowCardinality(String),
    `coverage` Float64,
    `written_at` DateTime64(3, 'UTC')
)
AS SELECT
    stream,
    slo,
    spec_rev,
    series,
    evaluated_at,
    period_start,
    good,
    bad,
    total,
    unassigned,
    bad_seen,
    total_seen,
    remaining_ratio,
    projected_remaining_ratio,
    is_estimated,
    state,
    coverage,
    written_at
FROM budgets
ORDER BY evaluated_at DESC
LIMIT 1 BY
    stream,
    slo,
    series,
    toStartOfHour(evaluated_at);

CREATE MATERIALIZED VIEW burn_rate_hours_fill TO burn_rate_hours
(
    `stream` LowCardinality(String),
    `slo` LowCardinality(String),
    `spec_rev` LowCardinality(String),
    `series` UInt64,
    `evaluated_at` DateTime('UTC'),
    `window_s` Array(UInt32),
    `bad` Array(UInt64),
    `total` Array(UInt64),
    `bad_seen` Array(UInt64),
    `total_seen` Array(UInt64),
    `burn_rate` Array(Float64),
    `coverage` Float64,
    `is_heard` Bool,
    `lost_at` DateTime('UTC'),
    `dispersion` Float64,
    `written_at` DateTime64(3, 'UTC')
)
AS SELECT
    stream,
    slo,
    spec_rev,
    series,
    evaluated_at,
    window_s,
    bad,
    total,
    bad_seen,
    total_seen,
    burn_rate,
    coverage,
    is_heard,
    lost_at,
    dispersion,
    written_at
FROM burn_rates
ORDER BY evaluated_at DESC
LIMIT 1 BY
    stream,
    slo,
    series,
    toStartOfHour(evaluated_at);

CREATE VIEW verdicts
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `service` LowCardinality(String) COMMENT 'Service of the judged inference. Source: evaluator.',
    `provider` LowCardinality(String) COMMENT 'Provider of the judged inference. Source: evaluator.',
    `model_requested` LowCardinality(String) COMMENT 'Model that was asked for. Source: evaluator.',
    `model_served` LowCardinality(String) COMMENT 'Model that answered. Source: evaluator.',
    `model` String COMMENT 'Served model of the judged inference, else the requested one. Source: model_served, model_requested.',
    `deployment` LowCardinality(String) COMMENT 'Deployment of the model. Source: evaluator.',
    `region` LowCardinality(String) COMMENT 'Region of the deployment. Source: evaluator.',
    `prompt_name` LowCardinality(String) COMMENT 'Name of the prompt. Source: evaluator.',
    `prompt_version` LowCardinality(String) COMMENT 'Version of the prompt. Source: evaluator.',
    `variant` LowCardinality(Nullable(String)) COMMENT 'Canary, experiment or flag arm. Source: evaluator.',
    `tenant` LowCardinality(String) COMMENT 'Tenant of the judged inference. Source: evaluator.',
    `environment` LowCardinality(String) COMMENT 'Environment of the judged inference. Source: evaluator.',
    `endpoint` LowCardinality(String) COMMENT 'Endpoint of the judged inference. Source: evaluator.',
    `request_id` Nullable(String) COMMENT 'Logical request of the judged inference. Source: evaluator.',
    `inference_at` DateTime64(6, 'UTC') COMMENT 'When the judged inference completed, UTC; never after the message\'s own timestamp (clamped). The verdict counts here. Source: evaluator, or the event that carried the verdict.',
    `judged_at` DateTime64(6, 'UTC') COMMENT 'When the judge decided, UTC; of a verdict that an event carried, when the inference completed. Source: evaluator, or the event that carried the verdict.',
    `evaluator` String COMMENT 'Name of the judge. Source: evaluator.',
    `evaluator_version` String COMMENT 'Version of the judge. Source: evaluator.',
    `kind` String COMMENT 'online_judge, offline_suite, synthetic_probe, user_feedback or guardrail. Source: evaluator.',
    `dimension` String COMMENT 'What was judged, e.g. quality, safety. Source: evaluator.',
    `passed` Bool COMMENT 'The verdict. Source: evaluator.',
    `score` Nullable(Float64) COMMENT 'Score in the judge\'s own scale. Source: evaluator.',
    `sample_weight` Float64 COMMENT 'How many events the event that carried the verdict stands for, 1 or more; 1 for a verdict of its own. Source: publisher.',
    `attributes` Map(LowCardinality(String), String) COMMENT 'Free text attributes. Source: evaluator.'
)
COMMENT 'Verdicts as they count, at the time of the inference they judge: those of evaluators, and those that events carry.'
AS SELECT
    stream,
    service,
    provider,
    model_requested,
    model_served,
    if(model_served != '', model_served, model_requested) AS model,
    deployment,
    region,
    prompt_name,
    prompt_version,
    variant,
    tenant,
    environment,
    endpoint,
    request_id,
    inference_at,
    judged_at,
    evaluator,
    evaluator_version,
    kind,
    dimension,
    passed,
    score,
    toFloat64(1) AS sample_weight,
    attributes
FROM eval_verdicts
FINAL
WHERE NOT is_repeat
UNION ALL
SELECT
    stream,
    service,
    provider,
    model_requested,
    model_served,
    if(model_served != '', model_served, model_requested) AS model,
    deployment,
    region,
    prompt_name,
    prompt_version,
    variant,
    tenant,
    environment,
    endpoint,
    request_id,
    occurred_at AS inference_at,
    occurred_at AS judged_at,
    v.evaluator AS evaluator,
    v.evaluator_version AS evaluator_version,
    v.kind AS kind,
    v.dimension AS dimension,
    v.passed AS passed,
    v.score AS score,
    sample_weight,
    attributes
FROM
(
    SELECT
        *,
        arrayJoin(verdicts) AS v
    FROM inference_events
    FINAL
    WHERE NOT is_repeat
);

CREATE VIEW inferences
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `stream_epoch` LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: sink.',
    `partition` UInt16 COMMENT 'Partition of the topic. Source: event log.',
    `offset` UInt64 COMMENT 'Offset of the message that carried the event. Source: event log.',
    `event_index` UInt16 COMMENT 'Position within the message, from 0. Source: event log.',
    `is_repeat` Bool COMMENT 'Always false: repeats are left out here, see inference_events. Source: sink, by the processor\'s rule.',
    `log_time` DateTime64(3, 'UTC') COMMENT 'Timestamp of the message, UTC. Source: event log.',
    `kept_since` DateTime('UTC') COMMENT 'Start of the row\'s life, UTC: the message\'s timestamp, or the epoch\'s start in a replay. Source: event log.',
    `event_id` UUID COMMENT 'Identity of the event; the same id is the same event. Source: publisher.',
    `occurred_at` DateTime64(6, 'UTC') COMMENT 'Completion time, UTC, microseconds; never after the message\'s own timestamp (clamped). Source: publisher.',
    `request_id` String COMMENT 'Logical request that the attempt belongs to. Source: service.',
    `trace_id` String COMMENT 'W3C trace id. Source: service.',
    `span_id` String COMMENT 'W3C span id. Source: service.',
    `attempt` Int64 COMMENT 'Number of the attempt, from 0. Source: service.',
    `is_final` Bool COMMENT 'Last attempt of the request: what the user saw. Source: service.',
    `fallback_depth` Int64 COMMENT '0 for the primary, 1 for the first fallback. Source: service.',
    `fallback_kind` LowCardinality(String) COMMENT 'none, retry, deployment, provider, model, cached_answer or canned_answer. Source: service.',
    `tenant` LowCardinality(String) COMMENT 'Customer or team. Source: service.',
    `environment` LowCardinality(String) COMMENT 'Deployment environment. Source: publisher.',
    `service` LowCardinality(String) COMMENT 'Service that made the call. Source: publisher.',
    `endpoint` LowCardinality(String) COMMENT 'Endpoint of the service. Source: service.',
    `operation` LowCardinality(String) COMMENT 'Kind of call, e.g. chat, embeddings. Source: service.',
    `feature` LowCardinality(Nullable(String)) COMMENT 'Product feature. Source: service.',
    `provider` LowCardinality(String) COMMENT 'Provider of the model. Source: service.',
    `model_requested` LowCardinality(String) COMMENT 'Model that was asked for. Source: service.',
    `model_served` LowCardinality(String) COMMENT 'Model that answered. Source: provider\'s response.',
    `system_fingerprint` LowCardinality(Nullable(String)) COMMENT 'Configuration that the model ran with, as the provider names it; NULL where it was not told. Source: provider\'s response.',
    `service_tier` LowCardinality(Nullable(String)) COMMENT 'Tier of service that the provider served at: default, flex, priority, batch and the like; NULL where it was not told. Source: provider\'s response.',
    `reasoning_level` LowCardinality(Nullable(String)) COMMENT 'Effort of reasoning that was asked for; NULL where it was not stated. Source: service.',
    `deployment` LowCardinality(String) COMMENT 'Deployment of the model. Source: service.',
    `region` LowCardinality(String) COMMENT 'Region of the deployment. Source: service.',
    `prompt_name` LowCardinality(String) COMMENT 'Name of the prompt. Source: service.',
    `prompt_version` LowCardinality(String) COMMENT 'Version of the prompt. Source: service.',
    `variant` LowCardinality(Nullable(String)) COMMENT 'Canary, experiment or flag arm. Source: service.',
    `session_id` String COMMENT 'Conversation. Source: service.',
    `task_id` String COMMENT 'Task that the call serves. Source: service.',
    `agent_id` Nullable(String) COMMENT 'Agent that made the call. Source: service.',
    `step` Nullable(Int64) COMMENT 'Step of the agent, number. Source: service.',
    `user_hash` Nullable(String) COMMENT 'Hash of the user. Source: service.',
    `streaming` Bool COMMENT 'The answer was streamed. Source: service.',
    `status` LowCardinality(String) COMMENT 'ok, error, timeout, rate_limited, content_filtered, malformed or cancelled. Source: publisher.',
    `error_type` LowCardinality(String) COMMENT 'Class of the error, empty without one. Source: publisher.',
    `http_status` Int64 COMMENT 'HTTP status, 0 if none was seen. Source: provider\'s response.',
    `refused_by` LowCardinality(String) COMMENT 'none, provider, gateway, budget or guardrail: who refused a call that did not end well; none where nobody said. Source: publisher or gateway.',
    `ttft_ms` Nullable(Float64) COMMENT 'Time to the first token in ms; NULL where there was none. Source: publisher.',
    `duration_ms` Nullable(Float64) COMMENT 'Duration of the attempt in ms; NULL where nobody knows it, never of one that is ok. Source: publisher.',
    `queue_ms` Nullable(Float64) COMMENT 'Time in the server\'s queue in ms; NULL where it was not told. Source: inference server.',
    `prefill_ms` Nullable(Float64) COMMENT 'Time that the server took to read the prompt in ms; NULL where it was not told. Source: inference server.',
    `decode_ms` Nullable(Float64) COMMENT 'Time that the server took to write the answer in ms; NULL where it was not told. Source: inference server.',
    `request_ttft_ms` Nullable(Float64) COMMENT 'Time to the first token that the caller saw, in ms, earlier attempts included. Source: publisher.',
    `request_elapsed_ms` Nullable(Float64) COMMENT 'What the caller waited in ms, earlier attempts included. Source: publisher.',
    `input_tokens` Nullable(Int64) COMMENT 'Tokens of the prompt, cached ones included, number; NULL where nobody reported them. Source: provider\'s response.',
    `cached_input_tokens` Nullable(Int64) COMMENT 'Tokens of the prompt that were read from a cache, number; NULL where nobody reported them. Source: provider\'s response.',
    `cache_write_input_tokens` Nullable(Int64) COMMENT 'Tokens of the prompt that were written to a cache, number; NULL where nobody reported them. Source: provider\'s response.',
    `output_tokens` Nullable(Int64) COMMENT 'Tokens of the answer, reasoning included, number; NULL where nobody reported them. Source: provider\'s response.',
    `reasoning_tokens` Nullable(Int64) COMMENT 'Reasoning tokens within the answer, number; NULL where nobody reported them. Source: provider\'s response.',
    `response_cache_hit` Bool COMMENT 'The answer came from a response cache. Source: service.',
    `cost_nano_usd` Nullable(Int64) COMMENT 'Cost in 1e-9 USD; NULL where unknown. Source: cost_source.',
    `cost_source` LowCardinality(String) COMMENT 'reported, computed or unknown. Source: publisher or collector.',
    `price_version` LowCardinality(Nullable(String)) COMMENT 'Price table that the cost was computed from. Source: collector.',
    `finish_reason` LowCardinality(Nullable(String)) COMMENT 'Why the answer ended. Source: provider\'s response.',
    `tool_calls` Nullable(Int64) COMMENT 'Tool calls asked for, number; NULL where nobody reported them. Source: provider\'s response.',
    `tool_errors` Nullable(Int64) COMMENT 'Tool calls that failed, number; NULL where nobody reported them. Source: service.',
    `schema_valid` Nullable(Bool) COMMENT 'The answer satisfied the asked schema. Source: service.',
    `confidence` Nullable(Float64) COMMENT 'Confidence, 0 to 1. Source: service.',
    `verdicts` Array(Tuple(
        evaluator String,
        evaluator_version String,
        kind String,
        dimension String,
        passed Bool,
        score Nullable(Float64))) COMMENT 'Evaluations sent with the event. Source: service.',
    `sample_weight` Float64 COMMENT 'How many events this one stands for, 1 or more; 1 unsampled. Counted in thousandths. Source: publisher.',
    `trust` LowCardinality(String) COMMENT 'leaf or aggregate: made from one call, or from what may hold several. Source: publisher or collector.',
    `instrumentation_name` LowCardinality(String) COMMENT 'Library that saw the call; empty where it was not stated. Source: publisher or instrumentation scope.',
    `instrumentation_version` LowCardinality(String) COMMENT 'Version of that library; empty where it was not stated. Source: publisher or instrumentation scope.',
    `attributes` Map(LowCardinality(String), String) COMMENT 'Free text attributes. Source: service.',
    `measures` Map(LowCardinality(String), Float64) COMMENT 'Free numeric measures. Source: service.',
    `model` String COMMENT 'Served model, else the requested one. Source: model_served, model_requested.',
    `outcome` String COMMENT 'ok, cancelled, refused (by a gateway, a budget or a guardrail, before the provider) or error. Source: status, refused_by.'
)
COMMENT 'Inference events as they count: repeats left out.'
AS SELECT
    *,
    if(model_served != '', model_served, model_requested) AS model,
    multiIf((status IN ('ok', 'cancelled')), status, (refused_by IN ('gateway', 'budget', 'guardrail')), 'refused', 'error') AS outcome
FROM inference_events
FINAL
WHERE NOT is_repeat;

CREATE VIEW cost_between
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `value` String COMMENT 'Value of the dimension; empty where an event has none. Source: service.',
    `bucket` DateTime('UTC') COMMENT 'Start of the bucket of event time, UTC; buckets begin at multiples of their width since 1970. Source: event time.',
    `requests` UInt64 COMMENT 'Inference events (attempts), number; of a sampled stream as many as they stand for, rounded. Source: inference_events.',
    `unpriced` UInt64 COMMENT 'Of these whose cost nobody knows, number: what cost does not speak of; counted as requests are. Source: inference_events.',
    `cost_nano_usd` Int128 COMMENT 'Cost in 1e-9 USD of those whose cost is known; of a sampled stream what they stand for, rounded. Source: inference_events.'
)
COMMENT 'What inference cost in a stretch of time, by one dimension and bucket of time, repeats left out. Parameters: dimension (service, tenant, environment, provider, model, prompt_name or task_id), from_time (included) and to_time (not included), UTC, and bucket_s, the width of a bucket in seconds.'
AS SELECT
    e.stream AS stream,
    e.value AS value,
    e.bucket AS bucket,
    intDiv(sum(e.weight) + 500, 1000) AS requests,
    intDiv(sumIf(e.weight, isNull(e.cost_nano_usd)) + 500, 1000) AS unpriced,
    intDiv(sum(toInt128(ifNull(e.cost_nano_usd, 0)) * e.weight) + 500, 1000) AS cost_nano_usd
FROM
(
    SELECT
        stream,
        cost_nano_usd,
        toDateTime(intDiv(toUnixTimestamp(occurred_at), greatest({bucket_s:UInt32}, 1)) * greatest({bucket_s:UInt32}, 1), 'UTC') AS bucket,
        multiIf({dimension:String} = 'service', toString(service), {dimension:String} = 'tenant', toString(tenant), {dimension:String} = 'environment', toString(environment), {dimension:String} = 'provider', toString(provider), {dimension:String} = 'model', model, {dimension:String} = 'prompt_name', toString(prompt_name), {dimension:String} = 'task_id', task_id, '') AS value,
        toUInt64(floor((least(greatest(ifNotFinite(sample_weight, 1), 1), 1000000) * 1000) + 0.5)) AS weight
    FROM inferences
    WHERE (occurred_at >= {from_time:DateTime('UTC')}) AND (occurred_at < {to_time:DateTime('UTC')}) AND (NOT throwIf(({dimension:String} NOT IN ('service', 'tenant', 'environment', 'provider', 'model', 'prompt_name', 'task_id')), 'dimension is one of service, tenant, environment, provider, model, prompt_name, task_id'))
) AS e
GROUP BY
    stream,
    value,
    bucket;

CREATE VIEW dead_letter_states
(
    `stream_epoch` LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: sink.',
    `topic` LowCardinality(String) COMMENT 'Topic the message came from. Source: event log.',
    `partition` UInt16 COMMENT 'Partition the message came from. Source: event log.',
    `offset` UInt64 COMMENT 'Offset of the message. Source: event log.',
    `log_time` DateTime64(3, 'UTC') COMMENT 'Timestamp of the message in its log, UTC; before version 9 of the tables, kept_since. Source: event log.',
    `code` LowCardinality(String) COMMENT 'Error code, stable. Source: sink.',
    `reason` String COMMENT 'What is wrong with it, in words. Source: sink.',
    `checksum` String COMMENT 'SHA-256 of the bytes, hexadecimal: the same content has the same one wherever it stands. Source: database.',
    `value_bytes` UInt64 COMMENT 'Size of the message, bytes; the bytes are in dead_letters. Source: event log.',
    `attempts` UInt32 COMMENT 'Attempts at this content wherever it stood, number. Source: dead_letter_replays.',
    `is_replayed` Bool COMMENT 'Whether it was sent again from this position. Source: dead_letter_replays.',
    `replayed_to` Nullable(UInt64) COMMENT 'Offset that it got then; NULL if it was not sent again. Source: event log.',
    `state` String COMMENT 'replayed: sent again from here, and if it was still bad it is a letter at replayed_to; given up: 3 attempts at its content, none from here; open. Source: dead_letter_replays.'
)
COMMENT 'Dead letters with what became of them. The bytes are in dead_letters.'
AS SELECT
    l.stream_epoch AS stream_epoch,
    l.topic AS topic,
    l.partition AS partition,
    l.offset AS offset,
    l.log_time AS log_time,
    l.code AS code,
    l.reason AS reason,
    l.checksum AS checksum,
    l.value_bytes AS value_bytes,
    toUInt32(a.attempts) AS attempts,
    r.is_appended AS is_replayed,
    r.to_offset AS replayed_to,
    multiIf(is_replayed, 'replayed', attempts >= 3, 'given up', 'open') AS state
FROM
(
    SELECT
        stream_epoch,
        topic,
        partition,
        offset,
        log_time,
        code,
        reason,
        checksum,
        length(value) AS value_bytes
    FROM dead_letters
    FINAL
) AS l
LEFT JOIN
(
    SELECT
        checksum,
        uniqExact(replay_id) AS attempts
    FROM dead_letter_replays
    GROUP BY checksum
) AS a ON a.checksum = l.checksum
LEFT JOIN
(
    SELECT
        stream_epoch,
        partition,
        offset,
        max(is_appended) AS is_appended,
        max(to_offset) AS to_offset
    FROM dead_letter_replays
    GROUP BY
        stream_epoch,
        partition,
        offset
) AS r ON (r.stream_epoch = l.stream_epoch) AND (r.partition = l.partition) AND (r.offset = l.offset);

CREATE MATERIALIZED VIEW evaluation_hours_fill TO evaluation_hours
(
    `stream` LowCardinality(String),
    `shard` UInt16,
    `evaluated_through` DateTime('UTC'),
    `data_start` DateTime('UTC'),
    `coverage` Float64,
    `written_at` DateTime64(3, 'UTC')
)
AS SELECT
    stream,
    shard,
    evaluated_through,
    data_start,
    coverage,
    written_at
FROM evaluations
ORDER BY evaluated_through DESC
LIMIT 1 BY
    stream,
    shard,
    toStartOfHour(evaluated_through);

CREATE VIEW fleet_between
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `provider` LowCardinality(String) COMMENT 'Provider of the model. Source: service.',
    `model` String COMMENT 'The model that answered, else the one that was asked for. Source: provider\'s response, service.',
    `requests` UInt64 COMMENT 'Inference events (attempts), number; of a sampled stream as many as they stand for, rounded. Source: inference_events.',
    `ok` UInt64 COMMENT 'Of these with status ok, number, counted as requests are. Source: inference_events.',
    `cancelled` UInt64 COMMENT 'Of these that the caller gave up, number, counted as requests are. Source: inference_events.',
    `refused` UInt64 COMMENT 'Of these that a gateway, a budget or a guardrail refused before the provider saw them, number, counted as requests are. Source: inference_events.',
    `errors` Map(String, UInt64) COMMENT 'Of these that are none of the three, number by error_type, or by status where that is empty; counted as requests are. Source: inference_events.',
    `availability` Nullable(Float64) COMMENT 'ok / (requests - cancelled - refused), 0 to 1; NULL where none came through to its end. Source: inference_events.',
    `cancelled_share` Float64 COMMENT 'cancelled / requests, 0 to 1. Source: inference_events.',
    `ttft_p50` Nullable(Float64) COMMENT 'Median time to the first token in ms, nearest rank, to 0.8 %; NULL where no event has one. Source: inference_events.',
    `ttft_p95` Nullable(Float64) COMMENT '95th percentile of the time to the first token in ms, nearest rank, to 0.8 %; NULL where no event has one. Source: inference_events.',
    `ttft_p99` Nullable(Float64) COMMENT '99th percentile of the time to the first token in ms, nearest rank, to 0.8 %; NULL where no event has one. Source: inference_events.',
    `output_tokens_per_s` Nullable(Float64) COMMENT 'Output tokens per second of duration, over events that are ok and have both; NULL where none has. Source: inference_events.'
)
COMMENT 'How each model of each provider did in a stretch of time, repeats left out. Parameters: from_time (included) and to_time (not included), UTC.'
AS SELECT
    stream,
    provider,
    model,
    intDiv(sum(weight) + 500, 1000) AS requests,
    intDiv(sumIf(weight, outcome = 'ok') + 500, 1000) AS ok,
    intDiv(sumIf(weight, outcome = 'cancelled') + 500, 1000) AS cancelled,
    intDiv(sumIf(weight, outcome = 'refused') + 500, 1000) AS refused,
    mapApply((kind, count) -> (kind, intDiv(count + 500, 1000)), sumMapIf(map(if(error_type = '', toString(status), toString(error_type)), weight), outcome = 'error')) AS errors,
    if(sumIf(weight, (outcome IN ('ok', 'error'))) = 0, NULL, sumIf(weight, outcome = 'ok') / sumIf(weight, (outcome IN ('ok', 'error')))) AS availability,
    sumIf(weight, outcome = 'cancelled') / sum(weight) AS cancelled_share,
    if(count(ttft_ms) = 0, NULL, quantileBFloat16WeightedIf(0.5)(ifNull(ttft_ms, 0), weight, isNotNull(ttft_ms))) AS ttft_p50,
    if(count(ttft_ms) = 0, NULL, quantileBFloat16WeightedIf(0.95)(ifNull(ttft_ms, 0), weight, isNotNull(ttft_ms))) AS ttft_p95,
    if(count(ttft_ms) = 0, NULL, quantileBFloat16WeightedIf(0.99)(ifNull(ttft_ms, 0), weight, isNotNull(ttft_ms))) AS ttft_p99,
    if(sumIf(duration_ms * weight, is_timed) > 0, (sumIf(toFloat64(output_tokens) * weight, is_timed) / sumIf(duration_ms * weight, is_timed)) * 1000, NULL) AS output_tokens_per_s
FROM
(
    SELECT
        stream,
        provider,
        model,
        status,
        error_type,
        outcome,
        ttft_ms,
        duration_ms,
        output_tokens,
        (status = 'ok') AND isNotNull(output_tokens) AND isNotNull(duration_ms) AS is_timed,
        toUInt64(floor((least(greatest(ifNotFinite(sample_weight, 1), 1), 1000000) * 1000) + 0.5)) AS weight
    FROM inferences
    WHERE (occurred_at >= {from_time:DateTime('UTC')}) AND (occurred_at < {to_time:DateTime('UTC')})
)
GROUP BY
    stream,
    provider,
    model;

CREATE VIEW incidents
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `service` String COMMENT 'Service. Source: spec file.',
    `incident` String COMMENT 'Id, see incident_alerts. Source: alerts.',
    `state` String COMMENT 'open, acknowledged or resolved. Source: alerts, incident_acts.',
    `severity` String COMMENT 'SEV-1, SEV-2 or SEV-3: what somebody said last, else that of its most urgent alert. Source: incident_acts, alerts.',
    `opened_at` DateTime('UTC') COMMENT 'When its first alert that pages fired, UTC. Source: evaluation clock.',
    `paged_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'When a receiver first took a page of it, tickets aside, UTC; NULL: none did, or of a replay. Source: alert_notifications.',
    `acknowledged_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'When somebody first acknowledged it, UTC; NULL: nobody did. Source: incident_acts.',
    `acknowledged_by` String COMMENT 'Who did; empty: nobody. Source: incident_acts.',
    `resolved_at` Nullable(DateTime('UTC')) COMMENT 'When its last alert that pages was over, or somebody resolved it, UTC; NULL while it is open. Source: alerts, incident_acts.',
    `resolved_by` String COMMENT 'Who resolved it; empty: its alerts are over by themselves. Source: incident_acts.',
    `to_page_s` Nullable(Float64) COMMENT 'From opened to paged, seconds. Source: alert_notifications.',
    `to_acknowledge_s` Nullable(Float64) COMMENT 'From opened to acknowledged, seconds. Source: incident_acts.',
    `to_resolve_s` Nullable(Float64) COMMENT 'From opened to resolved, seconds. Source: alerts, incident_acts.',
    `alert_count` UInt64 COMMENT 'Alerts of it, number. Source: alerts.',
    `burning_count` UInt64 COMMENT 'Those that fire or are frozen, number: more than 0 of one that somebody resolved while it burnt. Source: alerts.',
    `slos` Array(String) COMMENT 'SLOs of its alerts. Source: alerts.',
    `roles` Map(String, String) COMMENT 'Who has which role, by the last word on each. Source: incident_acts.'
)
COMMENT 'Incidents, one row each: which alerts belong together, and what people did about them. A function of alerts and incident_acts alone. Times to detect are told by burnline incidents show.'
AS SELECT
    i.stream AS stream,
    i.service AS service,
    i.incident AS incident,
    multiIf(i.closed_at IS NOT NULL, 'resolved', h.acknowledged > toDateTime64(0, 3, 'UTC'), 'acknowledged', 'open') AS state,
    if(h.severity != '', h.severity, i.severity) AS severity,
    i.opened_at AS opened_at,
    i.paged_at AS paged_at,
    nullIf(h.acknowledged, toDateTime64(0, 3, 'UTC')) AS acknowledged_at,
    h.acknowledged_by AS acknowledged_by,
    i.closed_at AS resolved_at,
    if(toDateTime(h.resolved) = i.closed_at, h.resolved_by, '') AS resolved_by,
    (toUnixTimestamp64Milli(i.paged_at) - (1000 * toInt64(toUnixTimestamp(i.opened_at)))) / 1000 AS to_page_s,
    (toUnixTimestamp64Milli(acknowledged_at) - (1000 * toInt64(toUnixTimestamp(i.opened_at)))) / 1000 AS to_acknowledge_s,
    toFloat64(dateDiff('second', i.opened_at, i.closed_at)) AS to_resolve_s,
    i.alert_count AS alert_count,
    i.burning_count AS burning_count,
    i.slos AS slos,
    h.roles AS roles
FROM
(
    SELECT
        stream,
        service,
        incident,
        any(opened_at) AS opened_at,
        any(closed_at) AS closed_at,
        min(severity) AS severity,
        minIf(told_at, is_paging) AS paged_at,
        count() AS alert_count,
        countIf(state IN ('firing', 'frozen')) AS burning_count,
        arraySort(groupUniqArray(toString(slo))) AS slos
    FROM incident_alerts
    GROUP BY
        stream,
        service,
        incident
) AS i
LEFT JOIN
(
    SELECT
        incident,
        minIf(first_at, action = 'ack') AS acknowledged,
        anyIf(first_by, action = 'ack') AS acknowledged_by,
        maxIf(last_at, action = 'resolve') AS resolved,
        anyIf(last_by, action = 'resolve') AS resolved_by,
        anyIf(last_value, action = 'severity') AS severity,
        mapFromArrays(groupArrayIf(role, action = 'role'), groupArrayIf(last_person, action = 'role')) AS roles
    FROM
    (
        SELECT
            m.incident AS incident,
            a.action AS action,
            if(a.action = 'role', a.value, '') AS role,
            min(a.acted_at) AS first_at,
            max(a.acted_at) AS last_at,
            argMin(a.author, a.acted_at) AS first_by,
            argMax(a.author, a.acted_at) AS last_by,
            argMax(a.value, a.acted_at) AS last_value,
            argMax(a.person, a.acted_at) AS last_person
        FROM incident_acts AS a
        INNER JOIN incident_alerts AS m ON (m.alert_key = a.alert_key) AND (m.fired_at = a.fired_at)
        GROUP BY
            incident,
            action,
            role
    )
    GROUP BY incident
) AS h ON h.incident = i.incident;

CREATE VIEW incident_alerts
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `service` String COMMENT 'Service of the SLO when the alert fired. Source: spec file.',
    `incident` String COMMENT 'Id of the incident: the first 10 hex digits of the SHA-256 of alert key, | and epoch seconds of the alert that opened it. Source: alerts.',
    `opened_at` DateTime('UTC') COMMENT 'When the incident was opened, UTC: its first alert that pages fired. Source: evaluation clock.',
    `closed_at` Nullable(DateTime('UTC')) COMMENT 'When its last alert that pages was over, or somebody resolved it, UTC; NULL while it is open. Source: alerts, incident_acts.',
    `alert_key` String COMMENT 'stream|slo|series|tier. Source: alerter.',
    `fired_at` DateTime('UTC') COMMENT 'When the alert fired, UTC. Source: evaluation clock.',
    `over_at` Nullable(DateTime('UTC')) COMMENT 'When it was over, UTC; NULL while it is open. Source: evaluation clock.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` String COMMENT 'Revision that fired. Source: spec file.',
    `labels` Map(String, String) COMMENT 'Group-by fields and their values. Source: event fields.',
    `tier` String COMMENT 'Burn tier, e.g. 1h&5m. Source: burn tiers.',
    `severity` String COMMENT 'SEV-1, SEV-2 or SEV-3, by its last decision. Source: tier and the SLO\'s criticality.',
    `state` String COMMENT 'firing, frozen, resolved, removed or ended, see alerts. Source: alert_decisions.',
    `is_paging` UInt8 COMMENT 'Its tier is a page: it opens incidents and keeps them open. A ticket joins one that it overlaps. Source: burn tiers.',
    `told_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'When a receiver first took the page, UTC; NULL: none did, or of a replay, whose time is not that of the receivers. Source: alert_notifications.',
    `long_window_s` UInt32 COMMENT 'Long window in seconds. Source: burn tier.',
    `factor` Float64 COMMENT 'Burn rate at which the tier fires. Source: burn tier.'
)
COMMENT 'Alerts that are part of an incident, one row each. Alerts of one service that page and overlap, or lie 30 minutes apart at most, are one incident; what does not page joins the first one that it overlaps as nearly.'
AS WITH
    known AS
    (
        SELECT
            a.stream AS stream,
            if(f.service = '', r.service, f.service) AS service,
            a.alert_key AS alert_key,
            a.fired_at AS fired_at,
            a.over_at AS over_at,
            a.slo AS slo,
            f.spec_rev AS spec_rev,
            a.labels AS labels,
            a.tier AS tier,
            a.severity AS severity,
            a.state AS state,
            if(f.urgency = '', arrayExists(one -> ((JSONExtractString(one, 'name') = a.tier) AND (JSONExtractString(one, 'severity') = 'page')), r.tiers), f.urgency = 'page') AS is_paging,
            if(e.is_replay, NULL, arrayMin(arrayMap(one -> one.finished_at, arrayFilter(one -> ((one.decision = 'fire') AND (one.outcome = 'delivered')), a.deliveries)))) AS told,
            if(told = toDateTime64(0, 3, 'UTC'), NULL, told) AS told_at,
            a.long_window_s AS long_window_s,
            a.factor AS factor,
            least(ifNull(a.over_at, toDateTime(4294960000, 'UTC')), ifNull(toDateTime(arrayFirstOrNull(at -> (at >= f.decided_at), h.resolved)), toDateTime(4294960000, 'UTC'))) AS ended_at
        FROM alerts AS a
        INNER JOIN
        (
            SELECT
                alert_key,
                evaluated_at,
                toString(any(spec_rev)) AS spec_rev,
                min(decided_at) AS decided_at,
                toString(max(service)) AS service,
                max(urgency) AS urgency
            FROM alert_decisions
            WHERE decision = 'fire'
            GROUP BY
                alert_key,
                evaluated_at
        ) AS f ON (f.alert_key = a.alert_key) AND (f.evaluated_at = a.fired_at)
        INNER JOIN
        (
            SELECT
                slo,
                spec_rev,
                toString(argMax(service, loaded_at)) AS service,
                JSONExtractArrayRaw(argMax(tiers, loaded_at)) AS tiers
            FROM slos
            GROUP BY
                slo,
                spec_rev
        ) AS r ON (r.slo = a.slo) AND (r.spec_rev = f.spec_rev)
        LEFT JOIN
        (
            SELECT
                stream,
                max(clock = 'replay') AS is_replay
            FROM stream_epochs
            GROUP BY stream
        ) AS e ON e.stream = a.stream
        LEFT JOIN
        (
            SELECT
                stream,
                service,
                arraySort(groupArray(acted_at)) AS resolved
            FROM incident_acts
            WHERE action = 'resolve'
            GROUP BY
                stream,
                service
        ) AS h ON (h.stream = a.stream) AND (h.service = if(f.service = '', r.service, f.service))
    ),
    opened AS
    (
        SELECT
            stream,
            service,
            number,
            min(fired_at) AS opened_at,
            max(ended_at) AS closed_at,
            argMin(alert_key, (fired_at, alert_key)) AS opener
        FROM
        (
            SELECT
                stream,
                service,
                alert_key,
                fired_at,
                ended_at,
                sum(is_first) OVER (PARTITION BY stream, service ORDER BY fired_at ASC, alert_key ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
            FROM
            (
                SELECT
                    stream,
                    service,
                    alert_key,
                    fired_at,
                    ended_at,
                    fired_at > (max(ended_at) OVER (PARTITION BY stream, service ORDER BY fired_at ASC, alert_key ASC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) + 1800) AS is_first
                FROM known
                WHERE is_paging
            )
        )
        GROUP BY
            stream,
            service,
            number
    )
SELECT
    k.stream AS stream,
    k.service AS service,
    lower(substring(hex(SHA256(concat(o.opener, '|', toString(toUnixTimestamp(o.opened_at))))), 1, 10)) AS incident,
    o.opened_at AS opened_at,
    nullIf(o.closed_at, toDateTime(4294960000, 'UTC')) AS closed_at,
    k.alert_key AS alert_key,
    k.fired_at AS fired_at,
    k.over_at AS over_at,
    k.slo AS slo,
    k.spec_rev AS spec_rev,
    k.labels AS labels,
    k.tier AS tier,
    k.severity AS severity,
    k.state AS state,
    k.is_paging AS is_paging,
    k.told_at AS told_at,
    k.long_window_s AS long_window_s,
    k.factor AS factor
FROM known AS k
INNER JOIN opened AS o ON (o.stream = k.stream) AND (o.service = k.service)
WHERE (k.fired_at <= (o.closed_at + 1800)) AND ((k.ended_at + 1800) >= o.opened_at)
ORDER BY o.opened_at ASC
LIMIT 1 BY
    k.alert_key,
    k.fired_at;

CREATE MATERIALIZED VIEW latest_budgets_fill TO latest_budgets
(
    `stream` LowCardinality(String),
    `slo` LowCardinality(String),
    `spec_rev` LowCardinality(String),
    `series` UInt64,
    `evaluated_at` DateTime('UTC'),
    `period_start` DateTime('UTC'),
    `good` UInt64,
    `bad` UInt64,
    `total` UInt64,
    `unassigned` UInt64,
    `bad_seen` UInt64,
    `total_seen` UInt64,
    `remaining_ratio` Nullable(Float64),
    `projected_remaining_ratio` Nullable(Float64),
    `is_estimated` Bool,
    `state` LowCardinality(String),
    `coverage` Float64,
    `written_at` DateTime64(3, 'UTC')
)
AS SELECT
    stream,
    slo,
    spec_rev,
    series,
    evaluated_at,
    period_start,
    good,
    bad,
    total,
    unassigned,
    bad_seen,
    total_seen,
    remaining_ratio,
    projected_remaining_ratio,
    is_estimated,
    state,
    coverage,
    written_at
FROM budgets
ORDER BY evaluated_at DESC
LIMIT 1 BY
    stream,
    slo,
    series;

CREATE MATERIALIZED VIEW latest_burn_rates_fill TO latest_burn_rates
(
    `stream` LowCardinality(String),
    `slo` LowCardinality(String),
    `spec_rev` LowCardinality(String),
    `series` UInt64,
    `evaluated_at` DateTime('UTC'),
    `window_s` Array(UInt32),
    `bad` Array(UInt64),
    `total` Array(UInt64),
    `bad_seen` Array(UInt64),
    `total_seen` Array(UInt64),
    `burn_rate` Array(Float64),
    `coverage` Float64,
    `is_heard` Bool,
    `lost_at` DateTime('UTC'),
    `dispersion` Float64,
    `written_at` DateTime64(3, 'UTC')
)
AS SELECT
    stream,
    slo,
    spec_rev,
    series,
    evaluated_at,
    window_s,
    bad,
    total,
    bad_seen,
    total_seen,
    burn_rate,
    coverage,
    is_heard,
    lost_at,
    dispersion,
    written_at
FROM burn_rates
ORDER BY evaluated_at DESC
LIMIT 1 BY
    stream,
    slo,
    series;

CREATE VIEW routing
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: alerter.',
    `service` LowCardinality(String) COMMENT 'Service. Source: policy.',
    `policy` LowCardinality(String) COMMENT 'Policy. Source: spec file.',
    `dimension` LowCardinality(String) COMMENT 'provider, deployment or region. Source: spec file.',
    `value` String COMMENT 'Which one. Source: event fields.',
    `environments` Array(LowCardinality(String)) COMMENT 'Environments whose events count, and whose gateways go by it; empty: all. Source: route_states.',
    `in_rotation` Bool COMMENT 'Whether a gateway may send to it: false only where it is out and that is known now. Source: route_states.',
    `is_out` Bool COMMENT 'Whether it was routed around when that was last known. Source: route_states.',
    `since` DateTime64(3, 'UTC') COMMENT 'Since when it is out, or in rotation, UTC. Source: route_states.',
    `checked_at` DateTime64(3, 'UTC') COMMENT 'When that was last known, UTC. Source: route_states.',
    `counted_through` DateTime64(3, 'UTC') COMMENT 'End of the window that was counted, UTC. Source: route_states.',
    `errors` Float64 COMMENT 'Errors in the window, number. Source: route_states.',
    `total` Float64 COMMENT 'Events in the window, number. Source: route_states.',
    `error_share` Nullable(Float64) COMMENT 'The first over the second, 0 to 1; NULL without events. Source: route_states.',
    `incomplete` String COMMENT 'Why everything is in rotation whatever was seen: data is too old or too little, or nobody has looked for 2 minutes; empty: it is not so. Source: route_states.'
)
COMMENT 'What gateways may send to, of every service whose policies route around: what was last known, and within a day. What is not here is in rotation.'
AS SELECT
    stream,
    service,
    policy,
    dimension,
    value,
    environments,
    (NOT is_out) OR (incomplete != '') AS in_rotation,
    is_out,
    since,
    checked_at,
    counted_through,
    errors,
    total,
    if(total = 0, NULL, errors / total) AS error_share,
    if((last.incomplete = '') AND (last.checked_at < (now64(3) - toIntervalMinute(2))), 'nobody has looked for 2 minutes', last.incomplete) AS incomplete
FROM
(
    SELECT
        *,
        max(checked_at) OVER (PARTITION BY stream, service, policy, dimension) AS newest
    FROM route_states
    FINAL
    WHERE checked_at > (now64(3) - toIntervalDay(1))
) AS last
WHERE checked_at = newest
ORDER BY
    stream ASC,
    service ASC,
    policy ASC,
    dimension ASC,
    value ASC;

CREATE VIEW slo_hours
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision that counted: the one that is judged. Source: spec file.',
    `labels` Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    `hour` DateTime('UTC') COMMENT 'Start of the hour of event time, UTC. Source: event time, clamped to the message\'s own timestamp.',
    `good` Float64 COMMENT 'Events that count and are good, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec\'s predicates, sample_weight.',
    `total` Float64 COMMENT 'Events that count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec\'s predicates, sample_weight.',
    `bad` Float64 COMMENT 'Events that count and are not good, number: total less good. Source: spec\'s predicates, sample_weight.',
    `excluded` Float64 COMMENT 'Events within the scope that do not count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec\'s predicates, sample_weight.',
    `sums` Map(String, Int128) COMMENT 'Sums of integer fields over the events that count and have a value, each in its field\'s unit; of a sampled stream what they stand for, rounded. Source: spec\'s sum, sample_weight.',
    `missing` Map(String, UInt64) COMMENT 'Events that count and have no value of a summed field, number by field: what the sum does not speak of; rounded as sums are. Source: spec\'s sum, sample_weight.',
    `histogram` Map(Int16, UInt64) COMMENT 'Base-2 exponential histogram over what counts: bucket index to number of events, rounded as sums are; its scale is in slo_percentiles. Source: spec\'s histogram, sample_weight.',
    `zero_count` UInt64 COMMENT 'Values of exactly 0 in the histogram\'s field, number, rounded as sums are. Source: spec\'s histogram, sample_weight.',
    `good_seen` UInt64 COMMENT 'Good events seen, number, whatever they stand for. Source: spec\'s predicates.',
    `total_seen` UInt64 COMMENT 'Events seen that count, number, whatever they stand for. Source: spec\'s predicates.'
)
COMMENT 'Good and total per SLO, series and hour of event time, UTC, the open hour included, of the revision that is judged (the last one, of an SLO that is gone). Reaches back 400 days.'
AS SELECT
    r.stream AS stream,
    r.slo AS slo,
    r.spec_rev AS spec_rev,
    r.labels AS labels,
    r.hour AS hour,
    r.good AS good,
    r.total AS total,
    r.bad AS bad,
    r.excluded AS excluded,
    r.sums AS sums,
    r.missing AS missing,
    r.histogram AS histogram,
    r.zero_count AS zero_count,
    r.good_seen AS good_seen,
    r.total_seen AS total_seen
FROM slo_hour_revisions AS r
WHERE (r.stream, r.slo, r.spec_rev) IN (
    SELECT
        stream,
        slo,
        argMaxIf(spec_rev, activated_at, spec_rev != '')
    FROM active_specs
    GROUP BY
        stream,
        slo
);

CREATE VIEW slo_pane_revisions
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision that counted. Source: spec file.',
    `labels` Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    `pane` DateTime('UTC') COMMENT 'Start of the pane of event time, UTC. Source: event time, clamped to the message\'s own timestamp.',
    `good` Float64 COMMENT 'Events that count and are good, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec\'s predicates, sample_weight.',
    `total` Float64 COMMENT 'Events that count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec\'s predicates, sample_weight.',
    `bad` Float64 COMMENT 'Events that count and are not good, number: total less good. Source: spec\'s predicates, sample_weight.',
    `excluded` Float64 COMMENT 'Events within the scope that do not count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec\'s predicates, sample_weight.',
    `sums` Map(String, Int128) COMMENT 'Sums of integer fields over the events that count and have a value, each in its field\'s unit; of a sampled stream what they stand for, rounded. Source: spec\'s sum, sample_weight.',
    `missing` Map(String, UInt64) COMMENT 'Events that count and have no value of a summed field, number by field: what the sum does not speak of; rounded as sums are. Source: spec\'s sum, sample_weight.',
    `histogram` Map(Int16, UInt64) COMMENT 'Base-2 exponential histogram over what counts: bucket index to number of events, rounded as sums are; its scale is in slo_percentiles. Source: spec\'s histogram, sample_weight.',
    `zero_count` UInt64 COMMENT 'Values of exactly 0 in the histogram\'s field, number, rounded as sums are. Source: spec\'s histogram, sample_weight.',
    `good_seen` UInt64 COMMENT 'Good events seen, number, whatever they stand for. Source: spec\'s predicates.',
    `total_seen` UInt64 COMMENT 'Events seen that count, number, whatever they stand for. Source: spec\'s predicates.'
)
COMMENT 'Good and total per SLO, revision, series and pane of 10 s: every revision that was counted, also those that another has replaced.'
AS SELECT
    p.stream AS stream,
    p.slo AS slo,
    p.spec_rev AS spec_rev,
    l.labels AS labels,
    p.pane AS pane,
    ((1000 * sum(p.good)) + sum(p.good_extra)) / 1000 AS good,
    ((1000 * sum(p.total)) + sum(p.total_extra)) / 1000 AS total,
    (((1000 * (sum(p.total) - sum(p.good))) + sum(p.total_extra)) - sum(p.good_extra)) / 1000 AS bad,
    ((1000 * sum(p.excluded)) + sum(p.excluded_extra)) / 1000 AS excluded,
    mapApply((k, v) -> (k, v + intDiv((sumMap(p.sums_extra)[k]) + 500, 1000)), sumMap(p.sums)) AS sums,
    mapApply((k, v) -> (k, v + intDiv((sumMap(p.missing_extra)[k]) + 500, 1000)), sumMap(p.missing)) AS missing,
    mapApply((k, v) -> (k, v + intDiv((sumMap(p.histogram_extra)[k]) + 500, 1000)), sumMap(p.histogram)) AS histogram,
    sum(p.zero_count) + intDiv(sum(p.zero_extra) + 500, 1000) AS zero_count,
    sum(p.good) AS good_seen,
    sum(p.total) AS total_seen
FROM
(
    SELECT
        c.stream AS stream,
        c.slo AS slo,
        c.spec_rev AS spec_rev,
        c.series AS series,
        c.pane AS pane,
        c.good AS good,
        c.total AS total,
        c.excluded AS excluded,
        c.sums AS sums,
        c.missing AS missing,
        c.histogram AS histogram,
        c.zero_count AS zero_count,
        c.good_extra AS good_extra,
        c.total_extra AS total_extra,
        c.excluded_extra AS excluded_extra,
        c.sums_extra AS sums_extra,
        c.missing_extra AS missing_extra,
        c.histogram_extra AS histogram_extra,
        c.zero_extra AS zero_extra
    FROM sli_panes AS c
    FINAL
    LEFT JOIN
    (
        SELECT
            stream_epoch,
            max(through) AS through
        FROM seal_pointers
        WHERE (source_kind = 'hour') AND (written_at <= (now64(3) - toIntervalSecond(60)))
        GROUP BY stream_epoch
    ) AS s ON s.stream_epoch = c.stream_epoch
    WHERE c.log_interval >= s.through
    UNION ALL
    SELECT
        a.stream AS stream,
        a.slo AS slo,
        a.spec_rev AS spec_rev,
        a.series AS series,
        a.bucket AS pane,
        a.good AS good,
        a.total AS total,
        a.excluded AS excluded,
        a.sums AS sums,
        a.missing AS missing,
        a.histogram AS histogram,
        a.zero_count AS zero_count,
        a.good_extra AS good_extra,
        a.total_extra AS total_extra,
        a.excluded_extra AS excluded_extra,
        a.sums_extra AS sums_extra,
        a.missing_extra AS missing_extra,
        a.histogram_extra AS histogram_extra,
        a.zero_extra AS zero_extra
    FROM sli_archive AS a
    FINAL
    LEFT JOIN
    (
        SELECT
            stream_epoch,
            max(through) AS through
        FROM seal_pointers
        WHERE (source_kind = 'hour') AND (written_at <= (now64(3) - toIntervalSecond(60)))
        GROUP BY stream_epoch
    ) AS s ON s.stream_epoch = a.stream_epoch
    WHERE (a.level = 'pane') AND (((a.source_kind = 'hour') AND (a.source < s.through)) OR ((a.source_kind = 'backfill') AND ((a.stream, a.slo, a.spec_rev) IN (
        SELECT
            stream,
            slo,
            spec_rev
        FROM backfills
        WHERE completed_at <= (now64(3) - toIntervalSecond(60))
    ))))
) AS p
LEFT JOIN
(
    SELECT
        slo,
        spec_rev,
        series,
        any(labels) AS labels
    FROM series
    GROUP BY
        slo,
        spec_rev,
        series
) AS l ON (l.slo = p.slo) AND (l.spec_rev = p.spec_rev) AND (l.series = p.series)
GROUP BY
    stream,
    slo,
    spec_rev,
    labels,
    pane;

CREATE VIEW slo_panes
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision that counted: the one that is judged. Source: spec file.',
    `labels` Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    `pane` DateTime('UTC') COMMENT 'Start of the pane of event time, UTC. Source: event time, clamped to the message\'s own timestamp.',
    `good` Float64 COMMENT 'Events that count and are good, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec\'s predicates, sample_weight.',
    `total` Float64 COMMENT 'Events that count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec\'s predicates, sample_weight.',
    `bad` Float64 COMMENT 'Events that count and are not good, number: total less good. Source: spec\'s predicates, sample_weight.',
    `excluded` Float64 COMMENT 'Events within the scope that do not count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec\'s predicates, sample_weight.',
    `sums` Map(String, Int128) COMMENT 'Sums of integer fields over the events that count and have a value, each in its field\'s unit; of a sampled stream what they stand for, rounded. Source: spec\'s sum, sample_weight.',
    `missing` Map(String, UInt64) COMMENT 'Events that count and have no value of a summed field, number by field: what the sum does not speak of; rounded as sums are. Source: spec\'s sum, sample_weight.',
    `histogram` Map(Int16, UInt64) COMMENT 'Base-2 exponential histogram over what counts: bucket index to number of events, rounded as sums are; its scale is in slo_percentiles. Source: spec\'s histogram, sample_weight.',
    `zero_count` UInt64 COMMENT 'Values of exactly 0 in the histogram\'s field, number, rounded as sums are. Source: spec\'s histogram, sample_weight.',
    `good_seen` UInt64 COMMENT 'Good events seen, number, whatever they stand for. Source: spec\'s predicates.',
    `total_seen` UInt64 COMMENT 'Events seen that count, number, whatever they stand for. Source: spec\'s predicates.'
)
COMMENT 'Good and total per SLO, series and pane of 10 s, of the revision that is judged (the last one, of an SLO that is gone). Reaches back 8 days from when a pane was sealed; slo_hours has all history.'
AS SELECT
    r.stream AS stream,
    r.slo AS slo,
    r.spec_rev AS spec_rev,
    r.labels AS labels,
    r.pane AS pane,
    r.good AS good,
    r.total AS total,
    r.bad AS bad,
    r.excluded AS excluded,
    r.sums AS sums,
    r.missing AS missing,
    r.histogram AS histogram,
    r.zero_count AS zero_count,
    r.good_seen AS good_seen,
    r.total_seen AS total_seen
FROM slo_pane_revisions AS r
WHERE (r.stream, r.slo, r.spec_rev) IN (
    SELECT
        stream,
        slo,
        argMaxIf(spec_rev, activated_at, spec_rev != '')
    FROM active_specs
    GROUP BY
        stream,
        slo
);

CREATE VIEW slo_percentiles
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `labels` Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    `hour` DateTime('UTC') COMMENT 'Start of the hour of event time, UTC. Source: event time, clamped to the message\'s own timestamp.',
    `field` String COMMENT 'Field whose values they are, e.g. ttft_ms. Source: spec\'s histogram.',
    `scale` UInt64 COMMENT 'Scale of the histogram: a bucket is 2^(2^-scale) wide, as a factor. Source: spec\'s histogram.',
    `value_count` UInt64 COMMENT 'Values in the hour, number; of a sampled stream as many as they stand for, rounded. Source: histogram of slo_hours.',
    `p50` Nullable(Float64) COMMENT 'Median of the values of the field, in its unit, to the width of a bucket; NULL where the hour has no value. Source: histogram of slo_hours.',
    `p90` Nullable(Float64) COMMENT '90th percentile of the values of the field, in its unit, to the width of a bucket; NULL where the hour has no value. Source: histogram of slo_hours.',
    `p95` Nullable(Float64) COMMENT '95th percentile of the values of the field, in its unit, to the width of a bucket; NULL where the hour has no value. Source: histogram of slo_hours.',
    `p99` Nullable(Float64) COMMENT '99th percentile of the values of the field, in its unit, to the width of a bucket; NULL where the hour has no value. Source: histogram of slo_hours.'
)
COMMENT 'Percentiles of the field that an SLI keeps a histogram of, per series and hour of event time, UTC; of the revision that is judged. For other stretches of time: burnlinePercentile(sumMap(histogram), sum(zero_count), any(scale), p) over slo_hours or slo_panes.'
AS SELECT
    h.stream AS stream,
    h.slo AS slo,
    h.labels AS labels,
    h.hour AS hour,
    r.field AS field,
    r.scale AS scale,
    h.zero_count + arraySum(mapValues(h.histogram)) AS value_count,
    if((h.zero_count + arraySum(mapValues(h.histogram))) = 0, NULL, if(greatest(1, intDiv((toUInt128(h.zero_count + arraySum(mapValues(h.histogram))) * toUInt64(round(0.5 * 1000000000))) + 999999999, 1000000000)) <= h.zero_count, 0., ((exp2((arraySort(mapKeys(h.histogram))[arrayFirstIndex(seen -> ((h.zero_count + seen) >= greatest(1, intDiv((toUInt128(h.zero_count + arraySum(mapValues(h.histogram))) * toUInt64(round(0.5 * 1000000000))) + 999999999, 1000000000))), arrayCumSum(arrayMap(bucket -> (h.histogram[bucket]), arraySort(mapKeys(h.histogram)))))]) / exp2(r.scale)) * 2) * exp2(1 / exp2(r.scale))) / (1 + exp2(1 / exp2(r.scale))))) AS p50,
    if((h.zero_count + arraySum(mapValues(h.histogram))) = 0, NULL, if(greatest(1, intDiv((toUInt128(h.zero_count + arraySum(mapValues(h.histogram))) * toUInt64(round(0.9 * 1000000000))) + 999999999, 1000000000)) <= h.zero_count, 0., ((exp2((arraySort(mapKeys(h.histogram))[arrayFirstIndex(seen -> ((h.zero_count + seen) >= greatest(1, intDiv((toUInt128(h.zero_count + arraySum(mapValues(h.histogram))) * toUInt64(round(0.9 * 1000000000))) + 999999999, 1000000000))), arrayCumSum(arrayMap(bucket -> (h.histogram[bucket]), arraySort(mapKeys(h.histogram)))))]) / exp2(r.scale)) * 2) * exp2(1 / exp2(r.scale))) / (1 + exp2(1 / exp2(r.scale))))) AS p90,
    if((h.zero_count + arraySum(mapValues(h.histogram))) = 0, NULL, if(greatest(1, intDiv((toUInt128(h.zero_count + arraySum(mapValues(h.histogram))) * toUInt64(round(0.95 * 1000000000))) + 999999999, 1000000000)) <= h.zero_count, 0., ((exp2((arraySort(mapKeys(h.histogram))[arrayFirstIndex(seen -> ((h.zero_count + seen) >= greatest(1, intDiv((toUInt128(h.zero_count + arraySum(mapValues(h.histogram))) * toUInt64(round(0.95 * 1000000000))) + 999999999, 1000000000))), arrayCumSum(arrayMap(bucket -> (h.histogram[bucket]), arraySort(mapKeys(h.histogram)))))]) / exp2(r.scale)) * 2) * exp2(1 / exp2(r.scale))) / (1 + exp2(1 / exp2(r.scale))))) AS p95,
    if((h.zero_count + arraySum(mapValues(h.histogram))) = 0, NULL, if(greatest(1, intDiv((toUInt128(h.zero_count + arraySum(mapValues(h.histogram))) * toUInt64(round(0.99 * 1000000000))) + 999999999, 1000000000)) <= h.zero_count, 0., ((exp2((arraySort(mapKeys(h.histogram))[arrayFirstIndex(seen -> ((h.zero_count + seen) >= greatest(1, intDiv((toUInt128(h.zero_count + arraySum(mapValues(h.histogram))) * toUInt64(round(0.99 * 1000000000))) + 999999999, 1000000000))), arrayCumSum(arrayMap(bucket -> (h.histogram[bucket]), arraySort(mapKeys(h.histogram)))))]) / exp2(r.scale)) * 2) * exp2(1 / exp2(r.scale))) / (1 + exp2(1 / exp2(r.scale))))) AS p99
FROM slo_hours AS h
INNER JOIN
(
    SELECT
        slo,
        spec_rev,
        any(JSONExtractString(plan, 'histogram', 'field')) AS field,
        any(JSONExtractUInt(plan, 'histogram', 'scale')) AS scale
    FROM spec_revisions
    GROUP BY
        slo,
        spec_rev
    HAVING field != ''
) AS r ON (r.slo = h.slo) AND (r.spec_rev = h.spec_rev);

CREATE VIEW slo_hour_revisions
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision that counted. Source: spec file.',
    `labels` Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    `hour` DateTime('UTC') COMMENT 'Start of the hour of event time, UTC. Source: event time, clamped to the message\'s own timestamp.',
    `good` Float64 COMMENT 'Events that count and are good, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec\'s predicates, sample_weight.',
    `total` Float64 COMMENT 'Events that count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec\'s predicates, sample_weight.',
    `bad` Float64 COMMENT 'Events that count and are not good, number: total less good. Source: spec\'s predicates, sample_weight.',
    `excluded` Float64 COMMENT 'Events within the scope that do not count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec\'s predicates, sample_weight.',
    `sums` Map(String, Int128) COMMENT 'Sums of integer fields over the events that count and have a value, each in its field\'s unit; of a sampled stream what they stand for, rounded. Source: spec\'s sum, sample_weight.',
    `missing` Map(String, UInt64) COMMENT 'Events that count and have no value of a summed field, number by field: what the sum does not speak of; rounded as sums are. Source: spec\'s sum, sample_weight.',
    `histogram` Map(Int16, UInt64) COMMENT 'Base-2 exponential histogram over what counts: bucket index to number of events, rounded as sums are; its scale is in slo_percentiles. Source: spec\'s histogram, sample_weight.',
    `zero_count` UInt64 COMMENT 'Values of exactly 0 in the histogram\'s field, number, rounded as sums are. Source: spec\'s histogram, sample_weight.',
    `good_seen` UInt64 COMMENT 'Good events seen, number, whatever they stand for. Source: spec\'s predicates.',
    `total_seen` UInt64 COMMENT 'Events seen that count, number, whatever they stand for. Source: spec\'s predicates.'
)
COMMENT 'Good and total per SLO, revision, series and hour of event time, UTC: every revision that was counted, also those that another has replaced.'
AS SELECT
    p.stream AS stream,
    p.slo AS slo,
    p.spec_rev AS spec_rev,
    l.labels AS labels,
    p.hour AS hour,
    ((1000 * sum(p.good)) + sum(p.good_extra)) / 1000 AS good,
    ((1000 * sum(p.total)) + sum(p.total_extra)) / 1000 AS total,
    (((1000 * (sum(p.total) - sum(p.good))) + sum(p.total_extra)) - sum(p.good_extra)) / 1000 AS bad,
    ((1000 * sum(p.excluded)) + sum(p.excluded_extra)) / 1000 AS excluded,
    mapApply((k, v) -> (k, v + intDiv((sumMap(p.sums_extra)[k]) + 500, 1000)), sumMap(p.sums)) AS sums,
    mapApply((k, v) -> (k, v + intDiv((sumMap(p.missing_extra)[k]) + 500, 1000)), sumMap(p.missing)) AS missing,
    mapApply((k, v) -> (k, v + intDiv((sumMap(p.histogram_extra)[k]) + 500, 1000)), sumMap(p.histogram)) AS histogram,
    sum(p.zero_count) + intDiv(sum(p.zero_extra) + 500, 1000) AS zero_count,
    sum(p.good) AS good_seen,
    sum(p.total) AS total_seen
FROM
(
    SELECT
        c.stream AS stream,
        c.slo AS slo,
        c.spec_rev AS spec_rev,
        c.series AS series,
        toStartOfHour(c.pane) AS hour,
        c.good AS good,
        c.total AS total,
        c.excluded AS excluded,
        c.sums AS sums,
        c.missing AS missing,
        c.histogram AS histogram,
        c.zero_count AS zero_count,
        c.good_extra AS good_extra,
        c.total_extra AS total_extra,
        c.excluded_extra AS excluded_extra,
        c.sums_extra AS sums_extra,
        c.missing_extra AS missing_extra,
        c.histogram_extra AS histogram_extra,
        c.zero_extra AS zero_extra
    FROM sli_panes AS c
    FINAL
    LEFT JOIN
    (
        SELECT
            stream_epoch,
            max(through) AS through
        FROM seal_pointers
        WHERE (source_kind = 'hour') AND (written_at <= (now64(3) - toIntervalSecond(60)))
        GROUP BY stream_epoch
    ) AS s ON s.stream_epoch = c.stream_epoch
    WHERE c.log_interval >= s.through
    UNION ALL
    SELECT
        a.stream AS stream,
        a.slo AS slo,
        a.spec_rev AS spec_rev,
        a.series AS series,
        a.bucket AS hour,
        a.good AS good,
        a.total AS total,
        a.excluded AS excluded,
        a.sums AS sums,
        a.missing AS missing,
        a.histogram AS histogram,
        a.zero_count AS zero_count,
        a.good_extra AS good_extra,
        a.total_extra AS total_extra,
        a.excluded_extra AS excluded_extra,
        a.sums_extra AS sums_extra,
        a.missing_extra AS missing_extra,
        a.histogram_extra AS histogram_extra,
        a.zero_extra AS zero_extra
    FROM sli_archive AS a
    FINAL
    LEFT JOIN
    (
        SELECT
            stream_epoch,
            max(through) AS through
        FROM seal_pointers
        WHERE (source_kind = 'hour') AND (written_at <= (now64(3) - toIntervalSecond(60)))
        GROUP BY stream_epoch
    ) AS s ON s.stream_epoch = a.stream_epoch
    WHERE (a.level = '1h') AND (((a.source_kind = 'hour') AND (a.source < s.through)) OR ((a.source_kind = 'backfill') AND ((a.stream, a.slo, a.spec_rev) IN (
        SELECT
            stream,
            slo,
            spec_rev
        FROM backfills
        WHERE completed_at <= (now64(3) - toIntervalSecond(60))
    ))))
) AS p
LEFT JOIN
(
    SELECT
        slo,
        spec_rev,
        series,
        any(labels) AS labels
    FROM series
    GROUP BY
        slo,
        spec_rev,
        series
) AS l ON (l.slo = p.slo) AND (l.spec_rev = p.spec_rev) AND (l.series = p.series)
GROUP BY
    stream,
    slo,
    spec_rev,
    labels,
    hour;

CREATE VIEW sli_hour_rows
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision that counted. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `hour` DateTime('UTC') COMMENT 'Start of the hour of event time, UTC. Source: event time, clamped to the message\'s own timestamp.',
    `good` Float64 COMMENT 'Events that count and are good, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec\'s predicates, sample_weight.',
    `total` Float64 COMMENT 'Events that count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec\'s predicates, sample_weight.',
    `bad` Float64 COMMENT 'Events that count and are not good, number: total less good. Source: spec\'s predicates, sample_weight.',
    `excluded` Float64 COMMENT 'Events within the scope that do not count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec\'s predicates, sample_weight.',
    `sums` Map(String, Int128) COMMENT 'Sums of integer fields over the events that count and have a value, each in its field\'s unit; of a sampled stream what they stand for, rounded. Source: spec\'s sum, sample_weight.',
    `missing` Map(String, UInt64) COMMENT 'Events that count and have no value of a summed field, number by field: what the sum does not speak of; rounded as sums are. Source: spec\'s sum, sample_weight.',
    `histogram` Map(Int16, UInt64) COMMENT 'Base-2 exponential histogram over what counts: bucket index to number of events, rounded as sums are; its scale is in slo_percentiles. Source: spec\'s histogram, sample_weight.',
    `zero_count` UInt64 COMMENT 'Values of exactly 0 in the histogram\'s field, number, rounded as sums are. Source: spec\'s histogram, sample_weight.',
    `good_seen` UInt64 COMMENT 'Good events seen, number, whatever they stand for. Source: spec\'s predicates.',
    `total_seen` UInt64 COMMENT 'Events seen that count, number, whatever they stand for. Source: spec\'s predicates.'
)
COMMENT 'What slo_hour_revisions says, by the number of the series and not its labels, read from rows that lie by series: for one series over months. Over all series slo_hours is faster.'
AS SELECT
    p.stream AS stream,
    p.slo AS slo,
    p.spec_rev AS spec_rev,
    p.series AS series,
    p.hour AS hour,
    ((1000 * sum(p.good)) + sum(p.good_extra)) / 1000 AS good,
    ((1000 * sum(p.total)) + sum(p.total_extra)) / 1000 AS total,
    (((1000 * (sum(p.total) - sum(p.good))) + sum(p.total_extra)) - sum(p.good_extra)) / 1000 AS bad,
    ((1000 * sum(p.excluded)) + sum(p.excluded_extra)) / 1000 AS excluded,
    mapApply((k, v) -> (k, v + intDiv((sumMap(p.sums_extra)[k]) + 500, 1000)), sumMap(p.sums)) AS sums,
    mapApply((k, v) -> (k, v + intDiv((sumMap(p.missing_extra)[k]) + 500, 1000)), sumMap(p.missing)) AS missing,
    mapApply((k, v) -> (k, v + intDiv((sumMap(p.histogram_extra)[k]) + 500, 1000)), sumMap(p.histogram)) AS histogram,
    sum(p.zero_count) + intDiv(sum(p.zero_extra) + 500, 1000) AS zero_count,
    sum(p.good) AS good_seen,
    sum(p.total) AS total_seen
FROM
(
    SELECT
        c.stream AS stream,
        c.slo AS slo,
        c.spec_rev AS spec_rev,
        c.series AS series,
        toStartOfHour(c.pane) AS hour,
        c.good AS good,
        c.total AS total,
        c.excluded AS excluded,
        c.sums AS sums,
        c.missing AS missing,
        c.histogram AS histogram,
        c.zero_count AS zero_count,
        c.good_extra AS good_extra,
        c.total_extra AS total_extra,
        c.excluded_extra AS excluded_extra,
        c.sums_extra AS sums_extra,
        c.missing_extra AS missing_extra,
        c.histogram_extra AS histogram_extra,
        c.zero_extra AS zero_extra
    FROM sli_panes AS c
    FINAL
    LEFT JOIN
    (
        SELECT
            stream_epoch,
            max(through) AS through
        FROM seal_pointers
        WHERE (source_kind = 'hour') AND (written_at <= (now64(3) - toIntervalSecond(60)))
        GROUP BY stream_epoch
    ) AS s ON s.stream_epoch = c.stream_epoch
    WHERE c.log_interval >= s.through
    UNION ALL
    SELECT
        a.stream AS stream,
        a.slo AS slo,
        a.spec_rev AS spec_rev,
        a.series AS series,
        a.bucket AS hour,
        a.good AS good,
        a.total AS total,
        a.excluded AS excluded,
        a.sums AS sums,
        a.missing AS missing,
        a.histogram AS histogram,
        a.zero_count AS zero_count,
        a.good_extra AS good_extra,
        a.total_extra AS total_extra,
        a.excluded_extra AS excluded_extra,
        a.sums_extra AS sums_extra,
        a.missing_extra AS missing_extra,
        a.histogram_extra AS histogram_extra,
        a.zero_extra AS zero_extra
    FROM sli_hours AS a
    FINAL
    LEFT JOIN
    (
        SELECT
            stream_epoch,
            max(through) AS through
        FROM seal_pointers
        WHERE (source_kind = 'hour') AND (written_at <= (now64(3) - toIntervalSecond(60)))
        GROUP BY stream_epoch
    ) AS s ON s.stream_epoch = a.stream_epoch
    WHERE ((a.source_kind = 'hour') AND (a.source < s.through)) OR ((a.source_kind = 'backfill') AND ((a.stream, a.slo, a.spec_rev) IN (
        SELECT
            stream,
            slo,
            spec_rev
        FROM backfills
        WHERE completed_at <= (now64(3) - toIntervalSecond(60))
    )))
) AS p
GROUP BY
    stream,
    slo,
    spec_rev,
    series,
    hour;

CREATE MATERIALIZED VIEW sli_hours_fill TO sli_hours
(
    `stream` LowCardinality(String),
    `stream_epoch` LowCardinality(String),
    `slo` LowCardinality(String),
    `spec_rev` LowCardinality(String),
    `series` UInt64,
    `bucket` DateTime('UTC'),
    `source_kind` Enum8('hour' = 1, 'day' = 2, 'backfill' = 3),
    `source` DateTime('UTC'),
    `version` UInt64,
    `good` UInt64,
    `total` UInt64,
    `excluded` UInt64,
    `sums` Map(LowCardinality(String), Int128),
    `missing` Map(LowCardinality(String), UInt64),
    `histogram` Map(Int16, UInt64),
    `zero_count` UInt64,
    `good_extra` UInt64,
    `total_extra` UInt64,
    `excluded_extra` UInt64,
    `sums_extra` Map(LowCardinality(String), Int128),
    `missing_extra` Map(LowCardinality(String), UInt64),
    `histogram_extra` Map(Int16, UInt64),
    `zero_extra` UInt64,
    `first_pane` DateTime('UTC'),
    `kept_since` DateTime('UTC')
)
AS SELECT
    stream,
    stream_epoch,
    slo,
    spec_rev,
    series,
    bucket,
    source_kind,
    source,
    version,
    good,
    total,
    excluded,
    sums,
    missing,
    histogram,
    zero_count,
    good_extra,
    total_extra,
    excluded_extra,
    sums_extra,
    missing_extra,
    histogram_extra,
    zero_extra,
    first_pane,
    kept_since
FROM sli_archive
WHERE level = '1h';

CREATE VIEW slo_budget_burn_at
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision that is judged. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `labels` Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    `evaluated_at` DateTime('UTC') COMMENT 'When the figures last changed, UTC: from then on they hold. Source: evaluation clock.',
    `window_s` UInt32 COMMENT 'Length of the window in seconds. Source: burn tiers.',
    `bad` UInt64 COMMENT 'What is bad in the window, in the unit that the SLO counts. Source: burn_rates.',
    `total` UInt64 COMMENT 'What counts in the window, in the same unit. Source: burn_rates.',
    `period_total` UInt64 COMMENT 'What counts in the budget\'s period, in the same unit. Source: budgets.',
    `is_estimated` Bool COMMENT 'The period is only partly filled with data: the share is of the budget of what there is. Source: budgets.',
    `burn_rate` Float64 COMMENT 'bad / total / (1 - target): by rate, whatever the traffic of the window. Source: burn stage.',
    `budget_burn` Nullable(Float64) COMMENT 'Share of the period\'s budget that the window has eaten, bad / (period_total x (1 - target)): by volume, so that a quiet night weighs little; NULL without events. Source: burn_rates, budgets.',
    `dispersion` Float64 COMMENT 'Index of dispersion that the exact guard for low traffic goes by, see burn_rates. Source: dispersions.'
)
COMMENT 'What each window of every series burns at a moment, both ways: its burn rate, and the share of the period\'s budget that it has eaten. Parameter: as_of, UTC.'
AS SELECT
    r.stream AS stream,
    r.slo AS slo,
    r.spec_rev AS spec_rev,
    r.series AS series,
    l.labels AS labels,
    r.evaluated_at AS evaluated_at,
    r.window_s AS window_s,
    r.bad AS bad,
    r.total AS total,
    b.total AS period_total,
    b.is_estimated AS is_estimated,
    r.burn_rate AS burn_rate,
    if(b.total = 0, NULL, (r.bad / b.total) * (s.target_denominator / (s.target_denominator - s.target_numerator))) AS budget_burn,
    r.dispersion AS dispersion
FROM
(
    SELECT
        stream,
        slo,
        spec_rev,
        series,
        evaluated_at,
        window_s,
        bad,
        total,
        burn_rate,
        dispersion
    FROM burn_rate_rows_at(as_of = {as_of:DateTime('UTC')})
    ARRAY JOIN
        window_s,
        bad,
        total,
        burn_rate
) AS r
INNER JOIN
(
    SELECT *
    FROM budget_rows_at(as_of = {as_of:DateTime('UTC')})
) AS b ON (b.stream = r.stream) AND (b.slo = r.slo) AND (b.series = r.series) AND (b.spec_rev = r.spec_rev)
INNER JOIN
(
    SELECT
        slo,
        spec_rev,
        target_numerator,
        target_denominator
    FROM slos
    FINAL
) AS s ON (s.slo = r.slo) AND (s.spec_rev = r.spec_rev)
LEFT JOIN
(
    SELECT
        slo,
        spec_rev,
        series,
        any(labels) AS labels
    FROM series
    GROUP BY
        slo,
        spec_rev,
        series
) AS l ON (l.slo = r.slo) AND (l.spec_rev = r.spec_rev) AND (l.series = r.series);

CREATE VIEW slo_budgets
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision that was judged at the time. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `labels` Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    `evaluated_at` DateTime('UTC') COMMENT 'End of the period, UTC. Source: evaluation clock.',
    `period_start` DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    `good` UInt64 COMMENT 'Good events in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `bad` UInt64 COMMENT 'Bad events in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `total` UInt64 COMMENT 'Events that count in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `sli` Nullable(Float64) COMMENT 'good / total, 0 to 1; NULL without events. Source: budgets.',
    `remaining_ratio` Nullable(Float64) COMMENT 'Share of the budget that is left on observed volume; signed, below 0 when overspent, NULL without events. Source: burn stage.',
    `projected_remaining_ratio` Nullable(Float64) COMMENT 'The same if the rest of a partly filled period had traffic as observed and no error: an estimate. Source: burn stage.',
    `is_estimated` Bool COMMENT 'The period is only partly filled with data. Source: burn stage.',
    `state` LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: burn stage.',
    `coverage` Float64 COMMENT 'How complete the data is, 0 to 1, see budgets. Below 0.9 nothing is concluded. Source: watermarks, source_reports.'
)
COMMENT 'Error budgets over time, with their labels: the rows of budget_rows. Between two rows the earlier one holds.'
AS SELECT
    b.stream AS stream,
    b.slo AS slo,
    b.spec_rev AS spec_rev,
    b.series AS series,
    l.labels AS labels,
    b.evaluated_at AS evaluated_at,
    b.period_start AS period_start,
    b.good AS good,
    b.bad AS bad,
    b.total AS total,
    if(b.total = 0, NULL, b.good / b.total) AS sli,
    b.remaining_ratio AS remaining_ratio,
    b.projected_remaining_ratio AS projected_remaining_ratio,
    b.is_estimated AS is_estimated,
    b.state AS state,
    b.coverage AS coverage
FROM budget_rows AS b
LEFT JOIN
(
    SELECT
        slo,
        spec_rev,
        series,
        any(labels) AS labels
    FROM series
    GROUP BY
        slo,
        spec_rev,
        series
) AS l ON (l.slo = b.slo) AND (l.spec_rev = b.spec_rev) AND (l.series = b.series);

CREATE VIEW slo_burn_rates
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `slo` LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    `spec_rev` LowCardinality(String) COMMENT 'Spec revision that was judged at the time. Source: spec file.',
    `series` UInt64 COMMENT 'Series, see table series. Source: processor.',
    `labels` Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    `evaluated_at` DateTime('UTC') COMMENT 'End of the window, UTC. Source: evaluation clock.',
    `window_s` UInt32 COMMENT 'Length of the window in seconds; the old edge is cut at the pane up to 1 h, at 5 min beyond. Source: burn tiers.',
    `bad` UInt64 COMMENT 'Bad events in the window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `total` UInt64 COMMENT 'Events that count in the window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    `burn_rate` Float64 COMMENT 'bad / total / (1 - target); for display, integers decide. Source: burn stage.',
    `coverage` Float64 COMMENT 'How complete the data is, 0 to 1, see burn_rates. Below 0.9 nothing is concluded. Source: watermarks, source_reports.'
)
COMMENT 'Burn rates over time, with their labels, one row per window: the rows of burn_rate_rows. Between two rows the earlier one holds.'
AS SELECT
    b.stream AS stream,
    b.slo AS slo,
    b.spec_rev AS spec_rev,
    b.series AS series,
    l.labels AS labels,
    b.evaluated_at AS evaluated_at,
    b.window_s AS window_s,
    b.bad AS bad,
    b.total AS total,
    b.burn_rate AS burn_rate,
    b.coverage AS coverage
FROM
(
    SELECT
        stream,
        slo,
        spec_rev,
        series,
        evaluated_at,
        window_s,
        bad,
        total,
        burn_rate,
        coverage
    FROM burn_rate_rows
    ARRAY JOIN
        window_s,
        bad,
        total,
        burn_rate
) AS b
LEFT JOIN
(
    SELECT
        slo,
        spec_rev,
        series,
        any(labels) AS labels
    FROM series
    GROUP BY
        slo,
        spec_rev,
        series
) AS l ON (l.slo = b.slo) AND (l.spec_rev = b.spec_rev) AND (l.series = b.series);

CREATE VIEW sources
(
    `stream` LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    `service` LowCardinality(String) COMMENT 'Service that emits. Source: publisher.',
    `environment` LowCardinality(String) COMMENT 'Deployment environment. Source: publisher.',
    `instance` String COMMENT 'Which publisher, unique per running one. Source: publisher.',
    `state` String COMMENT 'expected: reports; stopped: said that it stops; lost: silent for 30 s or longer without having said so. Source: source_reports, database clock.',
    `first_report` DateTime64(6, 'UTC') COMMENT 'Start of its first interval of the last day by its own clock, UTC. Source: publisher.',
    `last_report` DateTime64(6, 'UTC') COMMENT 'End of its last interval by its own clock, UTC. Source: publisher.',
    `last_heard` DateTime('UTC') COMMENT 'When the log took its last report, UTC. Source: event log.',
    `reports` UInt64 COMMENT 'Reports of the last day, number. Source: source_reports.',
    `emitted` UInt64 COMMENT 'Events handed to the publisher within the last day, number. Source: publisher.',
    `acknowledged` UInt64 COMMENT 'Events that the log acknowledged within the last day, number. Source: publisher.',
    `retried` UInt64 COMMENT 'Events sent again within the last day, number. Source: publisher.',
    `dropped` UInt64 COMMENT 'Events lost within the last day, number. Source: publisher.',
    `dropped_5m` UInt64 COMMENT 'Events lost within the last 5 minutes of log time, number. Source: publisher.',
    `dropped_by_reason` Map(String, UInt64) COMMENT 'Events lost within the last day, number by reason. Source: publisher.'
)
COMMENT 'Sources of the last day, one row each.'
AS SELECT
    stream,
    service,
    environment,
    instance,
    multiIf(argMax(is_final, (interval_end, is_final)), 'stopped', dateDiff('second', max(kept_since), now()) >= 30, 'lost', 'expected') AS state,
    min(interval_start) AS first_report,
    max(interval_end) AS last_report,
    max(kept_since) AS last_heard,
    count() AS reports,
    sum(emitted_count) AS emitted,
    sum(acknowledged_count) AS acknowledged,
    sum(retried_count) AS retried,
    sum(arraySum(mapValues(r.dropped_by_reason))) AS dropped,
    sumIf(arraySum(mapValues(r.dropped_by_reason)), kept_since >= (now() - toIntervalMinute(5))) AS dropped_5m,
    sumMap(r.dropped_by_reason) AS dropped_by_reason
FROM source_reports AS r
FINAL
WHERE kept_since >= (now() - toIntervalDay(1))
GROUP BY
    stream,
    service,
    environment,
    instance;
