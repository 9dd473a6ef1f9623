import { TextDecoder } from 'node:util';
import { AppError } from '@burnline/core';
import type { RecordProblem } from './record-problems.ts';

export type RecordIssue = Omit<RecordProblem, 'index'>;

export const NOT_JSON = { path: '', code: 'not_json', expected: 'one JSON value' } as const;

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A record is wrong: the intake tells its sender these issues, with the record's index. */
export function recordFault(issues: readonly RecordIssue[]): AppError {
  return new AppError('COLLECTOR_RECORD_INVALID', 'A record is wrong', {
    outcome: 'dead-letter',
    remedy: 'Correct what the issues name.',
    details: { issues },
  });
}

/** The text of a record's bytes. Throws a record's fault for what is no UTF-8. */
export function recordText(bytes: Uint8Array): string {
  try {
    return UTF_8.decode(bytes);
  } catch {
    throw recordFault([{ ...NOT_JSON, found: 'bytes that are no UTF-8' }]);
  }
}

/** A member that a dialect needs and that is not there, or not of its kind. */
export const missingIssue = (path: string, expected: string): RecordIssue => ({
  path,
  code: 'invalid_value',
  expected,
  found: 'nothing of the kind',
});
