/** What a suite has opened, to be closed when it ends, however far it came. */
export class Closing {
  readonly #steps: (() => Promise<void>)[] = [];

  add(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  /** Last opened, first closed. */
  async all(): Promise<void> {
    for (const step of this.#steps.reverse()) await step();
  }
}
