/** One mistake in a CEL expression. */
export interface PredicateIssue {
  /** In UTF-16 units from the expression's start; `endOffset` is one past the last. */
  readonly offset: number;
  readonly endOffset: number;
  /** From 1, within the expression. */
  readonly line: number;
  readonly column: number;
  readonly expected: string;
  readonly found: string;
  readonly message: string;
  readonly remedy?: string;
}

export type IssueText = Pick<PredicateIssue, 'expected' | 'found' | 'message'> & {
  readonly remedy?: string | undefined;
};

/** Gathers the mistakes of one expression, each with its place. */
export class PredicateIssueList {
  readonly #source: string;
  readonly #issues: PredicateIssue[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  get all(): readonly PredicateIssue[] {
    return [...this.#issues].sort((a, b) => a.offset - b.offset);
  }

  add(range: { readonly start: number; readonly end: number }, { remedy, ...text }: IssueText): void {
    const before = this.#source.slice(0, range.start).split('\n');
    this.#issues.push({
      offset: range.start,
      endOffset: range.end,
      line: before.length,
      column: (before.at(-1) ?? '').length + 1,
      ...text,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }

  textAt(range: { readonly start: number; readonly end: number }): string {
    return this.#source.slice(range.start, range.end);
  }
}
