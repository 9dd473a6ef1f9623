/** What one sum of an SLI adds up. */
export interface SumTerm {
  /** An integer field, or an entry of measures: `measures.key`. */
  readonly reference: string;
  /** Over good events alone; else over all that count. */
  readonly isOfGood: boolean;
}

const OF_GOOD = 'good.';

/** The name of the same sum over good events alone: what rows keep it under. No field is called `good`. */
export const goodSumOf = (reference: string): string => `${OF_GOOD}${reference}`;

export function sumTermOf(sum: string): SumTerm {
  const isOfGood = sum.startsWith(OF_GOOD);
  return { reference: isOfGood ? sum.slice(OF_GOOD.length) : sum, isOfGood };
}

/** Whether a measure is summed: sums are whole numbers, and beyond 2^53 a double is none. */
export function isSummable(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

/** The same in SQL, of a Float64. */
export const summableSql = (value: string): string =>
  `(${value} >= 0 AND ${value} <= ${Number.MAX_SAFE_INTEGER})`;
