import type { BurnTier } from '../burn/burn-tier.ts';
import type { SliPlan, SloPlan } from '../burn/slo-plan.ts';
import { hasLabels } from '../panes/labels.ts';
import { requiredText } from '../predicates/required-text.ts';
import type { AlertRoute } from './alert-route.ts';
import type { Severity } from './severities.ts';

/** The environment whose events alone a series counts: its group value, else what the SLO's scope asks for. Null: of several. */
export const environmentOf = (
  { scope }: Pick<SliPlan, 'scope'>,
  labels: Readonly<Record<string, string>>,
): string | null => labels['environment'] ?? requiredText(scope, 'environment');

/** The receivers that an alert's routes name, each once, and the names of these routes. */
export interface Routed {
  readonly routes: readonly string[];
  readonly receivers: readonly string[];
}

/**
 * Whom an alert goes to: all routes of its tier that take it, else those of its SLO's service. Null where none does: it is for
 * whoever hears of everything.
 */
export function routedTo(
  plan: Pick<SloPlan, 'routes'>,
  tier: Pick<BurnTier, 'routes'>,
  alert: {
    readonly severity: Severity;
    readonly labels: Readonly<Record<string, string>>;
    /** Null: it counts events of several. */
    readonly environment: string | null;
  },
): Routed | null {
  const takes = ({ severities, labels, environments }: AlertRoute): boolean =>
    severities?.includes(alert.severity) !== false &&
    environments?.some((one) => one === alert.environment) !== false &&
    hasLabels(alert.labels, labels);
  const ofTier = (tier.routes ?? []).filter(takes);
  const routes = ofTier.length > 0 ? ofTier : (plan.routes ?? []).filter(takes);
  if (routes.length === 0) return null;
  return {
    routes: [...new Set(routes.map(({ name }) => name))],
    receivers: [...new Set(routes.flatMap(({ receivers }) => receivers))],
  };
}
