import { JUDGED_FIELDS } from '@burnline/core';
import { z } from 'zod';
import {
  ATTRIBUTE_RULE,
  INFERENCE_RULES,
  MEASURE_RULE,
  VERDICT_RULES,
  type MappedField,
} from './field-rules.ts';
import { instantMicros, isElapsedFormat, timeReader } from './time-text.ts';
import { timeZone } from './time-zone.ts';
import { conditions, valueFor } from './value-schema.ts';
import type { ValueSpec } from './value-spec.ts';

/** A row fans out into so many records at most; a mapping with more is a mistake. */
const VERDICTS_MAX = 20;
/** Simulated clients of a run whose start times were not recorded. */
const WORKERS_MAX = 10_000;

const columnName = z.string().min(1);
const timeFormat = z.string().superRefine((format, context) => {
  if (timeReader({ format, zone: null }) !== null) return;
  const message =
    'iso, epoch_s, elapsed_s (or _ms, _us, _ns of either) or a pattern of YYYY MM DD HH mm ss f Z (each at most once) is expected';
  context.addIssue({ code: 'custom', message });
});
const zoneName = z.string().superRefine((zone, context) => {
  if (timeZone(zone) !== null) return;
  context.addIssue({ code: 'custom', message: 'UTC, an offset such as +02:00 or an IANA name is expected' });
});
const originTime = z.string().superRefine((text, context) => {
  if (instantMicros(text) !== null) return;
  const message = 'an instant with its zone, such as 2026-06-01T00:00:00Z, in quotes is expected';
  context.addIssue({ code: 'custom', message });
});
const timeText = {
  column: columnName,
  format: timeFormat,
  zone: zoneName.optional(),
  origin: originTime.optional(),
};

/** Times that say how long after an origin they are, and the origin, go together. */
function requireOrigin(
  time: { readonly format: string; readonly origin?: string | undefined },
  context: z.RefinementCtx,
): void {
  const isElapsed = isElapsedFormat(time.format);
  if (isElapsed === (time.origin !== undefined)) return;
  const message = isElapsed
    ? `origin (what ${time.format} counts from) is expected`
    : 'no origin (only elapsed_s, elapsed_ms, elapsed_us and elapsed_ns count from one) is expected';
  context.addIssue({ code: 'custom', path: ['origin'], message });
}
const timeTextShape = z.strictObject(timeText).superRefine(requireOrigin);

const time = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('column'), ...timeText, meaning: z.enum(['completion', 'start']) })
    .superRefine(requireOrigin),
  z.strictObject({
    kind: z.literal('sequence'),
    group: columnName,
    ends: timeTextShape,
    workers: z.int().min(1).max(WORKERS_MAX),
  }),
]);

const inferenceShape = Object.fromEntries(
  Object.entries(INFERENCE_RULES).map(([name, rule]) => [name, valueFor(rule).optional()]),
) as Record<MappedField, z.ZodOptional<z.ZodType<ValueSpec>>>;

const judgedShape = Object.fromEntries(
  [...JUDGED_FIELDS.filter((name) => name !== 'attributes'), 'request_id' as const].map((name) => [
    name,
    inferenceShape[name],
  ]),
) as Record<string, z.ZodOptional<z.ZodType<ValueSpec>>>;

/** What cannot be said of rows that hold no inference. */
function judgedProblems(value: {
  readonly inference?: object | undefined;
  readonly judged?: object | undefined;
  readonly time: { readonly kind: string; readonly meaning?: string };
  readonly inline_verdicts: readonly object[];
  readonly verdicts: readonly object[];
  readonly measures: object;
}): [path: string, message: string][] {
  if ((value.inference === undefined) === (value.judged === undefined)) {
    return [['inference', 'either inference, or judged for rows that are verdicts alone']];
  }
  if (value.judged === undefined) return [];
  const problems: [path: string, message: string][] = [];
  if (value.time.kind !== 'column' || value.time.meaning !== 'completion')
    problems.push(['time', 'the completion of the judged answer (a column with meaning: completion)']);
  if (value.verdicts.length === 0) problems.push(['verdicts', 'at least one verdict']);
  if (value.inline_verdicts.length > 0) problems.push(['inline_verdicts', 'nothing (there is no inference)']);
  if (Object.keys(value.measures).length > 0) problems.push(['measures', 'nothing (there is no inference)']);
  return problems;
}

const verdictShape = {
  when: conditions.optional(),
  evaluator: valueFor(VERDICT_RULES.evaluator),
  evaluator_version: valueFor(VERDICT_RULES.evaluator_version).optional(),
  kind: valueFor(VERDICT_RULES.kind),
  dimension: valueFor(VERDICT_RULES.dimension),
  passed: valueFor(VERDICT_RULES.passed),
  score: valueFor(VERDICT_RULES.score).optional(),
};

const csv = z.strictObject({
  delimiter: z.string().length(1).default(','),
  quote: z.union([z.string().length(1), z.null()]).default('"'),
  /** Column names, for files whose first row is data. */
  header: z.array(columnName).min(1).optional(),
  /** Texts that stand for an empty cell. The empty text always does. */
  empty_texts: z.array(z.string()).default([]),
});

/** Columns of JSON: names of members at the top, or JSON pointers. */
const json = z.strictObject({
  /** A pointer to a list of which each element is a row. */
  records: z.string().startsWith('/', 'a JSON pointer such as /data/results is expected').optional(),
  /** What tells a record from all others; by default its whole text. */
  id: z.array(columnName).min(1).optional(),
  empty_texts: z.array(z.string()).default([]),
});

const metadata = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'small letters, digits and hyphens are expected'),
  title: z.string().optional(),
  source: z.string().optional(),
  licence: z.string().optional(),
  citation: z.string().optional(),
  /** What in the replay was not measured, in sentences for whoever sees the figures. */
  synthetic: z.array(z.string()).default([]),
});

const spec = z
  .strictObject({
    csv: csv.prefault({}),
    json: json.optional(),
    on_bad_row: z.enum(['stop', 'skip']).default('stop'),
    /** Rows of which this holds are not read. */
    drop_when: conditions.optional(),
    time,
    inference: z
      .strictObject({
        ...inferenceShape,
        service: inferenceShape.service.unwrap(),
        status: inferenceShape.status.unwrap(),
      })
      .optional(),
    /** In place of `inference`: rows are verdicts alone, and this is what is known of the answers that they judge. */
    judged: z.strictObject({ ...judgedShape, service: inferenceShape.service.unwrap() }).optional(),
    attributes: z.record(z.string(), valueFor(ATTRIBUTE_RULE)).default({}),
    measures: z.record(z.string(), valueFor(MEASURE_RULE)).default({}),
    inline_verdicts: z.array(z.strictObject(verdictShape)).max(VERDICTS_MAX).default([]),
    verdicts: z
      .array(z.strictObject({ ...verdictShape, judged_at: timeTextShape.optional() }))
      .max(VERDICTS_MAX)
      .default([]),
  })
  .superRefine((value, context) => {
    for (const [path, message] of judgedProblems(value))
      context.addIssue({ code: 'custom', path: [path], message: `${message} is expected` });
    if (value.time.kind !== 'sequence') return;
    value.verdicts.forEach((verdict, index) => {
      if (verdict.judged_at === undefined) return;
      const message =
        'no judged_at (where time is a sequence, verdicts take the time of the inference) is expected';
      context.addIssue({ code: 'custom', path: ['verdicts', index, 'judged_at'], message });
    });
  });

/** A mapping file. Field by field it is documented in docs/replay.md. */
export const mappingSchema = z.strictObject({
  apiVersion: z.literal('burnline/v1'),
  kind: z.literal('ReplayMapping'),
  metadata,
  spec,
});

export type ReplayMapping = z.output<typeof mappingSchema>;
export type MappingSpec = ReplayMapping['spec'];
export interface TimeTextSpec {
  readonly column: string;
  readonly format: string;
  readonly zone?: string | undefined;
  readonly origin?: string | undefined;
}
export type VerdictSpec = MappingSpec['verdicts'][number];
