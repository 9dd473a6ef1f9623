import type { AppError } from '@burnline/core';
import { intakeError } from '../http/intake-error.ts';

/** What a request costs beside its body: its objects, its connection's buffers, its answer. */
const REQUEST_BYTES = 16 * 1024;
/** A body that is longer on its way than this gives way when memory is short: a sender on a good line is done by then. */
const GIVES_WAY_AFTER_MS = 2_000;

/** What one request holds in memory, from its first byte until it is answered. */
export interface Holding {
  /** Throws COLLECTOR_BUSY if there is no room; then the request has to go. */
  take(bytes: number): void;
  /** The body is whole: from now on the request is worked on, and does not give way. */
  settle(): void;
  release(): void;
}

interface Holder {
  bytes: number;
  readonly sinceMs: number;
  isSettled: boolean;
  isReleased: boolean;
  readonly giveWay: () => void;
}

/**
 * Memory for bodies, over all requests. It is taken as bytes come in, before they are kept. Where it runs out, requests
 * whose bodies have been on their way for long make room, so that slow senders never hold out fast ones.
 */
export class BytesInFlight {
  readonly #bytesMax: number;
  readonly #nowMs: () => number;
  readonly #holders = new Set<Holder>();
  #bytes = 0;

  constructor(bytesMax: number, nowMs: () => number) {
    this.#bytesMax = bytesMax;
    this.#nowMs = nowMs;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `giveWay` must end the request, which then releases what it holds. Throws COLLECTOR_BUSY. */
  open(giveWay: () => void): Holding {
    const flags = { isSettled: false, isReleased: false };
    const holder: Holder = { bytes: 0, sinceMs: this.#nowMs(), ...flags, giveWay };
    this.#take(holder, REQUEST_BYTES);
    this.#holders.add(holder);
    return {
      take: (bytes) => {
        this.#take(holder, bytes);
      },
      settle: () => {
        holder.isSettled = true;
      },
      release: () => {
        this.#release(holder);
      },
    };
  }

  #take(holder: Holder, bytes: number): void {
    if (holder.isReleased) throw busy(this.#bytes);
    if (this.#bytes + bytes > this.#bytesMax) this.#makeRoom(holder, bytes);
    if (this.#bytes + bytes > this.#bytesMax) throw busy(this.#bytes);
    this.#bytes += bytes;
    holder.bytes += bytes;
  }

  /** Holders are in the order of their coming: the longest on its way goes first. */
  #makeRoom(asking: Holder, bytes: number): void {
    const beforeMs = this.#nowMs() - GIVES_WAY_AFTER_MS;
    for (const holder of this.#holders) {
      if (this.#bytes + bytes <= this.#bytesMax || holder.sinceMs > beforeMs) return;
      if (holder.isSettled || holder === asking) continue;
      this.#release(holder);
      holder.giveWay();
    }
  }

  #release(holder: Holder): void {
    this.#bytes -= holder.bytes;
    holder.bytes = 0;
    holder.isReleased = true;
    this.#holders.delete(holder);
  }
}

function busy(bytes: number): AppError {
  return intakeError('COLLECTOR_BUSY', `${bytes} bytes of requests are being worked on`, {
    remedy: 'Send the request again after the time that Retry-After names.',
  });
}
