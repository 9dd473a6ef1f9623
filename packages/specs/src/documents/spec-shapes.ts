/**
 * Shapes of the OpenSLO v1 documents. Texts given to checks are what an issue shows as "expected"; what one field means
 * beside another is checked where the document is read.
 */
import { z } from 'zod';
import { DURATION_EXPECTED, DURATION_PATTERN } from './spec-duration.ts';
import type { SpecKind } from './spec-context.ts';

/** Objectives of one SLO; each counts on its own. */
const OBJECTIVE_COUNT_MAX = 16;

const NAME_EXPECTED = 'a name of at most 63 lower-case letters, digits and -, as RFC 1123 has it';
const name = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, NAME_EXPECTED);
const text = (lengthMax: number): z.ZodString =>
  z.string().max(lengthMax, `a text of at most ${lengthMax} characters`);
const description = text(1050).optional();
const duration = z.string().regex(DURATION_PATTERN, DURATION_EXPECTED);
const number = z.union([z.number(), z.string()], 'a number').optional();

const metadata = z.strictObject({
  name,
  displayName: text(200).optional(),
  labels: z
    .record(
      z.string(),
      z.union([z.string(), z.array(z.string())], 'a text or a list of texts; put numbers in quotes'),
    )
    .optional(),
  annotations: z.record(z.string(), z.string('a text; put numbers in quotes')).optional(),
});
/** Inside another document a name is not needed. */
const inlineMetadata = metadata.partial({ name: true });

const leaf = z.strictObject({
  metricSource: z.strictObject({
    metricSourceRef: name.optional(),
    type: z.string().optional(),
    spec: z.looseObject({}),
  }),
});

const sliSpec = z.strictObject({
  description,
  thresholdMetric: leaf.optional(),
  ratioMetric: z
    .strictObject({
      counter: z.boolean().optional(),
      good: leaf.optional(),
      bad: leaf.optional(),
      total: leaf.optional(),
      raw: z.unknown().optional(),
      rawType: z.unknown().optional(),
    })
    .optional(),
});

const conditionSpec = z.strictObject({
  description,
  severity: z.string(),
  condition: z.strictObject({
    kind: z.literal('burnrate'),
    op: z.enum(['lte', 'gte', 'lt', 'gt']),
    threshold: z.union([z.number(), z.string()], 'a number'),
    lookbackWindow: duration,
    alertAfter: duration.optional(),
  }),
});
const targetSpec = z.strictObject({ description, target: z.string() });

const inline = <Spec extends z.ZodType>(kind: SpecKind, spec: Spec) => ({
  apiVersion: z.string().optional(),
  kind: z.literal(kind).optional(),
  metadata: inlineMetadata.optional(),
  spec: spec.optional(),
});
const policySpec = z.strictObject({
  description,
  alertWhenNoData: z.boolean().optional(),
  alertWhenResolved: z.boolean().optional(),
  alertWhenBreaching: z.boolean().optional(),
  conditions: z
    .array(z.strictObject({ conditionRef: name.optional(), ...inline('AlertCondition', conditionSpec) }))
    .length(1, 'exactly one condition'),
  notificationTargets: z
    .array(z.strictObject({ targetRef: name.optional(), ...inline('AlertNotificationTarget', targetSpec) }))
    .min(1, 'one notification target or more'),
});

const objective = z.strictObject({
  displayName: text(200).optional(),
  op: z.enum(['lte', 'gte', 'lt', 'gt']).optional(),
  value: z.number().optional(),
  target: number,
  targetPercent: number,
  timeSliceTarget: z.number().optional(),
  timeSliceWindow: z.string().optional(),
  indicator: z.unknown().optional(),
  indicatorRef: z.unknown().optional(),
  compositeWeight: z.unknown().optional(),
});

const sloSpec = z.strictObject({
  description,
  service: name,
  indicator: z.strictObject({ metadata: inlineMetadata.optional(), spec: sliSpec }).optional(),
  indicatorRef: name.optional(),
  timeWindow: z
    .array(
      z.strictObject({
        duration,
        isRolling: z.boolean(),
        calendar: z.strictObject({ startTime: z.string(), timeZone: z.string() }).optional(),
      }),
    )
    .length(1, 'exactly one time window'),
  budgetingMethod: z.enum(
    ['Occurrences', 'Timeslices', 'RatioTimeslices'],
    'Occurrences, Timeslices or RatioTimeslices',
  ),
  objectives: z
    .array(objective)
    .min(1, 'one objective or more')
    .max(OBJECTIVE_COUNT_MAX, `at most ${OBJECTIVE_COUNT_MAX} objectives`),
  alertPolicies: z
    .array(z.strictObject({ alertPolicyRef: name.optional(), ...inline('AlertPolicy', policySpec) }))
    .optional(),
});

const documentOf = <Spec extends z.ZodType>(spec: Spec) =>
  z.strictObject({ apiVersion: z.string(), kind: z.string(), metadata, spec });

export const DOCUMENT_SHAPES: Readonly<Record<SpecKind, z.ZodType>> = {
  Service: documentOf(z.strictObject({ description })),
  SLI: documentOf(sliSpec),
  SLO: documentOf(sloSpec),
  DataSource: documentOf(
    z.strictObject({ description, type: z.string(), connectionDetails: z.looseObject({}).optional() }),
  ),
  AlertPolicy: documentOf(policySpec),
  AlertCondition: documentOf(conditionSpec),
  AlertNotificationTarget: documentOf(targetSpec),
};
