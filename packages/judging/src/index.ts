export { readAdjustmentsSince } from './adjusting/adjustments.ts';
export type { Adjustment } from './adjusting/adjustments.ts';
export { addAdjustment, revokeAdjustment } from './adjusting/adjust.ts';
export type { AdjustmentRequest } from './adjusting/adjust.ts';
export { SpecRollout } from './rollout/spec-rollout.ts';
export type { BackfillJob, RolloutParts, RolloutStream } from './rollout/spec-rollout.ts';
export { BurnStage } from './evaluation/burn-stage.ts';
export type { BurnStageOptions } from './evaluation/burn-stage.ts';
export { createLiveClock, createReplayClock } from './evaluation/evaluation-clock.ts';
export type { EvaluationClock, EvaluationSpan } from './evaluation/evaluation-clock.ts';
export { LATE_EVENTS, adjustedSince, inForceAt } from './closing/causes.ts';
export { PeriodCloser } from './closing/period-closer.ts';
export type { PeriodCloserOptions } from './closing/period-closer.ts';
export { startPeriodCloser } from './closing/start-closer.ts';
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
export { countHistory } from './backfill/count-history.ts';
export type { HistoryJob, HistoryRun, HistorySource } from './backfill/count-history.ts';
export { sharedReading } from './evaluation/budget-reading.ts';
export { groupPlans } from './evaluation/evaluation-plan.ts';
export { sumsOfPeriods } from './evaluation/past-periods.ts';
export type { PastPeriod, PeriodFigure } from './evaluation/past-periods.ts';
export { readPeriodPast } from './evaluation/period-past.ts';
export type { PastQuery, SeriesPast } from './evaluation/period-past.ts';
export { partBurnRate, partBurns } from './evaluation/part-burns.ts';
export type { PartBurn } from './evaluation/part-burns.ts';
export { startBurnStage } from './evaluation/start-burn-stage.ts';
export type { BurnStageSpecs } from './evaluation/start-burn-stage.ts';
export { startSealer } from './sealing/start-sealer.ts';
export { readGivenSpecs, recordSpecs } from './rollout/given-specs.ts';
export { recordPolicies } from './rollout/policy-registry.ts';
export { recordSlos } from './rollout/slo-registry.ts';
export { JudgedSpecs } from './rollout/judged-specs.ts';
export { checkSpecsFound, readSpecFiles } from './rollout/spec-files.ts';
export { watchSpecs } from './rollout/spec-watch.ts';
export { startRollout } from './rollout/start-rollout.ts';
export { driftFigures } from './evaluation/drift-figures.ts';
export type { DriftFigure } from './evaluation/drift-figures.ts';
export { entityTotals, standingEntities, worstEntities } from './evaluation/worst-entities.ts';
export type { EntityTotal, StandingEntities, WorstEntity } from './evaluation/worst-entities.ts';
