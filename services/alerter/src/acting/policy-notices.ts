import {
  alertKeyOf,
  isAppError,
  levelChanges,
  policiesOf,
  type BudgetPolicy,
  type DecisionKind,
  type LadderLevel,
  type LevelChange,
  type Severity,
} from '@burnline/core';
import { DECISIONS_TOPIC, encodeDecision, type DecisionRecord } from '@burnline/contracts';
import {
  readGovernedMoment,
  readLevelInput,
  readServices,
  readStoodTellings,
  type ServiceTelling,
} from '@burnline/queries';
import type { ServiceHost } from '@burnline/runtime';
import { boundedLabels, boundedText } from '../deciding/evidence.ts';

/** Nobody is woken by a policy: these order what receivers have by severity. */
const SEVERITIES: Readonly<Record<LadderLevel, Severity>> = {
  warn: 'SEV-3',
  approval: 'SEV-3',
  freeze: 'SEV-2',
};
const KINDS: Readonly<Record<LevelChange['kind'], DecisionKind>> = {
  entered: 'fire',
  left: 'resolve',
  removed: 'removed',
};
/** Each policy and service is told by itself, however many come to a level at once. */
const NEVER_GROUPED = Number.MAX_SAFE_INTEGER;

/**
 * Looks once at the levels of all policies that say whom to tell, and appends what follows to the decision log, from which receivers are
 * told. What holds for all services is read once, so that all are looked at as of the same rows. What is told already stands in rows of that log, and a message that says it again does not count: so a crash in between,
 * or two who look at once, tell nothing twice.
 */
export async function checkPolicies(
  { store, log, logger }: Pick<ServiceHost, 'store' | 'log' | 'logger'>,
  { stream, nowMs }: { readonly stream: string; readonly nowMs: number },
): Promise<void> {
  const moment = await readGovernedMoment(store, { stream, asOfMs: nowMs });
  const stood = await readStoodTellings(store, stream);
  const services = servicesOf(moment.policies, stood, await readServices(store));
  const atMs = Math.floor(nowMs / 1_000) * 1_000;
  for (const service of services) {
    const own = stood.filter((one) => one.service === service);
    try {
      const { input } = await readLevelInput(store, { moment, service }, isTold);
      const messages = levelChanges(input, own).map((change) => ({
        value: encodeDecision(decisionOf(change, { stream, service, atMs })),
      }));
      if (messages.length > 0) await log.append([{ topic: DECISIONS_TOPIC, partition: 0, messages }]);
    } catch (error) {
      if (!isAppError(error) || error.outcome === 'retry') throw error;
      // What cannot be read of one service stands still; the others, and alerts, go on.
      const { code, message, remedy } = error;
      logger.error({ service, code, reason: message, remedy }, 'cannot look at the levels of its policies');
    }
  }
}

const isTold = ({ tellings }: BudgetPolicy): boolean => tellings.length > 0;

/** Those whose policies tell anybody, and those that somebody was told of. */
function servicesOf(
  policies: readonly BudgetPolicy[],
  stood: readonly ServiceTelling[],
  known: readonly string[],
): readonly string[] {
  const all = new Set([...known, ...policies.flatMap(({ services }) => services)]);
  const asked = [...all].filter((service) => policiesOf(policies, service).some(isTold));
  return [...new Set([...asked, ...stood.map(({ service }) => service)])].sort();
}

function decisionOf(
  { kind, policy, action, at: level, receivers, rule, cause }: LevelChange,
  { stream, service, atMs }: { readonly stream: string; readonly service: string; readonly atMs: number },
): DecisionRecord {
  // No SLO has a colon in its name.
  const slo = `policy:${policy}`;
  const tier = `${action}:${level}`;
  const nothing = { windowMs: 0, bad: 0, total: 0 };
  return {
    version: 1,
    alertKey: alertKeyOf({ stream, slo, seriesKey: service, tier }),
    kind: KINDS[kind],
    at: atMs,
    isInhibited: false,
    ...(kind === 'removed' && {
      ending: { by: '', reason: 'the policy tells nobody of it any more, or has nothing left to look at' },
    }),
    evidence: {
      ...{ stream, slo, displayName: policy, service, specRev: '', series: service, tier },
      labels: boundedLabels(cause?.labels ?? {}),
      ...{ severity: SEVERITIES[level], urgency: 'ticket', target: '', factor: 0 },
      ...{ long: nothing, short: nothing, coverage: cause?.coverage ?? 0, attribution: [] },
      groupFrom: NEVER_GROUPED,
      ...(receivers.length > 0 && { routed: { routes: [boundedText(policy)], receivers: [...receivers] } }),
      policy: {
        ...{ name: policy, level, action, slo: cause?.slo ?? '', spent: cause?.spent ?? null },
        stands: cause?.level ?? null,
        liftBelow: rule?.ladder[level].liftBelow ?? null,
        stops: [...(rule?.stops ?? [])],
      },
    },
  };
}
