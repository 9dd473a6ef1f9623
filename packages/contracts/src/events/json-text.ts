import { TextDecoder } from 'node:util';
import { recordInvalid } from './intake-issues.ts';

/**
 * What JSON itself does not see to: JSON.parse keeps the last of two equal keys without a word, and decoders put U+FFFD
 * in place of what is no UTF-8. Both would store something else than was sent.
 */

const QUOTE = '"';
const COLON = 0x3a;
const BACKSLASH = 0x5c;
/** Of a key in a path: a longer one is cut, since an answer repeats it. */
const PATH_KEY_CHARS_MAX = 80;

/** The text of a body. Throws CONTRACT_EVENT_INVALID for bytes that are no UTF-8. */
export function textOfUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw recordInvalid('body', [{ path: '', expected: 'UTF-8', found: 'bytes that are not' }]);
  }
}

/** JSON.parse, and CONTRACT_EVENT_INVALID for an object that has a key twice. Throws a SyntaxError as JSON.parse does. */
export function parseUniqueJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // Two equal keys in the text are one in the value, so counting tells at a fraction of the cost of looking.
  if (keyTokenCount(text) === keyCount(value)) return value;
  const path = firstRepeatedKey(text);
  throw recordInvalid('JSON text', [{ path, expected: 'each key once', found: 'the same key again' }]);
}

function keyCount(value: unknown): number {
  let count = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    const values: readonly unknown[] = Array.isArray(next) ? next : Object.values(next);
    if (!Array.isArray(next)) count += values.length;
    for (const inner of values) if (typeof inner === 'object') open.push(inner);
  }
  return count;
}

/** The text is JSON. */
function keyTokenCount(text: string): number {
  let count = 0;
  let at = text.indexOf(QUOTE);
  while (at >= 0) {
    const next = afterSpace(text, closingQuote(text, at) + 1);
    if (text.charCodeAt(next) === COLON) count += 1;
    at = text.indexOf(QUOTE, next);
  }
  return count;
}

function closingQuote(text: string, openingQuote: number): number {
  let end = text.indexOf(QUOTE, openingQuote + 1);
  for (;;) {
    let before = end - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((end - before) % 2 === 1) return end;
    end = text.indexOf(QUOTE, end + 1);
  }
}

function afterSpace(text: string, start: number): number {
  let at = start;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break;
  }
  return at;
}

/** An object or an array that the scan is inside of. */
interface Level {
  /** null: an array. */
  readonly keys: Set<string> | null;
  key: string;
  index: number;
}

/** Where an object has a key for the second time. */
function firstRepeatedKey(text: string): string {
  const levels: Level[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const level = levels.at(-1);
    const char = text[at];
    if (char === '{') levels.push({ keys: new Set(), key: '', index: 0 });
    else if (char === '[') levels.push({ keys: null, key: '', index: 0 });
    else if (char === '}' || char === ']') levels.pop();
    else if (char === ',' && level !== undefined) level.index += 1;
    else if (char === QUOTE) {
      const end = closingQuote(text, at);
      const isKey = text.charCodeAt(afterSpace(text, end + 1)) === COLON;
      if (isKey && level !== undefined && level.keys !== null) {
        level.key = JSON.parse(text.slice(at, end + 1)) as string;
        if (level.keys.has(level.key)) return pathOf(levels);
        level.keys.add(level.key);
      }
      at = end;
    }
  }
  return '';
}

function pathOf(levels: readonly Level[]): string {
  return levels.reduce((path, { keys, key, index }) => {
    if (keys === null) return `${path}[${index}]`;
    const name = key.slice(0, PATH_KEY_CHARS_MAX);
    return path === '' ? name : `${path}.${name}`;
  }, '');
}
