import { createHash } from 'node:crypto';

/** What an announcement in the log changes. */
export interface SpecChange {
  readonly begun: readonly string[];
  readonly ended: readonly string[];
}

/**
 * The spec revisions that are counted together over a stretch of the log. Which they are follows from the announcements
 * before it alone, so that every processor counts the same.
 */
export class SpecSet {
  static readonly EMPTY = new SpecSet([]);

  /** 16 hex digits that name the list; empty for the empty set. */
  readonly id: string;
  /** Sorted, each once. */
  readonly revisions: readonly string[];

  private constructor(revisions: readonly string[]) {
    this.revisions = revisions;
    this.id =
      revisions.length === 0
        ? ''
        : createHash('sha256').update(revisions.join('\n')).digest('hex').slice(0, 16);
  }

  static of(revisions: Iterable<string>): SpecSet {
    const sorted = [...new Set(revisions)].sort();
    return sorted.length === 0 ? SpecSet.EMPTY : new SpecSet(sorted);
  }

  /** The set after an announcement; this very set where it changes nothing. */
  after(change: SpecChange): SpecSet {
    const ended = new Set(change.ended);
    const next = SpecSet.of([...this.revisions, ...change.begun].filter((revision) => !ended.has(revision)));
    return next.id === this.id ? this : next;
  }
}
