import type { ComparisonVerdict } from '../comparison/compare-arms.ts';
import type { SloTrack } from '../burn/slo-plan.ts';
import { walkLadder, type BudgetMoment, type LadderState } from './ladder.ts';
import { isOverrideInForce, type PolicyOverride } from './override.ts';
import { isGoverned, policiesOf, type BudgetPolicy, type ChangeKind } from './policy-plan.ts';

export const GATE_ANSWERS = ['allow', 'insufficient', 'deny'] as const;
export type GateAnswer = (typeof GATE_ANSWERS)[number];

/** A series of an SLO, as its budget went. */
export interface GovernedSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** From the start of its window to the moment that is asked about, oldest first. */
  readonly moments: readonly BudgetMoment[];
  /** Of its newest moment, 0 to 1. */
  readonly coverage: number;
}

export interface GovernedSlo {
  readonly slo: string;
  readonly track: SloTrack;
  readonly series: readonly GovernedSeries[];
}

export interface GateInput {
  readonly service: string;
  readonly change: ChangeKind;
  /** Epoch ms. */
  readonly asOfMs: number;
  /** Of all services, as they were known at that moment. */
  readonly policies: readonly BudgetPolicy[];
  readonly slos: readonly GovernedSlo[];
  /** The last moment that was evaluated; null: none was. */
  readonly evaluatedMs: number | null;
  readonly overrides: readonly PolicyOverride[];
  /** How the candidate does by each SLO; null: no arms were given. */
  readonly comparison: readonly { readonly slo: string; readonly verdict: ComparisonVerdict }[] | null;
}

/** Why an answer is what it is. `passed`: it would stop the change, and something lets it through. */
export interface GateReason {
  readonly effect: GateAnswer | 'passed' | 'note';
  readonly code:
    | 'frozen'
    | 'approval-needed'
    | 'change-freeze'
    | 'budget-warning'
    | 'candidate-worse'
    | 'candidate-not-shown'
    | 'arms-not-given'
    | 'stale'
    | 'no-slo'
    | 'no-budget'
    | 'few-events'
    | 'low-coverage';
  readonly text: string;
  /** Null: of no policy. */
  readonly policy: string | null;
  readonly slo: string | null;
  /** Id of the override that lets it pass. */
  readonly override?: string;
}

/** One row behind an answer. */
export interface GovernedState extends LadderState {
  readonly policy: string;
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spent: number | null;
  readonly total: number;
  readonly coverage: number;
}

export interface GateDecision {
  readonly answer: GateAnswer;
  readonly reasons: readonly GateReason[];
  readonly states: readonly GovernedState[];
  /** The lowest of the SLOs that were looked at; null: there are none. */
  readonly coverage: number | null;
}

/**
 * Whether a change may ship: a function of what is given, and of nothing else. A fix passes what a budget or a calendar stops, as an
 * override lets others pass it; neither passes missing evidence, nor does a candidate that is shown to be worse. What denies goes
 * before what is not known.
 */
export function decideGate(input: GateInput): GateDecision {
  const policies = policiesOf(input.policies, input.service);
  const found = policies.map((policy) => ofPolicy(policy, input));
  const governed = new Set(found.flatMap(({ slos }) => slos));
  const reasons = [
    ...found.flatMap((one) => one.reasons),
    ...(governed.size === 0 ? [noSlo(input.service)] : []),
    ...comparisonReasons(input),
  ];
  const states = found.flatMap((one) => one.states);
  const has = (effect: GateReason['effect']): boolean => reasons.some((reason) => reason.effect === effect);
  return {
    answer: has('deny') ? 'deny' : has('insufficient') ? 'insufficient' : 'allow',
    reasons,
    states,
    coverage: states.length === 0 ? null : Math.min(...states.map(({ coverage }) => coverage)),
  };
}

interface PolicyFindings {
  readonly slos: readonly string[];
  readonly reasons: readonly GateReason[];
  readonly states: readonly GovernedState[];
}

function ofPolicy(policy: BudgetPolicy, input: GateInput): PolicyFindings {
  const slos = input.slos.filter((slo) => isGoverned(policy, slo));
  const states = slos.flatMap(({ slo, series }) =>
    series.map(({ labels, moments, coverage }): GovernedState => {
      const last = moments.at(-1);
      return {
        ...{
          policy: policy.name,
          slo,
          labels,
          coverage,
          spent: last?.spent ?? null,
          total: last?.total ?? 0,
        },
        ...walkLadder(moments, policy.ladder, policy.evidence.eventCountMin),
      };
    }),
  );
  return {
    slos: slos.map(({ slo }) => slo),
    states,
    reasons: [
      ...calendarReasons(policy, input),
      ...states.flatMap((state) => ladderReasons(policy, state, input)),
      ...(slos.length === 0 ? [] : incompleteReasons(policy, slos, states, input)),
    ],
  };
}

/** What would stop the change, or what lets it pass. */
function stopping(
  reason: Omit<GateReason, 'effect'>,
  { change, service, asOfMs, overrides }: GateInput,
): GateReason {
  if (change === 'fix') return { ...reason, effect: 'passed', text: `${reason.text}; a fix passes it` };
  const override = overrides.find(
    (one) => one.service === service && one.changes.includes(change) && isOverrideInForce(one, asOfMs),
  );
  if (override === undefined) return { ...reason, effect: 'deny' };
  const text = `${reason.text}; ${override.author} lets it pass (${override.id}): ${override.reason}`;
  return { ...reason, effect: 'passed', text, override: override.id };
}

function calendarReasons(policy: BudgetPolicy, input: GateInput): readonly GateReason[] {
  const { change, asOfMs } = input;
  return policy.changeFreezes
    .filter(({ fromMs, toMs }) => fromMs <= asOfMs && asOfMs < toMs)
    .filter(({ stops }) => change === 'fix' || stops.includes(change))
    .map(({ reason, toMs }) => {
      const text = `planned change freeze until ${new Date(toMs).toISOString()}: ${reason}`;
      return stopping({ code: 'change-freeze', text, policy: policy.name, slo: null }, input);
    });
}

function ladderReasons(policy: BudgetPolicy, state: GovernedState, input: GateInput): readonly GateReason[] {
  const { slo, level, labels, spent } = state;
  if (level === 'ok') return [];
  const series = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const share = spent === null ? 'nothing' : `${Math.round(spent * 100)} %`;
  const of = `${slo}${series.length === 0 ? '' : ` (${series.join(', ')})`}: ${share} of the budget is spent`;
  const named = { policy: policy.name, slo };
  if (level === 'warn' || (input.change !== 'fix' && !policy.stops.includes(input.change)))
    return [{ ...named, effect: 'note', code: 'budget-warning', text: of }];
  const { liftBelow } = policy.ladder[level];
  const until = `until less than ${Math.round(liftBelow * 100)} % is`;
  return level === 'freeze'
    ? [stopping({ ...named, code: 'frozen', text: `${of}, frozen ${until}` }, input)]
    : [
        stopping(
          { ...named, code: 'approval-needed', text: `${of}, an override has to approve ${until}` },
          input,
        ),
      ];
}

function incompleteReasons(
  { name, evidence, whenIncomplete }: BudgetPolicy,
  slos: readonly GovernedSlo[],
  states: readonly GovernedState[],
  { asOfMs, evaluatedMs }: GateInput,
): readonly GateReason[] {
  const reason = (code: GateReason['code'], slo: string | null, text: string): GateReason => ({
    effect: whenIncomplete === 'allow' ? 'note' : whenIncomplete,
    ...{ code, policy: name, slo, text },
  });
  const isStale = evaluatedMs === null || asOfMs - evaluatedMs > evidence.ageMsMax;
  const evaluated = evaluatedMs === null ? 'never' : `last at ${new Date(evaluatedMs).toISOString()}`;
  return [
    ...(isStale ? [reason('stale', null, `budgets were evaluated ${evaluated}`)] : []),
    ...slos.flatMap(({ slo }) => {
      const own = states.filter((state) => state.slo === slo);
      if (own.length === 0) return [reason('no-budget', slo, `${slo} has no budget yet`)];
      const total = own.reduce((sum, state) => sum + state.total, 0);
      const coverage = Math.min(...own.map((state) => state.coverage));
      return [
        ...(total < evidence.eventCountMin
          ? [
              reason(
                'few-events',
                slo,
                `${slo} has ${total} events of ${evidence.eventCountMin} to decide by`,
              ),
            ]
          : []),
        ...(coverage < evidence.coverageMin
          ? [reason('low-coverage', slo, `${slo} saw ${Math.floor(coverage * 100)} % of its events at most`)]
          : []),
      ];
    }),
  ];
}

const noSlo = (service: string): GateReason => ({
  effect: 'insufficient',
  code: 'no-slo',
  text: `no SLO of ${service} is governed by a policy`,
  policy: null,
  slo: null,
});

/** Only a change of a model or of a prompt has a candidate. */
function comparisonReasons({ change, comparison }: GateInput): readonly GateReason[] {
  if (change !== 'model' && change !== 'prompt') return [];
  const reason = (
    effect: GateReason['effect'],
    code: GateReason['code'],
    slo: string | null,
    text: string,
  ) => ({
    ...{ effect, code, slo, text, policy: null },
  });
  if (comparison === null)
    return [
      reason(
        'note',
        'arms-not-given',
        null,
        'no arms were given, so the candidate was compared with nothing',
      ),
    ];
  if (comparison.length === 0)
    return [reason('insufficient', 'candidate-not-shown', null, 'no SLO can compare the candidate')];
  return comparison.flatMap(({ slo, verdict }) => {
    if (verdict === 'worse')
      return [reason('deny', 'candidate-worse', slo, `the candidate is worse by ${slo}`)];
    if (verdict !== 'insufficient') return [];
    const text = `${slo} does not show yet that the candidate is no worse`;
    return [reason('insufficient', 'candidate-not-shown', slo, text)];
  });
}
