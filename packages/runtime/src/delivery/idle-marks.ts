import { isAppError } from '@burnline/core';
import { encodeMark, type SchemaSource } from '@burnline/contracts';
import type { EventLog, PartitionId } from '../event-log/event-log.ts';
import { partitionKey } from '../event-log/partitions.ts';
import type { Clock } from '../lifecycle/clock.ts';

/** A partition without a message for so long is given a mark, so that its log time moves on. */
const SILENT_MS = 1_000;

interface PartitionQuiet {
  readonly id: PartitionId;
  lastMessageAtMs: number;
  isReadToEnd: boolean;
}

/**
 * Writes the clock into partitions that have gone quiet. Only an owner that has read a partition to its end may do so:
 * a partition that cannot be reached must not look like a quiet one. Marks of two owners do no harm.
 */
export class IdleMarks {
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #schemas: SchemaSource;
  readonly #partitions = new Map<string, PartitionQuiet>();

  constructor(parts: { readonly log: EventLog; readonly clock: Clock; readonly schemas: SchemaSource }) {
    this.#log = parts.log;
    this.#clock = parts.clock;
    this.#schemas = parts.schemas;
  }

  add({ topic, partition, isReadToEnd }: PartitionId & { readonly isReadToEnd: boolean }): void {
    const id = { topic, partition };
    this.#partitions.set(partitionKey(id), {
      id,
      lastMessageAtMs: this.#clock.monotonicMs(),
      isReadToEnd,
    });
  }

  remove(id: PartitionId): void {
    this.#partitions.delete(partitionKey(id));
  }

  seen(id: PartitionId & { readonly isReadToEnd: boolean }): void {
    const quiet = this.#partitions.get(partitionKey(id));
    if (quiet === undefined) return;
    quiet.lastMessageAtMs = this.#clock.monotonicMs();
    quiet.isReadToEnd = id.isReadToEnd;
  }

  /** Appends the marks that are due, in one write: at most one per partition and second. A busy log gets none. */
  async write(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const due = [...this.#partitions.values()].filter(
      (quiet) => quiet.isReadToEnd && nowMs - quiet.lastMessageAtMs >= SILENT_MS,
    );
    if (due.length === 0) return;
    const value = encodeMark({ kind: 'idle', marked_at: this.#clock.nowMs() * 1_000 }, this.#schemas);
    for (const quiet of due) {
      quiet.lastMessageAtMs = nowMs;
      // Until the mark itself comes back this partition is not read to its end.
      quiet.isReadToEnd = false;
    }
    try {
      await this.#log.append(due.map((quiet) => ({ ...quiet.id, messages: [{ value }] })));
    } catch (error) {
      if (!isAppError(error) || error.outcome !== 'retry') throw error;
      // No mark will come back, so the next one is due in a second.
      for (const quiet of due) quiet.isReadToEnd = true;
    }
  }
}
