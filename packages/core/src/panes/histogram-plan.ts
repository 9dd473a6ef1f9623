/** What an SLI keeps a histogram of, over what counts in its total. */
export type HistogramPlan = NumberHistogram | CategoryHistogram;

/** The distribution of a number, as a base-2 exponential histogram. */
export interface NumberHistogram {
  /** A numeric field, or `measures.key`. */
  readonly field: string;
  readonly scale: number;
}

/** How often each value of a text or a boolean is there. Readers of numbers find no `field` in it. */
export interface CategoryHistogram {
  /** A text or boolean field, or `attributes.key`. */
  readonly categoryOf: string;
  /** A value's bucket is its place among these, and one behind them all that of every other; null: a hash of the value. */
  readonly categories: readonly string[] | null;
}

/** The field, or the entry of a map, whose values are kept. */
export const histogramFieldOf = (histogram: HistogramPlan): string =>
  'categoryOf' in histogram ? histogram.categoryOf : histogram.field;
