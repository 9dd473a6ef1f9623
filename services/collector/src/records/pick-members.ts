import type { AppError } from '@burnline/core';
import { JsonWalk } from './json-walk.ts';
import { recordFault, recordText } from './record-fault.ts';

/**
 * Which members of an object are read: a number, text, flag or null (`scalar`), whether there is something but null
 * (`presence`), or members of an inner object.
 */
export interface Shape {
  readonly [name: string]: 'scalar' | 'presence' | Shape;
}

export type Scalar = string | number | boolean | null;

/** What was found; a member that is not there, or is of another kind, is absent. */
export type Picked<S extends Shape> = {
  readonly [Name in keyof S]?: S[Name] extends 'scalar'
    ? Scalar
    : S[Name] extends 'presence'
      ? true
      : S[Name] extends Shape
        ? Picked<S[Name]>
        : never;
};

/** Of one object that is read: names are compared, so that each costs more than a byte that is walked over. */
const MEMBERS_MAX = 1_000;

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
