import type { AppError } from '@burnline/core';
import { JsonWalk } from './json-walk.ts';
import { recordFault, recordText } from './record-fault.ts';

/**
 * Which members of an object are read: a number, text, flag or null (`scalar`), whether there is something but null
 * (`presence`), members of an inner object, or those of each object of a list (`[shape]`; a single object is a list of one).
 */
export interface Shape {
  readonly [name: string]: 'scalar' | 'presence' | Shape | readonly [Shape];
}

export type Scalar = string | number | boolean | null;

/** What was found; a member that is not there, or is of another kind, is absent. */
export type Picked<S extends Shape> = {
  readonly [Name in keyof S]?: S[Name] extends 'scalar'
    ? Scalar
    : S[Name] extends 'presence'
      ? true
      : S[Name] extends readonly [infer Inner extends Shape]
        ? readonly Picked<Inner>[]
        : S[Name] extends Shape
          ? Picked<S[Name]>
          : never;
};

/** Of one object that is read: names are compared, so that each costs more than a byte that is walked over. */
const MEMBERS_MAX = 1_000;
/** Of one list, objects that are read; those behind them are walked over. */
const LISTED_MAX = 32;

/**
 * The members of a JSON object that a shape names; null for the value null. All others are walked over by brackets and
 * quotes and never become texts: neither their size nor their depth costs anything, and what they say is not known here.
 *
 * Throws a SyntaxError where the object is not whole, and a record's fault for what is no object or has too many members.
 */
export function pickMembers<S extends Shape>(bytes: Uint8Array, shape: S): Picked<S> | null {
  const walk = new JsonWalk(bytes);
  if (walk.form !== 'object') return notAnObject(bytes);
  const picked = readObject(walk, shape);
  if (!walk.isOver) throw new SyntaxError('something follows the object');
  return picked as Picked<S>;
}

function notAnObject(bytes: Uint8Array): null {
  if (JSON.parse(recordText(bytes)) === null) return null;
  throw recordFault([{ path: '', code: 'invalid_value', expected: 'a JSON object', found: 'another value' }]);
}

function tooManyMembers(): AppError {
  const expected = `at most ${MEMBERS_MAX.toLocaleString('en')} members of an object`;
  return recordFault([{ path: '', code: 'too_large', expected, found: 'more' }]);
}

function readObject(walk: JsonWalk, shape: Shape): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  let count = 0;
  for (const name of walk.members()) {
    count += 1;
    if (count > MEMBERS_MAX) throw tooManyMembers();
    const value = readValue(walk, Object.hasOwn(shape, name) ? shape[name] : undefined);
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

function readValue(walk: JsonWalk, wanted: Shape[string] | undefined): unknown {
  const { form } = walk;
  if (isListShape(wanted)) return readList(walk, wanted[0]);
  if (form === 'object' && typeof wanted === 'object') return readObject(walk, wanted);
  if (wanted === 'scalar') return walk.readScalar();
  if (wanted !== 'presence') {
    walk.skip();
    return undefined;
  }
  if (form !== 'word') {
    walk.skip();
    return true;
  }
  return walk.readScalar() === null ? undefined : true;
}

/** Whether each object of a list is read. */
export const isListShape = (wanted: Shape[string] | undefined): wanted is readonly [Shape] =>
  Array.isArray(wanted);

function readList(walk: JsonWalk, shape: Shape): readonly unknown[] | undefined {
  if (walk.form === 'object') return [readObject(walk, shape)];
  if (walk.form !== 'array') {
    walk.skip();
    return undefined;
  }
  const listed: unknown[] = [];
  for (const element of walk.elements()) {
    if (element.form === 'object' && listed.length < LISTED_MAX) listed.push(readObject(element, shape));
    else element.skip();
  }
  return listed;
}
