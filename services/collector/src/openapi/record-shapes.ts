import {
  MAP_ENTRIES_MAX,
  MAP_KEY_CHARS_MAX,
  MAP_VALUE_CHARS_MAX,
  NUMBER_BOUNDS,
  TEXT_CHARS_MAX,
  VERDICTS_MAX,
  type NumberKind,
} from '@burnline/contracts';
import {
  INFERENCE_FIELDS,
  JUDGED_IDS,
  JUDGEMENT_FIELDS,
  REFERENCE_FIELDS,
  VERDICT_FIELDS,
  type EventField,
  type EventFields,
} from '@burnline/core';
import { z } from 'zod';

/**
 * Records as JSON writes them, from the tables of fields. What contradicts itself over several fields (docs/events.md) fits these
 * shapes and is refused all the same.
 */

const key = z.string().min(1).max(MAP_KEY_CHARS_MAX);
const MAP = { maxProperties: MAP_ENTRIES_MAX };

function numberShape(kind: NumberKind): z.ZodType {
  const bounds = NUMBER_BOUNDS[kind];
  if (bounds === null) return z.number();
  const { min, max, isWhole } = bounds;
  return (isWhole ? z.int() : z.number()).min(min).max(max);
}

/** What a field holds where it is stated. */
function valueShape({ kind, word, isRequired }: EventField): z.ZodType {
  switch (kind) {
    case 'id':
      return z.uuid();
    case 'time':
      return z.union([z.iso.datetime({ offset: true }), numberShape(kind)]);
    case 'text':
      return z
        .string()
        .min(isRequired === true ? 1 : 0)
        .max(TEXT_CHARS_MAX);
    case 'word':
      return z.enum(word?.symbols ?? []);
    case 'flag':
      return z.boolean();
    case 'texts':
      return z.record(key, z.string().max(MAP_VALUE_CHARS_MAX)).meta(MAP);
    case 'numbers':
      return z.record(key, z.number()).meta(MAP);
    case 'verdicts':
      return z.array(z.strictObject(membersOf(JUDGEMENT_FIELDS, 'inner'))).max(VERDICTS_MAX);
    case 'httpStatus':
      return z.union([z.literal(0), numberShape(kind)]);
    case 'count':
    case 'tokens':
    case 'nanoUsd':
    case 'durationMs':
    case 'share':
    case 'weight':
    case 'score':
      return numberShape(kind);
  }
}

/** At the top a null stands for a field that is absent; inside of another field it does where that may be null. */
function membersOf(fields: EventFields, place: 'top' | 'inner'): Readonly<Record<string, z.ZodType>> {
  const entries = Object.entries(fields).map(([name, field]) => {
    const shape = valueShape(field);
    const mayBeNull = place === 'top' || field.isNullable === true;
    const stated = mayBeNull ? shape.nullish() : shape.optional();
    return [name, (field.isRequired === true ? shape : stated).describe(field.meaning)];
  });
  return Object.fromEntries(entries) as Record<string, z.ZodType>;
}

export const inferenceEvent = z
  .strictObject({
    ...membersOf(INFERENCE_FIELDS, 'top'),
    cost_usd: z
      .union([z.string().regex(/^\d{1,7}(\.\d{1,32})?$/), z.number().min(0).max(9_000_000)])
      .nullish()
      .describe('Cost in USD, in place of cost_nano_usd.'),
  })
  .meta({ id: 'InferenceEvent' });
export const evalVerdict = z.strictObject(membersOf(VERDICT_FIELDS, 'top')).meta({ id: 'EvalVerdict' });
/** It names what it judges by one of its ids at least. */
export const verdictReference = z
  .union(
    JUDGED_IDS.map((id) =>
      z.strictObject({
        ...membersOf(REFERENCE_FIELDS, 'top'),
        [id]: z.string().min(1).max(TEXT_CHARS_MAX).describe(REFERENCE_FIELDS[id].meaning),
      }),
    ),
  )
  .meta({ id: 'VerdictReference' });
