import type { DrillEvent } from './drill-events.ts';

/** What the drill knows of one event by itself. */
export interface OwnEvent {
  readonly event: DrillEvent;
  /** Epoch ms: made and handed over for sending. */
  readonly madeAtMs: number;
  /** The intake said that it is durable. */
  isAcknowledged: boolean;
  /** When it was first seen in the database, ms after it was made; null until then. */
  visibleAfterMs: number | null;
}

/** A drill's own count: every event that was made, by id, and what became of it. Bounded by the drill's length. */
export class OwnCount {
  readonly #events = new Map<string, OwnEvent>();

  add(event: DrillEvent, madeAtMs: number): void {
    this.#events.set(event.id, { event, madeAtMs, isAcknowledged: false, visibleAfterMs: null });
  }

  acknowledge(id: string): void {
    const own = this.#events.get(id);
    if (own !== undefined) own.isAcknowledged = true;
  }

  /** Takes in that the database shows these ids at this moment. */
  see(ids: Iterable<string>, atMs: number): void {
    for (const id of ids) {
      const own = this.#events.get(id);
      if (own !== undefined) own.visibleAfterMs ??= Math.max(0, atMs - own.madeAtMs);
    }
  }

  get(id: string): OwnEvent | undefined {
    return this.#events.get(id);
  }

  /** In the order in which they were made. */
  all(): readonly OwnEvent[] {
    return [...this.#events.values()];
  }

  /** When the first acknowledged event was made that has not been seen yet, epoch ms; null if all have been. */
  firstUnseenMs(): number | null {
    for (const own of this.#events.values())
      if (own.isAcknowledged && own.visibleAfterMs === null) return own.madeAtMs;
    return null;
  }
}
