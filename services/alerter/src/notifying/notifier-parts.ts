import type { DecisionEvidence } from '@burnline/contracts';
import type { Clock, EventLog, Logger, ServiceMetrics, Store } from '@burnline/runtime';
import type { Receiver } from '../receivers/receiver.ts';

export interface NotifierParts {
  readonly store: Store;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether a silence is in force for an alert now; absent: there are none. */
  readonly isSilenced?: (alert: DecisionEvidence) => boolean;
  /** Their names are unique: rows and positions go by them. */
  readonly receivers: readonly Receiver[];
  readonly metrics?: Pick<ServiceMetrics, 'notified' | 'notificationsWaiting' | 'unrouted'>;
  /** Decisions from one checkpoint to the next, at least. */
  readonly checkpointDecisionsMin?: number;
}
