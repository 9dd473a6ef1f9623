export { AppError, invariant } from './errors/app-error.ts';
export type { AppErrorOptions, ErrorOutcome } from './errors/app-error.ts';
export { COST_SOURCES, FALLBACK_KINDS, STATUSES, VERDICT_KINDS } from './events/events.ts';
export type {
  CostSource,
  EvalVerdict,
  FallbackKind,
  InferenceEvent,
  InlineVerdict,
  Mark,
  SourceReport,
  Status,
  StreamRecordKind,
  VerdictKind,
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
export type {
  BudgetPeriod,
  Criticality,
  ExactRatio,
  GroupBy,
  SliPlan,
  SliStream,
  SloPlan,
  SloTrack,
} from './burn/slo-plan.ts';
