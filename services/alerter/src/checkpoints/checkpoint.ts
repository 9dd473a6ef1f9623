import type { AlertState } from '@burnline/core';
import type { DecisionEvidence, DecisionRecord } from '@burnline/contracts';

/** An alert that fires, as the log says. */
interface CheckpointAlert {
  readonly fire: DecisionRecord;
  readonly isTold: boolean;
  /** What the last message about it saw. */
  readonly evidence: DecisionEvidence;
}

/** What receivers were told first of an alert that has not ended. */
export interface CheckpointTelling {
  /** Of the message that it followed from. */
  readonly offset: number;
  readonly decidedAtMs: number;
  readonly decision: DecisionRecord;
  readonly key: string;
  readonly firedAtMs: number | null;
}

/**
 * All that a start has to know of the decision log before an offset: what whoever reads every message of it comes to. It
 * says nothing that the log does not: one that is lost or not understood costs time alone.
 */
export interface Checkpoint {
  /** Everything before it is in the checkpoint. */
  readonly offset: number;
  /** By alert key; one for each alert that was ever decided about. */
  readonly states: readonly (readonly [alertKey: string, state: AlertState])[];
  /** Those of a series together, first to fire first. */
  readonly alerts: readonly CheckpointAlert[];
  readonly tellings: readonly CheckpointTelling[];
}
