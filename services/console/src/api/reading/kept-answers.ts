/** Answers that may be asked for again for a while: by owner (a console's own database), and by what was asked. Bounded; the oldest go. */
export class KeptAnswers<Answer> {
  readonly #countMax: number;
  readonly #byOwner = new WeakMap<object, Map<string, Promise<Answer>>>();

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /** What is kept by this key, else what is read now. One that rejects or finds nothing is not kept: whoever asks next reads again. */
  of(owner: object, key: string, read: () => Promise<Answer>): Promise<Answer> {
    const kept = this.#byOwner.get(owner) ?? new Map<string, Promise<Answer>>();
    this.#byOwner.set(owner, kept);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const answer = read();
    kept.set(key, answer);
    for (const oldest of kept.keys()) {
      if (kept.size <= this.#countMax) break;
      kept.delete(oldest);
    }
    const drop = (): void => {
      if (kept.get(key) === answer) kept.delete(key);
    };
    answer.then((found) => {
      if (found === null) drop();
    }, drop);
    return answer;
  }
}
