import type { SeriesStatus } from '@burnline/queries';

/** What a budget's state goes by: what is left by the projection in a partly filled period; of none without events, all. */
export const leftOf = ({
  remainingRatio,
  projectedRemainingRatio,
}: Pick<SeriesStatus, 'remainingRatio' | 'projectedRemainingRatio'>): number =>
  projectedRemainingRatio ?? remainingRatio ?? Number.POSITIVE_INFINITY;
