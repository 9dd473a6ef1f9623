export { createPaneWork } from './counting/pane-work.ts';
export { SpecCatalog } from './specs/spec-catalog.ts';
export { SpecRollout, processorGroupOf } from './specs/spec-rollout.ts';
export type { BackfillJob, RolloutParts, RolloutStream } from './specs/spec-rollout.ts';
export { BurnStage } from './evaluation/burn-stage.ts';
export type { BurnStageOptions } from './evaluation/burn-stage.ts';
export { createLiveClock, createReplayClock } from './evaluation/evaluation-clock.ts';
export type { EvaluationClock, EvaluationSpan } from './evaluation/evaluation-clock.ts';
export { createSealer } from './sealing/create-sealer.ts';
export { runBackfill } from './backfill/run-backfill.ts';
export type {
  BackfillErrorCode,
  RawBackfillJob,
  BackfillParts,
  BackfillResult,
  BackfillRun,
} from './backfill/run-backfill.ts';
export type { BackfillEpoch } from './backfill/slices.ts';
export { startBurnStage } from './evaluation/start-burn-stage.ts';
export type { BurnStageSpecs } from './evaluation/start-burn-stage.ts';
export { startSealer } from './sealing/start-sealer.ts';
export { readGivenSpecs, recordSpecs } from './specs/given-specs.ts';
export { JudgedSpecs } from './specs/judged-specs.ts';
export { checkSpecsFound, readSpecFiles } from './specs/spec-files.ts';
export { watchSpecs } from './specs/spec-watch.ts';
export { startRollout } from './specs/start-rollout.ts';
export { startProcessor } from './start-processor.ts';
export { diagnoseTopic } from './recovery/diagnosis.ts';
export type { ConsumerState, StreamConsumer, TopicDiagnosis } from './recovery/diagnosis.ts';
export { planRecovery } from './recovery/recovery-plan.ts';
export type { ConsumerStart, RecoveryPlan } from './recovery/recovery-plan.ts';
export { recoverTopic } from './recovery/recover-topic.ts';
export type { RecoveryParts } from './recovery/recover-topic.ts';
