import type { SloPlan } from '@burnline/core';

/** An SLO, or something it says, that another tool's format has no words for. */
export interface ExportNote {
  readonly slo: string;
  readonly message: string;
}

export interface Exported {
  readonly text: string;
  /** What is not in the text, or not as Burnline means it. */
  readonly notes: readonly ExportNote[];
}

/** Whether an SLO cannot be said over counters of good and bad events; why is noted. */
export function isLeftOut(plan: SloPlan, notes: ExportNote[]): boolean {
  const reason = uncountable(plan);
  if (reason !== null) notes.push({ slo: plan.slo, message: `left out: ${reason}.` });
  return reason !== null;
}

function uncountable({ sli, tiers }: SloPlan): string | null {
  if (sli.composite !== undefined) return 'a composite is made from the burn rates of others';
  if (sli.derivation !== undefined) return 'slices of time are no events that a counter counts';
  if (sli.weight !== undefined && 'shareSum' in sli.weight)
    return 'an event is good for a share of itself, and a counter counts whole ones';
  return tiers.length === 0 ? 'a part of a composite has no alerts' : null;
}
