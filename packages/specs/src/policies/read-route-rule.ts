import { isRuleShared, ROUTE_RULE_DEFAULT, type BudgetPolicy, type RouteRule } from '@burnline/core';
import type { SpecContext } from '../documents/spec-context.ts';
import type { SpecDocument } from '../documents/spec-document.ts';
import { parseDuration } from '../documents/spec-duration.ts';
import type { SpecPath } from '../documents/spec-issue.ts';
import type { BudgetPolicySpec } from '../documents/spec-shapes.ts';

/** Of the share at which one goes out, where the document does not say below which one it comes back. */
const LIFT_SHARE = 0.5;
const WINDOW_MS_MIN = 60_000;
/** A gateway that waits for longer than this needs no rule: an error budget has spoken by then. */
const WINDOW_MS_MAX = 3_600_000;

/** What no service is called: policies without services. */
const ALL_SERVICES = '';

/** When to route around; mistakes are reported. */
export function readRouteRule(context: SpecContext, document: SpecDocument, index: number): RouteRule {
  const all = (document.at(['spec']) as BudgetPolicySpec).routeAround ?? [];
  const given = all[index];
  const path: SpecPath = ['spec', 'routeAround', index];
  const at = given?.errors?.at ?? ROUTE_RULE_DEFAULT.at;
  const liftBelow = given?.errors?.liftBelow ?? at * LIFT_SHARE;
  const rule: RouteRule = {
    by: given?.by ?? 'provider',
    environments: [...new Set(given?.environments ?? ROUTE_RULE_DEFAULT.environments)],
    windowMs: parseDuration(given?.window)?.durationMs ?? ROUTE_RULE_DEFAULT.windowMs,
    ...{ at, liftBelow },
    eventCountMin: given?.minEvents ?? ROUTE_RULE_DEFAULT.eventCountMin,
    holdMs: parseDuration(given?.holdFor)?.durationMs ?? ROUTE_RULE_DEFAULT.holdMs,
  };
  if (liftBelow >= at)
    context.report(document, [...path, 'errors', 'liftBelow'], {
      expected: `a share below ${at}, at which one is taken out`,
      found: String(liftBelow),
      message: 'What is routed around would come back where it goes out, and flap.',
      remedy: 'Leave a gap between the two that a share of errors does not cross by chance.',
    });
  if (rule.windowMs < WINDOW_MS_MIN || rule.windowMs > WINDOW_MS_MAX)
    context.report(document, [...path, 'window'], {
      expected: 'a time from 1m to 1h',
      found: given?.window ?? '',
      message: 'The window of a route is too short or too long.',
      remedy: 'Take some minutes: an error budget is for what lasts longer.',
    });
  if (index > 0)
    context.report(document, [...path, 'by'], {
      expected: 'one rule',
      found: rule.by,
      message: `There is a second rule, by ${rule.by}: each leaves one in rotation, and both together may leave none.`,
      remedy: 'Keep one of them.',
    });
  return rule;
}

/**
 * Gateways leave out what any rule takes out, and only a rule leaves one in rotation: of all policies that hold for a service one may route
 * around in an environment.
 */
export function checkRouteRules(
  context: SpecContext,
  all: readonly { readonly document: SpecDocument; readonly policy: BudgetPolicy }[],
): void {
  const before = new Map<string, { readonly document: SpecDocument; readonly rule: RouteRule }[]>();
  for (const { document, policy } of all) {
    const [rule] = policy.routeAround;
    if (rule === undefined) continue;
    const services = policy.services.length === 0 ? [ALL_SERVICES] : new Set(policy.services);
    for (const service of services) {
      const own = before.get(service) ?? [];
      before.set(service, [...own, { document, rule }]);
      const other = own.find((one) => isRuleShared(one.rule, rule))?.document;
      if (other === undefined) continue;
      const name = other.textAt(['metadata', 'name']) ?? '';
      const of = service === ALL_SERVICES ? 'all services' : `service ${service}`;
      context.report(document, ['spec', 'routeAround'], {
        expected: `one policy with routeAround for ${of}`,
        message: `Policy ${name} (document ${other.number} of ${other.file}) routes around for ${of} too: each leaves one in rotation, and both together may leave none.`,
        remedy: 'Keep routeAround in one of them, or give each environments of its own.',
      });
      break;
    }
  }
}
