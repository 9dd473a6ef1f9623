import type { Attributed, Attribution, SliPlan } from '@burnline/core';
import type { PartBurn, WorstEntity } from '@burnline/judging';
import { checkDimensions, readAttribution, readSliPlan } from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { burnsOfParts, entitiesBeyond } from './attribution.ts';

interface ExplainQuery {
  readonly stream: string;
  /** Counted as this revision counts. */
  readonly plan: SliPlan;
  /** Only events with these group values; none: all series. */
  readonly labels: Readonly<Record<string, string>>;
  readonly fromMs: number;
  readonly toMs: number;
  /** How long the database may take for one query. */
  readonly timeoutMs: number;
}

/** A part of a composite: what it adds to the burn rate, and where its own bad events came from. */
export interface ExplainedPart extends PartBurn {
  /** Null: it counts no single events, or none that rows are kept of. */
  readonly found: Attribution | null;
}

/** A value of a part's bad events. */
export interface PartValue extends Attributed {
  readonly slo: string;
  /** Of the burn rate that the part adds, as much as the excess is of its bad events; negative: less than its traffic would have it. */
  readonly burnRate: number;
}

/** What there is to say of the bad events of a stretch of time, by what the SLO is made of. */
export type ExplainedBad =
  | { readonly kind: 'events'; readonly found: Attribution }
  /** Parts, the one that burns most first; values of all of them, that which adds most burn first. */
  | {
      readonly kind: 'parts';
      readonly parts: readonly ExplainedPart[];
      readonly values: readonly PartValue[];
    }
  | { readonly kind: 'entities'; readonly entities: readonly WorstEntity[] };

/**
 * Where the bad events of any SLO came from in a range of event time. A composite counts no events: each part has its own, which may be
 * of other traffic, so they are never added up. What they have in common is the burn rate that they add, and by that values are ordered.
 *
 * Rejects with QUERY_LABELS_UNKNOWN for labels that are no dimensions of the SLO.
 */
export async function explainBad(store: Store, query: ExplainQuery): Promise<ExplainedBad> {
  const { plan } = query;
  checkDimensions(plan, Object.keys(query.labels));
  const ofSlo = { ...query, plan: { sli: plan } };
  if (plan.derivation?.kind === 'envelope')
    return { kind: 'entities', entities: await entitiesBeyond(store, ofSlo) };
  if (plan.composite === undefined) return { kind: 'events', found: await readAttribution(store, query) };
  const parts: ExplainedPart[] = [];
  for (const burn of await burnsOfParts(store, ofSlo)) {
    const own = plan.composite.find(({ slo }) => slo === burn.slo);
    const sli = own === undefined ? null : await readSliPlan(store, own);
    const isOfEvents = sli !== null && sli.derivation?.kind !== 'envelope';
    const found = isOfEvents ? await readAttribution(store, { ...query, plan: sli, labels: {} }) : null;
    parts.push({ ...burn, found });
  }
  const values = parts.flatMap(({ slo, burnRate, found }) =>
    (found?.values ?? []).map((one): PartValue => ({
      ...{ ...one, slo },
      burnRate: found === null || found.bad === 0 ? 0 : (burnRate * one.excess) / found.bad,
    })),
  );
  return { kind: 'parts', parts, values: values.sort((a, b) => b.burnRate - a.burnRate) };
}
