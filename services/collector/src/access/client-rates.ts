import type { StoredKey } from '@burnline/runtime';
import { intakeError } from '../http/intake-error.ts';

/** A client that was quiet may send so many seconds' worth at once: publishers gather while the intake is away. */
const BURST_S = 10;
/** How long a client is told to wait at most; it may come again sooner than it may send all that it has. */
const RETRY_AFTER_S_MAX = 60;

interface Bucket {
  readonly perSecond: number;
  /** Records that may still come; below zero after a request that brought more. */
  left: number;
  atMs: number;
}

/**
 * How much each client may send: a bucket of records that fills by its rate. How many a request holds is known once it was read, so
 * one is let in while anything is left, and what it brought is taken off: the rate holds in the long run, and no request is too
 * large for it. Keys of one name share a bucket, the lowest rate of them counts. There are as many buckets as names in the file.
 */
export class ClientRates {
  readonly #nowMs: () => number;
  #buckets: ReadonlyMap<string, Bucket> = new Map();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The limits of these keys from now on; who keeps its rate keeps what it has left. */
  limit(keys: readonly Pick<StoredKey, 'name' | 'recordsPerSecond'>[]): void {
    const rates = new Map<string, number>();
    for (const { name, recordsPerSecond } of keys)
      if (recordsPerSecond !== null) rates.set(name, Math.min(recordsPerSecond, rates.get(name) ?? Infinity));
    this.#buckets = new Map(
      [...rates].map(([name, perSecond]) => {
        const before = this.#buckets.get(name);
        const full = { perSecond, left: perSecond * BURST_S, atMs: this.#nowMs() };
        return [name, before?.perSecond === perSecond ? before : full];
      }),
    );
  }

  /** Throws COLLECTOR_RATE_EXCEEDED (retry). */
  check(client: string): void {
    const bucket = this.#buckets.get(client);
    if (bucket === undefined) return;
    this.#fill(bucket);
    if (bucket.left > 0) return;
    const waitS = Math.ceil((1 - bucket.left) / bucket.perSecond);
    throw intakeError(
      'COLLECTOR_RATE_EXCEEDED',
      `${client} sends more than its ${bucket.perSecond} records a second`,
      {
        remedy:
          'Send again after the time that Retry-After names, or ask whoever runs the intake for a higher rate.',
        details: { retryAfterS: Math.min(Math.max(waitS, 1), RETRY_AFTER_S_MAX) },
      },
    );
  }

  /** A request that brought nothing is work as well. */
  took(client: string, records: number): void {
    const bucket = this.#buckets.get(client);
    if (bucket === undefined) return;
    this.#fill(bucket);
    bucket.left -= Math.max(1, records);
  }

  #fill(bucket: Bucket): void {
    const nowMs = this.#nowMs();
    const passedS = Math.max(0, nowMs - bucket.atMs) / 1_000;
    bucket.left = Math.min(bucket.perSecond * BURST_S, bucket.left + passedS * bucket.perSecond);
    bucket.atMs = nowMs;
  }
}
