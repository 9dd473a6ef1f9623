/**
 * The life of one alert: one tier of one SLO, for one series.
 *
 * States
 * - `inactive`: has never fired.
 * - `pending`: the condition holds, but not yet for the tier's hold. Known to the evaluator only; no decision records it.
 * - `firing`
 * - `frozen`: was firing, and incomplete data does not let it resolve. It still counts as firing.
 * - `clearing`: was firing or frozen and is clear, but not yet for as long as its end asks for. It still counts as firing.
 *   Known to the evaluator only, like `pending`.
 * - `resolved`: has fired and ended: by itself, because its SLO was removed, or because somebody ended it by name.
 *
 * An evaluation finds one of three conditions. `holds`: what was seen burns, whatever share of the whole that is.
 * `clear`: not burning on complete data. `unknown`: not burning, but data is missing.
 *
 * | state            | holds                            | clear               | unknown             |
 * |------------------|----------------------------------|---------------------|---------------------|
 * | inactive         | firing (fire), pending if held   | inactive            | inactive            |
 * | pending          | firing (fire) once held enough   | inactive / resolved | inactive / resolved |
 * | firing           | firing                           | clearing            | frozen (freeze)     |
 * | frozen           | firing (thaw)                    | clearing            | frozen              |
 * | clearing         | firing (thaw if it was frozen)   | resolved (resolve) once clear for long enough | frozen (freeze unless it was) |
 * | resolved         | firing (fire), pending if held   | resolved            | resolved            |
 *
 * Between two evaluations a condition stays what it was: a hold that ends before the next evaluation fires, or resolves, at
 * its end. A hold must be unbroken by what is known, so `unknown` ends it: neither a pending nor a clearing alert is ever
 * older than its hold, and whoever restarts rebuilds it by evaluating one hold's length again.
 *
 * Short windows of little traffic are clear by chance, so the end of an outage waits for `resolveHoldMs`. What fires again
 * sooner than `gapMs` after its end is the same trouble that comes and goes: it is told at once, and then ends only after
 * being clear for the whole gap. So a tier fires at most twice, whatever comes and goes faster than the gap.
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
  | FiringPhase
  | FrozenPhase
  | {
      readonly kind: 'clearing';
      readonly since: number;
      readonly deadline: number;
      readonly before: FiringPhase | FrozenPhase;
    }
  | { readonly kind: 'resolved'; readonly firedAt: number; readonly resolvedAt: number };

/** When an alert fired, and when it had ended before that, if ever. */
interface Fired {
  readonly firedAt: number;
  readonly lastResolvedAt?: number;
}
type FiringPhase = Fired & { readonly kind: 'firing' };
type FrozenPhase = Fired & { readonly kind: 'frozen'; readonly frozenAt: number };

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

/** How long what was found must hold before it is decided. */
export interface AlertTiming {
  /** Burning for so long before it fires. */
  readonly holdMs: number;
  /** Clear for so long before it resolves. */
  readonly resolveHoldMs: number;
  /** What fires again sooner than this after its end resolves only after being clear for so long. */
  readonly gapMs: number;
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

/** When a pending alert fires, or a clearing one resolves, if nothing changes until then; null for every other state. */
export function deadlineOf(state: AlertState): number | null {
  return state.kind === 'pending' || state.kind === 'clearing' ? state.deadline : null;
}

/** Whether an alert has fired and not ended: incomplete data or a hold do not end it. */
export function isFiringState({ kind }: AlertState): boolean {
  return kind === 'firing' || kind === 'frozen' || kind === 'clearing';
}

const firedOf = ({ firedAt, lastResolvedAt }: Fired): Fired => ({
  firedAt,
  ...(lastResolvedAt !== undefined && { lastResolvedAt }),
});

/** What a decision makes of a phase; null where it does not apply: a second fire, a resolve of what is not firing. */
function phaseAfter(state: AlertPhase, decision: AlertDecision): AlertPhase | null {
  const { kind, at } = decision;
  switch (state.kind) {
    case 'pending':
    case 'clearing':
      return phaseAfter(state.before, decision);
    case 'inactive':
      return kind === 'fire' ? { kind: 'firing', firedAt: at } : null;
    case 'resolved':
      return kind === 'fire' ? { kind: 'firing', firedAt: at, lastResolvedAt: state.resolvedAt } : null;
    case 'firing':
      if (isEnding(kind)) return { kind: 'resolved', firedAt: state.firedAt, resolvedAt: at };
      return kind === 'freeze' ? { kind: 'frozen', ...firedOf(state), frozenAt: at } : null;
    case 'frozen':
      if (isEnding(kind)) return { kind: 'resolved', firedAt: state.firedAt, resolvedAt: at };
      return kind === 'thaw' ? { kind: 'firing', ...firedOf(state) } : null;
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

/** How long an alert must be clear before it resolves. */
function clearMsOf({ firedAt, lastResolvedAt }: Fired, { resolveHoldMs, gapMs }: AlertTiming): number {
  const cameBack = lastResolvedAt !== undefined && firedAt - lastResolvedAt < gapMs;
  return cameBack ? Math.max(gapMs, resolveHoldMs) : resolveHoldMs;
}

/** What an evaluation decides in a state, or null: the body of the table above. */
function decisionKindOf(
  state: AlertState,
  condition: AlertCondition,
  at: number,
  timing: AlertTiming,
): DecisionKind | null {
  switch (state.kind) {
    case 'inactive':
    case 'resolved':
      return condition === 'holds' && timing.holdMs === 0 ? 'fire' : null;
    case 'pending':
      return condition === 'holds' && at >= state.deadline ? 'fire' : null;
    case 'firing':
      if (condition === 'clear') return clearMsOf(state, timing) === 0 ? 'resolve' : null;
      return condition === 'unknown' ? 'freeze' : null;
    case 'frozen':
      if (condition === 'clear') return clearMsOf(state, timing) === 0 ? 'resolve' : null;
      return condition === 'holds' ? 'thaw' : null;
    case 'clearing':
      if (condition === 'clear') return at >= state.deadline ? 'resolve' : null;
      if (condition === 'holds') return state.before.kind === 'frozen' ? 'thaw' : null;
      return state.before.kind === 'firing' ? 'freeze' : null;
  }
}

/** The phase after an evaluation that decides nothing: a hold begins, goes on or ends. */
function undecidedPhase(
  state: AlertState,
  condition: AlertCondition,
  at: number,
  timing: AlertTiming,
): AlertPhase {
  switch (state.kind) {
    case 'inactive':
    case 'resolved':
      return condition === 'holds'
        ? { kind: 'pending', since: at, deadline: at + timing.holdMs, before: quietPhase(state) }
        : state;
    case 'pending':
      return condition === 'holds' ? state : state.before;
    case 'firing':
    case 'frozen':
      return condition === 'clear'
        ? { kind: 'clearing', since: at, deadline: at + clearMsOf(state, timing), before: loudPhase(state) }
        : state;
    case 'clearing':
      return condition === 'clear' ? state : state.before;
  }
}

/** The phase alone, without the times of the state that carried it. */
function quietPhase(
  state: Extract<AlertState, { kind: 'inactive' | 'resolved' }>,
): Extract<AlertPhase, { kind: 'inactive' | 'resolved' }> {
  return state.kind === 'inactive'
    ? { kind: 'inactive' }
    : { kind: 'resolved', firedAt: state.firedAt, resolvedAt: state.resolvedAt };
}

/** The same for one that fires. */
function loudPhase(state: Extract<AlertState, { kind: 'firing' | 'frozen' }>): FiringPhase | FrozenPhase {
  return state.kind === 'firing'
    ? { kind: 'firing', ...firedOf(state) }
    : { kind: 'frozen', ...firedOf(state), frozenAt: state.frozenAt };
}

/**
 * One evaluation. Idempotent by evaluation time: one at or before the last that was heeded changes nothing, so a late
 * second look at the same instant cannot contradict what was already said. A hold that begins takes the time that it is
 * given then; one that runs keeps the deadline it began with.
 */
export function step(state: AlertState, evaluation: AlertEvaluation, timing: AlertTiming): AlertStep {
  const { at } = evaluation;
  if (state.evaluatedAt !== null && at <= state.evaluatedAt) return { state, decisions: [] };
  const deadline = deadlineOf(state);
  // Where the log has meanwhile spoken of the deadline or later, a decision at the deadline could not stand any more.
  const canEndThen = deadline !== null && deadline > (state.decidedAt ?? -Infinity);
  if (canEndThen && deadline < at) {
    const end: AlertDecision = { kind: state.kind === 'pending' ? 'fire' : 'resolve', at: deadline };
    const rest = step(applyDecision(state, end).state, evaluation, timing);
    return { state: rest.state, decisions: [end, ...rest.decisions] };
  }
  const condition = conditionOf(evaluation);
  const kind = decisionKindOf(state, condition, at, timing);
  if (kind !== null) {
    const decision: AlertDecision = { kind, at };
    return { state: applyDecision(state, decision).state, decisions: [decision] };
  }
  const phase = undecidedPhase(state, condition, at, timing);
  return { state: { ...phase, evaluatedAt: at, decidedAt: state.decidedAt }, decisions: [] };
}
