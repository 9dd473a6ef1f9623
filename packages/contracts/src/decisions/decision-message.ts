import {
  AppError,
  ATTRIBUTION_METHODS,
  BURN_WORDS,
  DECISION_KINDS,
  POLICY_LEVELS,
  TELLING_ACTIONS,
  type DecisionKind,
} from '@burnline/core';
import { z } from 'zod';

const count = z.number().int().nonnegative();

const windowEvidence = z.object({
  windowMs: count,
  bad: count,
  total: count,
});

const contribution = z.object({
  dimension: z.string(),
  value: z.string(),
  bad: count,
  total: count,
  /** Of an entity beyond its envelope: what it consumed and what it was allowed, in the unit that the SLO counts. */
  consumed: z.number().optional(),
  allowed: z.number().optional(),
  /** Of a part of a composite: how much it adds to the composite's burn rate. */
  burnRate: z.number().optional(),
  /** Of a value of a composite: the part whose bad events are meant. */
  part: z.string().optional(),
  /** Of a value: its share of the bad events and of all, the first over the second, and bad events beyond what it was held against. */
  badShare: z.number().optional(),
  trafficShare: z.number().optional(),
  lift: z.number().optional(),
  excess: z.number().optional(),
  /** How that was found. Absent, like these, in messages of earlier versions. */
  method: z.enum(ATTRIBUTION_METHODS).optional(),
});

/** A level of a policy that a service came to or left: told by the way of alerts, and none. */
const policyEvidence = z.object({
  name: z.string(),
  /** Which level it is about. */
  level: z.enum(POLICY_LEVELS),
  /** Whether people are told, or a program is called. */
  action: z.enum(TELLING_ACTIONS),
  /** Where the policy stands now; null where nothing is left that it could look at. */
  stands: z.enum(POLICY_LEVELS).nullable(),
  /** Whose budget has brought it there, and the share of it that is spent; null where that is not known. */
  slo: z.string(),
  spent: z.number().nullable(),
  /** Below which share the level is left again, and which changes it stops; null once the policy is gone. */
  liftBelow: z.number().nullable(),
  stops: z.array(z.string()),
});

/** What a decision saw: kept with it for good, so that it can be explained long after the data has moved on. */
const evidence = z.object({
  stream: z.string(),
  slo: z.string(),
  displayName: z.string(),
  service: z.string(),
  specRev: z.string(),
  /** Unsigned 64-bit number as text. */
  series: z.string(),
  labels: z.record(z.string(), z.string()),
  tier: z.string(),
  severity: z.enum(['SEV-1', 'SEV-2', 'SEV-3']),
  target: z.string(),
  factor: z.number(),
  long: windowEvidence,
  short: windowEvidence,
  coverage: z.number(),
  /** Most excess first; empty for decisions that do not fire, and for live ones, which do not wait for it. */
  attribution: z.array(contribution),
  /** Whether the tier wakes somebody. Absent, like all that follows, in messages of earlier versions. */
  urgency: z.enum(['page', 'ticket']).optional(),
  /** As measured over both windows. */
  burnRate: z.object({ long: z.number(), short: z.number() }).optional(),
  /** Share of the error budget that is left, signed; absent until it is known. */
  budgetRemaining: z.number().optional(),
  /** Nominal length of the budget's period. */
  periodMs: count.optional(),
  /** Where what to do is written down. */
  runbook: z.string().optional(),
  /** From how many series on one notification names them all. */
  groupFrom: count.optional(),
  /** What a panel says of both windows; absent where they are not those of a decision. */
  burnWord: z.enum(BURN_WORDS).optional(),
  /** Names of the routes that took the alert, and of the receivers that they name; absent: none did. */
  routed: z.object({ routes: z.array(z.string()), receivers: z.array(z.string()) }).optional(),
  /** The exact guard for low traffic, if the SLO has one: its confidence, and the index of dispersion that events counted by. */
  guard: z.object({ confidence: z.number(), dispersion: z.number() }).optional(),
  /** Parts of a composite, by name. */
  parts: z.array(z.string()).optional(),
  /** Present: it is no alert of an SLO. Labels are those of the series that brought the policy there; counts are 0. */
  policy: policyEvidence.optional(),
});

/** What another tier of a series saw at the moment of a decision: it may have to speak up. */
const otherTier = z.object({
  alertKey: z.string(),
  long: windowEvidence,
  short: windowEvidence,
  burnRate: z.object({ long: z.number(), short: z.number() }),
  coverage: z.number(),
});

const decisionMessage = z.object({
  version: z.literal(1),
  alertKey: z.string(),
  kind: z.enum(DECISION_KINDS),
  /** Evaluation time, epoch milliseconds. */
  at: count,
  /** A more urgent tier of the same series fires. Whether anybody is told follows from the log as a whole. */
  isInhibited: z.boolean(),
  evidence,
  /** Why an alert was ended that did not resolve, and by whom; `by` is empty where nobody but a change of specs did. */
  ending: z.object({ by: z.string(), reason: z.string() }).optional(),
  /** With a decision that ends an alert: the tiers of its series that go on firing. */
  others: z.array(otherTier).optional(),
});

export type WindowEvidence = z.infer<typeof windowEvidence>;
export type PolicyEvidence = z.infer<typeof policyEvidence>;
export type Contribution = z.infer<typeof contribution>;
export type DecisionEvidence = z.infer<typeof evidence>;
export type OtherTier = z.infer<typeof otherTier>;
export interface DecisionRecord extends z.infer<typeof decisionMessage> {
  readonly kind: DecisionKind;
}

export function encodeDecision(decision: DecisionRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(decision));
}

/** Throws CONTRACT_DECISION_INVALID (outcome `halt`): only the alerter writes this log, and its order is its meaning. */
export function decodeDecision(value: Uint8Array): DecisionRecord {
  try {
    return decisionMessage.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value)));
  } catch (error) {
    throw new AppError('CONTRACT_DECISION_INVALID', 'A message of the decision log is not a decision', {
      outcome: 'halt',
      remedy: 'Only the alerter may write to the decision log. Find out who else does.',
      cause: error,
    });
  }
}
