-- What follows from budgets: policies as they were given, overrides, and what the gate said.

CREATE TABLE error_budget_policies
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    policies String COMMENT 'All policies of the spec files, a JSON array; empty array: there are none, and services have the shipped ones. Source: spec files.',
    loaded_at DateTime64(3, 'UTC') COMMENT 'From when on they hold, UTC. Source: clock of whoever was given the files.'
)
ENGINE = MergeTree
ORDER BY (stream, loaded_at)
SETTINGS fsync_after_insert = 1
COMMENT 'Policies over error budgets as they were given, a row whenever they changed; nothing is ever changed. The last row holds.';

CREATE TABLE policy_overrides
(
    id LowCardinality(String) COMMENT 'Name of the override; its end has the same. Source: burnline override.',
    action Enum8('add' = 1, 'end' = 2) COMMENT 'add: changes pass from here on; end: they do not any more. Source: burnline override.',
    written_at DateTime64(3, 'UTC') COMMENT 'When it was signed, or ended, UTC. Source: clock of burnline override.',
    author String COMMENT 'Who did it. Source: --author, or the user of the operating system.',
    reason String COMMENT 'Why. Source: --reason.',
    service LowCardinality(String) COMMENT 'Service whose changes pass. Source: --service.',
    changes Array(LowCardinality(String)) COMMENT 'Kinds of changes that pass: feature, model, prompt, config. Source: --change.',
    expires_at DateTime64(3, 'UTC') COMMENT 'When it ends by itself, UTC: 7 days after it was signed at most. Source: --for.'
)
ENGINE = MergeTree
ORDER BY (id, written_at)
SETTINGS fsync_after_insert = 1
COMMENT 'Audit of overrides: somebody''s word that changes of a service pass what a policy stops, for a time; a row for each that was signed and for each that was ended, nothing is ever changed.';

CREATE TABLE gate_answers
(
    id LowCardinality(String) COMMENT 'Name of the answer. Source: gate.',
    asked_at DateTime64(3, 'UTC') COMMENT 'When it was asked, UTC. Source: clock of the gate.',
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: question.',
    service LowCardinality(String) COMMENT 'Service that is to change. Source: question.',
    change LowCardinality(String) COMMENT 'What is to change: feature, fix, model, prompt or config. Source: question.',
    as_of DateTime64(3, 'UTC') COMMENT 'Moment that the answer is of, UTC. Source: question.',
    answer Enum8('allow' = 1, 'insufficient' = 2, 'deny' = 3) COMMENT 'insufficient: there is not enough evidence. Source: gate.',
    reasons String COMMENT 'Why, a JSON array: effect, code, text, policy, SLO, override. Source: gate.',
    states String COMMENT 'Rows behind it, a JSON array: level, share spent, events and coverage of each series that a policy looked at. Source: budgets.',
    comparison String COMMENT 'How the candidate did by each SLO, JSON; empty: no arms were given. Source: inference_events, eval_verdicts.',
    evaluated_at Nullable(DateTime('UTC')) COMMENT 'Last evaluation that it goes by, UTC. NULL: there was none. Source: evaluations.',
    coverage Nullable(Float64) COMMENT 'Lowest coverage of what was looked at, 0 to 1. NULL: nothing was. Source: budgets.'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(asked_at)
ORDER BY (stream, service, asked_at)
SETTINGS fsync_after_insert = 1
COMMENT 'Every answer of the deploy gate, with its reasons and the rows behind them; nothing is ever changed.';
