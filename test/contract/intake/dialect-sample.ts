/** What clients of one route send, in its dialect's own form. */
export interface RouteSample {
  /** With a query, where the dialect reads one. */
  readonly path: string;
  readonly contentType: string;
  readonly topic: 'inference' | 'verdicts' | 'reports';
  /** A body of these records, each known by its number. */
  body(numbers: readonly number[]): Buffer;
  /** The id under which the log has a record. */
  idOf(number: number): string;
  /** The same with wrong records among them, and where those stand. */
  mixed(numbers: readonly number[]): { readonly body: Buffer; readonly wrongIndexes: readonly number[] };
  /** What becomes of the right ones of such a body. */
  readonly mixedIs: 'refused' | 'taken';
  /** Whether answers name the ids. */
  readonly hasIds: boolean;
}

/** A UUID for a number. */
export const uuidOf = (number: number): string =>
  `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;

/** Wrong ones stand second and last. */
export function amongThem<T>(
  right: readonly T[],
  wrong: T,
): { readonly all: readonly T[]; readonly wrongIndexes: readonly number[] } {
  return {
    all: [...right.slice(0, 1), wrong, ...right.slice(1), wrong],
    wrongIndexes: [1, right.length + 1],
  };
}
