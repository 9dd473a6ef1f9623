import type { AppError } from '@burnline/core';
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

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const LETTER_N = 0x6e;

/**
 * The members of a JSON object that a shape names; null for the value null. All others are walked over by brackets and
 * quotes and never become texts: neither their size nor their depth costs anything, and what they say is not known here.
 *
 * Throws a SyntaxError where the object is not whole, and a record's fault for what is no object or has too many members.
 */
export function pickMembers<S extends Shape>(bytes: Uint8Array, shape: S): Picked<S> | null {
  const walk = new Walk(bytes);
  walk.skipSpace();
  if (!walk.isAt(OPEN_OBJECT)) return notAnObject(bytes);
  const picked = walk.readObject(shape);
  walk.skipSpace();
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

class Walk {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isOver(): boolean {
    return this.#at >= this.#bytes.length;
  }

  isAt(byte: number): boolean {
    return this.#bytes[this.#at] === byte;
  }

  skipSpace(): void {
    while (isSpace(this.#bytes[this.#at])) this.#at += 1;
  }

  /** From the opening bracket to beyond the closing one. */
  readObject(shape: Shape): Record<string, unknown> {
    const picked: Record<string, unknown> = {};
    this.#take(OPEN_OBJECT);
    this.skipSpace();
    if (this.isAt(CLOSE_OBJECT)) {
      this.#at += 1;
      return picked;
    }
    for (let count = 1; ; count += 1) {
      if (count > MEMBERS_MAX) throw tooManyMembers();
      this.skipSpace();
      const name = this.#readText();
      this.skipSpace();
      this.#take(COLON);
      this.skipSpace();
      const value = this.#readValue(Object.hasOwn(shape, name) ? shape[name] : undefined);
      if (value !== undefined) picked[name] = value;
      this.skipSpace();
      if (this.isAt(CLOSE_OBJECT)) break;
      this.#take(COMMA);
    }
    this.#at += 1;
    return picked;
  }

  #readValue(wanted: Shape[string] | undefined): unknown {
    const start = this.#at;
    const isObject = this.isAt(OPEN_OBJECT);
    if (isObject && typeof wanted === 'object') return this.readObject(wanted);
    const isNested = isObject || this.isAt(OPEN_ARRAY);
    if (wanted === 'presence') {
      const isNull = this.isAt(LETTER_N);
      this.#skipValue();
      return isNull ? undefined : true;
    }
    this.#skipValue();
    if (wanted !== 'scalar' || isNested) return undefined;
    return JSON.parse(recordText(this.#bytes.subarray(start, this.#at))) as Scalar;
  }

  #readText(): string {
    const start = this.#at;
    if (!this.isAt(QUOTE)) throw new SyntaxError('a name is missing');
    this.#skipText();
    return JSON.parse(recordText(this.#bytes.subarray(start, this.#at))) as string;
  }

  #skipValue(): void {
    if (this.isAt(QUOTE)) this.#skipText();
    else if (this.isAt(OPEN_OBJECT) || this.isAt(OPEN_ARRAY)) this.#skipNested();
    else this.#skipWord();
  }

  /** Brackets are counted, whichever they are: what is in between is kept by nobody. In locals: a field costs several times as much. */
  #skipNested(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    let depth = 0;
    do {
      const byte = bytes[at];
      if (byte === QUOTE) {
        at = afterText(bytes, at);
        continue;
      }
      at += 1;
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
      else if (byte === undefined) throw new SyntaxError('a bracket is not closed');
    } while (depth > 0);
    this.#at = at;
  }

  #skipText(): void {
    this.#at = afterText(this.#bytes, this.#at);
  }

  /** A number, true, false or null. */
  #skipWord(): void {
    const start = this.#at;
    while (!this.isOver && !isEndOfWord(this.#bytes[this.#at])) this.#at += 1;
    if (this.#at === start) throw new SyntaxError('a value is missing');
  }

  #take(byte: number): void {
    if (!this.isAt(byte)) throw new SyntaxError(`${String.fromCharCode(byte)} is missing`);
    this.#at += 1;
  }
}

/** Where a text ends that begins with the quote at `start`. */
function afterText(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (;;) {
    const byte = bytes[at];
    if (byte === undefined) throw new SyntaxError('a text is not closed');
    if (byte === QUOTE) return at + 1;
    at += byte === BACKSLASH ? 2 : 1;
  }
}

function isEndOfWord(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || isSpace(byte);
}

/** White space of JSON (RFC 8259, section 2). */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
