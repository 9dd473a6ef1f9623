export { AppError, invariant, isAppError } from './errors/app-error.ts';
export type { AppErrorOptions, ErrorOutcome } from './errors/app-error.ts';
export { grownBytes } from './bytes/grown-bytes.ts';
export { VARINT_BYTES_MAX, varintBytes, writeVarint, zigzag } from './bytes/varint.ts';
export {
  DERIVED_FIELDS,
  derivedField,
  fieldSql,
  referenceParts,
  sourceFieldsOf,
  sourcesOf,
  valueReader,
} from './events/derived-fields.ts';
export { labelSql } from './events/label-sql.ts';
export { isKept, sampleKeyOf, sampleNumberOf } from './events/sampling.ts';
export type { SamplingStage } from './events/sampling.ts';
export { SAMPLE_WEIGHT_MAX, extraOfWeight, extraOfWeightSql, weightedCount } from './events/sample-weight.ts';
export { COST_SOURCES, FALLBACK_KINDS, REFUSERS, STATUSES, TRUSTS, VERDICT_KINDS } from './events/words.ts';
export type { CostSource, FallbackKind, Refuser, Status, Trust, VerdictKind } from './events/words.ts';
export { PROVIDER_HOST, WITHHELD } from './events/refusal-words.ts';
export { defaultOf, defaultsOf } from './events/field-kinds.ts';
export type { EventField, EventFields, FieldKind, WordSymbols } from './events/field-kinds.ts';
export { INFERENCE_FIELDS } from './events/inference-fields.ts';
export {
  JUDGED_FIELDS,
  JUDGED_IDS,
  JUDGEMENT_FIELDS,
  REFERENCE_FIELDS,
  RESPONSE_ID_ATTRIBUTE,
  VERDICT_FIELDS,
} from './events/verdict-fields.ts';
export type { JudgedId, VerdictReference } from './events/verdict-fields.ts';
export type {
  EvalVerdict,
  InferenceEvent,
  InlineVerdict,
  Mark,
  SourceReport,
  StreamRecordKind,
} from './events/events.ts';
export type {
  ArithmeticOperator,
  CompareOperator,
  EntryNode,
  FieldDefinition,
  FieldNode,
  FieldType,
  LiteralNode,
  MapType,
  PredicateNode,
  TextTest,
  ValueType,
} from './predicates/predicate-node.ts';
export type { BurnTier } from './burn/burn-tier.ts';
export {
  parseExactRatio,
  parseLongRatio,
  compareRatios,
  multiplyRatios,
  formatPercent,
  formatRatio,
  ratioText,
  ratioToNumber,
} from './burn/exact-ratio.ts';
export type { ExactRatio } from './burn/exact-ratio.ts';
export type { BurnErrorCode } from './burn/burn-error.ts';
export {
  budgetShareOfTarget,
  burnRate,
  evidenceOf,
  isBurning,
  isTierBurning,
  leastEvidenceOf,
  maxBurnRate,
} from './burn/burn.ts';
export type { JudgedWindow, TierJudgement, WindowCounts } from './burn/burn.ts';
export { BURN_WORDS, burnWordOf, tierBurnWord } from './burn/burn-word.ts';
export type { BurnWord } from './burn/burn-word.ts';
export { compositeCounts, compositeTarget, compositeUnits } from './burn/composite.ts';
export { budgetShareOf, checkTier, factorOf, tierName } from './burn/tier-check.ts';
export type { TierContext } from './burn/tier-check.ts';
export { resolveTiers, TIER_OPERATOR_DEFAULT, TIER_PRESETS } from './burn/tiers.ts';
export type { TierPreset, TierRequest } from './burn/tiers.ts';
export { durationText } from './burn/durations.ts';
export { BUDGET_STATES, budgetOf, COVERAGE_MIN_DEFAULT } from './burn/budget.ts';
export type { Budget, BudgetInput, BudgetState } from './burn/budget.ts';
export { compositeForecastOf } from './burn/composite-forecast.ts';
export type { CompositeForecastInput, ForecastPart } from './burn/composite-forecast.ts';
export { forecastOf, rateSince } from './burn/forecast.ts';
export type { CountBucket, EventRate, Forecast, ForecastInput } from './burn/forecast.ts';
export {
  addCovers,
  coveredShare,
  lossRatioOf,
  sourceCover,
  SOURCE_HORIZON_MS,
  SOURCE_LOST_MS,
} from './coverage/source-coverage.ts';
export type { ReportedInterval, SourceCover } from './coverage/source-coverage.ts';
export { sourceSilence } from './coverage/source-silence.ts';
export type { SourceLife, SourceSilence } from './coverage/source-silence.ts';
export { calendarPeriodAt, calendarPeriodStart, nominalPeriodMs } from './burn/calendar.ts';
export type { CalendarPeriod, TimeSpan } from './burn/calendar.ts';
export {
  COARSE_EDGE_MS,
  distinctWindows,
  FINE_WINDOW_MS_MAX,
  PANE_MS_DEFAULT,
  periodWindow,
  windowEdges,
} from './burn/windows.ts';
export type { PeriodWindow, WindowNeeds } from './burn/windows.ts';
export {
  applyDecision,
  deadlineOf,
  DECISION_KINDS,
  isEnding,
  isFiringState,
  newAlert,
  step,
} from './alerts/alert-machine.ts';
export type { AlertRoute } from './alerts/alert-route.ts';
export { environmentOf, routedTo } from './alerts/alert-routes.ts';
export type { Routed } from './alerts/alert-routes.ts';
export { alertTimingOf } from './alerts/alert-timing.ts';
export type {
  AlertDecision,
  AlertEvaluation,
  AlertPhase,
  AlertState,
  AlertStep,
  AlertTiming,
  AppliedDecision,
  DecisionKind,
} from './alerts/alert-machine.ts';
export { alertKeyOf, decisionKeyOf, foldDecisions } from './alerts/decision-log.ts';
export type { AlertIdentity, DecisionMessage } from './alerts/decision-log.ts';
export { NOTIFICATION_OUTCOMES } from './alerts/notification-outcomes.ts';
export type { NotificationOutcome } from './alerts/notification-outcomes.ts';
export { SEVERITIES } from './alerts/severities.ts';
export type { Severity } from './alerts/severities.ts';
export { highestFiring, severityOf } from './alerts/severity.ts';
export type { TierAlert } from './alerts/severity.ts';
export { isAlertInScope, isSeriesInScope } from './alerts/silence-scope.ts';
export type { SilenceScope } from './alerts/silence-scope.ts';
export { OTHER_LABEL, hasLabels } from './panes/labels.ts';
export {
  addTo,
  histogramTotal,
  makeHistogram,
  mergeHistograms,
  quantileFromHistogram,
} from './panes/histogram.ts';
export type { Histogram } from './panes/histogram.ts';
export {
  BUCKET_INDEX_MAX,
  BUCKET_INDEX_MIN,
  bucketBounds,
  bucketIndex,
  bucketRepresentative,
  HISTOGRAM_SCALE_DEFAULT,
  HISTOGRAM_SCALE_MAX,
  relativeErrorMax,
} from './panes/histogram-buckets.ts';
export { ATTRIBUTION_DIMENSIONS, ATTRIBUTION_OUTCOMES } from './attribution/dimensions.ts';
export { ATTRIBUTION_METHODS, attributeBad, firstOfEach } from './attribution/attribute-bad.ts';
export { groupBy } from './group-by.ts';
export type {
  Attributed,
  Attribution,
  AttributionCell,
  AttributionInput,
  AttributionMethod,
  ValueCounts,
} from './attribution/attribute-bad.ts';
export { decideGate, GATE_ANSWERS } from './policy/decide-gate.ts';
export type {
  GateAnswer,
  GateDecision,
  GateInput,
  GateReason,
  GovernedSeries,
  GovernedSlo,
  GovernedState,
} from './policy/decide-gate.ts';
export type { BudgetMoment } from './policy/ladder.ts';
export {
  isRuleOf,
  isRuleShared,
  nextRoutes,
  ROUTE_DIMENSIONS,
  ROUTE_RULE_DEFAULT,
} from './policy/route-around.ts';
export type { RouteCount, RouteDimension, RouteRule, RouteState } from './policy/route-around.ts';
export { isOverrideInForce } from './policy/override.ts';
export type { PolicyOverride } from './policy/override.ts';
export {
  CHANGE_KINDS,
  DEFAULT_POLICIES,
  EVIDENCE_DEFAULT,
  INCOMPLETE_ANSWERS,
  LADDER_DEFAULT,
  OVERRIDE_MS_MAX,
  POLICY_LEVELS,
  STOPPABLE_KINDS,
  TELLING_ACTIONS,
  policiesOf,
} from './policy/policy-plan.ts';
export type {
  BudgetPolicy,
  ChangeFreeze,
  ChangeKind,
  IncompleteAnswer,
  Ladder,
  LadderLevel,
  PolicyLevel,
  PolicyTelling,
  SamplingRates,
} from './policy/policy-plan.ts';
export { levelChanges } from './policy/level-changes.ts';
export type { LevelChange, LevelInput, StoodTelling } from './policy/level-changes.ts';
export { serviceActions } from './policy/service-actions.ts';
export type { MarkedSeries, ServiceActions } from './policy/service-actions.ts';
export { COMPARISON_DEFAULTS, COMPARISON_VERDICTS, compareArms } from './comparison/compare-arms.ts';
export type {
  ArmCounts,
  ComparedArm,
  Comparison,
  ComparisonRule,
  ComparisonVerdict,
} from './comparison/compare-arms.ts';
export { compareSuites } from './comparison/compare-suites.ts';
export type { SuiteAgreement, SuiteComparison } from './comparison/compare-suites.ts';
export type { ShareBounds } from './statistics/confidence-sequence.ts';
export { chiSquareCritical, chiSquareTail } from './statistics/chi-square.ts';
export { cohensKappa } from './statistics/cohens-kappa.ts';
export { wilsonInterval } from './statistics/wilson-interval.ts';
export { bucketIndexSql } from './panes/histogram-sql.ts';
export { histogramFieldOf } from './panes/histogram-plan.ts';
export type { CategoryHistogram, HistogramPlan, NumberHistogram } from './panes/histogram-plan.ts';
export {
  SUM_DECIMALS_MAX,
  goodSumOf,
  isGoodSum,
  sumReader,
  sumReferencesOf,
  sumSourceFieldsOf,
  sumTermName,
  sumTermOf,
  sumValueOf,
  sumValueSql,
  summedFieldOf,
} from './panes/sum-term.ts';
export type { SumTerm } from './panes/sum-term.ts';
export type { BucketBounds } from './panes/histogram-buckets.ts';
export type { HistogramErrorCode } from './panes/histogram-error.ts';
export { NO_DATA_POLICIES, SHARE_DECIMALS, SLO_DIMENSIONS } from './burn/slo-plan.ts';
export type {
  BudgetPeriod,
  CalibrationRule,
  CapacityRule,
  CompositePart,
  Derivation,
  DriftRule,
  Envelope,
  MeanRule,
  SliceRule,
  Slices,
  Criticality,
  FieldWeight,
  GroupBy,
  LowTraffic,
  NoDataPolicy,
  ShareWeight,
  SliPlan,
  SliStream,
  SliWeight,
  SloDimension,
  SloPlan,
  SloTrack,
} from './burn/slo-plan.ts';
export { RepeatWindow, type IdHashes } from './repeats/repeat-window.ts';
export { backoffMs } from './time/backoff.ts';
export type { Backoff } from './time/backoff.ts';
export { clampToLogTime } from './time/event-time.ts';
export { parseRetryAfter } from './time/retry-after.ts';
export { instantOf, zoneOffsets } from './time/time-zone.ts';
export type { OffsetAt } from './time/time-zone.ts';
export { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, floorTo } from './time/units.ts';
export { compileInFrame, compilePredicates } from './predicates/compile-predicates.ts';
export { childrenOf } from './predicates/predicate-check.ts';
export type { CompiledPredicates, PredicateFrame } from './predicates/compile-predicates.ts';
export { evaluatePredicate } from './predicates/evaluate-predicate.ts';
export { checkPredicate, PREDICATE_DEPTH_MAX, typeOf } from './predicates/predicate-check.ts';
export { compareText } from './predicates/predicate-operations.ts';
export type { PredicateErrorCode } from './predicates/predicate-error.ts';
export { fieldsOf } from './predicates/predicate-inputs.ts';
export type { PredicateInput } from './predicates/predicate-inputs.ts';
export { predicateToSql, sqlText } from './predicates/predicate-sql.ts';
export type { PredicateSqlOptions } from './predicates/predicate-sql.ts';
export { canonicalJson } from './text/canonical-json.ts';
export { didYouMean, nearestWord } from './text/did-you-mean.ts';
