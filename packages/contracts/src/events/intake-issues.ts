import { AppError } from '@burnline/core';
import type { EventContractErrorCode } from './event-contract-error.ts';
import { nearestKey, type HintBudget } from './key-hints.ts';

/** One fault of a record. */
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
export const ISSUES_MAX = 32;
const KEY_CHARS_MAX = 64;

/** The record is wrong and stays wrong: `details.issues` has the first faults, `details.issueCount` says how many there are. */
export function recordInvalid(
  recordName: string,
  issues: readonly (IntakeIssue | CodedIssue)[],
  issueCount = issues.length,
): AppError<EventContractErrorCode> {
  const shown = issues
    .slice(0, ISSUES_MAX)
    .map((issue): CodedIssue => ({ ...issue, code: 'code' in issue ? issue.code : 'invalid_value' }));
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

/** The fault of a key at the top that no field has. */
export function unknownKey(key: string, knownKeys: readonly string[], hints: HintBudget): CodedIssue {
  const near = nearestKey(key.slice(0, KEY_CHARS_MAX), knownKeys, hints);
  return {
    path: key.slice(0, KEY_CHARS_MAX),
    code: 'unknown_field',
    expected: near === null ? 'no such field' : `no such field; did you mean ${near}?`,
    found: 'an unknown field',
  };
}

/** The fault of a key inside of another field's value. */
export function unknownInnerKey(path: string, key: string): CodedIssue {
  return {
    code: 'unknown_field',
    path: `${path}.${key.slice(0, KEY_CHARS_MAX)}`,
    expected: 'no such field',
    found: 'an unknown field',
  };
}
