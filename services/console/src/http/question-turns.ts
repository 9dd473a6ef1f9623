import { consoleError } from '../console-error.ts';

/** Of the embedded engine two questions of a reader run at once: more only wait there, where nobody can turn them away. */
const RUNNING_MAX = 8;
/** Each takes some hundred milliseconds: whoever stands further back would wait for seconds. */
const WAITING_MAX = 32;

/**
 * Questions to the database, a few at once; those that are asked alike while one is under way share its answer. Beyond a bound
 * whoever asks is turned away at once.
 */
export class QuestionTurns {
  readonly #limits: { readonly runningMax: number; readonly waitingMax: number };
  readonly #shared = new Map<string, Promise<unknown>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits = { runningMax: RUNNING_MAX, waitingMax: WAITING_MAX }) {
    this.#limits = limits;
  }

  /** Rejects with CONSOLE_BUSY, or with what the question rejects with. */
  ask<T>(key: string, question: () => Promise<T>): Promise<T> {
    const underWay = this.#shared.get(key);
    if (underWay !== undefined) return underWay as Promise<T>;
    const answer = this.#inTurn(question).finally(() => this.#shared.delete(key));
    this.#shared.set(key, answer);
    return answer;
  }

  async #inTurn<T>(question: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limits.runningMax) await this.#turn();
    else this.#running += 1;
    try {
      return await question();
    } finally {
      const next = this.#waiting.shift();
      // Whoever is next takes the place over.
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#limits.waitingMax)
      throw consoleError('CONSOLE_BUSY', 'As many questions as this console answers at once are under way', {
        remedy: 'Ask again in a few seconds, for a shorter time if it happens often.',
      });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
