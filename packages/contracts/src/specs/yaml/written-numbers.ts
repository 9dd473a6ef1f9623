/** How the numbers of a document were written, digit for digit, by the object or list that holds them. */
export class WrittenNumbers {
  readonly #texts = new Map<object, Map<string | number, string>>();

  keep(holder: object, key: string | number, text: string): void {
    const texts = this.#texts.get(holder);
    if (texts === undefined) this.#texts.set(holder, new Map([[key, text]]));
    else texts.set(key, text);
  }

  of(holder: unknown, key: string | number): string | undefined {
    return typeof holder === 'object' && holder !== null ? this.#texts.get(holder)?.get(key) : undefined;
  }
}
