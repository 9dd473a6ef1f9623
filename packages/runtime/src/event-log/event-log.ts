/**
 * The event log port: durable, partitioned, ordered within a partition, read by consumer groups.
 *
 * Adapters: `embedded` (LMDB in the data directory) and Kafka. One contract suite runs on each and is the definition of
 * this port. A message is a batch of events in Confluent framing; the log does not look inside.
 */

export type TimestampKind =
  /** The log assigns the time at which it appended the message. */
  | 'append'
  /** The writer gives the time; a replay's log time is its data's time. */
  | 'create';

export interface TopicSpec {
  readonly name: string;
  readonly partitionCount: number;
  readonly timestamps: TimestampKind;
  /** Messages appended (by the log's own clock) longer ago may be expired. `null`: kept for ever. */
  readonly retentionMs: number | null;
  /** Oldest messages are expired when a partition holds more, never the newest. `null`: no bound. */
  readonly retentionBytes: number | null;
  /**
   * The newest so many messages of a partition are never expired, by age or size: what a consumer needs to go on after any
   * pause, however long. 0: none. An adapter that cannot keep it (Kafka has no such setting) says so in its own words, and
   * its operator chooses a retention that outlasts every pause.
   */
  readonly messagesKeptMin: number;
  readonly messageBytesMax: number;
}

export interface LogMessage {
  readonly offset: number;
  /** Epoch milliseconds, by the topic's kind of timestamps. May step back between messages. */
  readonly timestampMs: number;
  readonly value: Uint8Array;
}

export interface NewMessage {
  readonly value: Uint8Array;
  /** Required on topics with `create` timestamps, refused on the others. Epoch milliseconds. */
  readonly timestampMs?: number;
}

export interface PartitionAppend {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly NewMessage[];
}

export interface PartitionId {
  readonly topic: string;
  readonly partition: number;
}

export interface PartitionBounds extends PartitionId {
  /** First offset that can still be read. */
  readonly startOffset: number;
  /** Offset that the next appended message gets. */
  readonly endOffset: number;
}

export interface CommittedPosition extends PartitionId {
  /** Next offset to read. */
  readonly offset: number;
  /** Whatever the consumer stored with it, at most 4,096 characters. */
  readonly metadata: string;
}

export interface AssignedPartition extends PartitionBounds {
  readonly committed: { readonly offset: number; readonly metadata: string } | null;
  /** Where reading starts: the committed offset, else `startOffset`. */
  readonly position: number;
}

export type Delivery =
  /** The partitions that this consumer has just been given; their messages follow. */
  | { readonly kind: 'assigned'; readonly partitions: readonly AssignedPartition[] }
  /** Partitions taken away; nothing more of them may be committed (a commit for them is refused). */
  | { readonly kind: 'revoked'; readonly partitions: readonly PartitionId[] }
  | {
      readonly kind: 'messages';
      readonly topic: string;
      readonly partition: number;
      /** In offset order, without gaps unless the log has them; at least one. */
      readonly messages: readonly LogMessage[];
      /** The partition's end as seen at reading: caught up when the last offset + 1 equals it. */
      readonly endOffset: number;
    }
  /** Nothing came within the wait. */
  | { readonly kind: 'idle' };

export interface LogConsumer {
  /**
   * The next thing that happened. Returns `idle` after `waitMsMax` without one, or when the consumer is closed meanwhile.
   * Calls must not overlap. Fair over partitions: a busy one does not starve another. Rejects with LOG_OFFSET_EXPIRED or
   * LOG_OFFSET_BEYOND_END when a partition's position lies outside the log: it never skips.
   */
  next(waitMsMax: number): Promise<Delivery>;
  /**
   * Durable when it resolves, all or nothing. Rejects with LOG_NOT_OWNER for a partition that this consumer no longer has,
   * and once the consumer is closed.
   */
  commit(positions: readonly CommittedPosition[]): Promise<void>;
  /** Stops delivering a partition until it is resumed; bounds a consumer's memory. */
  pause(partitions: readonly PartitionId[]): void;
  resume(partitions: readonly PartitionId[]): void;
  close(): Promise<void>;
}

export interface ConsumerOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** A delivery holds at most so many bytes (one message more where a single one is larger). */
  readonly deliveryBytesMax?: number;
  /**
   * The values of a delivery may be overwritten from the next call of `next` on: an adapter that reads into memory of its own
   * need not make new memory for each. Default: they are the caller's for good.
   */
  readonly valuesAreLent?: boolean;
}

export interface EventLog {
  /**
   * Idempotent; takes over changed retention and message size. Rejects with LOG_TOPIC_DIFFERS if the topic exists with
   * another partition count or timestamp kind.
   */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>;
  /**
   * Appends and resolves when everything is durable, with the first offset given to each entry, in order.
   * Nothing is appended if it rejects with LOG_MESSAGE_TOO_LARGE, LOG_TOPIC_UNKNOWN, LOG_PARTITION_UNKNOWN, LOG_BUSY or
   * LOG_UNWRITABLE; after another error any prefix may be there, and sending again makes repeats, never gaps.
   */
  append(batches: readonly PartitionAppend[]): Promise<readonly number[]>;
  /** Joins a group: its members share the topics' partitions. */
  consume(options: ConsumerOptions): Promise<LogConsumer>;
  /**
   * Reads up to `bytesMax` from `fromOffset`, outside any group: at least one message if there is one, none at the end.
   * Rejects with LOG_OFFSET_EXPIRED below the start, with LOG_OFFSET_BEYOND_END beyond the end.
   */
  read(
    from: PartitionId & { readonly fromOffset: number; readonly bytesMax: number },
  ): Promise<readonly LogMessage[]>;
  /** Bounds of every partition of the topics. */
  bounds(topics: readonly string[]): Promise<readonly PartitionBounds[]>;
  /** Committed positions of a group, for partitions that have one. */
  committed(group: string, topics: readonly string[]): Promise<readonly CommittedPosition[]>;
  close(): Promise<void>;
}
