import { describe } from './event-contract-error.ts';
import type { IntakeIssue } from './intake-issues.ts';

/** What a field of a record may hold: one rule for every way in, whoever checks it. */
export interface FieldRule {
  /** What was expected, for the sender of the wrong value. */
  readonly expected: (value: unknown) => string;
  readonly holds: (value: unknown) => boolean;
  /**
   * `holds` as an expression of JavaScript over a variable of this name, from which checks of whole records are put
   * together: `emit` pays for one of every event. Absent: `holds` is called.
   */
  readonly code?: (variable: string) => string;
  /** Faults inside of a value that does not hold, each with its own path; none: the value as a whole is wrong. */
  readonly inside?: (value: unknown, path: string) => readonly IntakeIssue[];
}

/** A rule that is known by its code. */
export type CodedRule = FieldRule & Required<Pick<FieldRule, 'code'>>;

/** Names, ids and versions; longer ones are somebody's prompt. */
export const TEXT_CHARS_MAX = 512;
export const MAP_ENTRIES_MAX = 32;
export const MAP_KEY_CHARS_MAX = 64;
export const MAP_VALUE_CHARS_MAX = 256;
/** Of a key in a path: a longer one is cut, since an answer repeats it. */
const PATH_KEY_CHARS_MAX = 80;

/** A rule from its code, which names its variable alone. */
export function rule(
  expected: string | FieldRule['expected'],
  code: (variable: string) => string,
): CodedRule {
  const make = Reflect.construct(Function, [
    `'use strict'; return (v) => ${code('v')};`,
  ]) as () => FieldRule['holds'];
  return {
    expected: typeof expected === 'string' ? () => expected : expected,
    holds: make(),
    code,
  };
}

/** The faults of one value. */
export function faultsOf(rule: FieldRule, value: unknown, path: string): readonly IntakeIssue[] {
  if (rule.holds(value)) return [];
  const inner = rule.inside?.(value, path) ?? [];
  return inner.length > 0 ? inner : [{ path, expected: rule.expected(value), found: describe(value) }];
}

export function nullable(inner: FieldRule): FieldRule {
  const { code } = inner;
  return {
    ...inner,
    holds: (value) => value === null || inner.holds(value),
    ...(code === undefined ? {} : { code: (v: string) => `(${v} === null || (${code(v)}))` }),
  };
}

function textOf(charsMin: number, charsMax: number): FieldRule {
  const length = charsMin === 0 ? `at most ${charsMax}` : `${charsMin} to ${charsMax}`;
  const least = (v: string): string => (charsMin === 0 ? '' : ` && ${v}.length >= ${charsMin}`);
  return rule(
    (value) =>
      typeof value === 'string' && !value.isWellFormed()
        ? 'text of whole Unicode characters; this has half of a surrogate pair'
        : `text of ${length} characters`,
    (v) => `typeof ${v} === 'string'${least(v)} && ${v}.length <= ${charsMax} && ${v}.isWellFormed()`,
  );
}
export const text = textOf(0, TEXT_CHARS_MAX);
export const requiredText = textOf(1, TEXT_CHARS_MAX);

export function wholeNumber(max: number): CodedRule {
  return rule(`an integer from 0 to ${max}`, (v) => `Number.isInteger(${v}) && ${v} >= 0 && ${v} <= ${max}`);
}

export function numberFrom(bounds: {
  readonly min: number;
  readonly max: number;
  readonly what: string;
}): CodedRule {
  const { min, max, what } = bounds;
  // NaN fails both.
  return rule(what, (v) => `typeof ${v} === 'number' && ${v} >= ${min} && ${v} <= ${max}`);
}

export const finite = rule('a finite number', (v) => `Number.isFinite(${v})`);

export function symbol(symbols: readonly string[]): FieldRule {
  const isOne = (v: string): string => symbols.map((one) => `${v} === ${JSON.stringify(one)}`).join(' || ');
  return rule(`one of ${symbols.join(', ')}`, (v) => `(${isOne(v)})`);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Readers build maps by assignment, where a key `__proto__` would vanish. */
export const LOST_KEY = '__proto__';

function isKey(name: string): boolean {
  return name.length >= 1 && name.length <= MAP_KEY_CHARS_MAX && name !== LOST_KEY && name.isWellFormed();
}

function keyText(name: string): string {
  if (name === LOST_KEY) return 'another key; this one means something else to programs';
  return name.isWellFormed()
    ? `a key of 1 to ${MAP_KEY_CHARS_MAX} characters`
    : 'a key of whole Unicode characters; this has half of a surrogate pair';
}

/** A map whose values follow a rule. */
function boundedMap(value: FieldRule, what: string): FieldRule {
  return {
    expected: () => `at most ${MAP_ENTRIES_MAX} ${what}, keys of 1 to ${MAP_KEY_CHARS_MAX} characters`,
    holds: (entries) => {
      if (!isObject(entries)) return false;
      const names = Object.keys(entries);
      if (names.length > MAP_ENTRIES_MAX) return false;
      // Plain loops: every event that is emitted comes by here.
      for (const name of names) if (!isKey(name) || !value.holds(entries[name])) return false;
      return true;
    },
    inside: (entries, path) => {
      if (!isObject(entries) || Object.keys(entries).length > MAP_ENTRIES_MAX) return [];
      return Object.entries(entries).flatMap(([name, entry]) => {
        const at = `${path}.${name.slice(0, PATH_KEY_CHARS_MAX)}`;
        return isKey(name)
          ? faultsOf(value, entry, at)
          : [{ path: at, expected: keyText(name), found: describe(name) }];
      });
    },
  };
}
export const texts = boundedMap(textOf(0, MAP_VALUE_CHARS_MAX), 'texts by name');
export const numbers = boundedMap(finite, 'finite numbers by name');

/** The faults of the fields of an object, in the order of the rules. */
export function fieldFaults(
  rules: Readonly<Record<string, FieldRule>>,
  value: Readonly<Record<string, unknown>>,
  prefix = '',
): readonly IntakeIssue[] {
  return Object.entries(rules).flatMap(([name, one]) => faultsOf(one, value[name], `${prefix}${name}`));
}

/** A list of objects of these fields. */
export function listOf(
  rules: Readonly<Record<string, FieldRule>>,
  bound: { readonly countMax: number; readonly expected: string; readonly itemExpected: string },
): FieldRule {
  const fields = Object.entries(rules);
  return {
    expected: () => bound.expected,
    holds: (items) =>
      Array.isArray(items) &&
      items.length <= bound.countMax &&
      items.every((item: unknown) => isObject(item) && fields.every(([name, one]) => one.holds(item[name]))),
    inside: (items, path) => {
      if (!Array.isArray(items) || items.length > bound.countMax) return [];
      return items.flatMap((item: unknown, index) => {
        const at = `${path}[${index}]`;
        return isObject(item)
          ? fieldFaults(rules, item, `${at}.`)
          : [{ path: at, expected: bound.itemExpected, found: describe(item) }];
      });
    },
  };
}
