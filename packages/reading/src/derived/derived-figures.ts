import type { SliPlan } from '@burnline/core';
import { driftFigures, standingEntities, type DriftFigure, type StandingEntities } from '@burnline/judging';
import type { TimeRange } from '@burnline/queries';
import { EPOCH_SETTINGS, type Store } from '@burnline/runtime';

export interface DerivedQuery extends TimeRange {
  readonly sli: SliPlan;
  readonly stream: string;
  /** Entities that are listed, or slices that there may be. */
  readonly countMax: number;
  /** How long the database may take. */
  readonly timeoutMs: number;
}

/** How the entities of an SLO that holds consumption against an envelope stand; by the rows that it is judged on. */
export const readStandingEntities = (store: Store, query: DerivedQuery): Promise<StandingEntities> =>
  standingEntities(store, lookOf(query));

/** What an SLO of drift measured, slice by slice; by the rows that it is judged on. Rejects with QUERY_TOO_LARGE. */
export const readDriftFigures = (store: Store, query: DerivedQuery): Promise<readonly DriftFigure[]> =>
  driftFigures(store, lookOf(query));

const lookOf = ({ sli, ...query }: DerivedQuery) => ({
  ...query,
  plan: { sli },
  paneMs: EPOCH_SETTINGS.paneMs,
});
