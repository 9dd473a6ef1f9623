import { CORE_SCHEMA, NOT_RESOLVED, defineScalarTag, floatCoreTag, intCoreTag, load } from 'js-yaml';
import type { ScalarTagDefinition } from 'js-yaml';

/**
 * Tabs, carriage returns, byte order marks and other blanks, marks of documents, and anchors, aliases, tags keys of more than a
 * text, and paragraphs that keep their last newlines: where
 * two parsers may differ, the one that knows places decides.
 */
const UNUSUAL =
  /[^\n -~\u00a1-\u167f\u1681-\u1fff\u2010-\u2027\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-\uffef]|(?:^|\n)(?:%| *(?:\.\.\.|---))|(?:^|[\n:\-[{,]) *[&*!?](?! *[=&|])|[|>]\d?\+/;

/** A number as it stands in the file. */
class Written {
  readonly text: string;
  readonly value: number;

  constructor(text: string, value: number) {
    this.text = text;
    this.value = value;
  }
}

function writtenTag(tag: ScalarTagDefinition<number>): ScalarTagDefinition<Written> {
  return defineScalarTag(tag.tagName, {
    implicit: tag.implicit,
    implicitFirstChars: tag.implicitFirstChars,
    identify: (data) => data instanceof Written,
    resolve: (text, isExplicit, tagName) => {
      const value = tag.resolve(text, isExplicit, tagName);
      return value === NOT_RESOLVED ? NOT_RESOLVED : new Written(text, value);
    },
  });
}

const SCHEMA = CORE_SCHEMA.withTags(writtenTag(intCoreTag), writtenTag(floatCoreTag));

/** How the numbers of a document were written, digit for digit, by the map or list that holds them. */
export type WrittenNumbers = ReadonlyMap<unknown, ReadonlyMap<string | number, string>>;

export interface PlainYaml {
  readonly data: unknown;
  readonly numbers: WrittenNumbers;
}

/**
 * Reads one YAML document by a parser that is several times faster and knows no places. Null for what is unusual, for
 * mistakes and for what holds nothing: the parser that knows places decides what that is.
 *
 * @param text from behind the `---` of the document to the next one
 */
export function readPlainYaml(text: string): PlainYaml | null {
  if (UNUSUAL.test(text)) return null;
  const numbers = new Map<unknown, Map<string | number, string>>();
  try {
    const data = load(text, { schema: SCHEMA });
    return typeof data === 'object' && data !== null && !(data instanceof Written)
      ? { data: withNumbers(data, numbers), numbers }
      : null;
  } catch {
    return null;
  }
}

/** The same data with its numbers, each of them kept as it was written. */
function withNumbers<Data extends object>(
  data: Data,
  numbers: Map<unknown, Map<string | number, string>>,
): Data {
  const holder = data as Record<string, unknown>;
  for (const name of Object.keys(holder)) {
    // A key that is no text, which the other parser calls otherwise.
    if (name === 'null') throw new TypeError(name);
    const value = holder[name];
    if (value instanceof Written) {
      holder[name] = value.value;
      const key = Array.isArray(data) ? Number(name) : name;
      const known = numbers.get(data);
      if (known === undefined) numbers.set(data, new Map([[key, value.text]]));
      else known.set(key, value.text);
    } else if (typeof value === 'object' && value !== null) withNumbers(value, numbers);
  }
  return data;
}
