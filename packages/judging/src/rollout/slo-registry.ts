import type { SloPlan } from '@burnline/core';
import { UNGROUPED } from '@burnline/counting';
import { dateTime64OfMs, type Store } from '@burnline/runtime';

/**
 * Records SLOs as they were loaded, for analysts and for the history of `burnline status`. What counts names its series as it writes
 * panes; a composite counts nothing, so its only series is named here.
 */
export async function recordSlos(store: Store, plans: readonly SloPlan[], nowMs: number): Promise<void> {
  await store.insertRows(
    'slos',
    plans.map((plan) => ({
      slo: plan.slo,
      spec_rev: plan.sli.specRev,
      display_name: plan.displayName,
      service: plan.service,
      track: plan.track,
      criticality: plan.criticality,
      budget_dimension: plan.dimension,
      within: plan.within ?? '',
      target_numerator: plan.target.numerator,
      target_denominator: plan.target.denominator,
      period: plan.period.text,
      budget_period: JSON.stringify(plan.period),
      dimensions: plan.sli.groupBy.dimensions,
      tiers: JSON.stringify(plan.tiers),
      loaded_at: dateTime64OfMs(nowMs),
    })),
  );
  await store.insertRows(
    'series',
    plans
      .filter(({ sli }) => sli.composite !== undefined)
      .map(({ slo, sli }) => ({ slo, spec_rev: sli.specRev, ...UNGROUPED })),
  );
}
