import { AppError } from '../errors/app-error.ts';
import { referenceParts, sourceFieldsOf, valueReader } from '../events/derived-fields.ts';
import { sqlText } from '../predicates/predicate-sql.ts';

type DecodedRecord = Readonly<Record<string, unknown>>;

/**
 * What is added up of every event. Doubles are added up in fixed point, as whole numbers of 10^-decimals: so it does not matter
 * in which order, and the stream and SQL agree to the last digit.
 */
export interface SumTerm {
  /** A number of the event: a field, or `measures.key`. */
  readonly field: string;
  /** Another one, which is taken from it; with a bin a boolean field, of which true is 1. */
  readonly minus: string | null;
  /** Digits after the point. */
  readonly decimals: number;
  /** The square of the difference; of as many digits twice. */
  readonly isSquared: boolean;
  /** Instead of the value, 1 where it was too large and was cut, else 0. */
  readonly countsCut: boolean;
  /** Only of values of `field` in this of so many equal bins from 0 to 1, counted from 0; others add nothing. */
  readonly bin?: { readonly place: number; readonly count: number };
}

export const SUM_DECIMALS_MAX = 9;
/** Beyond so many units a number is cut: the difference of two is still exact in a double. */
const UNITS_MAX = 2 ** 52 - 1;
/** And a difference whose square is asked for beyond so many: the square is the largest that is exact. */
const SQUARED_UNITS_MAX = 94_906_265;

const TERM = /^(\S+)(?: - (\S+))? @(\d)(?: \[(\d+)\/(\d+)\])?( \^2)?( !)?$/;

/**
 * The name that a sum is kept under, and the plan of an SLI has it by: `measures.predicted - measures.expected @4 ^2` is the
 * squared difference of both with four decimals each, and ` !` after it how many were cut. `score - passed @6 [3/10]` is by how
 * much scores in the bin from 0.3 to 0.4 are beyond what came true.
 */
export function sumTermName({ field, minus, decimals, isSquared, countsCut, bin }: SumTerm): string {
  const place = bin === undefined ? '' : ` [${bin.place}/${bin.count}]`;
  return `${field}${minus === null ? '' : ` - ${minus}`} @${decimals}${place}${isSquared ? ' ^2' : ''}${countsCut ? ' !' : ''}`;
}

const OF_GOOD = 'good.';

/** The name of the same sum over good events alone. No field is called `good`. */
export const goodSumOf = (sum: string): string => `${OF_GOOD}${sum}`;

/** Whether a sum is over good events alone; else it is over all that count. */
export const isGoodSum = (sum: string): boolean => sum.startsWith(OF_GOOD);

/** What a sum adds up, whichever events it is over. */
const addedOf = (sum: string): string => (isGoodSum(sum) ? sum.slice(OF_GOOD.length) : sum);

/** The term of a sum; null where it is an integer field or a measure by its own name. */
export function sumTermOf(sum: string): SumTerm | null {
  const name = addedOf(sum);
  if (!name.includes(' ')) return null;
  const [, field, minus = null, decimals = '', place, count, square, cut] = TERM.exec(name) ?? [];
  if (field === undefined)
    throw new AppError('SUM_UNKNOWN', `"${name}" is not the name of a sum.`, {
      remedy: 'Name a field, or a number in fixed point such as "measures.error @6".',
    });
  return {
    field,
    minus,
    decimals: Number(decimals),
    isSquared: square !== undefined,
    countsCut: cut !== undefined,
    ...(place !== undefined && { bin: { place: Number(place), count: Number(count) } }),
  };
}

/** What a sum is made of: fields, or entries of maps. All are numbers, but for the second one of a bin. */
export function sumReferencesOf(sum: string): readonly string[] {
  const term = sumTermOf(sum);
  if (term === null) return [addedOf(sum)];
  return term.minus === null ? [term.field] : [term.field, term.minus];
}

/** What of the wire a sum is read from, as whole fields. */
export const sumSourceFieldsOf = (name: string): readonly string[] =>
  sumReferencesOf(name).flatMap(sourceFieldsOf);

/** An integer field whose values are added up as they are; null where they have to be made first. */
export function summedFieldOf(sum: string): string | null {
  const name = addedOf(sum);
  return sumTermOf(sum) === null && referenceParts(name).key === null ? name : null;
}

/** What a decoded record adds to a sum; anything but a number: it has no value. */
export function sumReader(sum: string): (record: DecodedRecord) => unknown {
  const own = summedFieldOf(sum);
  if (own !== null) return (record) => record[own];
  const [field, minus] = sumReferencesOf(sum).map(valueReader);
  const valueOf = sumValueOf(sum);
  return (record) => valueOf(field?.(record), minus?.(record));
}

/** What an event adds to a sum that is made of its numbers: by its term, or a measure rounded down. */
export function sumValueOf(sum: string): (field: unknown, minus: unknown) => number | null {
  const term = sumTermOf(sum);
  if (term !== null) return termValue(term);
  return (value) => (typeof value === 'number' && isSummable(value) ? Math.floor(value) : null);
}

/** Whether a measure is summed by itself: sums are whole numbers, and beyond 2^53 a double is none. */
function isSummable(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

/**
 * What an event adds to a sum, from its numbers; null where one is missing or is none. A safe integer: halves are rounded up, and
 * what is too large is cut.
 */
function termValue(term: SumTerm): (field: unknown, minus: unknown) => number | null {
  if (term.bin !== undefined) return binValue(term, term.bin);
  const unitsPerOne = 10 ** term.decimals;
  const largest = term.isSquared ? SQUARED_UNITS_MAX : 2 * UNITS_MAX;
  return (field, minus) => {
    const left = roundedUnits(field, unitsPerOne);
    const right = term.minus === null ? 0 : roundedUnits(minus, unitsPerOne);
    if (left === null || right === null) return null;
    const difference = within(left, UNITS_MAX) - within(right, UNITS_MAX);
    if (term.countsCut)
      return Math.max(Math.abs(left), Math.abs(right)) > UNITS_MAX || Math.abs(difference) > largest ? 1 : 0;
    const units = within(difference, largest);
    return term.isSquared ? units * units : units;
  };
}

/** A value on the edge of two bins is in the lower one; what is beyond 0 and 1 is no share, and has none. */
function binValue(
  { decimals }: SumTerm,
  { place, count }: NonNullable<SumTerm['bin']>,
): (field: unknown, isTrue: unknown) => number | null {
  const unitsPerOne = 10 ** decimals;
  return (field, isTrue) => {
    if (typeof field !== 'number' || !(field >= 0 && field <= 1) || typeof isTrue !== 'boolean') return null;
    const units = Math.floor(field * unitsPerOne + 0.5);
    const bin = Math.max(1, Math.ceil((units * count) / unitsPerOne)) - 1;
    return bin === place ? units - (isTrue ? unitsPerOne : 0) : 0;
  };
}

function roundedUnits(value: unknown, unitsPerOne: number): number | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  return Math.floor(value * unitsPerOne + 0.5);
}

const within = (units: number, largest: number): number => Math.min(Math.max(units, -largest), largest);

/** The same as a ClickHouse expression over columns as `column` gives them: Nullable(Int64). */
export function sumValueSql(sum: string, column: (name: string) => string): string {
  const own = summedFieldOf(sum);
  if (own !== null) return `CAST(${column(own)}, 'Nullable(Int64)')`;
  const term = sumTermOf(sum);
  if (term === null) {
    const value = numberSql(addedOf(sum), column);
    return `if(${value} >= 0 AND ${value} <= ${Number.MAX_SAFE_INTEGER}, toInt64(floor(${value})), NULL)`;
  }
  if (term.bin !== undefined) return binValueSql(term, term.bin, column);
  const numbers = sumReferencesOf(sum).map((reference) => numberSql(reference, column));
  // Nulls are no numbers here: least and greatest would pass them over.
  const [left = '', right = 'toFloat64(0)'] = numbers.map(
    (number) => `floor(${number} * ${10 ** term.decimals} + 0.5)`,
  );
  const cut = (value: string, largest: number): string => {
    const limit = `toFloat64(${largest})`;
    return `least(greatest(${value}, -${limit}), ${limit})`;
  };
  const largest = term.isSquared ? SQUARED_UNITS_MAX : 2 * UNITS_MAX;
  const difference = `(${cut(left, UNITS_MAX)} - ${cut(right, UNITS_MAX)})`;
  const units = `toInt64(${cut(difference, largest)})`;
  const isCut = `greatest(abs(${left}), abs(${right})) > ${UNITS_MAX} OR abs${difference} > ${largest}`;
  const value = term.countsCut ? `toInt64(${isCut})` : term.isSquared ? `${units} * ${units}` : units;
  return `if(${numbers.map((number) => `isFinite(${number})`).join(' AND ')}, ${value}, NULL)`;
}

function binValueSql(
  { field, minus, decimals }: SumTerm,
  { place, count }: NonNullable<SumTerm['bin']>,
  column: (name: string) => string,
): string {
  const [number, isTrue] = [numberSql(field, column), column(minus ?? '')];
  const unitsPerOne = 10 ** decimals;
  const units = `toInt64(floor(${number} * ${unitsPerOne} + 0.5))`;
  const bin = `greatest(1, intDiv(${units} * ${count} + ${unitsPerOne - 1}, ${unitsPerOne})) - 1`;
  const value = `if(${bin} = ${place}, ${units} - if(${isTrue}, ${unitsPerOne}, 0), 0)`;
  return `if(${number} >= 0 AND ${number} <= 1 AND isNotNull(${isTrue}), ${value}, NULL)`;
}

/** A number of a row as Float64; NaN where it has none. */
function numberSql(reference: string, column: (name: string) => string): string {
  const { field, key } = referenceParts(reference);
  if (key === null) return `toFloat64(ifNull(${column(field)}, nan))`;
  const [map, entry] = [column(field), sqlText(key)];
  return `if(mapContains(${map}, ${entry}), ${map}[${entry}], nan)`;
}
