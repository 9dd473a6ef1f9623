import type { BatchEncoder, RecordByKind } from '@burnline/contracts';
import { AppError } from '@burnline/core';
import type { Load, Outgoing } from './delivery.ts';
import type { PublisherErrorCode } from './publisher-error.ts';

/**
 * Most bytes of one record: some hundred times a usual one. What is larger carries texts that do not belong in
 * telemetry, and would crowd out hundreds of other records.
 */
export const RECORD_BYTES_MAX = 65_536;

export type LaneKind = 'inference' | 'verdict' | 'report';

/** `ready`: added, and a message waits for the wire. */
export type AppendResult = 'appended' | 'ready' | 'buffer_full';

/** The buffer of one partition of one topic: an open batch and the messages that wait for the wire, in order. */
export interface Lane<Kind extends LaneKind> {
  /** Adds a record. `freeBytes` is what the publisher's buffer has left. Throws for a record that no batch can take. */
  append(record: RecordByKind[Kind], freeBytes: number): AppendResult;
}

/** What the publisher does with lanes, whatever their records. */
export interface LaneQueue {
  readonly hasOpenBatch: boolean;
  /** Messages of it are on their way. */
  readonly isBusy: boolean;
  /** Turns the open batch, if there is one, into a waiting message. */
  cut(): void;
  /** Takes waiting messages up to `bytesMax`, one at least if `mustTake`; `null` if none wait or one is on its way. */
  take(limit: { readonly bytesMax: number; readonly mustTake: boolean }): Load | null;
  /** What was taken is settled. */
  release(): void;
  /** Everything not yet settled. */
  outstanding(): readonly Outgoing[];
}

export interface LaneOptions<Kind extends LaneKind> {
  readonly topic: string;
  readonly partition: number;
  readonly encoder: BatchEncoder<Kind>;
  readonly batchEventsMax: number;
  /** Reports are sent like records but not counted as such. */
  readonly isCounted: boolean;
  readonly onBytes: (changeBytes: number) => void;
  /** Monotonic milliseconds. */
  readonly monotonicMs: () => number;
}

/** Bounded by the publisher's buffer: `append` refuses what exceeds it, and every waiting byte is reported to `onBytes`. */
export function createLane<Kind extends LaneKind>(options: LaneOptions<Kind>): Lane<Kind> & LaneQueue {
  const { encoder } = options;
  const waiting: Outgoing[] = [];
  let travelling: readonly Outgoing[] = [];
  let openBytes = 0;
  let openedAtMs = 0;

  const cut = (): void => {
    if (encoder.count === 0) return;
    const recordCount = options.isCounted ? encoder.count : 0;
    // The message has the bytes that were reported while it was open: `encoder.bytes` says what `finish` will give.
    const value = encoder.finish();
    openBytes = 0;
    waiting.push({ value, recordCount, bornAtMs: openedAtMs, isSettled: false, waiters: [] });
  };
  const append = (record: RecordByKind[Kind], freeBytes: number): AppendResult => {
    if (!encoder.append(record)) {
      cut();
      encoder.append(record);
    }
    const grownBytes = encoder.bytes - openBytes;
    if (grownBytes > RECORD_BYTES_MAX || grownBytes > freeBytes) {
      encoder.dropLast();
      if (grownBytes > RECORD_BYTES_MAX) throw recordTooLarge(grownBytes);
      return 'buffer_full';
    }
    if (encoder.count === 1) openedAtMs = options.monotonicMs();
    openBytes += grownBytes;
    options.onBytes(grownBytes);
    if (encoder.count >= options.batchEventsMax) cut();
    return waiting.length > 0 ? 'ready' : 'appended';
  };
  return {
    append,
    cut,
    get hasOpenBatch() {
      return encoder.count > 0;
    },
    get isBusy() {
      return travelling.length > 0;
    },
    take: (limit) => {
      if (travelling.length > 0 || waiting.length === 0) return null;
      const count = countWithin(waiting, limit);
      if (count === 0) return null;
      travelling = waiting.splice(0, count);
      return { topic: options.topic, partition: options.partition, messages: travelling };
    },
    release: () => {
      travelling = [];
    },
    outstanding: () => [...travelling, ...waiting].filter((message) => !message.isSettled),
  };
}

function countWithin(
  waiting: readonly Outgoing[],
  limit: { readonly bytesMax: number; readonly mustTake: boolean },
): number {
  let [count, bytes] = [0, 0];
  for (const message of waiting) {
    bytes += message.value.length;
    if (bytes > limit.bytesMax && !(count === 0 && limit.mustTake)) break;
    count += 1;
  }
  return count;
}

function recordTooLarge(bytes: number): AppError<PublisherErrorCode> {
  return new AppError(
    'PUBLISHER_EVENT_INVALID',
    `A record takes ${bytes} bytes, more than ${RECORD_BYTES_MAX}.`,
    {
      outcome: 'dead-letter',
      remedy: 'Send lengths and hashes of texts, not the texts.',
    },
  );
}
