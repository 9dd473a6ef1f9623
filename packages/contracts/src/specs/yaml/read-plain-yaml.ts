import { FlowReader, NOT_PLAIN, trimmedEnd } from './flow-reader.ts';
import { isPlainKey } from './plain-scalar.ts';
import { WrittenNumbers } from './written-numbers.ts';

/** Deeper ones are left to the whole parser. */
const BLOCK_DEPTH_MAX = 32;
/** Tabs, carriage returns, byte order marks, other blanks: what is more than it looks. */
const UNUSUAL =
  /[^\n -~\u00a1-\u167f\u1681-\u1fff\u2010-\u2027\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-\uffef]/;
/** `|`, `>` and both without the last newline. */
const BLOCK_SCALAR = /^([|>])(-?)$/;

export interface PlainYaml {
  readonly data: unknown;
  readonly numbers: WrittenNumbers;
}

interface Line {
  readonly indent: number;
  /** Without the blanks around it; empty for a line without content. */
  readonly content: string;
}

const NO_LINE: Line = { indent: -1, content: '' };

class PlainReader {
  readonly numbers = new WrittenNumbers();
  readonly #flow = new FlowReader(this.numbers);
  readonly #lines: readonly string[];
  #index = 0;
  #line: Line = NO_LINE;

  constructor(text: string) {
    this.#lines = text.split('\n');
    this.#find();
  }

  /** A document's map, null if it is empty, NOT_PLAIN if it holds anything else. */
  document(): unknown {
    if (this.#line === NO_LINE) return null;
    if (this.#line.indent !== 0) return NOT_PLAIN;
    const data = this.#map(0, 0);
    return this.#line === NO_LINE ? data : NOT_PLAIN;
  }

  /** Finds the next line with content, from the one that is looked at on. */
  #find(): void {
    for (; this.#index < this.#lines.length; this.#index += 1) {
      const line = this.#lines[this.#index] ?? '';
      let indent = 0;
      while (line.charCodeAt(indent) === 32) indent += 1;
      if (indent === line.length || line[indent] === '#') continue;
      this.#line = { indent, content: trimmedEnd(line.slice(indent)) };
      return;
    }
    this.#line = NO_LINE;
  }

  #next(): void {
    this.#index += 1;
    this.#find();
  }

  #map(indent: number, depth: number): unknown {
    const map: Record<string, unknown> = {};
    while (this.#line.indent === indent) {
      const { content } = this.#line;
      const colon = content.indexOf(':');
      const key = content.slice(0, Math.max(0, colon));
      if (!isPlainKey(key) || Object.hasOwn(map, key)) return NOT_PLAIN;
      const behind = content.slice(colon + 1);
      if (behind !== '' && !behind.startsWith(' ')) return NOT_PLAIN;
      const value = this.#value(behind, { holder: map, key, indent, depth });
      if (value === NOT_PLAIN) return NOT_PLAIN;
      map[key] = value;
    }
    return this.#line.indent > indent ? NOT_PLAIN : map;
  }

  #value(
    behind: string,
    place: { readonly holder: object; readonly key: string; readonly indent: number; readonly depth: number },
  ): unknown {
    const { holder, key, indent, depth } = place;
    const text = behind.trimStart();
    if (text === '' || text.startsWith('#')) {
      this.#next();
      return this.#block(indent, depth);
    }
    const block = BLOCK_SCALAR.exec(text);
    if (block !== null)
      return this.#blockScalar(indent, { isFolded: block[1] === '>', isCut: block[2] === '-' });
    this.#next();
    return this.#line.indent > indent ? NOT_PLAIN : this.#flow.read(text, holder, key);
  }

  /** What a key holds whose value begins on a line of its own: a map, a list, or nothing. */
  #block(indent: number, depth: number): unknown {
    if (depth >= BLOCK_DEPTH_MAX) return NOT_PLAIN;
    const { indent: inner, content } = this.#line;
    const isList = content.startsWith('- ');
    if (isList && inner >= indent) return this.#list(inner, depth + 1);
    return inner > indent ? this.#map(inner, depth + 1) : null;
  }

  #list(indent: number, depth: number): unknown {
    const list: unknown[] = [];
    while (this.#line.indent === indent && this.#line.content.startsWith('- ')) {
      const value = this.#item(list, indent, depth);
      if (value === NOT_PLAIN) return NOT_PLAIN;
      list.push(value);
    }
    return this.#line.indent > indent ? NOT_PLAIN : list;
  }

  #item(list: object & { readonly length: number }, indent: number, depth: number): unknown {
    const behind = this.#line.content.slice(2);
    const text = behind.trimStart();
    const colon = text.indexOf(':');
    const isMap = colon !== -1 && isPlainKey(text.slice(0, colon)) && (text[colon + 1] ?? ' ') === ' ';
    if (!isMap) {
      this.#next();
      return this.#line.indent > indent ? NOT_PLAIN : this.#flow.read(text, list, list.length);
    }
    if (depth >= BLOCK_DEPTH_MAX) return NOT_PLAIN;
    const inner = indent + 2 + behind.length - text.length;
    this.#line = { indent: inner, content: text };
    return this.#map(inner, depth + 1);
  }

  /** Lines of one paragraph, equally indented. */
  #blockScalar(
    indent: number,
    { isFolded, isCut }: { readonly isFolded: boolean; readonly isCut: boolean },
  ): unknown {
    const parts: string[] = [];
    let inner = -1;
    for (this.#index += 1; ; this.#index += 1) {
      const line = this.#lines[this.#index];
      // Where the file ends without a newline, so does the text.
      if (line === undefined) return NOT_PLAIN;
      const content = line.trimStart();
      const found = line.length - content.length;
      if (content === '' || found <= indent) break;
      if (inner === -1) inner = found;
      if (found !== inner || line.endsWith(' ')) return NOT_PLAIN;
      parts.push(content);
    }
    return parts.length > 0 && this.#isLeft(indent)
      ? parts.join(isFolded ? ' ' : '\n') + (isCut ? '' : '\n')
      : NOT_PLAIN;
  }

  /** Whether nothing of what follows belongs to a paragraph below a key: not a blank, not what looks like a comment. */
  #isLeft(indent: number): boolean {
    for (let index = this.#index; index < this.#lines.length; index += 1) {
      const line = this.#lines[index] ?? '';
      if (line === '') continue;
      this.#find();
      return line.length - line.trimStart().length <= indent && line.trimStart() !== '';
    }
    this.#find();
    return true;
  }
}

/**
 * Reads one YAML document that is written as most specs are: maps of plain keys, lists of dashes, quotes without escapes,
 * brackets that close on their line, paragraphs behind `|` or `>`. It takes a tenth of the whole parser's time, and knows
 * no places. Null for everything else, mistakes included: the whole parser decides what that is.
 *
 * @param text from behind the `---` of the document to the next one
 */
export function readPlainYaml(text: string): PlainYaml | null {
  if (UNUSUAL.test(text)) return null;
  const reader = new PlainReader(text);
  const data = reader.document();
  return data === NOT_PLAIN ? null : { data, numbers: reader.numbers };
}
