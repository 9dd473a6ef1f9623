import { isAppError, nextRoutes, policiesOf, type BudgetPolicy, type RouteRule } from '@burnline/core';
import {
  readPolicies,
  readRouteCounts,
  readRouteStates,
  readServices,
  readStreamProgress,
  readSunkThrough,
  writeRouteStates,
} from '@burnline/queries';
import { streamTopicNames } from '@burnline/contracts';
import type { ServiceHost, Store } from '@burnline/runtime';

/** A rule of a policy for one of its services. */
interface ServiceRule {
  readonly service: string;
  readonly policy: BudgetPolicy;
  readonly rule: RouteRule;
}

/** How far a stream is known, epoch ms; null: it is not at all. */
interface Known {
  readonly evaluatedMs: number | null;
  readonly sunkMs: number | null;
  /** Where both are: what is counted ends there. */
  readonly throughMs: number | null;
  readonly coverage: number;
}

/**
 * Looks once at everything that policies route around, and writes down how it stands: from the rows of before, and what was counted in
 * the window that ends where all of the stream was evaluated and its raw rows, which are counted, are written. Whoever looks next goes on from there, also another process.
 */
export async function checkRoutes(
  { store, logger }: Pick<ServiceHost, 'store' | 'logger'>,
  { stream, nowMs }: { readonly stream: string; readonly nowMs: number },
): Promise<void> {
  const policies = await readPolicies(store, { stream, givenMs: nowMs });
  if (!policies.some(({ routeAround }) => routeAround.length > 0)) return;
  const progress = (await readStreamProgress(store)).find((one) => one.stream === stream);
  const evaluatedMs = progress?.evaluatedThroughMs ?? null;
  const sunkMs = await readSunkThrough(store, { stream, topics: [streamTopicNames(stream).inference] });
  const known: Known = {
    ...{ evaluatedMs, sunkMs, coverage: progress?.coverage ?? 0 },
    // In whole seconds, as both are counted.
    throughMs:
      evaluatedMs === null || sunkMs === null
        ? null
        : Math.floor(Math.min(evaluatedMs, sunkMs) / 1_000) * 1_000,
  };
  for (const one of rulesOf(policies, await readServices(store))) {
    try {
      await checkRule(store, one, { stream, nowMs, known });
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
  { stream, nowMs, known }: { readonly stream: string; readonly nowMs: number; readonly known: Known },
): Promise<void> {
  const scope = { stream, service, policy: policy.name, by: rule.by };
  const before = await readRouteStates(store, scope);
  const { throughMs } = known;
  const incomplete = incompleteOf(known, { nowMs, rule, policy });
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
              environments: rule.environments,
              fromMs: Math.max(0, throughMs - rule.windowMs),
              toMs: throughMs,
            }),
          },
          rule,
        );
  if (states.length > 0)
    await writeRouteStates(store, scope, {
      ...{ states, environments: rule.environments, incomplete },
      ...{ checkedMs: nowMs, throughMs: throughMs ?? 0 },
    });
}

function incompleteOf(
  { evaluatedMs, sunkMs, throughMs, coverage }: Known,
  {
    nowMs,
    rule,
    policy,
  }: { readonly nowMs: number; readonly rule: RouteRule; readonly policy: BudgetPolicy },
): string {
  if (evaluatedMs === null) return 'nothing was evaluated yet';
  if (sunkMs === null || throughMs === null) return 'no raw rows were written yet';
  if (nowMs - throughMs > rule.windowMs)
    return `${sunkMs < evaluatedMs ? 'raw rows written' : 'evaluated'} up to ${new Date(throughMs).toISOString()}, longer ago than the window`;
  const { coverageMin } = policy.evidence;
  return coverage < coverageMin
    ? `${Math.floor(coverage * 100)} % of the data is there, ${Math.round(coverageMin * 100)} % have to be`
    : '';
}
