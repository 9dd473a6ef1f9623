export {
  DEAD_LETTER_REASON_LENGTH_MAX,
  decodeDeadLetter,
  encodeDeadLetter,
} from './dead-letters/dead-letter-message.ts';
export type { DeadLetterRecord } from './dead-letters/dead-letter-message.ts';
export { decodeDecision, encodeDecision } from './decisions/decision-message.ts';
export type {
  Contribution,
  PolicyEvidence,
  DecisionEvidence,
  DecisionRecord,
  OtherTier,
  WindowEvidence,
} from './decisions/decision-message.ts';
export type { CheckedBatch } from './events/batch-check.ts';
export { createBatchDecoder } from './events/batch-decoder.ts';
export type { BatchDecoder, DecodedBatch, ProjectedBatch } from './events/batch-decoder.ts';
export { createBatchEncoder, encodeMark, encodeSpecMark } from './events/batch-encoder.ts';
export type { BatchEncoder, BatchEncoderOptions } from './events/batch-encoder.ts';
export { MAX_EVENTS_PER_MESSAGE, MESSAGE_BYTES_MAX } from './events/batch-format.ts';
export type { RecordByKind } from './events/batch-format.ts';
export {
  BATCH_FRAMES_CONTENT_TYPE,
  BATCH_FRAMES_MAX,
  BATCH_FRAMES_PATH,
  decodeBatchFrames,
  encodeBatchFrames,
} from './events/batch-frames.ts';
export type { BatchFrame } from './events/batch-frames.ts';
export { addCost } from './events/costs/add-cost.ts';
export { CostEditor } from './events/costs/cost-editor.ts';
export type { AdditionOf } from './events/costs/cost-editor.ts';
export { COMPUTED_COST_MEASURE } from './events/costs/cost-fields.ts';
export type { CostAddition, CostFacts } from './events/costs/cost-fields.ts';
export { NUMBER_BOUNDS, VERDICTS_MAX } from './events/event-rules.ts';
export type { NumberKind } from './events/event-rules.ts';
export {
  MAP_ENTRIES_MAX,
  MAP_KEY_CHARS_MAX,
  MAP_VALUE_CHARS_MAX,
  TEXT_CHARS_MAX,
} from './events/field-rules.ts';
export { inspectBatch } from './events/inspect-batch.ts';
export type { BatchInspection } from './events/inspect-batch.ts';
export { pickRecords } from './events/pick-records.ts';
export { schemaIdOf, setSchemaId } from './events/batch-layout.ts';
export type { BatchLayout, BlockLayout } from './events/batch-layout.ts';
export type { EventContractErrorCode } from './events/event-contract-error.ts';
export {
  hashEventId,
  newUuid,
  SEED_HI,
  SEED_LO,
  uuidFromBytes,
  uuidFromContent,
  uuidToBytes,
} from './events/event-id.ts';
export type { EventIdHash } from './events/event-id.ts';
export { canRead, messageSchemaText, readMessageSchema } from './events/message-schema.ts';
export { parseEpochMicros } from './events/epoch-micros.ts';
export type { ParsedTime } from './events/epoch-micros.ts';
export type { CodedIssue, IntakeIssue, IntakeIssueCode } from './events/intake-issues.ts';
export type { HintBudget } from './events/key-hints.ts';
export { inferenceFaults, verdictFaults } from './events/check-records.ts';
export { parseUniqueJson, textOfUtf8 } from './events/json-text.ts';
export { nanoUsdFromDecimal } from './events/nano-usd.ts';
export {
  isReference,
  parseEvalVerdict,
  parseInferenceEvent,
  parseVerdictReference,
} from './events/parse-intake.ts';
export type { IntakeOptions } from './events/parse-intake.ts';
export { checkReportClaims, reportTimeIssues } from './events/report-claims.ts';
export { MARK_KINDS } from './events/record-writers.ts';
export { isUnion, loadPackageSchemas, readSchemaTable, schemaHashes } from './events/schema-source.ts';
export type {
  AvroComplexJson,
  AvroFieldJson,
  AvroSchemaJson,
  SchemaSource,
  SchemaTableEntry,
  StoredSchema,
} from './events/schema-source.ts';
export { decodeReference, encodeReference } from './references/reference-message.ts';
export { planColumns, planSql } from './rows/plan-sql.ts';
export type { ColumnOf, PlanSql } from './rows/plan-sql.ts';
export { rawColumnSql } from './rows/raw-columns.ts';
export { fieldsRead, recordsSql } from './rows/records-sql.ts';
export type { RecordsWanted } from './rows/records-sql.ts';
export { RowContainer } from './rows/row-container.ts';
export type { RowContainerSpec } from './rows/row-container.ts';
export {
  DEAD_LETTERS_TOPIC,
  DECISIONS_TOPIC,
  CHECKPOINTS_TOPIC,
  EVALUATORS_TOPIC,
  partitionAt,
  partitionOf,
  streamTopicNames,
  topicsOf,
} from './topics/topics.ts';
export { belongsInto, checkPlace, topicKind } from './topics/topic-kinds.ts';
export type { StreamOptions, StreamTopicNames, StreamTopics, TopicSpec } from './topics/topics.ts';
export { BeyondWalk, orBeyond } from './walk/beyond-walk.ts';
export { hashIdAt, ODD_MESSAGE } from './walk/byte-reading.ts';
export type { Position } from './walk/byte-reading.ts';
export { buildMessageWalk, walkOrNull } from './walk/message-walk.ts';
export type { MessageWalk } from './walk/message-walk.ts';
export { readScalarCode } from './walk/read-code.ts';
export { WalkCode } from './walk/walk-code.ts';
