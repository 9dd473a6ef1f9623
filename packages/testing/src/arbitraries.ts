import {
  INFERENCE_FIELDS,
  JUDGEMENT_FIELDS,
  VERDICT_FIELDS,
  type EvalVerdict,
  type EventField,
  type EventFields,
  type FieldKind,
  type InferenceEvent,
  type Mark,
  type SourceReport,
} from '@burnline/core';
import { MARK_KINDS } from '@burnline/contracts';
import fc from 'fast-check';

/** Random records for property tests, nulls and extremes included. Fields stand in the interfaces' order. */

const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 24 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
);
const epochMicros = fc.integer({ min: 1_500_000_000_000_000, max: 2_000_000_000_000_000 });
const countOf = fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: Number.MAX_SAFE_INTEGER - 1 }));
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
/** A map read from JSON can hold `__proto__`; the readers build maps by assignment, where it would vanish. */
const mapKey = text.filter((key) => key !== '__proto__');
const mapOf = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Record<string, Value>> =>
  fc.array(fc.tuple(mapKey, value), { maxLength: 4 }).map((entries) => Object.fromEntries(entries));

/** Plain objects: what a decoder gives has no null prototype. */
const plain = { noNullPrototype: true } as const;

const VALUES: Readonly<Record<Exclude<FieldKind, 'word' | 'verdicts'>, fc.Arbitrary<unknown>>> = {
  id: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  time: epochMicros,
  text,
  flag: fc.boolean(),
  count: countOf,
  tokens: countOf,
  nanoUsd: countOf,
  durationMs: finite,
  httpStatus: countOf,
  share: finite,
  weight: finite,
  score: finite,
  texts: mapOf(text),
  numbers: mapOf(finite),
};

function valueOf({ kind, word, isNullable }: EventField): fc.Arbitrary<unknown> {
  if (kind === 'word') return fc.constantFrom(...(word?.symbols ?? []));
  if (kind === 'verdicts') return fc.array(recordOf(JUDGEMENT_FIELDS), { maxLength: 3 });
  return isNullable === true ? fc.option(VALUES[kind]) : VALUES[kind];
}

function recordOf(fields: EventFields): fc.Arbitrary<unknown> {
  const entries = Object.entries(fields).map(([name, field]) => [name, valueOf(field)] as const);
  return fc.record(Object.fromEntries(entries), plain);
}

export const inferenceEvents = recordOf(INFERENCE_FIELDS) as fc.Arbitrary<InferenceEvent>;
export const evalVerdicts = recordOf(VERDICT_FIELDS) as fc.Arbitrary<EvalVerdict>;

export const sourceReports: fc.Arbitrary<SourceReport> = fc.record(
  {
    instance: text,
    service: text,
    environment: text,
    interval_start: epochMicros,
    interval_end: epochMicros,
    is_final: fc.boolean(),
    emitted_count: countOf,
    acknowledged_count: countOf,
    retried_count: countOf,
    dropped_by_reason: mapOf(countOf),
  },
  plain,
);

export const marks: fc.Arbitrary<Mark> = fc.record(
  {
    kind: fc.constantFrom(...MARK_KINDS),
    marked_at: epochMicros,
    begun_specs: fc.array(text, { maxLength: 4 }),
    ended_specs: fc.array(text, { maxLength: 4 }),
  },
  plain,
);
