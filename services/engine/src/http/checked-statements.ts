/** Those of a console's pages, several times over. */
const COUNT_MAX = 512;
/** Longer ones are texts that somebody wrote once. */
const CHARS_MAX = 32 * 1024;

/** What an analyst's statement is checked under beside its text. */
interface CheckedUnder {
  readonly parameters: readonly string[];
  readonly isLimited: boolean;
}

/**
 * Statements as the engine renders them, once they were found harmless: whoever sends the same text again, with parameters of the same
 * names and under the same limits, need not have it rendered again. Bounded; the oldest go. One that is refused is not kept.
 */
export class CheckedStatements {
  readonly #rendered = new Map<string, string>();

  async of(
    sql: string,
    { parameters, isLimited }: CheckedUnder,
    check: () => Promise<string>,
  ): Promise<string> {
    const key = JSON.stringify([isLimited, [...parameters].sort(), sql]);
    // Names of parameters are anybody's, too.
    if (key.length > CHARS_MAX) return check();
    const known = this.#rendered.get(key);
    if (known !== undefined) return known;
    const rendered = await check();
    if (rendered.length > CHARS_MAX) return rendered;
    this.#rendered.set(key, rendered);
    for (const oldest of this.#rendered.keys()) {
      if (this.#rendered.size <= COUNT_MAX) break;
      this.#rendered.delete(oldest);
    }
    return rendered;
  }
}
