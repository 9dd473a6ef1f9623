/** Traces that are remembered: some 5 MB, and of 50 agents a second those of the last quarter of an hour. */
const TRACES_MAX = 50_000;

/**
 * Traces of which a call became an event, the latest. An agent's span ends after its calls, and an exporter may send it in a
 * later request: without this memory it would pass for the only one that tells of their tokens.
 */
export class CallTraces {
  readonly #traces = new Set<string>();

  has(traceId: string): boolean {
    return this.#traces.has(traceId);
  }

  add(traceId: string): void {
    // Anew at the end: the first of the set is the one that was longest not heard of.
    this.#traces.delete(traceId);
    this.#traces.add(traceId);
    if (this.#traces.size <= TRACES_MAX) return;
    for (const oldest of this.#traces) {
      this.#traces.delete(oldest);
      return;
    }
  }
}
