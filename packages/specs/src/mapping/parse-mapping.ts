import { AppError, canonicalJson, nearestWord } from '@burnline/core';
import { createHash } from 'node:crypto';
import { LineCounter, parseDocument, isNode, type Document } from 'yaml';
import type { z } from 'zod';
import { mappingSchema, type ReplayMapping } from './mapping-schema.ts';
import { INFERENCE_RULES } from './field-rules.ts';

/** A mapping has some hundred lines; a text beyond this is another file. */
export const MAPPING_CHARS_MAX = 1024 * 1024;

/** One mistake in a mapping file. */
export interface MappingIssue {
  /** `spec.inference.ttft_ms`, or empty for the file as a whole. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly expected: string;
  readonly found: string;
}

export interface LoadedMapping {
  readonly mapping: ReplayMapping;
  /** SHA-256, hex, of what decides the records: the spec. Comments and metadata do not. */
  readonly identity: string;
}

function invalid(file: string, issues: readonly MappingIssue[]): Error {
  const lines = issues.map(
    ({ path, line, expected, found }) =>
      `  line ${line}${path === '' ? '' : `, ${path}`}: expected ${expected}; found ${found}`,
  );
  const count = issues.length === 1 ? '1 mistake' : `${issues.length} mistakes`;
  return new AppError('MAPPING_INVALID', `${file} has ${count}:\n${lines.join('\n')}`, {
    remedy: 'Correct the mapping file; docs/replay.md describes every key.',
    details: { file, issues },
  });
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function unknownKey(key: string): string {
  const nearest = nearestWord(key, [...Object.keys(INFERENCE_RULES), ...KNOWN_KEYS]);
  return `unknown key ${key}${nearest === undefined || nearest === key ? '' : ` (did you mean ${nearest}?)`}`;
}

const KNOWN_KEYS = [
  'apiVersion',
  'kind',
  'metadata',
  'spec',
  'csv',
  'json',
  'records',
  'id',
  'delimiter',
  'quote',
  'header',
  'empty_texts',
  'on_bad_row',
  'drop_when',
  'time',
  'inference',
  'judged',
  'attributes',
  'measures',
  'inline_verdicts',
  'verdicts',
  'column',
  'format',
  'zone',
  'meaning',
  'group',
  'ends',
  'workers',
  'origin',
  'part',
  'after',
  'after_last',
  'before',
  'before_last',
  'unit',
  'table',
  'otherwise',
  'when_empty',
  'null_when',
  'when',
  'value',
  'cases',
  'template',
  'sum',
  'equals',
  'not_equals',
  'in',
  'not_in',
  'empty',
  'at_least',
  'less_than',
  'any',
  'evaluator',
  'evaluator_version',
  'dimension',
  'passed',
  'score',
  'judged_at',
  'title',
  'source',
  'licence',
  'citation',
  'synthetic',
] as const;

/** How the messages of the schema itself end; what stands before is what was expected. */
const OWN_MESSAGE = /^(.+?) (?:is|are) expected(?::.*)?$/;

function expectation(issue: z.core.$ZodIssue): string {
  const own = OWN_MESSAGE.exec(issue.message)?.[1];
  if (own !== undefined) return own;
  if (issue.code === 'invalid_type') return issue.expected === 'record' ? 'object' : issue.expected;
  if (issue.code === 'invalid_value') return issue.values.map((value) => String(value)).join(' or ');
  return issue.code === 'unrecognized_keys' ? 'only known keys' : issue.message;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
}

/** The line of the node at the path, or of the nearest node around it. */
function lineAt(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function issuesOf(
  issue: z.core.$ZodIssue,
  place: { document: Document; lines: LineCounter; root: unknown },
): MappingIssue[] {
  const expected = expectation(issue);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key].join('.'),
      line: lineAt(place.document, place.lines, [...issue.path, key]),
      expected,
      found: unknownKey(key),
    }));
  }
  const found = show(valueAt(place.root, issue.path));
  return [
    { path: issue.path.join('.'), line: lineAt(place.document, place.lines, issue.path), expected, found },
  ];
}

/** The mapping in the text of a file. Throws `MAPPING_INVALID` with every mistake. */
export function parseMapping(text: string, file: string): LoadedMapping {
  if (text.length > MAPPING_CHARS_MAX) {
    const found = `${text.length} characters`;
    throw invalid(file, [{ path: '', line: 1, expected: `at most ${MAPPING_CHARS_MAX} characters`, found }]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    throw invalid(
      file,
      document.errors.map((error) => ({
        path: '',
        line: lines.linePos(error.pos[0]).line,
        expected: 'one YAML document',
        found:
          error.code === 'MULTIPLE_DOCS'
            ? 'the "---" of a second one'
            : (error.message.split('\n')[0] ?? error.code),
      })),
    );
  }
  const root: unknown = document.toJS();
  const result = mappingSchema.safeParse(root);
  if (!result.success) {
    const issues = result.error.issues.flatMap((issue) => issuesOf(issue, { document, lines, root }));
    throw invalid(
      file,
      issues.sort((left, right) => left.line - right.line),
    );
  }
  const identity = createHash('sha256').update(canonicalJson(result.data.spec)).digest('hex');
  return { mapping: result.data, identity };
}
