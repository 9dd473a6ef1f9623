-- Several alerters share the SLOs: progress is kept by shard.

ALTER TABLE evaluations
    ADD COLUMN IF NOT EXISTS shard UInt16 COMMENT 'Which part of the SLOs the row speaks of: CRC32 of the SLO''s id, modulo the number of shards; 0 where one process judges all. Source: burn stage.' AFTER stream,
    MODIFY ORDER BY (stream, evaluated_through, shard);

ALTER TABLE alert_progress
    ADD COLUMN IF NOT EXISTS shard UInt16 COMMENT 'Which part of the SLOs the row speaks of, as in evaluations. Source: alerter.' AFTER stream,
    MODIFY ORDER BY (stream, shard);
