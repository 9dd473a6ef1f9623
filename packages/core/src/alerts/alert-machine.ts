/**
 * The life of one alert: one tier of one SLO, for one series.
 *
 * States
 * - `inactive`: has never fired.
 * - `pending`: the condition holds, but not yet for the tier's hold. Known to the evaluator only; no decision records it.
 * - `firing`
 * - `frozen`: was firing, and incomplete data does not let it resolve. It still counts as firing.
 * - `resolved`: has fired and ended: by itself, because its SLO was removed, or because somebody ended it by name.
 *
 * An evaluation finds one of three conditions. `holds`: what was seen burns, whatever share of the whole that is.
 * `clear`: not burning on complete data. `unknown`: not burning, but data is missing.
 *
 * | state            | holds                            | clear               | unknown             |
 * |------------------|----------------------------------|---------------------|---------------------|
 * | inactive         | firing (fire), pending if held   | inactive            | inactive            |
 * | pending          | firing (fire) once held enough   | inactive / resolved | inactive / resolved |
 * | firing           | firing                           | resolved (resolve)  | frozen (freeze)     |
 * | frozen           | firing (thaw)                    | resolved (resolve)  | frozen              |
 * | resolved         | firing (fire), pending if held   | resolved            | resolved            |
 *
 * Between two evaluations a condition stays what it was: a hold that ends before the next evaluation fires at its end.
 * A hold must be unbroken by what is known, so `unknown` ends it: a pending alert is thus never older than its hold, and
 * whoever restarts rebuilds it by evaluating one hold's length again.
 *
 * All times are epoch milliseconds of evaluation time.
 */
export type AlertPhase =
  | { readonly kind: 'inactive' }
  | {
      readonly kind: 'pending';
      readonly since: number;
      readonly deadline: number;
      readonly before: Extract<AlertPhase, { kind: 'inactive' | 'resolved' }>;
    }
  | { readonly kind: 'firing'; readonly firedAt: number }
  | { readonly kind: 'frozen'; readonly firedAt: number; readonly frozenAt: number }
  | { readonly kind: 'resolved'; readonly firedAt: number; readonly resolvedAt: number };

export type AlertState = AlertPhase & {
  /** The latest evaluation that was heeded; null before the first. */
  readonly evaluatedAt: number | null;
  /** The latest evaluation time that a decision in the log spoke of, whether it stood or not; null before the first. */
  readonly decidedAt: number | null;
};

export interface AlertEvaluation {
  readonly at: number;
  /** Whether the tier's condition holds on what was seen. */
  readonly burning: boolean;
  /** Whether the data of both windows is complete enough to say that it does not. */
  readonly covered: boolean;
}

/**
 * What an evaluation decides, and what ends an alert without one: `removed` with its SLO, tier or series, `ended` by
 * somebody who named it. Neither of these two says that things are well again.
 */
export const DECISION_KINDS = ['fire', 'resolve', 'freeze', 'thaw', 'removed', 'ended'] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];

/** Whether the alert is over after a decision of this kind. */
export function isEnding(kind: DecisionKind): boolean {
  return kind === 'resolve' || kind === 'removed' || kind === 'ended';
}

export interface AlertDecision {
  readonly kind: DecisionKind;
  readonly at: number;
}

export interface AlertStep {
  readonly state: AlertState;
  /** None, one, or two: the end of a hold that lies before the evaluation, then what the evaluation says. */
  readonly decisions: readonly AlertDecision[];
}

type AlertCondition = 'holds' | 'clear' | 'unknown';

export function newAlert(): AlertState {
  return { kind: 'inactive', evaluatedAt: null, decidedAt: null };
}

function conditionOf({ burning, covered }: AlertEvaluation): AlertCondition {
  if (burning) return 'holds';
  return covered ? 'clear' : 'unknown';
}

/** When a pending alert fires if nothing changes until then; null for every other state. */
export function deadlineOf(state: AlertState): number | null {
  return state.kind === 'pending' ? state.deadline : null;
}

/** What a decision makes of a phase; null where it does not apply: a second fire, a resolve of what is not firing. */
function phaseAfter(state: AlertState, { kind, at }: AlertDecision): AlertPhase | null {
  switch (state.kind) {
    case 'inactive':
    case 'pending':
    case 'resolved':
      return kind === 'fire' ? { kind: 'firing', firedAt: at } : null;
    case 'firing':
      if (isEnding(kind)) return { kind: 'resolved', firedAt: state.firedAt, resolvedAt: at };
      return kind === 'freeze' ? { kind: 'frozen', firedAt: state.firedAt, frozenAt: at } : null;
    case 'frozen':
      if (isEnding(kind)) return { kind: 'resolved', firedAt: state.firedAt, resolvedAt: at };
      return kind === 'thaw' ? { kind: 'firing', firedAt: state.firedAt } : null;
  }
}

export interface AppliedDecision {
  readonly state: AlertState;
  /** Whether the decision changed anything: only then is it written to tables and sent. */
  readonly stands: boolean;
}

/**
 * The state after a decision of the log. The first message of an evaluation time occupies it, even where it does not apply
 * (a second fire, from a writer that had not read the first); messages about that time or an earlier one do not stand.
 * The outcome depends on the log alone and not on what a reader has evaluated itself, so all readers agree.
 */
export function applyDecision(state: AlertState, decision: AlertDecision): AppliedDecision {
  const { at } = decision;
  if (state.decidedAt !== null && at <= state.decidedAt) return { state, stands: false };
  const phase = phaseAfter(state, decision);
  const times = { evaluatedAt: Math.max(at, state.evaluatedAt ?? at), decidedAt: at };
  return { state: { ...(phase ?? state), ...times }, stands: phase !== null };
}

/** What an evaluation decides in a state, or null: the body of the table above. */
function decisionKindOf(
  state: AlertState,
  condition: AlertCondition,
  at: number,
  holdMs: number,
): DecisionKind | null {
  switch (state.kind) {
    case 'inactive':
    case 'resolved':
      return condition === 'holds' && holdMs === 0 ? 'fire' : null;
    case 'pending':
      return condition === 'holds' && at >= state.deadline ? 'fire' : null;
    case 'firing':
      return { holds: null, clear: 'resolve' as const, unknown: 'freeze' as const }[condition];
    case 'frozen':
      return { holds: 'thaw' as const, clear: 'resolve' as const, unknown: null }[condition];
  }
}

/** The phase after an evaluation that decides nothing: a hold begins, goes on or ends. */
function undecidedPhase(
  state: AlertState,
  condition: AlertCondition,
  at: number,
  holdMs: number,
): AlertPhase {
  switch (state.kind) {
    case 'inactive':
    case 'resolved':
      return condition === 'holds'
        ? { kind: 'pending', since: at, deadline: at + holdMs, before: phaseOf(state) }
        : state;
    case 'pending':
      return condition === 'holds' ? state : state.before;
    case 'firing':
    case 'frozen':
      return state;
  }
}

/** The phase alone, without the times of the state that carried it. */
function phaseOf(
  state: Extract<AlertState, { kind: 'inactive' | 'resolved' }>,
): Extract<AlertPhase, { kind: 'inactive' | 'resolved' }> {
  return state.kind === 'inactive'
    ? { kind: 'inactive' }
    : { kind: 'resolved', firedAt: state.firedAt, resolvedAt: state.resolvedAt };
}

/**
 * One evaluation. Idempotent by evaluation time: one at or before the last that was heeded changes nothing, so a late
 * second look at the same instant cannot contradict what was already said. A hold that begins takes `holdMs`; one that
 * runs keeps the deadline it began with.
 */
export function step(state: AlertState, evaluation: AlertEvaluation, holdMs: number): AlertStep {
  const { at } = evaluation;
  if (state.evaluatedAt !== null && at <= state.evaluatedAt) return { state, decisions: [] };
  const deadline = deadlineOf(state);
  // Where the log has meanwhile spoken of the deadline or later, a fire at the deadline could not stand any more.
  const canFireThen = deadline !== null && deadline > (state.decidedAt ?? -Infinity);
  if (canFireThen && deadline < at) {
    const fire: AlertDecision = { kind: 'fire', at: deadline };
    const rest = step(applyDecision(state, fire).state, evaluation, holdMs);
    return { state: rest.state, decisions: [fire, ...rest.decisions] };
  }
  const condition = conditionOf(evaluation);
  const kind = decisionKindOf(state, condition, at, holdMs);
  if (kind !== null) {
    const decision: AlertDecision = { kind, at };
    return { state: applyDecision(state, decision).state, decisions: [decision] };
  }
  const phase = undecidedPhase(state, condition, at, holdMs);
  return { state: { ...phase, evaluatedAt: at, decidedAt: state.decidedAt }, decisions: [] };
}
