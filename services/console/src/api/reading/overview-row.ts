import { ratioToNumber } from '@burnline/core';
import { alertIdOf, type CountedStatus, type OpenAlert, type SloFacts } from '@burnline/queries';
import { budgetRoom, tierBurns, worstTier, type TierBurn } from '@burnline/reading';
import type { OverviewRow, State } from '../contract/index.ts';
import { causeOf, type Cause } from './causes.ts';
import type { GivenPlans } from './given-plans.ts';
import { seriesNameOf } from './series-name.ts';

/** One row with what it was made of. */
export interface JudgedRow {
  readonly row: OverviewRow;
  readonly facts: SloFacts;
  /** Null of an SLO without any series. */
  readonly status: CountedStatus | null;
  readonly tiers: readonly TierBurn[];
}

export interface RowParts {
  readonly facts: SloFacts;
  readonly plans: GivenPlans | undefined;
}

type SharedRow = ReturnType<typeof sharedRow>;

/** What stands in all rows of an SLO, whatever its series do. */
export function sharedRow({ facts, plans }: RowParts) {
  const specLabels = plans?.get(facts.slo)?.labels ?? {};
  return {
    stream: facts.stream,
    slo: facts.slo,
    displayName: facts.displayName,
    service: facts.service,
    team: specLabels['team'] ?? specLabels['owner'] ?? null,
    track: facts.track,
    criticality: facts.criticality,
    dimension: facts.dimension,
    specLabels,
    targetRatio: ratioToNumber(facts.target),
    period: facts.periodText,
  };
}

/** The row of one series. Thousands are made at once, without an object in between. */
export function seriesRow(
  status: CountedStatus,
  {
    facts,
    shared,
    alert,
  }: { readonly facts: SloFacts; readonly shared: SharedRow; readonly alert: OpenAlert | undefined },
): JudgedRow {
  const { bad, total, evaluatedAtMs: atMs } = status;
  const room = budgetRoom({ bad, total, atMs }, facts);
  const tiers = tierBurns(facts, status.windows);
  const worst = worstTier(tiers);
  const series = seriesNameOf(status.labels);
  const row: OverviewRow = {
    id: `${status.stream}|${status.slo}|${series}`,
    series,
    ...shared,
    labels: status.labels,
    sliRatio: status.sliRatio,
    good: status.good,
    bad,
    total,
    budget: {
      remainingRatio: status.remainingRatio,
      projectedRemainingRatio: status.projectedRemainingRatio,
      isEstimated: status.isEstimated,
      remainingEvents: room.events,
      remainingMs: room.timeMs,
    },
    burn:
      worst === undefined
        ? null
        : {
            word: worst.word,
            tier: worst.tier.name,
            burnRate:
              status.burnRates.find(({ windowMs }) => windowMs === worst.tier.longWindowMs)?.burnRate ?? 0,
            longWindowMs: worst.tier.longWindowMs,
          },
    alert: alert === undefined ? null : alertNowOf(alert),
    state: status.state as State,
    cause: causeOf(status),
    coverage: status.coverage,
    evaluatedAtMs: status.evaluatedAtMs,
  };
  return { row, facts, status, tiers };
}

function alertNowOf(alert: OpenAlert): NonNullable<OverviewRow['alert']> {
  const { state, tier, severity, sinceMs, alertKey } = alert;
  return { state, tier, severity, sinceMs, id: alertIdOf({ firedAtMs: sinceMs, alertKey }) };
}

/** The row of an SLO that has no series yet. */
export function emptyRow(
  parts: RowParts,
  { state, cause }: { readonly state: State; readonly cause: Cause },
): JudgedRow {
  const { facts } = parts;
  const row: OverviewRow = {
    id: `${facts.stream}|${facts.slo}`,
    series: null,
    ...sharedRow(parts),
    labels: {},
    ...{ sliRatio: null, good: 0, bad: 0, total: 0, burn: null, alert: null, state, cause },
    budget: {
      ...{ remainingRatio: null, projectedRemainingRatio: null, isEstimated: false },
      ...{ remainingEvents: null, remainingMs: null },
    },
    ...{ coverage: null, evaluatedAtMs: null },
  };
  return { row, facts, status: null, tiers: [] };
}
