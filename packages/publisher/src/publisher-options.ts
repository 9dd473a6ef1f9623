import { MAX_EVENTS_PER_MESSAGE, MESSAGE_BYTES_MAX } from '@burnline/contracts';
import { AppError, SAMPLE_WEIGHT_MAX } from '@burnline/core';
import { randomUUID } from 'node:crypto';
import type { DropNotice } from './counters.ts';
import type { RetryNotice, RetryOptions } from './delivery.ts';
import { RECORD_BYTES_MAX } from './lane.ts';
import type { PublisherErrorCode } from './publisher-error.ts';
import type { PublisherTransport } from './transport.ts';

export interface PublisherOptions {
  readonly transport: PublisherTransport;
  /** The stream's name, which its topics carry. */
  readonly stream?: string;
  /**
   * As the stream's topics have it: for a transport that goes to the log itself. A collector tells its own number, and this
   * one is not needed.
   */
  readonly partitionCount?: number;
  readonly service: string;
  readonly environment: string;
  /** Unique per running publisher; made up by default. */
  readonly instance?: string;
  /** How long an event may wait for company. */
  readonly lingerMs?: number;
  readonly batchBytesMax?: number;
  readonly batchEventsMax?: number;
  /** Bound of everything not yet acknowledged; beyond it events are dropped, never the service's memory used up. */
  readonly bufferedBytesMax?: number;
  readonly retry?: Partial<RetryOptions>;
  /**
   * One of so many requests is sent, and each of its events stands for as many: a whole number, 1 by default. All attempts of
   * a request are kept or left out together, in every publisher.
   */
  readonly sampleOneIn?: number;
  /** How often the publisher reports its counts; 0 turns reports off. */
  readonly reportIntervalMs?: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** In [0, 1), for the jitter of retries. */
  readonly random?: () => number;
  /** Told of every drop. What it throws is ignored. */
  readonly onDrop?: (notice: DropNotice) => void;
  /** Told of every send that failed and will be tried again: the collector is away, or does not let us in. */
  readonly onRetry?: (notice: RetryNotice) => void;
}

export type ResolvedOptions = Required<Omit<PublisherOptions, 'retry' | 'partitionCount'>> & {
  /** As far as it is known by now; one partition until then. */
  readonly partitionCount: () => number;
  readonly retry: RetryOptions;
  /** Monotonic milliseconds. */
  readonly monotonicMs: () => number;
};

const BATCH_BYTES = 256 * 1_024;
/** A hundred messages' worth of typical batches: some ten seconds of 5,000 events a second. */
const BUFFERED_BYTES = 16 * 1_024 * 1_024;
/** A service of 1,000 events a second pays a third of what 20 ms would cost it, and a page comes 40 ms later on average. */
const LINGER_MS = 100;
/** As many as a stream may have. */
export const PARTITION_COUNT_MAX = 1_024;
const REPORT_INTERVAL_MS = 10_000;
/**
 * An hour outlasts every restart and most outages; what bounds memory is the buffer. Once the collector is back, the first
 * attempt comes within the longest wait.
 */
const RETRY: RetryOptions = { ageMsMax: 3_600_000, backoffMs: 100, backoffMsMax: 5_000 };

/** Fills in defaults and throws PUBLISHER_OPTIONS_INVALID for what cannot work: the only throw of a publisher. */
export function resolveOptions(options: PublisherOptions): ResolvedOptions {
  const resolved: ResolvedOptions = {
    transport: options.transport,
    stream: options.stream ?? 'live',
    partitionCount: partitionCounter(options),
    service: options.service,
    environment: options.environment,
    instance: options.instance ?? randomUUID(),
    lingerMs: options.lingerMs ?? LINGER_MS,
    batchBytesMax: options.batchBytesMax ?? BATCH_BYTES,
    batchEventsMax: options.batchEventsMax ?? MAX_EVENTS_PER_MESSAGE,
    bufferedBytesMax: options.bufferedBytesMax ?? BUFFERED_BYTES,
    retry: { ...RETRY, ...options.retry },
    sampleOneIn: options.sampleOneIn ?? 1,
    reportIntervalMs: options.reportIntervalMs ?? REPORT_INTERVAL_MS,
    now: options.now ?? Date.now,
    random: options.random ?? Math.random,
    onDrop: options.onDrop ?? (() => undefined),
    onRetry: options.onRetry ?? (() => undefined),
    monotonicMs: () => performance.now(),
  };
  for (const name of ['service', 'environment', 'instance'] as const) {
    const value: unknown = resolved[name];
    if (typeof value !== 'string') throw optionInvalid(name, 'text', value);
  }
  checkRange(resolved, 'lingerMs', 0, 60_000);
  checkRange(resolved, 'batchBytesMax', RECORD_BYTES_MAX * 2, MESSAGE_BYTES_MAX);
  checkRange(resolved, 'batchEventsMax', 1, MAX_EVENTS_PER_MESSAGE);
  checkRange(resolved, 'bufferedBytesMax', RECORD_BYTES_MAX, Number.MAX_SAFE_INTEGER);
  checkRange(resolved, 'reportIntervalMs', 0, 3_600_000);
  checkRange(resolved, 'sampleOneIn', 1, SAMPLE_WEIGHT_MAX);
  checkRange(resolved.retry, 'ageMsMax', 0, 86_400_000);
  checkRange(resolved.retry, 'backoffMs', 0, 60_000);
  checkRange(resolved.retry, 'backoffMsMax', 0, 600_000);
  return resolved;
}

function partitionCounter({ transport, partitionCount }: PublisherOptions): () => number {
  if (partitionCount !== undefined || transport.partitionCount === undefined)
    checkRange({ partitionCount: partitionCount ?? Number.NaN }, 'partitionCount', 1, PARTITION_COUNT_MAX);
  const beforehand = partitionCount ?? 1;
  return () => transport.partitionCount?.() ?? beforehand;
}

function checkRange<Name extends string>(
  values: Readonly<Record<Name, number>>,
  name: Name,
  min: number,
  max: number,
): void {
  const value = values[name];
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw optionInvalid(name, `an integer from ${min} to ${max}`, value);
}

function optionInvalid(name: string, expected: string, found: unknown): AppError<PublisherErrorCode> {
  return new AppError('PUBLISHER_OPTIONS_INVALID', `${name} must be ${expected}, found ${String(found)}.`, {
    remedy: `Correct ${name} where the publisher is created.`,
  });
}
