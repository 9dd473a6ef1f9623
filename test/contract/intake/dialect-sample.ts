/** What an answer says, in whatever form. */
export interface Said {
  readonly accepted?: number;
  readonly ids?: readonly string[];
  readonly wrongCount: number;
  readonly wrongIndexes: readonly number[];
  /** Of a refusal. */
  readonly code?: string;
  readonly remedy?: string;
  readonly items?: readonly { readonly index: number; readonly state: string }[];
}

/** What clients of one route send, in its dialect's own form. */
export interface RouteSample {
  /** With a query, where the dialect reads one. */
  readonly path: string;
  /** Methods that are taken there; POST alone where it is absent. */
  readonly allow?: string;
  readonly contentType: string;
  readonly topic: 'inference' | 'verdicts' | 'reports' | 'references';
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
  /** Whether an answer says how many were taken, and of what was not taken what became of each. */
  readonly tellsEach: boolean;
  /** The status of an answer to no bytes. */
  readonly emptyIs: 200 | 400;
  /** What the bytes of an answer say. */
  read(bytes: Buffer, status: number): Said;
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

/** What an answer in JSON says, as docs/intake.md shows it. */
export function saidInJson(bytes: Buffer): Said {
  const { error, accepted, ids, refused } = JSON.parse(bytes.toString('utf8')) as {
    readonly error?: { readonly code: string; readonly remedy: string; readonly details: Partial<Said> };
    readonly accepted?: number;
    readonly ids?: readonly string[];
    readonly refused?: Partial<Said>;
  };
  const { wrongCount = 0, wrongIndexes = [], items } = error?.details ?? refused ?? {};
  return {
    ...(accepted !== undefined && { accepted }),
    ...(ids !== undefined && { ids }),
    wrongCount,
    wrongIndexes,
    ...(error && { code: error.code, remedy: error.remedy }),
    ...(items && { items }),
  };
}
