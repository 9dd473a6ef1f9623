import { isAppError, nextRoutes, policiesOf, type BudgetPolicy, type RouteRule } from '@burnline/core';
import {
  readPolicies,
  readRouteCounts,
  readRouteStates,
  readServices,
  readStreamProgress,
  writeRouteStates,
  type StreamProgress,
} from '@burnline/queries';
import type { ServiceHost, Store } from '@burnline/runtime';

/** A rule of a policy for one of its services. */
interface ServiceRule {
  readonly service: string;
  readonly policy: BudgetPolicy;
  readonly rule: RouteRule;
}

/**
 * Looks once at everything that policies route around, and writes down how it stands: from the rows of before, and what was counted in
 * the window that ends where all of the stream was evaluated. Whoever looks next goes on from there, also another process.
 */
export async function checkRoutes(
  { store, logger }: Pick<ServiceHost, 'store' | 'logger'>,
  { stream, nowMs }: { readonly stream: string; readonly nowMs: number },
): Promise<void> {
  const policies = await readPolicies(store, { stream, givenMs: nowMs });
  if (!policies.some(({ routeAround }) => routeAround.length > 0)) return;
  const progress = (await readStreamProgress(store)).find((one) => one.stream === stream);
  for (const one of rulesOf(policies, await readServices(store))) {
    try {
      await checkRule(store, one, { stream, nowMs, progress });
    } catch (error) {
      if (!isAppError(error) || error.outcome === 'retry') throw error;
      // One rule that cannot be looked at stands still; the others, and alerts, go on.
      const { code, message, remedy } = error;
      logger.error(
        { service: one.service, policy: one.policy.name, code, reason: message, remedy },
        'cannot look at what is routed around',
      );
    }
  }
}

const rulesOf = (policies: readonly BudgetPolicy[], services: readonly string[]): readonly ServiceRule[] => {
  const named = new Set([...services, ...policies.flatMap((policy) => policy.services)]);
  return [...named]
    .sort()
    .flatMap((service) =>
      policiesOf(policies, service).flatMap((policy) =>
        policy.routeAround.map((rule) => ({ service, policy, rule })),
      ),
    );
};

async function checkRule(
  store: Store,
  { service, policy, rule }: ServiceRule,
  {
    stream,
    nowMs,
    progress,
  }: { readonly stream: string; readonly nowMs: number; readonly progress: StreamProgress | undefined },
): Promise<void> {
  const scope = { stream, service, policy: policy.name, by: rule.by };
  const before = await readRouteStates(store, scope);
  const throughMs = progress?.evaluatedThroughMs ?? null;
  const incomplete = incompleteOf(progress, { nowMs, rule, policy });
  // What is not known changes nothing; whoever reads it has everything in rotation.
  const states =
    incomplete !== '' || throughMs === null
      ? before
      : nextRoutes(
          before,
          {
            atMs: nowMs,
            counts: await readRouteCounts(store, {
              ...scope,
              fromMs: Math.max(0, throughMs - rule.windowMs),
              toMs: throughMs,
            }),
          },
          rule,
        );
  if (states.length > 0)
    await writeRouteStates(store, scope, { states, checkedMs: nowMs, throughMs: throughMs ?? 0, incomplete });
}

function incompleteOf(
  progress: StreamProgress | undefined,
  {
    nowMs,
    rule,
    policy,
  }: { readonly nowMs: number; readonly rule: RouteRule; readonly policy: BudgetPolicy },
): string {
  const throughMs = progress?.evaluatedThroughMs ?? null;
  if (throughMs === null) return 'nothing was evaluated yet';
  if (nowMs - throughMs > rule.windowMs)
    return `evaluated up to ${new Date(throughMs).toISOString()}, longer ago than the window`;
  const coverage = progress?.coverage ?? 0;
  const { coverageMin } = policy.evidence;
  return coverage < coverageMin
    ? `${Math.floor(coverage * 100)} % of the data is there, ${Math.round(coverageMin * 100)} % have to be`
    : '';
}
