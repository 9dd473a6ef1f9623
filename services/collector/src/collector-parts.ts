import type { BatchDecoder } from '@burnline/contracts';
import type { Clock, EventLog, Logger, ServiceMetrics } from '@burnline/runtime';
import type { Mapping } from './intake/mapped/mapping.ts';
import type { LiveTopics, LiveWriter } from './live-writer.ts';

export interface CollectorParts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Reads what publishers frame, by the ids of the checked-in table. */
  readonly decoder: BatchDecoder;
  /** The log's id of a schema of that table, where it is another one: with a schema registry. */
  readonly logSchemaIdOf?: (id: number) => number;
  readonly writer: LiveWriter;
  /** What makes records of somebody else's JSON, by the names that requests give; none if absent. */
  readonly mappings?: ReadonlyMap<string, Mapping>;
  /** Topics that a publisher may write to. */
  readonly topics: LiveTopics & { readonly reports: string };
  /** Whether numbers are made of the texts of prompts and answers before these are dropped; not unless it is said. */
  readonly readsTexts?: boolean;
  readonly metrics?: Pick<ServiceMetrics, 'accepted' | 'ignored' | 'refused' | 'sampledOut'>;
}
