import type { Clock, Logger, Store } from '@burnline/runtime';
import { STORE_RETRY, retrying } from '@burnline/runtime';
import type { DecisionEvidence } from '@burnline/contracts';
import { SilenceBook, readSilences } from './silences.ts';

/** How soon a silence that was added or ended is known. */
const LOOK_MS = 2_000;

/** What is silenced, read again and again; while the database does not answer, what was read last holds. */
export class SilenceReader {
  readonly #parts: { readonly store: Store; readonly clock: Clock; readonly logger: Logger };
  readonly #book = new SilenceBook();
  #lookedMs = -Infinity;

  constructor(parts: { readonly store: Store; readonly clock: Clock; readonly logger: Logger }) {
    this.#parts = parts;
  }

  isSilenced(alert: DecisionEvidence): boolean {
    return this.#book.isSilenced(alert, this.#parts.clock.nowMs());
  }

  /** Before the first alert is told: not knowing is not to be taken for silence, nor for none. */
  async readFirst(signal: AbortSignal): Promise<void> {
    await retrying(() => this.#read(), STORE_RETRY, { clock: this.#parts.clock, signal });
  }

  async readIfDue(): Promise<void> {
    if (this.#parts.clock.monotonicMs() < this.#lookedMs + LOOK_MS) return;
    try {
      await this.#read();
    } catch (error) {
      this.#lookedMs = this.#parts.clock.monotonicMs();
      this.#parts.logger.warn({ error: String(error) }, 'silences could not be read: those of before hold');
    }
  }

  async #read(): Promise<void> {
    this.#book.set(await readSilences(this.#parts.store, { liveAtMs: this.#parts.clock.nowMs() }));
    this.#lookedMs = this.#parts.clock.monotonicMs();
  }
}
