import type { Contribution } from '@burnline/contracts';
import type { Clock, Logger, Store } from '@burnline/runtime';
import { PART_UNREAD } from '../part-unread.ts';
import type { TellingContext } from '../receivers/notice.ts';

/** A page waits so long for what stands beside its decision; then it goes without. */
const WAIT_MS = 1_500;
const LOOK_MS = 150;
/** Keys asked for in one query. */
const KEYS_MAX = 2_000;

interface Wanted {
  readonly sinceMs: number;
  /** What is known so far, where more is looked for. */
  known: TellingContext | null;
  readonly give: (context: TellingContext | null) => void;
}

interface ContextRow {
  readonly key: string;
  readonly attribution: string;
  readonly remaining: number | null;
  readonly error: string;
}

/** Waits for what the decider looks up beside its live decisions, for all receivers together. */
export class ContextReader {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #wanted = new Map<string, Wanted>();
  #isRunning = false;

  constructor(parts: { readonly store: Store; readonly clock: Clock; readonly logger: Logger }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
  }

  /** Settles within some seconds, with what is known by then; null if nothing is. */
  of(decisionKey: string, signal: AbortSignal): Promise<TellingContext | null> {
    const found = new Promise<TellingContext | null>((give) => {
      this.#wanted.set(decisionKey, { sinceMs: this.#clock.monotonicMs(), known: null, give });
    });
    if (!this.#isRunning) void this.#run(signal);
    return found;
  }

  async #run(signal: AbortSignal): Promise<void> {
    this.#isRunning = true;
    while (this.#wanted.size > 0) {
      await this.#look([...this.#wanted.keys()].slice(0, KEYS_MAX));
      const isOver = ({ sinceMs }: Wanted): boolean =>
        signal.aborted || this.#clock.monotonicMs() - sinceMs >= WAIT_MS;
      for (const [key, wanted] of this.#wanted) if (isOver(wanted)) this.#give(key, wanted.known);
      if (this.#wanted.size > 0) await this.#clock.sleep(LOOK_MS, signal);
    }
    this.#isRunning = false;
  }

  async #look(keys: readonly string[]): Promise<void> {
    try {
      const rows = await this.#store.query<ContextRow>(
        `SELECT decision_key AS key, attribution, remaining_ratio AS remaining, error FROM alert_contexts FINAL
         WHERE decision_key IN {keys:Array(String)}`,
        { keys },
      );
      for (const { key, attribution, remaining, error } of rows) {
        const context = {
          attribution: JSON.parse(attribution) as readonly Contribution[],
          ...{ budgetRemaining: remaining, isUnread: error !== '' },
        };
        const wanted = this.#wanted.get(key);
        if (error === PART_UNREAD && wanted !== undefined) wanted.known = context;
        else this.#give(key, context);
      }
    } catch (error) {
      this.#logger.debug({ error: String(error) }, 'what stands beside decisions could not be read');
    }
  }

  #give(key: string, context: TellingContext | null): void {
    this.#wanted.get(key)?.give(context);
    this.#wanted.delete(key);
  }
}
