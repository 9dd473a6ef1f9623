/** A scalar of plain YAML: what it is, and how it was written. */
export interface PlainScalar {
  readonly value: string | number | boolean | null;
  readonly text: string;
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...['null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);

/** Plain keys that are texts and nothing else, and that no object has by itself. */
const KEY = /^[A-Za-z][A-Za-z0-9_./-]{0,127}$/;

const STARTS_AS_TEXT = /^[A-Za-z\u00c0-\u024f]/;
const DECIMAL = /^(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?$/;
/** `30d`, `5m`: neither a number nor the beginning of one in another base. */
const WITH_UNIT = /^[0-9]+(?!x)[A-Za-z]+$/;

export function isPlainKey(text: string): boolean {
  return KEY.test(text) && !WORDS.has(text);
}

/** Reads an unquoted scalar by the core schema of YAML 1.2; null where it is not plainly one thing. */
export function plainScalarOf(text: string): PlainScalar | null {
  if (text.includes(': ') || text.includes(' #') || text.endsWith(':')) return null;
  if (STARTS_AS_TEXT.test(text)) {
    const word = WORDS.get(text);
    return { value: word === undefined ? text : word, text };
  }
  if (DECIMAL.test(text)) return { value: Number(text), text };
  return WITH_UNIT.test(text) ? { value: text, text } : null;
}
