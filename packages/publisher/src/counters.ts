/** Why a record was given up. */
export const DROP_REASONS = [
  /** It breaks a rule of events that the collector has too, or is larger than an event may be. */
  'invalid',
  /** The buffer held as much as it may. */
  'buffer_full',
  /** The transport failed until it was as old as it may grow. */
  'expired',
  /** The transport will never take it: too large, malformed, not allowed. */
  'rejected',
  /** Emitted after close, or still unsent when close ran out of time. */
  'closed',
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

export interface DropNotice {
  readonly reason: DropReason;
  /** Records. */
  readonly count: number;
  readonly error: unknown;
}

/** Counts of records (events and verdicts) since the start: emitted = acknowledged + dropped + buffered, always. */
export interface PublisherCounters {
  /** Handed to the publisher, and not left out by sampling. */
  readonly emitted: number;
  /** Events that sampling left out: others stand for them, nothing is lost. */
  readonly sampledOut: number;
  /** Handed to the transport, first attempts. */
  readonly sent: number;
  readonly acknowledged: number;
  /** Handed to the transport again, each time counted. */
  readonly retried: number;
  readonly droppedByReason: Readonly<Record<DropReason, number>>;
  /** Not yet acknowledged or dropped. */
  readonly buffered: number;
  /** Bytes of everything buffered, reports included. */
  readonly bufferedBytes: number;
}

type CountName = Exclude<keyof PublisherCounters, 'droppedByReason'>;
export type MutableCounters = Record<CountName, number> & {
  readonly droppedByReason: Record<DropReason, number>;
};

export function zeroCounters(): MutableCounters {
  return {
    emitted: 0,
    sampledOut: 0,
    sent: 0,
    acknowledged: 0,
    retried: 0,
    droppedByReason: { invalid: 0, buffer_full: 0, expired: 0, rejected: 0, closed: 0 },
    buffered: 0,
    bufferedBytes: 0,
  };
}

export function copyCounters(counters: PublisherCounters): PublisherCounters {
  return { ...counters, droppedByReason: { ...counters.droppedByReason } };
}
