import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Large enough for a loopback's speed, small enough to see whether a client reads. */
const SLICE_BYTES = 256 * 1024;
/** A client that reads more slowly than this holds an answer's memory for nothing. */
const MIN_BYTES_PER_SECOND = 64 * 1024;

interface Unread {
  readonly byteCount: number;
  /** When the client last took something. */
  progressMs: number;
  readonly cut: () => void;
}

/**
 * Sends answers at the speed of those who read them, and bounds what unread ones hold together: when a new one finds no room,
 * the one whose reader has stood still the longest is cut off. Its client sees a broken connection, never a part that looks whole.
 */
export class AnswerDelivery {
  readonly #maxBytes: number;
  readonly #stallTimeoutMs: number;
  readonly #unread = new Set<Unread>();
  #heldBytes = 0;

  constructor(limits: { readonly maxBytes: number; readonly stallTimeoutMs: number }) {
    this.#maxBytes = limits.maxBytes;
    this.#stallTimeoutMs = limits.stallTimeoutMs;
  }

  /** Resolves when everything is handed over or the connection is gone. `encode` may turn the slices into others. */
  async send(
    response: ServerResponse,
    bytes: Uint8Array,
    encode: (slices: Iterable<Uint8Array>) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void> {
    const unread: Unread = {
      byteCount: bytes.length,
      progressMs: performance.now(),
      cut: () => response.destroy(),
    };
    this.#hold(unread);
    const deadline = setTimeout(
      unread.cut,
      this.#stallTimeoutMs + (bytes.length / MIN_BYTES_PER_SECOND) * 1000,
    );
    try {
      for await (const slice of encode(slices(bytes))) {
        if (response.destroyed) return;
        if (!response.write(slice)) await this.#settled(response, 'drain');
        unread.progressMs = performance.now();
      }
      response.end();
      if (!response.writableFinished) await this.#settled(response, 'finish');
    } finally {
      clearTimeout(deadline);
      this.#release(unread);
    }
  }

  /** Waits for the client; one that takes nothing for too long loses its connection. */
  async #settled(response: ServerResponse, event: 'drain' | 'finish'): Promise<void> {
    if (response.destroyed) return;
    const over = new AbortController();
    const { signal } = over;
    try {
      const stalled = await Promise.race([
        once(response, event, { signal }).then(() => false),
        once(response, 'close', { signal }).then(() => false),
        delay(this.#stallTimeoutMs, true, { signal, ref: false }),
      ]);
      if (stalled) response.destroy();
    } finally {
      over.abort();
    }
  }

  #hold(newcomer: Unread): void {
    this.#unread.add(newcomer);
    this.#heldBytes += newcomer.byteCount;
    while (this.#heldBytes > this.#maxBytes) {
      const victim = stalest(this.#unread, newcomer);
      if (victim === undefined) return;
      this.#release(victim);
      victim.cut();
    }
  }

  #release(unread: Unread): void {
    if (this.#unread.delete(unread)) this.#heldBytes -= unread.byteCount;
  }
}

function stalest(unread: Iterable<Unread>, except: Unread): Unread | undefined {
  let found: Unread | undefined;
  for (const each of unread) {
    if (each !== except && (found === undefined || each.progressMs < found.progressMs)) found = each;
  }
  return found;
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
    yield bytes.subarray(start, start + SLICE_BYTES);
  }
}
