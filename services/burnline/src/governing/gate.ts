import { randomBytes } from 'node:crypto';
import {
  CHANGE_KINDS,
  COMPARISON_DEFAULTS,
  DAY_MS,
  decideGate,
  policiesOf,
  type ChangeKind,
  type GateDecision,
  type GateInput,
  type GovernedSlo,
} from '@burnline/core';
import {
  ARM_DIMENSIONS,
  readBudgetSpecs,
  readComparisons,
  readGovernedMoment,
  readGovernedSlos,
  readOverrides,
  type ArmDimension,
  type SloComparison,
} from '@burnline/queries';
import { dateTime64OfMs, type Store } from '@burnline/runtime';
import {
  instantField,
  invalidRequest,
  numberField,
  optionalText,
  textField,
  wordField,
  type GoverningRequest,
} from './request-fields.ts';

/** What a candidate is held against, and where both are found. */
interface Arms {
  readonly by: ArmDimension;
  readonly baseline: string;
  readonly candidate: string;
  readonly margin: number;
  readonly fromMs: number;
}

/** Of which service, and as of when (epoch ms). */
interface GateMoment {
  readonly stream: string;
  readonly service: string;
  readonly asOfMs: number;
}

interface GateQuestion extends GateMoment {
  readonly change: ChangeKind;
  readonly arms: Arms | null;
}

/** An answer of the gate, as it is kept. Times are ISO 8601. */
export interface KeptGateAnswer extends GateDecision {
  readonly id: string;
  readonly stream: string;
  readonly service: string;
  readonly change: ChangeKind;
  readonly asOf: string;
  /** The last evaluation that it goes by; null: there was none. */
  readonly evaluated: string | null;
  /** How the candidate did by each SLO; null: no arms were given. */
  readonly comparison: readonly SloComparison[] | null;
}

/** A candidate that fails this much more often is none that anybody would stop for; without a margin most SLOs show nothing for days. */
const MARGIN_DEFAULT = 0.02;
const COMPARED_MS = 7 * DAY_MS;

/**
 * Whether a service may ship a change, at a moment. The answer is kept, with its reasons and the rows behind it. A function that the
 * console, the operations port and the command share.
 *
 * @param request `service`, `change`; `stream`, `asOf` (ISO 8601 or epoch ms); for a model or a prompt `by`, `baseline`, `candidate`,
 *   `margin`, `from`
 *
 * Rejects with GOVERNING_INVALID.
 */
export async function askGate(
  store: Store,
  request: GoverningRequest,
  nowMs: number,
): Promise<KeptGateAnswer> {
  const answer = await answerOf(store, questionOf(request, nowMs));
  await store.insertRows('gate_answers', [
    {
      id: answer.id,
      asked_at: dateTime64OfMs(nowMs),
      ...{ stream: answer.stream, service: answer.service, change: answer.change },
      as_of: dateTime64OfMs(Date.parse(answer.asOf)),
      answer: answer.answer,
      reasons: JSON.stringify(answer.reasons),
      states: JSON.stringify(answer.states),
      comparison: answer.comparison === null ? '' : JSON.stringify(answer.comparison),
      evaluated_at: answer.evaluated === null ? null : Date.parse(answer.evaluated) / 1_000,
      coverage: answer.coverage,
    },
  ]);
  return answer;
}

/**
 * What the gate says of kinds of change at one moment, in their order: one reading of the rows, decided by for each, so that answers
 * differ by nothing but the kind. No arms are compared, and nothing is kept.
 */
export async function readGateDecisions(
  store: Store,
  moment: GateMoment,
  changes: readonly ChangeKind[],
): Promise<readonly GateDecision[]> {
  const { given } = await readGivenAt(store, moment);
  return changes.map((change) => decideGate({ ...given, change, comparison: null }));
}

function questionOf(request: GoverningRequest, nowMs: number): GateQuestion {
  const asOfMs = instantField(request, 'asOf') ?? nowMs;
  if (asOfMs > nowMs)
    throw invalidRequest('asOf lies ahead: nobody knows yet', 'Ask as of now, or of a time before.');
  const change = wordField(request, 'change', CHANGE_KINDS);
  return {
    stream: optionalText(request, 'stream') ?? 'live',
    service: textField(request, 'service'),
    ...{ change, asOfMs, arms: armsOf(request, { change, asOfMs }) },
  };
}

function armsOf(
  request: GoverningRequest,
  { change, asOfMs }: Pick<GateQuestion, 'change' | 'asOfMs'>,
): Arms | null {
  const given = ['by', 'baseline', 'candidate'].filter((name) => request[name] !== undefined);
  if (given.length === 0) return null;
  if (change !== 'model' && change !== 'prompt')
    throw invalidRequest(
      `A ${change} has no candidate to compare`,
      'Give arms for a model or a prompt alone, or none.',
    );
  const fromMs = instantField(request, 'from') ?? Math.max(0, asOfMs - COMPARED_MS);
  if (fromMs >= asOfMs) throw invalidRequest('from lies after what is asked about', 'Give an earlier from.');
  return {
    by: wordField(request, 'by', ARM_DIMENSIONS),
    baseline: textField(request, 'baseline'),
    candidate: textField(request, 'candidate'),
    margin: numberField(request, 'margin', { min: 0, max: 1 }) ?? MARGIN_DEFAULT,
    fromMs,
  };
}

/** What an answer goes by, whatever the change: the rows of that moment, and until when they were written. */
async function readGivenAt(
  store: Store,
  { stream, service, asOfMs }: GateMoment,
): Promise<{ readonly given: Omit<GateInput, 'change' | 'comparison'>; readonly loggedByMs: number }> {
  const { known, policies, evaluatedMs } = await readGovernedMoment(store, { stream, asOfMs });
  const slos = await readGovernedSlos(store, {
    ...{ stream, service, asOfMs, known, policies: policiesOf(policies, service) },
  });
  const overrides = await readOverrides(store, { service, asOfMs });
  return {
    given: { service, asOfMs, evaluatedMs, policies, slos, overrides },
    loggedByMs: known.writtenMs,
  };
}

async function answerOf(store: Store, question: GateQuestion): Promise<KeptGateAnswer> {
  const { stream, service, change, asOfMs } = question;
  const { given, loggedByMs } = await readGivenAt(store, question);
  const { evaluatedMs, slos } = given;
  const comparison = await compareOf(store, question, { slos, loggedByMs });
  return {
    id: randomBytes(4).toString('hex'),
    ...{ stream, service, change, asOf: new Date(asOfMs).toISOString() },
    evaluated: evaluatedMs === null ? null : new Date(evaluatedMs).toISOString(),
    ...decideGate({ ...given, change, comparison }),
    comparison,
  };
}

async function compareOf(
  store: Store,
  { stream, asOfMs, arms }: GateQuestion,
  { slos: governed, loggedByMs }: { readonly slos: readonly GovernedSlo[]; readonly loggedByMs: number },
): Promise<readonly SloComparison[] | null> {
  if (arms === null) return null;
  const { by, baseline, candidate, margin, fromMs } = arms;
  const names = new Set(governed.map(({ slo }) => slo));
  const specs = await readBudgetSpecs(store, { stream, asOfMs });
  const { slos } = await readComparisons(store, {
    ...{ stream, by, baseline, candidate, fromMs, toMs: asOfMs, loggedByMs },
    specs: specs.filter(({ slo }) => names.has(slo)),
    rule: { ...COMPARISON_DEFAULTS, margin },
  });
  return slos;
}
