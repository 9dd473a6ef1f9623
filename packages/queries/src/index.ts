export { isQueryRefused } from './query-refused.ts';
export { readAlertTotals } from './alerts/alert-totals.ts';
export { readAlertHistory } from './alerts/alert-history.ts';
export type { AlertCursor, AlertDelivery, AlertHistoryQuery, PastAlert } from './alerts/alert-history.ts';
export { readDecisions } from './alerts/decisions.ts';
export type { DecisionsQuery, StoredDecision, StoredNotice } from './alerts/decisions.ts';
export { readOpenAlerts } from './alerts/open-alerts.ts';
export type { OpenAlert } from './alerts/open-alerts.ts';
export { readUndelivered } from './alerts/undelivered.ts';
export type { UndeliveredNotices } from './alerts/undelivered.ts';
export { readGovernedSlos, readGovernedThrough } from './governing/governed-slos.ts';
export { readKnowledge } from './governing/known-by.ts';
export { readGovernedMoment, readLevelInput } from './governing/level-input.ts';
export { alertIdOf, alertOfId } from './alerts/alert-id.ts';
export { readOverrides, readPolicies } from './governing/policies.ts';
export { readStoodTellings } from './governing/policy-notices.ts';
export type { ServiceTelling } from './governing/policy-notices.ts';
export {
  readRouteCounts,
  readRouteStates,
  readRouting,
  readServices,
  writeRouteStates,
} from './governing/routes.ts';
export type { Route } from './governing/routes.ts';
export { readServiceActions } from './governing/service-actions.ts';
export type { KnownActions } from './governing/service-actions.ts';
export { readBurnStart } from './incidents/burn-start.ts';
export { readFiredSpecs } from './incidents/fired-specs.ts';
export type { FiredSpec } from './incidents/fired-specs.ts';
export { readUntoldChanges, recordServiceChanges } from './traffic/service-changes.ts';
export type { ServiceChange, UntoldChange } from './traffic/service-changes.ts';
export { checkDimensions, labelsThatTell } from './traffic/label-conditions.ts';
export { isImpactCounted, readBadCases, readImpact } from './incidents/incident-impact.ts';
export type { BadCase, Impact, ImpactSeries } from './incidents/incident-impact.ts';
export { INCIDENT_ACTIONS, readIncident, readIncidents } from './incidents/incidents.ts';
export type { Incident, IncidentAction, IncidentDetail } from './incidents/incidents.ts';
export { budgetHistoryStatement, readBudgetHistory } from './history/budget-history.ts';
export type { BudgetPoint } from './history/budget-history.ts';
export { burnRateHistoryStatement, readBurnRateHistory } from './history/burn-rate-history.ts';
export type { BurnRatePoint } from './history/burn-rate-history.ts';
export { readClosedPeriods } from './history/closed-periods.ts';
export type {
  ClosedPeriod,
  ClosedPeriodsQuery,
  PeriodCounts,
  PeriodRestatement,
} from './history/closed-periods.ts';
export { readBackfilledAt, readDayEnds, readSeriesLabels } from './history/day-ends.ts';
export type { DayEnd, DayEnds, DayEndsQuery } from './history/day-ends.ts';
export { eventCountsStatement, readEventCounts } from './history/event-counts.ts';
export type { EventCount } from './history/event-counts.ts';
export { readEvaluatedThrough } from './history/evaluated-through.ts';
export { readJudgedStarts } from './history/judged-starts.ts';
export type { JudgedStart } from './history/judged-starts.ts';
export { readEventsLookedAt } from './history/events-looked-at.ts';
export { HISTORY_STEPS_MS, stepOf } from './history/history-query.ts';
export type { HistoryQuery } from './history/history-query.ts';
export { readHoursOfWeek, readPaneStarts } from './history/hours-of-week.ts';
export type { HourOfWeek, PaneStart } from './history/hours-of-week.ts';
export { readKeptHistory, readSunkThrough } from './history/kept-history.ts';
export type { KeptEpoch, KeptHistory } from './history/kept-history.ts';
export { readPanes } from './history/panes.ts';
export type { PanesQuery, StoredPane } from './history/panes.ts';
export { readSpentSince } from './history/spent-since.ts';
export type { SpentSince } from './history/spent-since.ts';
export { readSeriesTotals } from './history/series-totals.ts';
export type { SeriesTotals, TotalsQuery } from './history/series-totals.ts';
export { readSampledBudgets } from './slos/sampled-budgets.ts';
export type { SampledBudget } from './slos/sampled-budgets.ts';
export { areRowsWhole, readKeptReports } from './reports.ts';
export type { KeptReport, KeptReportQuery } from './reports.ts';
export { readBudgetBurn } from './slos/budget-burn.ts';
export type { WindowBudgetBurn } from './slos/budget-burn.ts';
export { readAdjustedBudgets, readAdjustmentRows } from './slos/adjustments.ts';
export type { AdjustedBudget, AdjustmentEntry } from './slos/adjustments.ts';
export { readBudgetSpecs } from './slos/budget-specs.ts';
export type { BudgetSpec } from './slos/budget-specs.ts';
export { readEntityCounts } from './slos/entity-counts.ts';
export { readJudgedSlos } from './slos/judged-slos.ts';
export type { JudgedSlo } from './slos/judged-slos.ts';
export { readPercentiles } from './slos/percentiles.ts';
export type { SeriesPercentiles } from './slos/percentiles.ts';
export { readCountedStatus, readStatus, statusSqlAt, statusStatement } from './slos/series-status.ts';
export type { CountedStatus, SeriesStatus, StatusQuery } from './slos/series-status.ts';
export type { TimeRange } from './sql-values.ts';
export { readStreams, readUncovered, readWaitingRevisions } from './streams.ts';
export type { UncoveredSpan, WaitingRevision } from './streams.ts';
export { ARM_DIMENSIONS } from './traffic/arm-counts.ts';
export type { ArmDimension } from './traffic/arm-counts.ts';
export { readArmFigures, readArms } from './traffic/arms.ts';
export type { Arm, ArmFigures } from './traffic/arms.ts';
export { readAttribution, readAttributions } from './traffic/attribution.ts';
export type { AttributionQuery, AttributionsQuery } from './traffic/attribution.ts';
export { readChangesBefore } from './traffic/changes-before.ts';
export type { ChangeBefore, ChangesQuery } from './traffic/changes-before.ts';
export { readCapacity } from './traffic/capacity.ts';
export type { CapacityQuery, SeriesCapacity } from './traffic/capacity.ts';
export { readComparisons } from './traffic/comparison.ts';
export type { ComparisonQuery, Comparisons, SloComparison } from './traffic/comparison.ts';
export {
  UNUSUAL_SPEND,
  readFirstInference,
  readUnusualSpend,
  unusualSpendStatement,
} from './traffic/unusual-spend.ts';
export { readSuiteComparisons } from './traffic/suite-comparison.ts';
export type { EvaluatorComparison, SuitesQuery } from './traffic/suite-comparison.ts';
export { COST_DIMENSIONS, costStatement, readCost } from './traffic/cost.ts';
export type { CostDimension, CostQuery, Spend } from './traffic/cost.ts';
export { COUNTED_AS, readCountedEvents } from './traffic/counted-events.ts';
export type {
  CountedAs,
  CountedCursor,
  CountedEvent,
  CountedPage,
  CountedQuery,
  RecordPlace,
} from './traffic/counted-events.ts';
export { readRecentEnvironments } from './traffic/environments.ts';
export type { EnvironmentTraffic, EnvironmentsQuery } from './traffic/environments.ts';
export { readFleet } from './traffic/fleet.ts';
export type { FleetMember, FleetQuery } from './traffic/fleet.ts';
export { countRawRows, readKeptRows } from './traffic/kept-rows.ts';
export type { KeptRows } from './traffic/kept-rows.ts';
export { readForeignKinds, readMarkedEvents } from './traffic/marked-events.ts';
export type { EventMark, ForeignKind, StoredEvent } from './traffic/marked-events.ts';
export { readProviderChain } from './traffic/provider-chain.ts';
export type { ChainLink } from './traffic/provider-chain.ts';
export { readPromptCosts, readPromptVerdicts } from './traffic/prompt-rates.ts';
export type { PromptCost, PromptVerdicts } from './traffic/prompt-rates.ts';
export { readAlertCounts } from './alerts/alert-counts.ts';
export { firedBurnKey, readFiredBurns } from './alerts/fired-burn.ts';
export { percentileHistoryStatement, readPercentileHistory } from './history/latency-history.ts';
export type { PercentilesPoint, PercentilesQuery } from './history/latency-history.ts';
export { readDeadLetterCounts } from './pipeline/dead-letter-counts.ts';
export type { DeadLetterCount } from './pipeline/dead-letter-counts.ts';
export { readEngineState } from './pipeline/engine.ts';
export type { EngineState } from './pipeline/engine.ts';
export { readSources } from './pipeline/sources.ts';
export type { Source } from './pipeline/sources.ts';
export { readWatermarks } from './pipeline/watermarks.ts';
export type { Watermark } from './pipeline/watermarks.ts';
export { readSloFacts } from './slos/slo-facts.ts';
export type { SloFacts } from './slos/slo-facts.ts';
export { readSliPlan } from './slos/slo-plan.ts';
export { readGivenFiles, readGivenTimes, readSpecChanges } from './spec-files.ts';
export type { GivenFiles, SpecChange } from './spec-files.ts';
export { readHistoryStarts, readStreamProgress } from './stream-progress.ts';
export type { StreamProgress } from './stream-progress.ts';
export { readCountedBy } from './traffic/counted-by.ts';
export type { CountedBy, CountedByQuery } from './traffic/counted-by.ts';
export { readEvaluators } from './traffic/evaluators.ts';
export type { EvaluatorVerdicts, EvaluatorsQuery } from './traffic/evaluators.ts';
export { readJudgeAgreement } from './traffic/judge-agreement.ts';
export type { JudgeAgreement } from './traffic/judge-agreement.ts';
export { readFallbacks } from './traffic/fallbacks.ts';
export type { FallbackShare } from './traffic/fallbacks.ts';
export {
  FIELD_OPERATORS,
  isSearchable,
  readAttempts,
  readRawEvent,
  readRawEvents,
  readRequestVerdicts,
} from './traffic/raw-events.ts';
export type {
  EventRow,
  FieldOperator,
  FieldTest,
  RawCursor,
  RawEvent,
  RawEventsQuery,
} from './traffic/raw-events.ts';
export { readChangeMarks } from './pipeline/change-marks.ts';
export type { ChangeMarks } from './pipeline/change-marks.ts';
export { RAW_ROWS_MS } from './traffic/raw-rows.ts';
