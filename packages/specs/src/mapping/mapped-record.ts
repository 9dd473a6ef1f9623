import type { EvalVerdict, InferenceEvent } from '@burnline/core';

/** A record that a row says: an inference at its completion, a verdict at its judgement. Epoch microseconds. */
export type MappedRecord =
  | { readonly logTimeMicros: number; readonly event: InferenceEvent }
  | { readonly logTimeMicros: number; readonly verdict: EvalVerdict };

/** How long a row of a run kept its worker busy, and when the run as a whole ended. */
export interface Placement {
  readonly group: string;
  readonly endAtMicros: number;
  readonly durationMicros: number;
}

export interface MappedRow {
  /** In the order in which they belong into the log where their times are equal. */
  readonly records: readonly MappedRecord[];
  /** Where the row's own time is not known: what its time is to be derived from. */
  readonly placement: Placement | null;
}
