import { z } from 'zod';
import { UNIT_REQUIRED, UNIT_SHIFTS, type FieldRule } from './field-rules.ts';
import { constantProblem } from './value-conversion.ts';
import type { Condition, Scalar, TextPart, ValueSpec } from './value-spec.ts';

/** More alternatives than this belong into a table. */
const CASES_MAX = 100;
const SUMMANDS_MAX = 10;
/** Fields of which parts may be added up. */
const SUMMED: ReadonlySet<FieldRule['type']['kind']> = new Set([
  'count',
  'durationMs',
  'nanoUsd',
  'number',
] as const);

const columnName = z.string().min(1);
/** Cells are text. A whole number may go without quotes; 1.0 may not, since it would have become 1. */
const cellText = z.union([z.string(), z.int().transform(String)], {
  error: 'a text in quotes (cells are compared as text) is expected',
});
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'a text, a number, true, false or null is expected',
});
const columnTests = {
  equals: cellText,
  not_equals: cellText,
  in: z.array(cellText).min(1),
  not_in: z.array(cellText).min(1),
  empty: z.boolean(),
  at_least: z.number(),
  less_than: z.number(),
};
const columnCondition = z
  .strictObject({ column: columnName, ...columnTests })
  .partial(
    Object.fromEntries(Object.keys(columnTests).map((name) => [name, true])) as Record<
      keyof typeof columnTests,
      true
    >,
  )
  .transform((raw, context): Condition => {
    const { column, ...tests } = raw;
    const names = Object.keys(tests);
    if (names.length !== 1) {
      const found = names.length === 0 ? 'none' : names.join(' and ');
      const message = `exactly one test of ${Object.keys(columnTests).join(', ')} (here: ${found}) is expected`;
      context.addIssue({ code: 'custom', message });
    }
    if (tests.at_least !== undefined) return { kind: 'atLeast', column, bound: tests.at_least };
    if (tests.less_than !== undefined) return { kind: 'lessThan', column, bound: tests.less_than };
    if (tests.empty !== undefined) return { kind: 'empty', column, negated: !tests.empty };
    const single = tests.equals ?? tests.not_equals;
    const texts = single === undefined ? (tests.in ?? tests.not_in ?? []) : [single];
    return {
      kind: 'in',
      column,
      texts,
      negated: tests.not_equals !== undefined || tests.not_in !== undefined,
    };
  });

const isRecord = (raw: unknown): raw is Readonly<Record<string, unknown>> =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw);

/** Parses with the schema that fits the value's form, so that a mistake is reported against what was meant. */
function forward<T>(schema: z.ZodType<T>, raw: unknown, context: z.RefinementCtx): T {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  for (const issue of result.error.issues) context.addIssue({ ...issue });
  return z.NEVER;
}

const condition: z.ZodType<Condition> = z.lazy(() =>
  z.unknown().transform((raw, context): Condition => {
    if (!isRecord(raw) || !('any' in raw)) return forward(columnCondition, raw, context);
    const either = z.strictObject({ any: z.array(condition).min(1) });
    return forward(
      either.transform(({ any }): Condition => ({ kind: 'any', conditions: any })),
      raw,
      context,
    );
  }),
);

/** One condition, or a list of which all must hold. */
export const conditions: z.ZodType<readonly Condition[]> = z.unknown().transform((raw, context) => {
  if (Array.isArray(raw)) return forward(z.array(condition).min(1), raw, context);
  return forward(
    condition.transform((one) => [one]),
    raw,
    context,
  );
});

function constantFor(rule: FieldRule): z.ZodType<Scalar> {
  return scalar.superRefine((value, context) => {
    const problem = constantProblem(value, rule);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });
}

/** The key may be left out only where a number without its unit is no guess. */
function unitFor(rule: FieldRule): z.ZodType<string | undefined> {
  const units = Object.keys(UNIT_SHIFTS[rule.type.kind] ?? {});
  const known = units.length === 0 ? 'no unit' : `a unit (${units.join(', ')})`;
  const unit = z.enum(units, { error: `${known} is expected` });
  return UNIT_REQUIRED.has(rule.type.kind) ? unit : unit.optional();
}

const separator = z.string().min(1);
const part = z
  .strictObject({ after: separator, after_last: separator, before: separator, before_last: separator })
  .partial()
  .transform((raw, context): TextPart => {
    const end = (first: string | undefined, last: string | undefined): TextPart['from'] => {
      const text = first ?? last;
      if (first !== undefined && last !== undefined) {
        const message = 'either the first or the last separator (not both keys of one end) is expected';
        context.addIssue({ code: 'custom', message });
      }
      return text === undefined ? null : { separator: text, last: first === undefined };
    };
    if (Object.keys(raw).length === 0) {
      const message = 'at least one of after, after_last, before, before_last is expected';
      context.addIssue({ code: 'custom', message });
    }
    return { from: end(raw.after, raw.after_last), to: end(raw.before, raw.before_last) };
  });

function columnFor(rule: FieldRule): z.ZodType<ValueSpec> {
  const constant = constantFor(rule);
  const common = {
    column: columnName,
    part: part.optional(),
    when_empty: constant.optional(),
    null_when: conditions.optional(),
  };
  const withTable = z
    .strictObject({ ...common, table: z.record(z.string(), constant), otherwise: constant.optional() })
    .transform((spec) => ({ ...spec, unit: undefined }));
  const plain = z
    .strictObject({ ...common, unit: unitFor(rule) })
    .transform((spec) => ({ ...spec, table: undefined, otherwise: undefined }));
  return z.unknown().transform((raw, context): ValueSpec => {
    const spec =
      isRecord(raw) && 'table' in raw ? forward(withTable, raw, context) : forward(plain, raw, context);
    return {
      kind: 'column',
      column: spec.column,
      part: spec.part,
      unit: spec.unit,
      table: spec.table,
      otherwise: spec.otherwise,
      whenEmpty: spec.when_empty,
      nullWhen: spec.null_when ?? [],
    };
  });
}

const TEMPLATE_COLUMN = /\{([^{}]+)\}/g;

function templateFor(rule: FieldRule): z.ZodType<ValueSpec> {
  return z.strictObject({ template: z.string().min(1) }).transform(({ template }, context): ValueSpec => {
    const columns = [...template.matchAll(TEMPLATE_COLUMN)].map((match) => match[1] ?? '');
    if (rule.type.kind !== 'text')
      context.addIssue({ code: 'custom', message: 'no template (only text fields take one) is expected' });
    if (columns.length === 0)
      context.addIssue({ code: 'custom', message: 'at least one {column} in the template is expected' });
    return { kind: 'template', texts: template.split(/\{[^{}]+\}/), columns };
  });
}

function casesFor(rule: FieldRule, inner: z.ZodType<ValueSpec>): z.ZodType<ValueSpec> {
  return z
    .strictObject({
      cases: z
        .array(z.strictObject({ when: conditions, value: inner }))
        .min(1)
        .max(CASES_MAX),
      otherwise: rule.nullable ? inner.default({ kind: 'constant', value: null }) : inner,
    })
    .transform((spec): ValueSpec => ({ kind: 'cases', ...spec }));
}

function sumFor(rule: FieldRule, inner: z.ZodType<ValueSpec>): z.ZodType<ValueSpec> {
  return z
    .strictObject({ sum: z.array(inner).min(2).max(SUMMANDS_MAX) })
    .transform(({ sum }, context): ValueSpec => {
      if (!SUMMED.has(rule.type.kind)) {
        const message = 'no sum (only durations, costs, counts and numbers take one) is expected';
        context.addIssue({ code: 'custom', message });
      }
      return { kind: 'sum', values: sum };
    });
}

/** What a mapping may say for a field of this kind: a constant, `{column}`, `{template}`, `{sum}` or `{cases}`. */
export function valueFor(rule: FieldRule): z.ZodType<ValueSpec> {
  const constant = constantFor(rule).transform((value): ValueSpec => ({ kind: 'constant', value }));
  const column = columnFor(rule);
  const template = templateFor(rule);
  const value: z.ZodType<ValueSpec> = z.lazy(() =>
    z.unknown().transform((raw, context): ValueSpec => {
      if (raw === undefined) return forward(z.never({ error: 'a value is expected' }), raw, context);
      if (!isRecord(raw)) return forward(constant, raw, context);
      if ('column' in raw) return forward(column, raw, context);
      if ('template' in raw) return forward(template, raw, context);
      if ('sum' in raw) return forward(sumFor(rule, value), raw, context);
      if ('cases' in raw) return forward(casesFor(rule, value), raw, context);
      const message = `a constant, or one of column, template, sum, cases is expected`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }),
  );
  return value;
}
