import { z } from 'zod';
import { VERDICT_KINDS } from '@burnline/core';
import { parseEpochMicros } from './epoch-micros.ts';
import { uuidToBytes } from './event-id.ts';

/** Field types of JSON intake. Each message says what is expected; what was found is added to it. */

/** Names, ids and versions; longer ones are somebody's prompt. */
const TEXT_CHARS_MAX = 512;
const MAP_ENTRIES_MAX = 32;
const MAP_KEY_CHARS_MAX = 64;
const MAP_VALUE_CHARS_MAX = 256;
const VERDICTS_MAX = 32;
/** A thousand times the largest context window. */
const TOKENS_MAX = 1_000_000_000;
const COUNT_MAX = 1_000_000;
/** A year: longer durations are mistakes of the unit. */
const DURATION_MS_MAX = 366 * 86_400_000;
const SAMPLE_WEIGHT_MAX = 1_000_000_000;

const textMessage = `text of at most ${TEXT_CHARS_MAX} characters`;
const text = z.string({ error: textMessage }).max(TEXT_CHARS_MAX, { error: textMessage });
/** Absent is empty. */
export const optionalText = text.default('');
export const nullableText = text.nullable().default(null);
const requiredMessage = `text of 1 to ${TEXT_CHARS_MAX} characters`;
export const requiredText = z
  .string({ error: requiredMessage })
  .min(1, { error: requiredMessage })
  .max(TEXT_CHARS_MAX, { error: requiredMessage });

export function wholeNumber(options: { readonly max: number }): z.ZodType<number> {
  const error = `an integer from 0 to ${options.max}`;
  return z.int({ error }).min(0, { error }).max(options.max, { error });
}
export const tokens = wholeNumber({ max: TOKENS_MAX }).default(0);
export const count = wholeNumber({ max: COUNT_MAX }).default(0);
export const nullableCount = wholeNumber({ max: COUNT_MAX }).nullable().default(null);
export const httpStatus = wholeNumber({ max: 999 }).default(0);

function finite(options: {
  readonly min: number;
  readonly max: number;
  readonly what: string;
}): z.ZodType<number> {
  const { min, max, what: error } = options;
  return z.number({ error }).min(min, { error }).max(max, { error });
}
export const durationMs = finite({ min: 0, max: DURATION_MS_MAX, what: 'milliseconds from 0 to a year' });
export const nullableDurationMs = durationMs.nullable().default(null);
export const nullableShare = finite({ min: 0, max: 1, what: 'a number from 0 to 1' })
  .nullable()
  .default(null);
export const sampleWeight = finite({
  min: Number.MIN_VALUE,
  max: SAMPLE_WEIGHT_MAX,
  what: `a number above 0, at most ${SAMPLE_WEIGHT_MAX}`,
}).default(1);
const anyFinite = z.number({ error: 'a finite number' });
export const nullableScore = anyFinite.nullable().default(null);

const flag = z.boolean({ error: 'true or false' });
export const requiredFlag = flag;
export const nullableFlag = flag.nullable().default(null);
export const flagByDefault = (byDefault: boolean): z.ZodDefault<typeof flag> => flag.default(byDefault);

export function symbol<const Symbols extends readonly [string, ...string[]]>(
  symbols: Symbols,
): z.ZodType<Symbols[number]> {
  return z.enum(symbols, { error: `one of ${symbols.join(', ')}` });
}

/** A UUID's 16 bytes. */
export const eventId = z.uuid({ error: 'a UUID' }).transform(uuidToBytes).optional();

/** Epoch microseconds, from ISO 8601 or as they are. */
export const time = z.unknown().transform((value, context): number => {
  const parsed = parseEpochMicros(value);
  if (parsed.kind === 'time') return parsed.epochMicros;
  context.addIssue({ code: 'custom', message: parsed.expected });
  return z.NEVER;
});

const keyMessage = `keys of 1 to ${MAP_KEY_CHARS_MAX} characters`;
/** zod leaves out a key `__proto__`, which would vanish in the readers' maps anyway. */
const mapKey = z.string().min(1).max(MAP_KEY_CHARS_MAX);

function boundedMap<Value>(
  value: z.ZodType<Value>,
  what: string,
): z.ZodDefault<z.ZodType<Record<string, Value>>> {
  const error = `at most ${MAP_ENTRIES_MAX} ${what}, ${keyMessage}`;
  return z
    .record(mapKey, value, { error })
    .refine((entries) => Object.keys(entries).length <= MAP_ENTRIES_MAX, { error })
    .default({});
}
const valueMessage = `text of at most ${MAP_VALUE_CHARS_MAX} characters`;
export const attributes = boundedMap(
  z.string({ error: valueMessage }).max(MAP_VALUE_CHARS_MAX, { error: valueMessage }),
  'texts by name',
);
export const measures = boundedMap(anyFinite, 'finite numbers by name');

export const verdictKind = symbol(VERDICT_KINDS).default('online_judge');
const inlineVerdict = z.strictObject(
  {
    evaluator: requiredText,
    evaluator_version: optionalText,
    kind: verdictKind,
    dimension: requiredText,
    passed: requiredFlag,
    score: nullableScore,
  },
  { error: 'a verdict' },
);
const verdictsMessage = `at most ${VERDICTS_MAX} verdicts`;
export const inlineVerdicts = z
  .array(inlineVerdict, { error: verdictsMessage })
  .max(VERDICTS_MAX, { error: verdictsMessage })
  .default([]);
