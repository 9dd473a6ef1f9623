import type { CommittedPosition, LogMessage, TopicSpec } from '../event-log.ts';

interface MemoryMessage extends LogMessage {
  /** The log's own clock at the append; retention goes by it. */
  readonly appendMs: number;
}

export interface MemoryPartition {
  startOffset: number;
  /** The messages from `startOffset` on. */
  messages: MemoryMessage[];
}

/**
 * What outlives a memory log: a model of the process's crash opens another log over the same disk. Grows with what is
 * appended, less what retention takes; meant for models and tests.
 */
export interface MemoryDisk {
  readonly topics: Map<string, { spec: TopicSpec; readonly partitions: readonly MemoryPartition[] }>;
  /** By group, then by topic and partition. */
  readonly positions: Map<string, Map<string, CommittedPosition>>;
}

export function createMemoryDisk(): MemoryDisk {
  return { topics: new Map(), positions: new Map() };
}
