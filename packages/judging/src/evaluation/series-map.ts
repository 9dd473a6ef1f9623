/** Values by series, and by SLO or revision above it: no text is built to look one up. */
export class SeriesMap<Value> {
  readonly #groups = new Map<string, Map<string, Value>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(group: string, series: string): Value | undefined {
    return this.#groups.get(group)?.get(series);
  }

  set(group: string, series: string, value: Value): void {
    let values = this.#groups.get(group);
    if (values === undefined) {
      values = new Map();
      this.#groups.set(group, values);
    }
    const before = values.size;
    values.set(series, value);
    this.#size += values.size - before;
  }

  /** Series and values of one group. */
  of(group: string): Iterable<readonly [string, Value]> {
    return this.#groups.get(group) ?? [];
  }

  *entries(): Iterable<readonly [group: string, series: string, value: Value]> {
    for (const [group, values] of this.#groups)
      for (const [series, value] of values) yield [group, series, value];
  }

  clear(): void {
    this.#groups.clear();
    this.#size = 0;
  }
}
