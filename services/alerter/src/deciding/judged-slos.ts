import type { SloPlan } from '@burnline/core';

/** What is judged, which changes while a pipeline runs. */
export interface JudgedSlos {
  /**
   * SLOs of a stream that are judged now, each by its active revision; null while that is not known here. A stream that
   * nobody has heard of yet is left as it is: it is not one whose SLOs are gone.
   */
  of(stream: string): readonly SloPlan[] | null;
  /** What rows of a revision were judged by, even if another is active by now; null if it is none of this pipeline's. */
  planOf(slo: string, specRev: string): SloPlan | null;
}
