import { parseUniqueJson } from '@burnline/contracts';
import { isAppError, type AppError } from '@burnline/core';
import { NOT_JSON, recordText, type RecordIssue } from './record-fault.ts';
import { RecordProblems } from './record-problems.ts';
import { RecordScanner, type RecordLimits, type RecordPiece } from './record-scanner.ts';
import { intakeError } from '../http/intake-error.ts';
import type { Step } from '../http/turns.ts';

/** Records of one request; more are refused, so that one request's work is bounded. */
export const RECORDS_MAX = 10_000;
const MIB = 1024 * 1024;

const EMPTY_REMEDY = 'POST an event as a JSON object, several as an array or one per line (NDJSON).';

/** How the records of a body are written. */
export interface RecordForm {
  readonly limits: RecordLimits;
  /**
   * What stands in the bytes of one record. Throws a SyntaxError for what is no JSON, or an AppError (`dead-letter`) with
   * `details.issues`.
   */
  readonly parse: (bytes: Uint8Array) => unknown;
}

/** Our own JSON, in which nothing is said twice. */
export const JSON_RECORDS: RecordForm = {
  limits: {
    // No event of the intake's own bounds is longer, even if every character is written as an escape.
    bytesMax: MIB,
    // Every field, 32 entries of each map and 32 verdicts make some 400.
    valuesMax: 4_000,
    // A record's fields hold maps and lists of objects, and no more.
    depthMax: 16,
  },
  parse: (bytes) => parseUniqueJson(recordText(bytes)),
};

/** What became of a body once all steps are done. */
interface RecordReading {
  /** Reads one record, or a stretch of a long one. */
  readonly step: Step;
  /** How many were read. */
  readonly count: number;
  /** Those that are wrong. */
  readonly problems: RecordProblems;
}

/**
 * Reads a body record by record: an array, one value, or one per line. `take` is given each parsed value with its index,
 * and throws an AppError for one that is wrong; it is called for the others nevertheless.
 *
 * Throws COLLECTOR_RECORDS_INVALID for an empty body.
 */
export function readRecords(
  body: Uint8Array,
  { limits, parse }: RecordForm,
  take: (value: unknown, index: number) => void,
): RecordReading {
  const scanner = new RecordScanner(body, limits);
  if (scanner.isEmpty) throw recordsInvalid('The body is empty', EMPTY_REMEDY);
  const problems = new RecordProblems();
  let count = 0;
  return {
    problems,
    get count() {
      return count;
    },
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
      if (piece.fault !== null) problems.add(index, [faultsOf(limits)[piece.fault]]);
      else
        addIssues(problems, index, () => {
          take(parse(body.subarray(piece.start, piece.end)), index);
        });
      return false;
    },
  };
}

function faultsOf({
  bytesMax,
  valuesMax,
  depthMax,
}: RecordLimits): Readonly<Record<NonNullable<RecordPiece['fault']>, RecordIssue>> {
  const values = Number.isFinite(valuesMax) ? ` and ${valuesMax.toLocaleString('en')} values` : '';
  const large = `at most ${bytesMax / MIB} MiB${values}`;
  const deep = `at most ${depthMax} levels of brackets`;
  return {
    not_json: { ...NOT_JSON, found: 'what is none' },
    not_closed: {
      path: '',
      code: 'not_closed',
      expected: 'the end of the array',
      found: 'the end of the body',
    },
    too_large: { path: '', code: 'too_large', expected: large, found: 'more' },
    too_deep: { path: '', code: 'too_deep', expected: deep, found: 'more' },
  };
}

/** Adds what is wrong with a record, once it was tried to be taken. */
export function addIssues(problems: RecordProblems, index: number, take: () => void): void {
  try {
    take();
  } catch (error) {
    if (error instanceof SyntaxError) {
      problems.add(index, [{ ...NOT_JSON, found: 'a fault of syntax' }]);
      return;
    }
    if (!isAppError(error) || error.outcome !== 'dead-letter') throw error;
    const { issues, issueCount } = issuesOf(error);
    problems.add(index, issues, issueCount);
  }
}

/** The faults that a parser of the contracts tells; what it tells without details stands as one. */
function issuesOf(error: AppError): {
  readonly issues: readonly RecordIssue[];
  readonly issueCount: number;
} {
  const { issues, issueCount } = error.details as {
    readonly issues?: readonly RecordIssue[];
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

/** Of a request that is refused as a whole, none of its records being wrong by itself. */
export function recordsInvalid(message: string, remedy: string): AppError {
  return intakeError('COLLECTOR_RECORDS_INVALID', message, {
    remedy,
    details: { wrongCount: 0, wrongIndexes: [], problemCount: 0, problems: [] },
  });
}
