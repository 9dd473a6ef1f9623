import { AppError } from '@burnline/core';
import type { z } from 'zod';
import { describe } from './event-contract-error.ts';
import type { EventContractErrorCode } from './event-contract-error.ts';
import { nearestKey, type HintBudget } from './key-hints.ts';

/** One fault of a JSON record. */
export interface IntakeIssue {
  /** Like `verdicts[0].kind`; empty for the record as a whole. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** What kind of fault it is, for programs: a field that does not exist, a value that does not fit, fields that contradict. */
export type IntakeIssueCode = 'unknown_field' | 'invalid_value' | 'contradiction';

export interface CodedIssue extends IntakeIssue {
  readonly code: IntakeIssueCode;
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
  /** Suggestions that may still be looked for, over as many records as share it; by default those of one record. */
  readonly hints?: HintBudget;
}): Output {
  const { json, knownKeys, recordName } = options;
  const input = withoutNulls(json);
  const result = options.schema.safeParse(input);
  const crossIssues = isRecord(input) ? (options.crossIssues?.(input) ?? []) : [];
  if (result.success && crossIssues.length === 0) return result.data;
  const hints = options.hints ?? { left: ISSUES_MAX };
  const all = result.error?.issues ?? [];
  const issues = all.slice(0, ISSUES_MAX).flatMap((issue) => issuesOf(issue, { input, knownKeys, hints }));
  const contradictions = crossIssues.map((issue) => ({ ...issue, code: 'contradiction' as const }));
  const issueCount = all.reduce((sum, issue) => sum + faultCount(issue), contradictions.length);
  throw intakeInvalid(recordName, [...issues, ...contradictions].slice(0, ISSUES_MAX), issueCount);
}

/** Unknown keys come as one issue of zod's. */
function faultCount(issue: z.core.$ZodIssue): number {
  return issue.code === 'unrecognized_keys' ? issue.keys.length : 1;
}

function intakeInvalid(
  recordName: string,
  shown: readonly CodedIssue[],
  issueCount: number,
): AppError<EventContractErrorCode> {
  const [first] = shown;
  const where = first === undefined || first.path === '' ? '' : `${first.path}: `;
  const what = `expected ${first?.expected ?? 'a record'}, found ${first?.found ?? 'none'}`;
  const more = issueCount > 1 ? ` (and ${issueCount - 1} more)` : '';
  return new AppError('CONTRACT_EVENT_INVALID', `Not a valid ${recordName}: ${where}${what}${more}.`, {
    outcome: 'dead-letter',
    remedy: 'Correct the fields named in the issues and send the record again.',
    details: { issues: shown, issueCount },
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
  { input, knownKeys, hints }: { input: unknown; knownKeys: readonly string[]; hints: HintBudget },
): readonly CodedIssue[] {
  if (issue.code === 'unrecognized_keys') {
    const inner = issue.path.length > 0;
    return issue.keys.slice(0, ISSUES_MAX).map((key) => ({
      path: pathText([...issue.path, key.slice(0, KEY_CHARS_MAX)]),
      code: 'unknown_field',
      expected: inner ? 'no such field' : unknownKeyText(key, knownKeys, hints),
      found: 'an unknown field',
    }));
  }
  const found = describe(valueAt(input, issue.path));
  return [{ path: pathText(issue.path), code: 'invalid_value', expected: issue.message, found }];
}

function unknownKeyText(key: string, knownKeys: readonly string[], hints: HintBudget): string {
  const near = nearestKey(key.slice(0, KEY_CHARS_MAX), knownKeys, hints);
  return near === null ? 'no such field' : `no such field; did you mean ${near}?`;
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
