import { z } from 'zod';
import { SPEC_KINDS, type SpecKind } from '../documents/spec-context.ts';
import { API_VERSION, DOCUMENT_SHAPES } from '../documents/spec-shapes.ts';
import { BUDGETING_METHODS } from '../kinds/derived-kinds.ts';
import { SLI_KINDS } from '../kinds/sli-kinds.ts';
import { annotationFormsOf, ANNOTATION_PREFIX } from '../slos/spec-annotations.ts';

/** A JSON Schema, or a part of one. */
type Schema = z.core.JSONSchema.BaseSchema;

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/**
 * The JSON Schema (draft 2020-12) of one spec document, made from the shapes that files are read by: for editors, which
 * complete and check while somebody types. It is that of strict mode, and says what one document can say of itself: names that
 * lead nowhere, and what stands in predicates, only `burnline validate` finds.
 */
export function specSchema(): Schema {
  const $defs = Object.fromEntries(SPEC_KINDS.map((kind) => [kind, documentSchema(kind)]));
  return {
    $schema: DRAFT,
    title: 'Burnline SLO specs (OpenSLO v1)',
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: { apiVersion: { const: API_VERSION }, kind: { enum: [...SPEC_KINDS] } },
    allOf: SPEC_KINDS.map((kind) => ({
      if: { required: ['kind'], properties: { kind: { const: kind } } },
      then: { $ref: `#/$defs/${kind}` },
    })),
    $defs,
  };
}

function documentSchema(kind: SpecKind): Schema {
  const schema = plainSchema(DOCUMENT_SHAPES[kind]);
  refineAll(schema);
  const properties = { ...schema.properties, apiVersion: { const: API_VERSION }, kind: { const: kind } };
  return withAnnotations(
    { ...schema, required: ['apiVersion', 'kind', 'metadata', 'spec'], properties },
    kind,
  );
}

/** Of a shape, nothing in it shared with another place. */
function plainSchema(shape: z.ZodType): Schema {
  const schema = JSON.parse(JSON.stringify(z.toJSONSchema(shape))) as Schema;
  delete schema.$schema;
  return schema;
}

function refineAll(part: unknown): void {
  if (typeof part !== 'object' || part === null) return;
  if (!Array.isArray(part)) refine(part as Schema);
  for (const inner of Object.values(part)) refineAll(inner);
}

/** What the shapes leave to be checked where a document is read, so that a mistake has better words. */
function refine(schema: Schema): void {
  // Numbers as texts are for tolerant mode.
  if (Array.isArray(schema.type)) schema.type = 'number';
  const { properties } = schema;
  if (properties === undefined) return;
  if ('thresholdMetric' in properties) refineSli(schema, properties);
  if ('budgetingMethod' in properties) properties['budgetingMethod'] = { enum: [...BUDGETING_METHODS] };
  if ('duration' in properties) schema.required = ['duration', 'isRolling'];
  const inlineKind = SPEC_KINDS.find((kind) => (properties['kind'] as Schema | undefined)?.const === kind);
  if (inlineKind !== undefined) Object.assign(schema, withAnnotations(schema, inlineKind));
}

/** An SLI has one metric, and what its leaves say is the metric's own. */
function refineSli(schema: Schema, properties: NonNullable<Schema['properties']>): void {
  schema.oneOf = SLI_KINDS.map(({ metric }) => ({ required: [metric] }));
  for (const { metric, leaves = {} } of SLI_KINDS)
    for (const [leaf, shape] of Object.entries(leaves)) {
      const path = leaf === '' ? [metric] : [metric, 'properties', leaf];
      const place = path.reduce<unknown>(
        (at, key) => (at as Readonly<Record<string, unknown>>)[key],
        properties,
      );
      const source = ((place as Schema).properties?.['metricSource'] as Schema).properties ?? {};
      source['spec'] = plainSchema(shape);
    }
}

/** Annotations of Burnline by name, those of others as they like. */
function withAnnotations(schema: Schema, kind: SpecKind): Schema {
  const metadata = schema.properties?.['metadata'] as Schema;
  const forms = Object.entries(annotationFormsOf(kind)).map(([name, { pattern, expected, words }]) => [
    ANNOTATION_PREFIX + name,
    words.length > 0
      ? { enum: [...words] }
      : { type: 'string', pattern: pattern.source, description: expected },
  ]);
  const names = forms.map(([name]) => name);
  const others = { not: { pattern: `^${ANNOTATION_PREFIX.replace('.', '\\.')}` } };
  const annotations = {
    type: 'object',
    properties: Object.fromEntries(forms) as Record<string, Schema>,
    additionalProperties: { type: 'string' },
    propertyNames: names.length === 0 ? others : { anyOf: [{ enum: names }, others] },
  } as Schema;
  return {
    ...schema,
    properties: {
      ...schema.properties,
      metadata: { ...metadata, properties: { ...metadata.properties, annotations } },
    },
  };
}
