export { isKnownHost, isLoopback } from './access/hosts.ts';
export { makeKey, parseKeyFile } from './access/key-file.ts';
export type { KeyLimits, KeyUse, StoredKey } from './access/key-file.ts';
export { watchKeys } from './access/watched-keys.ts';
export type { WatchedKeys } from './access/watched-keys.ts';
export {
  MIGRATIONS_DIRECTORY,
  MIGRATION_TIMEOUT_MS,
  migrate,
  pendingMigrations,
  readMigrations,
} from './clickhouse/migrations.ts';
export type { Migration, MigrationErrorCode, Migrations } from './clickhouse/migrations.ts';
export { dateTime64OfMicros, dateTime64OfMs } from './clickhouse/timestamps.ts';
export { openStore } from './clickhouse/store.ts';
export type { BytesInsert, QueryParams, Store, StoreErrorCode, StoreOptions } from './clickhouse/store.ts';
export { connectLog, connectStore } from './config/connections.ts';
export {
  flagVariable,
  listVariable,
  numberVariable,
  optional,
  orElse,
  readEnvironment,
  textVariable,
  urlVariable,
  wordVariable,
} from './config/read-environment.ts';
export type { Companions, Config, Environment, Variables } from './config/read-environment.ts';
export {
  CLICKHOUSE_VARIABLES,
  COMPANIONS,
  KAFKA_VARIABLES,
  READING_VARIABLES,
  REGISTRY_VARIABLES,
  SERVICE_VARIABLES,
} from './config/service-variables.ts';
export { commitMetadata, readCommitMetadata, startOf } from './delivery/commit-metadata.ts';
export type { PartitionStart } from './delivery/commit-metadata.ts';
export { EPOCH_SETTINGS } from './delivery/epoch-settings.ts';
export { countedTopics, keptTopics, openStream, referencesTopic } from './delivery/running-stream.ts';
export type { RunningStream, ServiceHost, StreamName } from './delivery/running-stream.ts';
export { SHARD_SQL, WHOLE_SHARE, shardOf } from './delivery/shards.ts';
export type { ShardShare } from './delivery/shards.ts';
export { holdShards } from './delivery/shard-election.ts';
export type { ElectionOptions, Term } from './delivery/shard-election.ts';
export {
  checkFingerprint,
  ensureEpoch,
  fingerprintOf,
  latestEpoch,
  readFlushed,
  recordEpoch,
} from './delivery/stream-epochs.ts';
export { warmUpStart } from './delivery/warm-up.ts';
export type {
  EpochErrorCode,
  EpochSettings,
  FlushedRow,
  RecordedEpoch,
  StreamEpoch,
  StreamTopic,
} from './delivery/stream-epochs.ts';
export { StreamWorker } from './delivery/stream-worker.ts';
export type { PartitionWork, Snapshot, StreamWork, Unreadable } from './delivery/stream-work.ts';
export type { WorkerOptions, WorkerParts } from './delivery/stream-worker.ts';
export { UNREADABLE_LIMITS, unreadableOption } from './delivery/unreadable-share.ts';
export type { UnreadableLimits } from './delivery/unreadable-share.ts';
export { readKnown } from './delivery/read-known.ts';
export { readWarmUp } from './delivery/warm-up.ts';
export { readProgress } from './delivery/watermarks.ts';
export type {
  StreamProgress,
  Watermark,
  WatermarkConsumer,
  WrittenPartition,
} from './delivery/watermarks.ts';
export type {
  AssignedPartition,
  CommittedPosition,
  ConsumerOptions,
  Delivery,
  EventLog,
  LogConsumer,
  LogMessage,
  NewMessage,
  PartitionAppend,
  PartitionBounds,
  PartitionId,
  TimestampKind,
  TopicSpec,
} from './event-log/event-log.ts';
export { partitionKey } from './event-log/partitions.ts';
export { planTopics } from './event-log/topic-plan.ts';
export type { TopicDifference, TopicPlan } from './event-log/topic-plan.ts';
export { openThreadLog } from './event-log/across-threads/open-thread-log.ts';
export { serveLog } from './event-log/across-threads/serve-log.ts';
export { openEmbeddedLog } from './event-log/embedded/open-embedded-log.ts';
export type { EmbeddedLogOptions } from './event-log/embedded/open-embedded-log.ts';
export { openKafkaLog } from './event-log/open-kafka-log.ts';
export type { KafkaEventLog } from './event-log/kafka/open-kafka-log.ts';
export type {
  KafkaLogMetrics,
  KafkaLogOptions,
  KafkaSasl,
  KafkaTls,
} from './event-log/kafka/kafka-options.ts';
export type { KafkaCompression } from './event-log/kafka/records/compression.ts';
export type { InProcessEventLog } from './event-log/in-process/in-process-log.ts';
export { LOG_ERROR_CODES } from './event-log/log-errors.ts';
export type { LogErrorCode } from './event-log/log-errors.ts';
export { createMemoryDisk } from './event-log/memory/memory-disk.ts';
export type { MemoryDisk } from './event-log/memory/memory-disk.ts';
export { openMemoryLog } from './event-log/memory/open-memory-log.ts';
export type { MemoryLogOptions } from './event-log/memory/open-memory-log.ts';
export { mapInTurns } from './lifecycle/in-turns.ts';
export { listenBounded } from './lifecycle/bounded-server.ts';
export { systemClock } from './lifecycle/clock.ts';
export type { Clock } from './lifecycle/clock.ts';
export { retrying, tellRetries } from './lifecycle/retry.ts';
export type { RetryContext } from './lifecycle/retry.ts';
export {
  MIGRATION_RETRY,
  RECEIVER_BACKOFF,
  RECEIVER_HISTORY_RETRY,
  STORE_RETRY,
} from './lifecycle/retry-policies.ts';
export type { RetryPolicy } from './lifecycle/retry-policies.ts';
export { runService } from './lifecycle/run-service.ts';
export type { ServiceContext, ServiceDefinition } from './lifecycle/run-service.ts';
export { runInThread, serveThread } from './lifecycle/service-thread.ts';
export { orStop, stopAll } from './lifecycle/stop-all.ts';
export { STREAM_SERVICE_VARIABLES, openStreamService, untilTopic } from './lifecycle/stream-service.ts';
export type { StreamService } from './lifecycle/stream-service.ts';
export { Bell, createBells } from './lifecycle/bell.ts';
export type { ProcessBells } from './lifecycle/bell.ts';
export { Supervision, repeat } from './lifecycle/supervision.ts';
export { GAUGES_TEXT_TYPE, gaugesText } from './operations/gauges-text.ts';
export type { GaugeSample } from './operations/gauges-text.ts';
export { createMetrics } from './operations/metrics.ts';
export type { ComparedCosts, MetricsEndpoint, ServiceMetrics } from './operations/metrics.ts';
export { askOperations } from './operations/ask-operations.ts';
export type { OperationsAddress } from './operations/ask-operations.ts';
export { serveOperations } from './operations/operations-server.ts';
export type {
  OperationsActions,
  OperationsOptions,
  OperationsServer,
  ReadyCheck,
} from './operations/operations-server.ts';
export { HEARTBEAT_INTERVAL_MS, sendHeartbeats } from './operations/heartbeat.ts';
export { ProgressWatch } from './operations/progress-watch.ts';
export { connectRegistry, openSchemas } from './registry/open-schemas.ts';
export type { RegistryClient } from './registry/registry-client.ts';
export { applyRegistryPlan, planRegistry } from './registry/register-schemas.ts';
export type { RegistryPlan } from './registry/register-schemas.ts';
export { createLogger } from './observability/logger.ts';
export type { LogLevel, Logger } from './observability/logger.ts';
export { watchFiles } from './config/watch-files.ts';
export type { WatchedFiles } from './config/watch-files.ts';
