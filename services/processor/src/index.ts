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
