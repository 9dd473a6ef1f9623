import { AppError, isAppError } from '@burnline/core';
import { schemaIdOf, type SchemaSource } from '@burnline/contracts';
import type { LogMessage, PartitionId } from '../event-log/event-log.ts';
import type { PartitionWork, Snapshot, Unreadable } from './stream-work.ts';
import { UnreadableShare, type UnreadableLimits } from './unreadable-share.ts';

type DeliveryErrorCode = 'DELIVERY_MOSTLY_UNREADABLE' | 'DELIVERY_MESSAGE_CRASHES';

/**
 * A partition's work, stopped where going on would do harm: where most messages cannot be read (the fault is not theirs),
 * and where one makes the reading fail in a way that nobody foresaw (the fault is ours). Both halt before anything of the
 * message is committed, and halt at the same message again until the cause is gone.
 */
export class GuardedWork<S extends Snapshot> implements PartitionWork<S> {
  readonly #inner: PartitionWork<S>;
  readonly #schemas: SchemaSource;
  readonly #unreadable: UnreadableShare;

  constructor(
    inner: PartitionWork<S>,
    parts: {
      readonly schemas: SchemaSource;
      readonly limits: UnreadableLimits;
      /** Messages that are read before a start. */
      readonly warmUpMessages: number;
    },
  ) {
    this.#inner = inner;
    this.#schemas = parts.schemas;
    this.#unreadable = new UnreadableShare(parts.limits, parts.warmUpMessages);
  }

  get partition(): PartitionId {
    return this.#inner.partition;
  }

  get position(): number {
    return this.#inner.position;
  }

  get held(): number {
    return this.#inner.held;
  }

  warm(message: LogMessage): Unreadable | null {
    const unreadable = this.#read(message, () => this.#inner.warm(message));
    this.#observe(message, unreadable);
    return unreadable;
  }

  apply(message: LogMessage): Unreadable | null {
    const unreadable = this.#read(message, () => this.#inner.apply(message));
    this.#observe(message, unreadable);
    if (unreadable !== null && this.#unreadable.isBeyondLimits)
      throw this.#mostlyUnreadable(message, unreadable);
    return unreadable;
  }

  takeSnapshot(): S | null {
    return this.#inner.takeSnapshot();
  }

  /** Marks are Burnline's own, and a quiet partition is full of them: they say nothing of the writers. */
  #observe(message: LogMessage, unreadable: Unreadable | null): void {
    if (unreadable === null && isMark(message, this.#schemas)) return;
    this.#unreadable.add(message.offset, unreadable !== null);
  }

  #read(message: LogMessage, read: () => Unreadable | null): Unreadable | null {
    try {
      return read();
    } catch (error) {
      if (isAppError(error)) throw error;
      throw this.#crash(message, error);
    }
  }

  #mostlyUnreadable(message: LogMessage, { code, reason }: Unreadable): AppError<DeliveryErrorCode> {
    const { badCount, count } = this.#unreadable;
    return new AppError(
      'DELIVERY_MOSTLY_UNREADABLE',
      `${this.#nameOf(message)}: ${badCount} of the last ${count} messages cannot be read, this one by ${code}: ${reason}`,
      {
        outcome: 'halt',
        remedy:
          'Mend or stop what writes to the topic, or upgrade this pipeline if its writers are newer. To set all of them ' +
          'aside as dead letters, start with an unreadable share of 1; see docs/operations.md.',
        details: { ...this.partition, offset: message.offset, badCount, count, code },
      },
    );
  }

  #crash(message: LogMessage, cause: unknown): AppError<DeliveryErrorCode> {
    return new AppError(
      'DELIVERY_MESSAGE_CRASHES',
      `${this.#nameOf(message)}: reading this message failed in a way that was not foreseen: ${String(cause)}`,
      {
        outcome: 'halt',
        remedy:
          'This is a fault of Burnline: report it with the message. Nothing is lost; a version that reads it goes on here.',
        details: { ...this.partition, offset: message.offset },
        cause,
      },
    );
  }

  #nameOf({ offset }: LogMessage): string {
    const { topic, partition } = this.partition;
    return `${topic}/${partition}/${offset}`;
  }
}

function isMark({ value }: LogMessage, schemas: SchemaSource): boolean {
  try {
    return schemas.schemaOf(schemaIdOf(value))?.kind === 'mark';
  } catch {
    // Without framing: whoever reads such messages, they are no marks.
    return false;
  }
}
