import type { FieldDefinition } from '@burnline/core';
import { inferenceFields } from '../predicates/event-fields.ts';
import type { Matcher } from './selector.ts';

/** What stands behind the names of another tool's metrics and labels. Nothing that is not stated is guessed. */
export interface ImportMapping {
  /** Field of the event by label: `code` is `http_status`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Which events a metric counts, as CEL; `true` for all. */
  readonly scopes: Readonly<Record<string, string>>;
  /** Field of the event that a histogram measures, by its name without `_bucket`: `http_request_duration_seconds` is `duration_ms`. */
  readonly values: Readonly<Record<string, string>>;
}

/** A condition, or why there is none. */
export type Translated = { readonly cel: string } | { readonly problem: string; readonly remedy: string };

/** A matcher as CEL over the event. An absent label is the empty text to PromQL, an absent field is none to CEL. */
export function matcherPredicate(matcher: Matcher, { labels }: ImportMapping): Translated {
  const { label, operator, value } = matcher;
  const name = Object.hasOwn(labels, label) ? labels[label] : undefined;
  if (name === undefined)
    return {
      problem: `nothing says which field of the event the label ${label} is`,
      remedy: `Say it: --label ${label}=FIELD, such as --label code=http_status.`,
    };
  const field = fieldOf(name);
  if (field === null)
    return {
      problem: `the label ${label} is mapped to ${name}, which is no field to compare`,
      remedy: 'Map it to a text, a whole number, a flag or attributes.KEY.',
    };
  const isRegex = operator.endsWith('~');
  const alternatives = isRegex ? alternativesOf(value) : [value];
  const positive = alternatives === null ? null : oneOfText(field, alternatives, isRegex);
  if (positive === null)
    return {
      problem: `${label}${operator}"${value}" cannot be said of ${name}`,
      remedy: 'Write the condition by hand.',
    };
  return { cel: operator.startsWith('!') ? `!(${positive})` : positive };
}

function fieldOf(name: string): FieldDefinition | null {
  if (/^attributes\.[A-Za-z_]\w*$/.test(name)) return { name, type: 'string', nullable: true };
  const field = inferenceFields.find((one) => one.name === name);
  return field !== undefined && ['string', 'int', 'bool'].includes(field.type) ? field : null;
}

/** `a|b` or `(a|b)` as its alternatives; null where parentheses stand anywhere else. */
function alternativesOf(regex: string): readonly string[] | null {
  const inner = /^\^?\(?(.*?)\)?\$?$/s.exec(regex)?.[1] ?? '';
  return /[()]/.test(inner) ? null : inner.split('|');
}

function oneOfText(field: FieldDefinition, alternatives: readonly string[], isRegex: boolean): string | null {
  const literals: string[] = [];
  const conditions: string[] = [];
  for (const text of alternatives) {
    const literal = literalOf(field, text, isRegex);
    const condition = literal === null && isRegex ? patternCondition(field, text) : null;
    if (literal !== null) literals.push(literal);
    else if (condition !== null) conditions.push(condition);
    else return null;
  }
  const [first] = literals;
  if (literals.length > 1) conditions.unshift(`${field.name} in [${literals.join(', ')}]`);
  else if (first !== undefined)
    conditions.unshift(field.type === 'bool' ? flag(field, first) : `${field.name} == ${first}`);
  const all = conditions.join(' || ');
  return conditions.length > 1 ? `(${all})` : all;
}

const flag = ({ name }: FieldDefinition, literal: string): string => (literal === 'true' ? name : `!${name}`);

/** A text that stands for one value of a field, as CEL; null where it stands for several, or for none of it. */
function literalOf({ type, symbols }: FieldDefinition, text: string, isRegex: boolean): string | null {
  if (isRegex && /(^|[^\\])[.*+?[\]{}^$]/.test(text)) return null;
  const plain = isRegex ? text.replace(/\\(.)/g, '$1') : text;
  if (type === 'int') return /^\d{1,15}$/.test(plain) ? String(Number(plain)) : null;
  if (type === 'bool') return plain === 'true' || plain === 'false' ? plain : null;
  if (symbols !== undefined && !symbols.includes(plain)) return null;
  return `'${plain.replace(/[\\']/g, '\\$&')}'`;
}

/** What a pattern without alternatives says of a field: `5..` of a whole number, `abc.*` of a text. */
function patternCondition({ name, type }: FieldDefinition, pattern: string): string | null {
  if (type === 'int') return digitRanges(name, pattern);
  const affix = /^(?<some>\.[*+])?(?<text>(?:[\w\- /:]|\\.)+)(?<rest>\.[*+])?$/.exec(pattern)?.groups;
  if (type !== 'string' || affix === undefined) return null;
  const text = `'${(affix['text'] ?? '').replace(/\\(.)/g, '$1').replace(/[\\']/g, '\\$&')}'`;
  const [before, after] = [affix['some'], affix['rest']];
  // `.+` asks for more than the text itself.
  if (before === '.+' || after === '.+') return null;
  if (before !== undefined) return `${name}.${after === undefined ? 'endsWith' : 'contains'}(${text})`;
  return after === undefined ? null : `${name}.startsWith(${text})`;
}

const DIGITS = /^(?:\d|\.|\\d|\[(?:\d|\d-\d)+\])+$/;
const DIGIT = /\d|\.|\\d|\[(?:\d|\d-\d)+\]/g;

/** `5..` is 500 to 599; `[45]..` two of them. */
function digitRanges(name: string, pattern: string): string | null {
  if (!DIGITS.test(pattern)) return null;
  const places = (pattern.match(DIGIT) ?? []).map(digitsOf);
  const openCount = places.length - 1 - places.findLastIndex((digits) => digits.length < 10);
  const heads = places
    .slice(0, places.length - openCount)
    .reduce<readonly string[]>(
      (texts, digits) => texts.flatMap((text) => digits.map((digit) => text + digit)),
      [''],
    );
  if (heads.length > 20 || (heads[0] ?? '') === '') return null;
  const ranges = heads.map((head) => {
    const [low, high] = ['0', '9'].map((digit) => Number(head + digit.repeat(openCount)));
    return low === high ? `${name} == ${low}` : `${name} >= ${low} && ${name} <= ${high}`;
  });
  return ranges.length === 1 ? (ranges[0] ?? null) : `(${ranges.map((range) => `(${range})`).join(' || ')})`;
}

const ALL_DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));

function digitsOf(place: string): readonly string[] {
  if (/^\d$/.test(place)) return [place];
  if (!place.startsWith('[')) return ALL_DIGITS;
  return ALL_DIGITS.filter((digit) => new RegExp(`^${place}$`).test(digit));
}
