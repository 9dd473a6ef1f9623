import { compareText } from '@burnline/core';

/** A stretch of numbers; an end that is open is not part of it. */
export interface Span {
  readonly min: number;
  readonly max: number;
  readonly isMinOpen: boolean;
  readonly isMaxOpen: boolean;
}

/** A condition on a text that cannot be listed, and whether it must hold. */
export interface TextCondition {
  readonly test: 'startsWith' | 'endsWith' | 'contains' | '<' | '<=' | '>' | '>=';
  readonly argument: string;
  readonly holds: boolean;
}

/** Values that a term may have: numbers as stretches in ascending order, anything else as words. */
export type Values =
  | { readonly kind: 'numbers'; readonly isWhole: boolean; readonly spans: readonly Span[] }
  | {
      readonly kind: 'words';
      /** The words there are; null: any text. */
      readonly only: readonly string[] | null;
      readonly not: readonly string[];
      readonly conditions: readonly TextCondition[];
    };

/** What a term may be: one of the values, or absent. */
export interface ValueSet {
  readonly mayBeAbsent: boolean;
  readonly values: Values;
}

export const ANY_NUMBER: Span = { min: -Infinity, max: Infinity, isMinOpen: true, isMaxOpen: true };

export const numbers = (isWhole: boolean, ...spans: readonly Span[]): Values => ({
  kind: 'numbers',
  isWhole,
  spans: spans.map((span) => (isWhole ? toWhole(span) : span)).filter((span) => !isEmptySpan(span)),
});
export const words = (only: readonly string[] | null, not: readonly string[] = []): Values => ({
  kind: 'words',
  only,
  not,
  conditions: [],
});
export const texts = (condition: TextCondition): Values => ({
  kind: 'words',
  only: null,
  not: [],
  conditions: [condition],
});

function toWhole({ min, max, isMinOpen, isMaxOpen }: Span): Span {
  const first = isMinOpen && Number.isInteger(min) ? min + 1 : Math.ceil(min);
  const last = isMaxOpen && Number.isInteger(max) ? max - 1 : Math.floor(max);
  return { min: first, max: last, isMinOpen: first === -Infinity, isMaxOpen: last === Infinity };
}

function isEmptySpan({ min, max, isMinOpen, isMaxOpen }: Span): boolean {
  return min > max || (min === max && (isMinOpen || isMaxOpen));
}

function commonSpan(left: Span, right: Span): Span {
  const [low, high] = [Math.max(left.min, right.min), Math.min(left.max, right.max)];
  const isOpenAt = (end: 'min' | 'max', at: number): boolean =>
    [left, right].some((span) => span[end] === at && span[end === 'min' ? 'isMinOpen' : 'isMaxOpen']);
  return { min: low, max: high, isMinOpen: isOpenAt('min', low), isMaxOpen: isOpenAt('max', high) };
}

function holdsOf(word: string, { test, argument }: TextCondition): boolean {
  switch (test) {
    case 'startsWith':
      return word.startsWith(argument);
    case 'endsWith':
      return word.endsWith(argument);
    case 'contains':
      return word.includes(argument);
    case '<':
      return compareText(word, argument) < 0;
    case '<=':
      return compareText(word, argument) <= 0;
    case '>':
      return compareText(word, argument) > 0;
    case '>=':
      return compareText(word, argument) >= 0;
  }
}

/** Whether two conditions on the same text can never both hold; false where that is not seen. */
function exclude(left: TextCondition, right: TextCondition): boolean {
  if (left.test !== right.test) return false;
  if (left.argument === right.argument) return left.holds !== right.holds;
  if (!left.holds || !right.holds) return false;
  const [long, short] =
    left.argument.length > right.argument.length
      ? [left.argument, right.argument]
      : [right.argument, left.argument];
  if (left.test === 'startsWith') return !long.startsWith(short);
  return left.test === 'endsWith' && !long.endsWith(short);
}

function commonValues(left: Values, right: Values): Values {
  if (left.kind === 'numbers' && right.kind === 'numbers') {
    const spans = left.spans.flatMap((one) => right.spans.map((other) => commonSpan(one, other)));
    return numbers(left.isWhole || right.isWhole, ...spans);
  }
  // Of one term both are of a kind: predicates are checked for types before they come here.
  if (left.kind !== 'words' || right.kind !== 'words') return words([]);
  const not = [...left.not, ...right.not];
  const conditions = [...left.conditions, ...right.conditions];
  const listed =
    left.only === null ? right.only : left.only.filter((word) => right.only?.includes(word) ?? true);
  if (listed === null) {
    const isEmpty = conditions.some((one, index) =>
      conditions.slice(index + 1).some((other) => exclude(one, other)),
    );
    return isEmpty ? words([]) : { kind: 'words', only: null, not, conditions };
  }
  const only = listed.filter(
    (word) =>
      !not.includes(word) && conditions.every((condition) => holdsOf(word, condition) === condition.holds),
  );
  return words(only);
}

export const common = (left: ValueSet, right: ValueSet): ValueSet => ({
  mayBeAbsent: left.mayBeAbsent && right.mayBeAbsent,
  values: commonValues(left.values, right.values),
});

export function isEmpty({ mayBeAbsent, values }: ValueSet): boolean {
  if (mayBeAbsent) return false;
  return values.kind === 'numbers' ? values.spans.length === 0 : values.only?.length === 0;
}
