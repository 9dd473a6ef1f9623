import {
  INFERENCE_FIELDS,
  JUDGEMENT_FIELDS,
  type EventField,
  type EventFields,
  type FieldKind,
  type InferenceEvent,
} from '@burnline/core';

/** What a field of an event takes, and so what a mapping may send there. */
export type FieldType =
  | { readonly kind: 'text' }
  | { readonly kind: 'word'; readonly symbols: readonly string[] }
  | { readonly kind: 'boolean' }
  /** A whole number of at least zero. */
  | { readonly kind: 'count' }
  | { readonly kind: 'durationMs' }
  | { readonly kind: 'nanoUsd' }
  /** 0 to 1. */
  | { readonly kind: 'share' }
  | { readonly kind: 'number' };

export interface FieldRule {
  readonly type: FieldType;
  readonly nullable: boolean;
}

/** Units that a column may be written in, and how many places each moves the decimal point. */
export const UNIT_SHIFTS: Readonly<Partial<Record<FieldType['kind'], Readonly<Record<string, number>>>>> = {
  durationMs: { s: 3, ms: 0, us: -3, ns: -6 },
  nanoUsd: { usd: 9, usd_cent: 7, milli_usd: 6, micro_usd: 3, nano_usd: 0 },
  share: { ratio: 0, percent: -2 },
  count: { one: 0, thousand: 3, million: 6 },
};

/** Where a number without its unit would be a guess. */
export const UNIT_REQUIRED: ReadonlySet<FieldType['kind']> = new Set<FieldType['kind']>([
  'durationMs',
  'nanoUsd',
]);

/** What a kind of field takes; null: ids, time, verdicts, attributes and measures have places of their own in a mapping. */
const TYPES: Readonly<Record<Exclude<FieldKind, 'word'>, FieldType | null>> = {
  id: null,
  time: null,
  text: { kind: 'text' },
  flag: { kind: 'boolean' },
  count: { kind: 'count' },
  tokens: { kind: 'count' },
  nanoUsd: { kind: 'nanoUsd' },
  durationMs: { kind: 'durationMs' },
  httpStatus: { kind: 'count' },
  share: { kind: 'share' },
  weight: { kind: 'number' },
  score: { kind: 'number' },
  texts: null,
  numbers: null,
  verdicts: null,
};

/** Fields that a mapping fills by name. */
export type MappedField = Exclude<
  keyof InferenceEvent,
  'event_id' | 'occurred_at' | 'verdicts' | 'attributes' | 'measures'
>;

function ruleOf([name, field]: readonly [string, EventField]): readonly (readonly [string, FieldRule])[] {
  const type =
    field.kind === 'word' ? { kind: 'word' as const, symbols: field.word?.symbols ?? [] } : TYPES[field.kind];
  return type === null ? [] : [[name, { type, nullable: field.isNullable === true }]];
}

function rulesOf<Name extends string>(fields: EventFields): Readonly<Record<Name, FieldRule>> {
  return Object.fromEntries(Object.entries(fields).flatMap(ruleOf)) as Record<Name, FieldRule>;
}

export const INFERENCE_RULES = rulesOf<MappedField>(INFERENCE_FIELDS);

export const ATTRIBUTE_RULE: FieldRule = { type: { kind: 'text' }, nullable: true };
export const MEASURE_RULE: FieldRule = { type: { kind: 'number' }, nullable: true };

/** Of an evaluation, inline or separate. */
export const VERDICT_RULES = rulesOf<keyof typeof JUDGEMENT_FIELDS>(JUDGEMENT_FIELDS);
