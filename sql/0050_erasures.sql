-- Raw rows of a user or a session that somebody asked to be erased, and who did it.

CREATE TABLE erasures
(
    id LowCardinality(String) COMMENT 'Name of the erasure. Source: burnline erase.',
    erased_at DateTime64(3, 'UTC') COMMENT 'When it was asked for, UTC. Source: clock of who erased.',
    subject LowCardinality(String) COMMENT 'user or session. Source: burnline erase.',
    subject_hash FixedString(64) COMMENT 'SHA-256 of the id in hex: the id itself is not kept. Source: burnline erase.',
    events UInt64 COMMENT 'Raw inference events that were there, repeats included, number. Source: inference_events.',
    verdicts UInt64 COMMENT 'Raw verdicts of their requests that were there, number. Source: eval_verdicts.',
    author String COMMENT 'Who did it. Source: --author, or the user of the operating system.',
    reason String COMMENT 'Why. Source: --reason.'
)
ENGINE = MergeTree
ORDER BY (erased_at, id)
SETTINGS fsync_after_insert = 1
COMMENT 'Audit of erased raw rows: one row for each time that somebody erased a user or a session; nothing is ever changed. Budgets, burn rates and what they were counted from stay as they are.';
