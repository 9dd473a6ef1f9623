/**
 * Shapes of the OpenSLO v1 documents. Texts given to checks are what an issue shows as "expected"; what one field means
 * beside another is checked where the document is read.
 */
import { INCOMPLETE_ANSWERS, ROUTE_DIMENSIONS, STOPPABLE_KINDS } from '@burnline/core';
import { z } from 'zod';
import { RECEIVER_PATTERN, TRACKS } from '../slos/spec-annotations.ts';
import { DURATION_EXPECTED, DURATION_PATTERN } from './spec-duration.ts';
import { NAME_EXPECTED, NAME_PATTERN } from './spec-name.ts';
import type { SpecKind } from './spec-context.ts';

export const API_VERSION = 'openslo/v1';

/** Objectives of one SLO; each counts on its own. */
const OBJECTIVE_COUNT_MAX = 16;

const name = z.string().regex(NAME_PATTERN, NAME_EXPECTED);
const text = (lengthMax: number): z.ZodString =>
  z.string().max(lengthMax, `a text of at most ${lengthMax} characters`);
const description = text(1050).optional();
const duration = z.string().regex(DURATION_PATTERN, DURATION_EXPECTED);
const number = z.union([z.number(), z.string()], 'a number').optional();
/** Bounds that are told in better words where the number is read; the JSON Schema has them. */
const share = (below: number) => number.meta({ exclusiveMinimum: 0, exclusiveMaximum: below });

/** For the JSON Schema: exactly one of some fields. */
const exactlyOne = (...fields: readonly string[]) => ({
  oneOf: fields.map((field) => ({ required: [field] })),
});

const without = (...fields: readonly string[]) => ({
  not: { anyOf: fields.map((field) => ({ required: [field] })) },
});

/** What a raw ratio is of. */
export const RAW_TYPES = ['success', 'failure'] as const;

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
      counter: z.boolean().meta({ const: false }).optional(),
      good: leaf.optional(),
      bad: leaf.optional(),
      total: leaf.optional(),
      raw: leaf.optional(),
      rawType: z.enum(RAW_TYPES).optional(),
    })
    .meta({
      oneOf: [
        { required: ['good', 'total'], ...without('bad', 'raw', 'rawType') },
        { required: ['bad', 'total'], ...without('good', 'raw', 'rawType') },
        { required: ['raw', 'rawType'], ...without('good', 'bad', 'total') },
      ],
    })
    .optional(),
});

const conditionSpec = z.strictObject({
  description,
  severity: z.string().meta({ enum: ['page', 'ticket'] }),
  condition: z.strictObject({
    kind: z.literal('burnrate'),
    op: z.enum(['lte', 'gte', 'lt', 'gt']).meta({ enum: ['gte', 'gt'] }),
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
  alertWhenNoData: z.boolean().meta({ const: false }).optional(),
  alertWhenResolved: z.boolean().meta({ const: true }).optional(),
  alertWhenBreaching: z.boolean().meta({ const: true }).optional(),
  conditions: z
    .array(
      z
        .strictObject({ conditionRef: name.optional(), ...inline('AlertCondition', conditionSpec) })
        .meta(exactlyOne('conditionRef', 'spec')),
    )
    .length(1, 'exactly one condition'),
  notificationTargets: z
    .array(
      z
        .strictObject({ targetRef: name.optional(), ...inline('AlertNotificationTarget', targetSpec) })
        .meta(exactlyOne('targetRef', 'spec')),
    )
    .min(1, 'one notification target or more'),
});

const indicator = z.strictObject({ metadata: inlineMetadata.optional(), spec: sliSpec });

const objective = z
  .strictObject({
    displayName: text(200).optional(),
    op: z.enum(['lte', 'gte', 'lt', 'gt']).optional(),
    value: z.number().optional(),
    target: share(1),
    targetPercent: share(100),
    timeSliceTarget: z.number().optional(),
    timeSliceWindow: z.string().optional(),
    indicator: indicator.optional(),
    indicatorRef: name.optional(),
    compositeWeight: number.meta({ exclusiveMinimum: 0 }),
  })
  .meta(exactlyOne('target', 'targetPercent'));

/** For the JSON Schema: no objective has an indicator of its own. */
const EVERY_OBJECTIVE_WITHOUT = {
  properties: {
    objectives: { items: { not: { anyOf: [{ required: ['indicator'] }, { required: ['indicatorRef'] }] } } },
  },
};

const sloSpec = z
  .strictObject({
    description,
    service: name,
    indicator: indicator.optional(),
    indicatorRef: name.optional(),
    timeWindow: z
      .array(
        z
          .strictObject({
            duration,
            isRolling: z.boolean().optional(),
            calendar: z.strictObject({ startTime: z.string(), timeZone: z.string() }).optional(),
          })
          .meta({
            oneOf: [
              { properties: { isRolling: { const: true } }, not: { required: ['calendar'] } },
              { properties: { isRolling: { const: false } }, required: ['calendar'] },
            ],
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
      .array(
        z
          .strictObject({ alertPolicyRef: name.optional(), ...inline('AlertPolicy', policySpec) })
          .meta(exactlyOne('alertPolicyRef', 'spec')),
      )
      .optional(),
  })
  .meta({
    // One indicator for all objectives, or of a composite one in each.
    oneOf: [
      { required: ['indicator'], ...EVERY_OBJECTIVE_WITHOUT },
      { required: ['indicatorRef'], ...EVERY_OBJECTIVE_WITHOUT },
      {
        not: { anyOf: [{ required: ['indicator'] }, { required: ['indicatorRef'] }] },
        properties: { objectives: { minItems: 2, items: exactlyOne('indicator', 'indicatorRef') } },
      },
    ],
  });

const stops = z
  .array(z.enum(STOPPABLE_KINDS, STOPPABLE_KINDS.join(', ')))
  .min(1, 'one kind of change or more')
  .optional();
const spentShare = z.number().gt(0, 'a share above 0').max(10, 'a share of at most 10').optional();
const level = z.strictObject({ at: spentShare, liftBelow: spentShare }).optional();
/** Of what a calendar holds, ahead and behind. */
const CHANGE_FREEZE_COUNT_MAX = 200;

const errorShare = z.number().gt(0, 'a share above 0').max(1, 'a share of at most 1').optional();
const routeRule = z.strictObject({
  by: z.enum(ROUTE_DIMENSIONS, ROUTE_DIMENSIONS.join(', ')),
  environments: z
    .array(text(100).min(1, 'the name of an environment'))
    .min(1, 'one environment or more')
    .max(10, 'ten environments at most')
    .optional(),
  window: duration.optional(),
  errors: z.strictObject({ at: errorShare, liftBelow: errorShare }).optional(),
  minEvents: z
    .int('a whole number of events')
    .min(1, 'a number of events, 1 or more')
    .max(1_000_000_000, 'at most a billion events')
    .optional(),
  holdFor: duration.optional(),
});

const rate = z.number().min(0, 'a share from 0 to 1').max(1, 'a share from 0 to 1').optional();

/** Three levels each; what names more receivers is a group of its own there. */
const tellings = z
  .array(
    z.strictObject({
      at: z.enum(['warn', 'approval', 'freeze'], 'warn, approval or freeze'),
      receivers: z
        .array(z.string().regex(RECEIVER_PATTERN, 'the name of a receiver'))
        .min(1, 'one receiver or more')
        .max(10, 'ten receivers at most'),
    }),
  )
  .max(3, 'one entry for each of warn, approval and freeze at most')
  .optional();

const budgetPolicySpec = z.strictObject({
  description,
  services: z.array(name).min(1, 'one service or more').optional(),
  slos: z.array(name).min(1, 'one SLO or more').optional(),
  track: z.enum(TRACKS).optional(),
  ladder: z.strictObject({ warn: level, approval: level, freeze: level }).optional(),
  stops,
  evidence: z
    .strictObject({
      minEvents: z
        .int('a whole number of events')
        .min(0, 'a number of events, 0 or more')
        .max(1_000_000_000, 'at most a billion events')
        .optional(),
      minCoverage: z.number().min(0, 'a share from 0 to 1').max(1, 'a share from 0 to 1').optional(),
      maxAge: duration.optional(),
    })
    .optional(),
  whenIncomplete: z.enum(INCOMPLETE_ANSWERS).optional(),
  changeFreezes: z
    .array(z.strictObject({ reason: text(200), from: z.string(), to: z.string(), stops }))
    .max(CHANGE_FREEZE_COUNT_MAX, `at most ${CHANGE_FREEZE_COUNT_MAX} change freezes`)
    .optional(),
  sampling: z.strictObject({ ok: rate, warn: rate, approval: rate, freeze: rate }).optional(),
  rollbackAt: z.enum(['warn', 'approval', 'freeze'], 'warn, approval or freeze').optional(),
  notify: tellings,
  webhook: tellings,
  routeAround: z
    .array(routeRule)
    .max(ROUTE_DIMENSIONS.length, 'one rule for each of provider, deployment and region at most')
    .optional(),
});

/** A policy as its document says it, once its shape is checked. */
export type BudgetPolicySpec = z.infer<typeof budgetPolicySpec>;

const documentOf = <Spec extends z.ZodType>(spec: Spec) =>
  // What is missing or another version is told where the document is identified.
  z.strictObject({ apiVersion: z.string().optional(), kind: z.string(), metadata, spec });

export const DOCUMENT_SHAPES: Readonly<Record<SpecKind, z.ZodType>> = {
  Service: documentOf(z.strictObject({ description })),
  SLI: documentOf(sliSpec),
  SLO: documentOf(sloSpec),
  DataSource: documentOf(
    z.strictObject({
      description,
      type: z.string(),
      connectionDetails: z.looseObject({}).meta({ maxProperties: 0 }).optional(),
    }),
  ),
  AlertPolicy: documentOf(policySpec),
  AlertCondition: documentOf(conditionSpec),
  AlertNotificationTarget: documentOf(targetSpec),
  ErrorBudgetPolicy: documentOf(budgetPolicySpec),
};
