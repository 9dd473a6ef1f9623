import { recordText } from './record-fault.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** What a value is, as its first byte shows; `word` is a number, true, false or null. */
type ValueForm = 'object' | 'array' | 'text' | 'word';

/**
 * A walk over JSON that makes nothing of what it passes: values are walked over by brackets and quotes, and only what is asked
 * for becomes a text. Neither the size nor the depth of the rest costs memory. Throws a SyntaxError where something is not whole.
 */
export class JsonWalk {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether nothing but white space is left. */
  get isOver(): boolean {
    this.#skipSpace();
    return this.#at >= this.#bytes.length;
  }

  /** What begins here, after white space. */
  get form(): ValueForm {
    this.#skipSpace();
    const byte = this.#bytes[this.#at];
    if (byte === OPEN_OBJECT) return 'object';
    if (byte === OPEN_ARRAY) return 'array';
    return byte === QUOTE ? 'text' : 'word';
  }

  /** A walk over the same bytes from `start` to `end`. */
  within({ start, end }: { readonly start: number; readonly end: number }): JsonWalk {
    return new JsonWalk(this.#bytes.subarray(start, end));
  }

  /** Names of an object's members. Whoever is given one reads or skips its value before the next. */
  *members(): Generator<string> {
    for (const walk of this.#items(OPEN_OBJECT, CLOSE_OBJECT)) yield walk.#readName();
  }

  /** This walk at each element of an array, which is read or skipped before the next. */
  elements(): Generator<JsonWalk> {
    return this.#items(OPEN_ARRAY, CLOSE_ARRAY);
  }

  *#items(open: number, close: number): Generator<JsonWalk> {
    this.#skipSpace();
    this.#take(open);
    this.#skipSpace();
    if (!this.#isAt(close)) {
      for (;;) {
        yield this;
        this.#skipSpace();
        if (this.#isAt(close)) break;
        this.#take(COMMA);
      }
    }
    this.#at += 1;
  }

  #readName(): string {
    if (this.form !== 'text') throw new SyntaxError('a name is missing');
    const name = JSON.parse(this.#skipped()) as string;
    this.#skipSpace();
    this.#take(COLON);
    return name;
  }

  /** A number, text, flag or null; undefined for what has members, and for what takes more bytes. */
  readScalar(bytesMax = Infinity): string | number | boolean | null | undefined {
    const { form } = this;
    const start = this.#at;
    this.skip();
    if (form === 'object' || form === 'array' || this.#at - start > bytesMax) return undefined;
    return JSON.parse(recordText(this.#bytes.subarray(start, this.#at))) as string | number | boolean | null;
  }

  /** A scalar as a text: of a number, what is written; empty for null, and for what has members. */
  readText(): string {
    const { form } = this;
    const text = this.#skipped();
    if (form === 'object' || form === 'array') return '';
    const value = JSON.parse(text) as string | number | boolean | null;
    if (value === null) return '';
    return typeof value === 'string' ? value : text;
  }

  /** Walks over one value; where it stood. */
  skipRange(): { readonly start: number; readonly end: number } {
    this.#skipSpace();
    const start = this.#at;
    this.skip();
    return { start, end: this.#at };
  }

  /** Walks over one value. */
  skip(): void {
    const { form } = this;
    if (form === 'text') this.#at = afterText(this.#bytes, this.#at);
    else if (form === 'word') this.#skipWord();
    else this.#skipNested();
  }

  #skipped(): string {
    const { start, end } = this.skipRange();
    return recordText(this.#bytes.subarray(start, end));
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

  /** A number, true, false or null. */
  #skipWord(): void {
    const start = this.#at;
    while (this.#at < this.#bytes.length && !isEndOfWord(this.#bytes[this.#at])) this.#at += 1;
    if (this.#at === start) throw new SyntaxError('a value is missing');
  }

  #skipSpace(): void {
    while (isSpace(this.#bytes[this.#at])) this.#at += 1;
  }

  #isAt(byte: number): boolean {
    return this.#bytes[this.#at] === byte;
  }

  #take(byte: number): void {
    if (!this.#isAt(byte)) throw new SyntaxError(`${String.fromCharCode(byte)} is missing`);
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
