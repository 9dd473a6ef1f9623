import { isAppError } from '@burnline/core';
import { JsonWalk } from './json-walk.ts';

/** Pages have few members; whoever reads an object with more as a record refuses it. */
const MEMBERS_MAX = 1_000;

/**
 * The list that a body's only object holds under one of these names, as a page of an API does; any other body as it is. Nothing of it is
 * made into a text but the object's names.
 */
export function listWithin(body: Uint8Array, names: ReadonlySet<string>): Uint8Array {
  const walk = new JsonWalk(body);
  let list: { readonly start: number; readonly end: number } | null = null;
  try {
    if (walk.form !== 'object') return body;
    let count = 0;
    for (const name of walk.members()) {
      count += 1;
      if (count > MEMBERS_MAX) return body;
      const range = walk.skipRange();
      if (names.has(name) && walk.within(range).form === 'array') list ??= range;
    }
    return list !== null && walk.isOver ? body.subarray(list.start, list.end) : body;
  } catch (error) {
    // Whoever reads the records says what is wrong with them.
    if (error instanceof SyntaxError || isAppError(error)) return body;
    throw error;
  }
}
