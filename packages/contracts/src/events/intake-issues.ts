import { AppError } from '@burnline/core';
import { nearestWord } from '../text/did-you-mean.ts';
import type { EventContractErrorCode } from './event-contract-error.ts';

/** One fault of a record. */
export interface IntakeIssue {
  /** Like `verdicts[0].kind`; empty for the record as a whole. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** A sender mends its code, not single records: so many faults tell enough, and bound the answer. */
const ISSUES_MAX = 32;
const KEY_CHARS_MAX = 64;

/** The record is wrong and stays wrong: `details.issues` has the first faults, `details.issueCount` says how many there are. */
export function recordInvalid(
  recordName: string,
  issues: readonly IntakeIssue[],
): AppError<EventContractErrorCode> {
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

/** The fault of a key at the top that no field has. */
export function unknownKey(key: string, knownKeys: readonly string[]): IntakeIssue {
  const near = nearestKey(key, knownKeys);
  return {
    path: key.slice(0, KEY_CHARS_MAX),
    expected: near === null ? 'no such field' : `no such field; did you mean ${near}?`,
    found: 'an unknown field',
  };
}

/** The fault of a key inside of another field's value. */
export function unknownInnerKey(path: string, key: string): IntakeIssue {
  return {
    path: `${path}.${key.slice(0, KEY_CHARS_MAX)}`,
    expected: 'no such field',
    found: 'an unknown field',
  };
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
