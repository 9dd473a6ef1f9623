/**
 * How batches leave the process. The event log's `append` has this shape, so a service beside the log may pass it as it
 * is; others use `httpTransport`.
 *
 * `send` resolves when everything is durable. After a rejection any prefix may be there: sending again makes repeats,
 * which the pipeline suppresses by event id. An AppError whose outcome is not `retry` will not be tried again.
 */
export interface PublisherTransport {
  send(batches: readonly TransportBatch[]): Promise<unknown>;
  /**
   * How many partitions the other side has, as far as it has told; null: not yet. Only for one that puts every record where
   * its id belongs, whatever partition a batch names. Others need the publisher's option.
   */
  partitionCount?(): number | null;
}

/** Messages of one partition, in order. */
export interface TransportBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly TransportMessage[];
}

export interface TransportMessage {
  readonly value: Uint8Array;
  /** Epoch milliseconds; only for topics whose writers give the time. A live publisher leaves it to the log. */
  readonly timestampMs?: number;
}
