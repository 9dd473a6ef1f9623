const NANO = 1e9;

export const usd = <Value extends number | null | undefined>(
  nanoUsd: Value,
): number | Exclude<Value, number> =>
  typeof nanoUsd === 'number' ? nanoUsd / NANO : (nanoUsd as Exclude<Value, number>);

/** A value of a dimension that events may have none of. */
export const nameOf = (value: string): string => (value === '' ? '(none)' : value);
