/**
 * What a field of a record holds. Bounds, units, Avro types, columns and what predicates may do with it follow from its
 * kind, each where it is needed; a field names its kind once, in the tables beside this file.
 */
export type FieldKind =
  /** UUID, 16 bytes. */
  | 'id'
  /** Epoch microseconds, an integer below 2^53. */
  | 'time'
  | 'text'
  /** One of a few symbols that programs know. */
  | 'word'
  | 'flag'
  /** A whole number from 0. */
  | 'count'
  /** The same, of tokens. */
  | 'tokens'
  /** Nano-USD (1e-9 USD), a whole number from 0. */
  | 'nanoUsd'
  | 'durationMs'
  /** 0: none was seen. */
  | 'httpStatus'
  /** 0 to 1. */
  | 'share'
  /** How many events one stands for, from 1 on. */
  | 'weight'
  /** Any finite number, in its sender's own scale. */
  | 'score'
  /** Texts by name. */
  | 'texts'
  /** Finite numbers by name. */
  | 'numbers'
  /** Evaluations that came with the event. */
  | 'verdicts';

/** The symbols of a word, as Avro names them. */
export interface WordSymbols {
  readonly name: string;
  readonly symbols: readonly string[];
  /** What a reader takes a symbol for that it does not know, and why. */
  readonly unknown: string;
  readonly unknownMeaning?: string;
}

/** One field of a record: the only place that says so. */
export interface EventField {
  readonly kind: FieldKind;
  /** What it is and from whom: Avro's `doc`, the reference tables and the comment of its column. */
  readonly meaning: string;
  /** Unknown is null. */
  readonly isNullable?: true;
  /** Texts of which a database sees more than some thousands: ids, names of people. */
  readonly hasManyValues?: true;
  /** A sender has to say it, and an empty text says nothing. */
  readonly isRequired?: true;
  /** A message without it is refused rather than read as something else. */
  readonly hasNoDefault?: true;
  /** What an absent one is, where that is not null, empty, false or 0. */
  readonly default?: string | number | boolean;
  readonly word?: WordSymbols;
  /** Id of the schema that has it first; from the first one on where none is named. */
  readonly sinceSchema?: number;
}

export type EventFields = Readonly<Record<string, EventField>>;

/** Lists and maps are one object for all records. */
const EMPTY: Readonly<Record<FieldKind, unknown>> = {
  id: undefined,
  time: undefined,
  text: '',
  word: '',
  flag: false,
  count: 0,
  tokens: 0,
  nanoUsd: 0,
  durationMs: 0,
  httpStatus: 0,
  share: 0,
  weight: 1,
  score: 0,
  texts: Object.freeze({}),
  numbers: Object.freeze({}),
  verdicts: Object.freeze([]),
};

/** What stands for a field that nobody stated; undefined where there is no such thing. */
export function defaultOf(field: EventField): unknown {
  if (field.hasNoDefault === true) return undefined;
  if (field.isNullable === true) return null;
  if (field.default !== undefined) return field.default;
  return EMPTY[field.kind];
}

/** The same of every field of a record. */
export function defaultsOf(fields: EventFields): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, defaultOf(field)]));
}
