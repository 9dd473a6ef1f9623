import { isPlainKey, plainScalarOf } from './plain-scalar.ts';
import type { WrittenNumbers } from './written-numbers.ts';

/** Deeper ones are left to the whole parser. */
const FLOW_DEPTH_MAX = 16;
/** What ends an unquoted scalar between brackets. */
const FLOW_END = /[,[\]{}]/g;

/** Not plain: the whole parser is to look at it. A value of its own, since null is data. */
export const NOT_PLAIN = Symbol('not plain');

/** Reads what stands behind a key or a dash on one line: a quoted text, a list, a map or an unquoted scalar. */
export class FlowReader {
  readonly #numbers: WrittenNumbers;
  #text = '';
  #position = 0;

  constructor(numbers: WrittenNumbers) {
    this.#numbers = numbers;
  }

  /** The value that a text is as a whole, but for a comment behind it. `holder` and `key`: where it will stand. */
  read(text: string, holder: object, key: string | number): unknown {
    this.#text = text;
    this.#position = 0;
    const first = text[0];
    if (first !== '"' && first !== "'" && first !== '[' && first !== '{') {
      const comment = text.indexOf(' #');
      return this.#scalar(comment === -1 ? text : text.slice(0, comment), holder, key);
    }
    const value = this.#value(holder, key, 0);
    const rest = this.#text.slice(this.#position);
    return rest === '' || /^ +(?:#|$)/.test(rest) ? value : NOT_PLAIN;
  }

  #scalar(text: string, holder: object, key: string | number): unknown {
    const scalar = plainScalarOf(trimmedEnd(text));
    if (scalar === null) return NOT_PLAIN;
    if (typeof scalar.value === 'number') this.#numbers.keep(holder, key, scalar.text);
    return scalar.value;
  }

  #value(holder: object, key: string | number, depth: number): unknown {
    switch (this.#text.charAt(this.#position)) {
      case '"':
      case "'":
        return this.#quoted();
      case '[':
        return depth >= FLOW_DEPTH_MAX ? NOT_PLAIN : this.#list(depth + 1);
      case '{':
        return depth >= FLOW_DEPTH_MAX ? NOT_PLAIN : this.#map(depth + 1);
      default:
        return this.#scalar(this.#untilEnd(), holder, key);
    }
  }

  #quoted(): unknown {
    const quote = this.#text.charAt(this.#position);
    let end = this.#text.indexOf(quote, this.#position + 1);
    while (quote === "'" && end !== -1 && this.#text[end + 1] === "'") end = this.#text.indexOf("'", end + 2);
    if (end === -1) return NOT_PLAIN;
    const inner = this.#text.slice(this.#position + 1, end);
    if (quote === '"' && inner.includes('\\')) return NOT_PLAIN;
    this.#position = end + 1;
    return quote === '"' ? inner : inner.replaceAll("''", "'");
  }

  #list(depth: number): unknown {
    const list: unknown[] = [];
    return this.#entries(']', () => {
      const value = this.#value(list, list.length, depth);
      if (value !== NOT_PLAIN) list.push(value);
      return value !== NOT_PLAIN;
    })
      ? list
      : NOT_PLAIN;
  }

  #map(depth: number): unknown {
    const map: Record<string, unknown> = {};
    return this.#entries('}', () => {
      const colon = this.#text.indexOf(': ', this.#position);
      const key = colon === -1 ? '' : this.#text.slice(this.#position, colon);
      if (!isPlainKey(key) || Object.hasOwn(map, key)) return false;
      this.#position = colon + 2;
      this.#skipBlanks();
      const value = this.#value(map, key, depth);
      if (value !== NOT_PLAIN) map[key] = value;
      return value !== NOT_PLAIN;
    })
      ? map
      : NOT_PLAIN;
  }

  /** What stands between brackets, apart by commas; false where it is not plain. */
  #entries(close: string, readEntry: () => boolean): boolean {
    this.#position += 1;
    this.#skipBlanks();
    if (this.#text[this.#position] === close) {
      this.#position += 1;
      return true;
    }
    for (;;) {
      if (!readEntry()) return false;
      this.#skipBlanks();
      const found = this.#text[this.#position];
      this.#position += 1;
      if (found === close) return true;
      if (found !== ',' || this.#text[this.#position] !== ' ') return false;
      this.#skipBlanks();
    }
  }

  #untilEnd(): string {
    FLOW_END.lastIndex = this.#position;
    const end = FLOW_END.exec(this.#text)?.index ?? this.#text.length;
    const text = this.#text.slice(this.#position, end);
    this.#position = end;
    return text;
  }

  #skipBlanks(): void {
    while (this.#text[this.#position] === ' ') this.#position += 1;
  }
}

/** Blanks alone: other white space is part of a scalar. */
export function trimmedEnd(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === 32) end -= 1;
  return text.slice(0, end);
}
