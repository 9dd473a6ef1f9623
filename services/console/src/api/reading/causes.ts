import { COVERAGE_MIN_DEFAULT } from '@burnline/core';
import type { SeriesStatus } from '@burnline/queries';
import { formatCount } from '@burnline/reading';

export interface Cause {
  readonly text: string;
  readonly remedy: string | null;
}

const percent = (ratio: number): string => `${Number((ratio * 100).toPrecision(4))} %`;

/** Why a series' budget is in its state, in words, and what to do about it. */
export function causeOf(status: SeriesStatus): Cause {
  const { state, bad, total, targetRatio, coverage, isEstimated } = status;
  const left = (isEstimated ? status.projectedRemainingRatio : null) ?? status.remainingRatio;
  const seen = `${formatCount(bad)} of ${formatCount(total)} were bad, where ${percent(targetRatio)} have to be good`;
  const byProjection = isEstimated ? ' by the projection: the period is only partly filled' : '';
  switch (state) {
    case 'breached':
      return {
        text: `${seen}: the budget is overspent${byProjection}`,
        remedy: 'See which events were bad and what changed before; what is spent comes back only with time.',
      };
    case 'at_risk':
      return {
        text:
          left !== null && left >= 0
            ? `${seen}: ${percent(left)} of the budget is left, less than a quarter${byProjection}`
            : `${seen}: overspent on what was seen so far${byProjection}`,
        remedy: 'See what burns it before it is spent, and put off what may make it worse.',
      };
    case 'no_data':
      return {
        text: `${percent(coverage)} of the data is there: below ${percent(COVERAGE_MIN_DEFAULT)} nothing is concluded`,
        remedy: 'See which sources are silent and which partitions are behind, at the pipeline.',
      };
    case 'no_traffic':
      return {
        text: 'Nothing that counts came in the whole period',
        remedy: "See whether the service is used, and whether its events match the SLO's conditions.",
      };
    default:
      return {
        text: left === null ? seen : `${seen}: ${percent(left)} of the budget is left${byProjection}`,
        remedy: null,
      };
  }
}

export const MEASURES_NOTHING: Cause = {
  text: 'It is judged, and no event has ever matched its conditions',
  remedy: "Search the events for what it is to count: a name in its conditions may be another one's.",
};

export const BACKFILLING: Cause = {
  text: 'It is new or has changed: its past is being counted, then it is judged',
  remedy: null,
};
