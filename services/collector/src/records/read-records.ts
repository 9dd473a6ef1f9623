import { TextDecoder } from 'node:util';
import { parseUniqueJson } from '@burnline/contracts';
import { isAppError, type AppError } from '@burnline/core';
import { RecordProblems, type RecordProblem } from './record-problems.ts';
import { RecordScanner, type RecordPiece } from './record-scanner.ts';
import { intakeError } from '../http/intake-error.ts';
import type { Step } from '../http/turns.ts';

/** Records of one request; more are refused, so that one request's work is bounded. */
const RECORDS_MAX = 10_000;

const EMPTY_REMEDY = 'POST an event as a JSON object, several as an array or one per line (NDJSON).';
const FIELDS_REMEDY =
  'Correct them and send the request again: docs/events.md lists the fields. An array, or one whole object per line (NDJSON), is taken.';

const FAULTS: Readonly<Record<NonNullable<RecordPiece['fault']>, Omit<RecordProblem, 'index'>>> = {
  not_json: { path: '', code: 'not_json', expected: 'one JSON value', found: 'what is none' },
  not_closed: {
    path: '',
    code: 'not_closed',
    expected: 'the end of the array',
    found: 'the end of the body',
  },
  too_large: {
    path: '',
    code: 'too_large',
    expected: 'at most 1 MiB and 4,000 values',
    found: 'more',
  },
  too_deep: { path: '', code: 'too_deep', expected: 'at most 16 levels of brackets', found: 'more' },
};

/** What became of a body once all steps are done. */
export interface RecordReading {
  /** Reads one record, or a stretch of a long one. */
  readonly step: Step;
  /** How many were read. Throws COLLECTOR_RECORDS_INVALID, naming every record that is wrong. */
  finish(): number;
}

/**
 * Reads a body record by record: an array, one value, or one per line. `take` is given each parsed value with its index,
 * and throws an AppError for one that is wrong; it is called for the others nevertheless.
 *
 * Throws COLLECTOR_RECORDS_INVALID for an empty body.
 */
export function readRecords(body: Uint8Array, take: (json: unknown, index: number) => void): RecordReading {
  const scanner = new RecordScanner(body);
  if (scanner.isEmpty) throw recordsInvalid('The body is empty', EMPTY_REMEDY);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const problems = new RecordProblems();
  let count = 0;
  return {
    step: () => {
      const piece = scanner.next();
      if (piece === null) return true;
      if (piece === 'more') return false;
      if (count === RECORDS_MAX) {
        throw recordsInvalid(
          `The request holds more than ${RECORDS_MAX} records; none was taken`,
          'Send them in several requests.',
        );
      }
      const index = count;
      count += 1;
      if (piece.fault !== null) problems.add(index, [FAULTS[piece.fault]]);
      else takeOne(body.subarray(piece.start, piece.end), { decoder, problems, index, take });
      return false;
    },
    finish: () => {
      if (problems.isEmpty) return count;
      throw problems.toError('COLLECTOR_RECORDS_INVALID', { count, noun: 'record' }, FIELDS_REMEDY);
    },
  };
}

function takeOne(
  bytes: Uint8Array,
  parts: {
    readonly decoder: TextDecoder;
    readonly problems: RecordProblems;
    readonly index: number;
    readonly take: (json: unknown, index: number) => void;
  },
): void {
  const { decoder, problems, index, take } = parts;
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    problems.add(index, [{ ...FAULTS.not_json, found: 'bytes that are no UTF-8' }]);
    return;
  }
  try {
    take(parseUniqueJson(text), index);
  } catch (error) {
    if (error instanceof SyntaxError) {
      problems.add(index, [{ ...FAULTS.not_json, found: 'a fault of syntax' }]);
      return;
    }
    if (!isAppError(error) || error.outcome !== 'dead-letter') throw error;
    const { issues, issueCount } = issuesOf(error);
    problems.add(index, issues, issueCount);
  }
}

/** The faults that a parser of the contracts tells; what it tells without details stands as one. */
function issuesOf(error: AppError): {
  readonly issues: readonly Omit<RecordProblem, 'index'>[];
  readonly issueCount: number;
} {
  const { issues, issueCount } = error.details as {
    readonly issues?: readonly Omit<RecordProblem, 'index'>[];
    readonly issueCount?: number;
  };
  if (issues === undefined) {
    const whole = {
      path: '',
      code: 'invalid_value' as const,
      expected: 'a record that fits',
      found: error.message,
    };
    return { issues: [whole], issueCount: 1 };
  }
  return { issues, issueCount: issueCount ?? issues.length };
}

function recordsInvalid(message: string, remedy: string): AppError {
  return intakeError('COLLECTOR_RECORDS_INVALID', message, {
    remedy,
    details: { wrongCount: 0, wrongIndexes: [], problemCount: 0, problems: [] },
  });
}
