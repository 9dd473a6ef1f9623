import { AppError } from '@burnline/core';
import type { z } from 'zod';
import { nearestWord } from '../text/did-you-mean.ts';
import { describe } from './event-contract-error.ts';
import type { EventContractErrorCode } from './event-contract-error.ts';

/** One fault of a JSON record. */
export interface IntakeIssue {
  /** Like `verdicts[0].kind`; empty for the record as a whole. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** A sender mends its code, not single records: so many faults tell enough, and bound the answer. */
const ISSUES_MAX = 32;
const KEY_CHARS_MAX = 64;

/** Parses with a schema whose messages say what is expected. Throws CONTRACT_EVENT_INVALID with every fault. */
export function parseIntake<Output>(options: {
  readonly schema: z.ZodType<Output>;
  readonly json: unknown;
  readonly recordName: string;
  readonly knownKeys: readonly string[];
  /** Checks over several fields; they run whatever else is wrong, so that all faults are told at once. */
  readonly crossIssues?: (given: Readonly<Record<string, unknown>>) => readonly IntakeIssue[];
}): Output {
  const { json, knownKeys, recordName } = options;
  const input = withoutNulls(json);
  const result = options.schema.safeParse(input);
  const crossIssues = isRecord(input) ? (options.crossIssues?.(input) ?? []) : [];
  if (result.success && crossIssues.length === 0) return result.data;
  const issues = (result.error?.issues ?? []).flatMap((issue) => issuesOf(issue, input, knownKeys));
  throw intakeInvalid(recordName, [...issues, ...crossIssues]);
}

function intakeInvalid(recordName: string, issues: readonly IntakeIssue[]): AppError<EventContractErrorCode> {
  const shown = issues.slice(0, ISSUES_MAX);
  const [first] = shown;
  const where = first === undefined || first.path === '' ? '' : `${first.path}: `;
  const what = `expected ${first?.expected ?? 'a record'}, found ${first?.found ?? 'none'}`;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return new AppError('CONTRACT_EVENT_INVALID', `Not a valid ${recordName}: ${where}${what}${more}.`, {
    outcome: 'dead-letter',
    remedy: 'Correct the fields named in the issues and send the record again.',
    details: { issues: shown, issueCount: issues.length },
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A null at the top stands for an absent field, as many JSON writers mean it; defaults then apply. */
function withoutNulls(json: unknown): unknown {
  if (!isRecord(json)) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, value ?? undefined]));
}

function issuesOf(
  issue: z.core.$ZodIssue,
  input: unknown,
  knownKeys: readonly string[],
): readonly IntakeIssue[] {
  if (issue.code === 'unrecognized_keys') {
    const inner = issue.path.length > 0;
    return issue.keys.map((key) => ({
      path: pathText([...issue.path, key.slice(0, KEY_CHARS_MAX)]),
      expected: inner ? 'no such field' : unknownKeyText(key, knownKeys),
      found: 'an unknown field',
    }));
  }
  const found = describe(valueAt(input, issue.path));
  return [{ path: pathText(issue.path), expected: issue.message, found }];
}

function unknownKeyText(key: string, knownKeys: readonly string[]): string {
  const near = nearestKey(key, knownKeys);
  return near === null ? 'no such field' : `no such field; did you mean ${near}?`;
}

/** The known key that a misspelt or differently cased one stands for. */
function nearestKey(key: string, knownKeys: readonly string[]): string | null {
  const plain = plainKey(key.slice(0, KEY_CHARS_MAX));
  const exact = knownKeys.find((known) => plainKey(known) === plain);
  if (exact !== undefined) return exact;
  const near = nearestWord(plain, knownKeys.map(plainKey));
  if (near !== undefined) return knownKeys.find((known) => plainKey(known) === near) ?? null;
  return plain.length >= 4 ? (knownKeys.find((known) => plainKey(known).startsWith(plain)) ?? null) : null;
}

function plainKey(key: string): string {
  return key.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null
        ? Object.getOwnPropertyDescriptor(value, part)?.value
        : undefined,
    input,
  );
}
