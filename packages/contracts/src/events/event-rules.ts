import {
  INFERENCE_FIELDS,
  JUDGEMENT_FIELDS,
  REFERENCE_FIELDS,
  SAMPLE_WEIGHT_MAX,
  VERDICT_FIELDS,
  type EventField,
  type EventFields,
  type FieldKind,
} from '@burnline/core';
import { UUID_BYTES } from './avro-writer.ts';
import { EPOCH_MICROS_MAX, EPOCH_MICROS_MIN, epochMicrosCode, expectedMicros } from './epoch-micros.ts';
import {
  finite,
  listOf,
  nullable,
  numberFrom,
  numbers,
  requiredText,
  rule,
  symbol,
  text,
  texts,
  wholeNumber,
  type CodedRule,
  type FieldRule,
} from './field-rules.ts';
import { NANO_USD_MAX } from './nano-usd.ts';

/**
 * What the kinds of fields may hold. Publishers, the intake (JSON and Avro) and replays all check by these tables and by
 * contradictions.ts, so that none takes what another refuses.
 */

/** A thousand times the largest context window. */
const TOKENS_MAX = 1_000_000_000;
const COUNT_MAX = 1_000_000;
/** A year: longer durations are mistakes of the unit. */
const DURATION_MS_MAX = 366 * 86_400_000;
export const VERDICTS_MAX = 32;
const HTTP_STATUS_MIN = 100;
const HTTP_STATUS_MAX = 599;
export const DURATION_EXPECTED = 'milliseconds from 0 to a year';

/** Kinds of fields whose values are numbers. */
export type NumberKind = Exclude<
  FieldKind,
  'id' | 'text' | 'word' | 'flag' | 'texts' | 'numbers' | 'verdicts'
>;

/** What numbers of a kind lie between, both ends included; null: any finite one. Of an HTTP status 0 may stand for none. */
export const NUMBER_BOUNDS = {
  time: { min: EPOCH_MICROS_MIN, max: EPOCH_MICROS_MAX - 1, isWhole: true },
  count: { min: 0, max: COUNT_MAX, isWhole: true },
  tokens: { min: 0, max: TOKENS_MAX, isWhole: true },
  nanoUsd: { min: 0, max: NANO_USD_MAX, isWhole: true },
  durationMs: { min: 0, max: DURATION_MS_MAX, isWhole: false },
  httpStatus: { min: HTTP_STATUS_MIN, max: HTTP_STATUS_MAX, isWhole: true },
  share: { min: 0, max: 1, isWhole: false },
  weight: { min: 1, max: SAMPLE_WEIGHT_MAX, isWhole: false },
  score: null,
} as const satisfies Record<NumberKind, NumberBounds | null>;

interface NumberBounds {
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
}

export const NUMBER_RULES: Readonly<Record<NumberKind, CodedRule>> = {
  time: rule(expectedMicros, epochMicrosCode),
  count: wholeNumber(NUMBER_BOUNDS.count.max),
  tokens: wholeNumber(NUMBER_BOUNDS.tokens.max),
  nanoUsd: wholeNumber(NUMBER_BOUNDS.nanoUsd.max),
  durationMs: numberFrom({ ...NUMBER_BOUNDS.durationMs, what: DURATION_EXPECTED }),
  httpStatus: rule(
    `an HTTP status from ${HTTP_STATUS_MIN} to ${HTTP_STATUS_MAX}, or 0 when none was seen`,
    (v) =>
      `Number.isInteger(${v}) && (${v} === 0 || (${v} >= ${HTTP_STATUS_MIN} && ${v} <= ${HTTP_STATUS_MAX}))`,
  ),
  share: numberFrom({ ...NUMBER_BOUNDS.share, what: 'a number from 0 to 1' }),
  weight: numberFrom({
    ...NUMBER_BOUNDS.weight,
    what: `how many events this one stands for, a number from 1 to ${SAMPLE_WEIGHT_MAX}`,
  }),
  score: finite,
};

const RULES: Readonly<Record<Exclude<FieldKind, 'text' | 'word' | 'verdicts'>, FieldRule>> = {
  ...NUMBER_RULES,
  id: rule('a UUID', (v) => `${v} instanceof Uint8Array && ${v}.length === ${UUID_BYTES}`),
  flag: rule('true or false', (v) => `typeof ${v} === 'boolean'`),
  texts,
  numbers,
};

/** What a field may hold. */
export function ruleOfField(field: EventField): FieldRule {
  return field.isNullable === true ? nullable(innerRuleOf(field)) : innerRuleOf(field);
}

function innerRuleOf({ kind, isRequired, word }: EventField): FieldRule {
  if (kind === 'text') return isRequired === true ? requiredText : text;
  if (kind === 'word') return symbol(word?.symbols ?? []);
  if (kind !== 'verdicts') return RULES[kind];
  return listOf(INLINE_VERDICT_RULES, {
    countMax: VERDICTS_MAX,
    expected: `at most ${VERDICTS_MAX} verdicts`,
    itemExpected: 'a verdict',
  });
}

function rulesOf<Fields extends EventFields>(fields: Fields): Readonly<Record<keyof Fields, FieldRule>> {
  const entries = Object.entries(fields).map(([name, field]) => [name, ruleOfField(field)]);
  return Object.fromEntries(entries) as Record<keyof Fields, FieldRule>;
}

/** Fields of an inline verdict. */
export const INLINE_VERDICT_RULES = rulesOf(JUDGEMENT_FIELDS);
export const INFERENCE_RULES = rulesOf(INFERENCE_FIELDS);
export const VERDICT_RULES = rulesOf(VERDICT_FIELDS);
export const REFERENCE_RULES = rulesOf(REFERENCE_FIELDS);
