import type { BurnTier } from '../burn/burn-tier.ts';
import type { Criticality } from '../burn/slo-plan.ts';
import { byUrgency } from '../burn/tier-order.ts';
import { isFiringState } from './alert-machine.ts';
import type { AlertState } from './alert-machine.ts';
import type { Severity } from './severities.ts';

/** How urgent a tier is for a service of some criticality. A ticket never wakes anybody as SEV-1. */
const SEVERITY_TABLE: Readonly<Record<BurnTier['severity'], Readonly<Record<Criticality, Severity>>>> = {
  page: { critical: 'SEV-1', high: 'SEV-2', medium: 'SEV-2', low: 'SEV-3' },
  ticket: { critical: 'SEV-2', high: 'SEV-3', medium: 'SEV-3', low: 'SEV-3' },
};

export function severityOf(tier: Pick<BurnTier, 'severity'>, criticality: Criticality): Severity {
  return SEVERITY_TABLE[tier.severity][criticality];
}

/** A tier of one (SLO, series), and the state of its alert. */
export interface TierAlert {
  readonly tier: BurnTier;
  readonly state: AlertState;
}

/**
 * The most urgent firing tier of one (SLO, series), or null. It inhibits the notifications of all the others: one
 * incident trips several tiers, and people need to hear of it once. The order is that of `byUrgency`.
 */
export function highestFiring(tiers: readonly TierAlert[]): BurnTier | null {
  const firing = tiers.filter(({ state }) => isFiringState(state)).map(({ tier }) => tier);
  return firing.sort(byUrgency)[0] ?? null;
}
