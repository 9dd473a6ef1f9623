import {
  DERIVED_FIELDS,
  INFERENCE_FIELDS,
  VERDICT_FIELDS,
  type EventField,
  type EventFields,
  type FieldDefinition,
  type FieldKind,
  type FieldType,
} from '@burnline/core';

/** What a kind of field is to a predicate; null: an event's identity and time, which no SLI may depend on. */
const TYPES: Readonly<Record<FieldKind, FieldType | null>> = {
  id: null,
  time: null,
  text: 'string',
  word: 'string',
  flag: 'bool',
  count: 'int',
  tokens: 'int',
  nanoUsd: 'int',
  httpStatus: 'int',
  durationMs: 'double',
  share: 'double',
  weight: 'double',
  score: 'double',
  texts: 'string_map',
  numbers: 'double_map',
  // Counted as a stream of their own.
  verdicts: null,
};

function definitionOf([name, field]: readonly [string, EventField]): readonly FieldDefinition[] {
  const type = TYPES[field.kind];
  if (type === null) return [];
  const symbols = field.word === undefined ? {} : { symbols: field.word.symbols };
  return [{ name, type, nullable: field.isNullable === true, ...symbols }];
}

/** Derived fields stand before the first that they follow from, where a record has all of those. */
function definitionsOf(fields: EventFields): readonly FieldDefinition[] {
  return DERIVED_FIELDS.filter(({ sources }) => sources.every((name) => fields[name] !== undefined)).reduce(
    (definitions, { name, sources, symbols }) => {
      const place = definitions.findIndex((one) => sources.includes(one.name));
      const words = symbols === undefined ? {} : { symbols };
      return definitions.toSpliced(place, 0, { name, type: 'string', nullable: false, ...words });
    },
    Object.entries(fields).flatMap(definitionOf),
  );
}

/** What predicates, group-by, sums and histograms may read of an inference event. */
export const inferenceFields = definitionsOf(INFERENCE_FIELDS);

/** What they may read of a verdict, inline or on its own: the judgement, and the dimensions of what it judges. */
export const verdictFields = definitionsOf(VERDICT_FIELDS);

/** What to do about a field that records of the other stream have, and those of this one, of some names, have not. */
export function otherStreamRemedy(name: string, names: readonly string[]): string | undefined {
  const has = (fields: readonly FieldDefinition[]): boolean => fields.some((field) => field.name === name);
  if (names.includes(name)) return undefined;
  if (has(verdictFields)) return `${name} is a field of verdicts: write stream: verdicts into total.`;
  return has(inferenceFields)
    ? `${name} is a field of inference events: verdicts do not have it.`
    : undefined;
}
