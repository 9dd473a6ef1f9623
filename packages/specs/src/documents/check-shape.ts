import { z } from 'zod';
import { didYouMean } from '@burnline/core';
import type { SpecContext } from './spec-context.ts';
import { nameOfText, NAME_EXPECTED } from './spec-name.ts';
import { DURATION_EXPECTED } from './spec-duration.ts';
import type { SpecDocument } from './spec-document.ts';
import { formatPath, showValue } from './spec-issue.ts';
import type { SpecPath } from './spec-issue.ts';

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** The keys that an object of the shape may have at a path; none where the shape says nothing. */
function knownKeysAt(shape: z.core.$ZodType, path: SpecPath): readonly string[] {
  if (shape instanceof z.ZodOptional) return knownKeysAt(shape.unwrap(), path);
  const [part, ...rest] = path;
  if (shape instanceof z.ZodArray) return knownKeysAt(shape.element, rest);
  if (!(shape instanceof z.ZodObject)) return [];
  const fields = shape.shape as Readonly<Record<string, z.core.$ZodType>>;
  if (part === undefined) return Object.keys(fields);
  const field = fields[part];
  return field === undefined ? [] : knownKeysAt(field, rest);
}

function expectedOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return issue.message.startsWith('Invalid ')
        ? issue.values.map((value) => showValue(value)).join(' or ')
        : issue.message;
    case 'invalid_type':
      return issue.message.startsWith('Invalid input')
        ? (TYPE_WORDS[issue.expected] ?? issue.expected)
        : issue.message;
    case 'too_big':
    case 'too_small':
    case 'invalid_format':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return issue.message;
  }
}

interface ShapeCheck {
  readonly context: SpecContext;
  readonly document: SpecDocument;
  readonly shape: z.ZodType;
  /** Where in the document the shape applies. */
  readonly base: SpecPath;
}

function reportUnknownKeys(
  { context, document, shape, base }: ShapeCheck,
  issue: z.core.$ZodIssueUnrecognizedKeys,
): void {
  const inner = issue.path as SpecPath;
  const known = knownKeysAt(shape, inner);
  for (const key of issue.keys) {
    const path = [...base, ...inner, key];
    context.report(document, path, {
      expected: known.join(', '),
      found: key,
      message: `${formatPath(path)} is not a field that is known here.`,
      remedy: didYouMean(key, known),
      atKey: true,
    });
  }
}

function reportIssue(check: ShapeCheck, issue: z.core.$ZodIssue): void {
  if (issue.code === 'unrecognized_keys') {
    reportUnknownKeys(check, issue);
    return;
  }
  const path = [...check.base, ...(issue.path as SpecPath)];
  const value = check.document.at(path);
  const expected = expectedOf(issue);
  const words = issue.code === 'invalid_value' ? issue.values.map(String) : [];
  const where = formatPath(path) || 'The document';
  check.context.report(check.document, path, {
    expected,
    message: messageOf(where, value, expected),
    remedy: typeof value === 'string' ? textRemedy(value, { expected, words }) : undefined,
  });
}

function messageOf(where: string, value: unknown, expected: string): string {
  if (value === undefined) return `${where} is missing.`;
  if (!Array.isArray(value)) return `${where} is not ${expected}.`;
  return value.length === 0 ? `${where} is empty.` : `${where} has ${value.length} entries.`;
}

/** What to write instead of a text. */
function textRemedy(
  text: string,
  { expected, words }: { readonly expected: string; readonly words: readonly string[] },
): string | undefined {
  if (expected === DURATION_EXPECTED && /^\d+ ?s/.test(text))
    return 'OpenSLO has no seconds: write minutes, such as 1m.';
  const name = nameOfText(text);
  if (expected === NAME_EXPECTED && name !== '') return `Write ${name}.`;
  return didYouMean(text, words);
}

/** Reports everything in a part of a document that does not have a shape. */
export function checkShape(check: ShapeCheck): void {
  const result = check.shape.safeParse(check.document.at(check.base));
  if (result.success) return;
  for (const issue of result.error.issues) reportIssue(check, issue);
}
