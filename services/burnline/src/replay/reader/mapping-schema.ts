import { z } from 'zod';
import {
  ATTRIBUTE_RULE,
  INFERENCE_RULES,
  MEASURE_RULE,
  VERDICT_RULES,
  type MappedField,
} from './field-rules.ts';
import { timeReader } from './time-text.ts';
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
    'iso, epoch_s, epoch_ms, epoch_us, epoch_ns or a pattern of YYYY MM DD HH mm ss f Z (each at most once) is expected';
  context.addIssue({ code: 'custom', message });
});
const zoneName = z.string().superRefine((zone, context) => {
  if (timeZone(zone) !== null) return;
  context.addIssue({ code: 'custom', message: 'UTC, an offset such as +02:00 or an IANA name is expected' });
});
const timeText = { column: columnName, format: timeFormat, zone: zoneName.optional() };

const time = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('column'), ...timeText, meaning: z.enum(['completion', 'start']) }),
  z.strictObject({
    kind: z.literal('sequence'),
    group: columnName,
    ends: z.strictObject(timeText),
    workers: z.int().min(1).max(WORKERS_MAX),
  }),
]);

const inferenceShape = Object.fromEntries(
  Object.entries(INFERENCE_RULES).map(([name, rule]) => [name, valueFor(rule).optional()]),
) as Record<MappedField, z.ZodOptional<z.ZodType<ValueSpec>>>;

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
    on_bad_row: z.enum(['stop', 'skip']).default('stop'),
    /** Rows of which this holds are not read. */
    drop_when: conditions.optional(),
    time,
    inference: z.strictObject({
      ...inferenceShape,
      service: inferenceShape.service.unwrap(),
      status: inferenceShape.status.unwrap(),
      duration_ms: inferenceShape.duration_ms.unwrap(),
    }),
    attributes: z.record(z.string(), valueFor(ATTRIBUTE_RULE)).default({}),
    measures: z.record(z.string(), valueFor(MEASURE_RULE)).default({}),
    inline_verdicts: z.array(z.strictObject(verdictShape)).max(VERDICTS_MAX).default([]),
    verdicts: z
      .array(z.strictObject({ ...verdictShape, judged_at: z.strictObject(timeText).optional() }))
      .max(VERDICTS_MAX)
      .default([]),
  })
  .superRefine((value, context) => {
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
}
export type VerdictSpec = MappingSpec['verdicts'][number];
