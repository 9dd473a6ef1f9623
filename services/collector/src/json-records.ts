import { parseUniqueJson } from '@burnline/contracts';
import { AppError, isAppError } from '@burnline/core';

/** Records of one request; more are refused, so that one request's work is bounded. */
const RECORDS_MAX = 10_000;
/** Refusals that are described; the rest are counted. */
const PROBLEMS_SHOWN_MAX = 20;

interface RecordProblem {
  /** From 0: position in the array, or line of NDJSON. */
  readonly index: number;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * A JSON object, an array of them, or one per line. Throws COLLECTOR_RECORDS_INVALID naming every record that is wrong,
 * with what was expected and found.
 */
export function parseJsonRecords<T>(body: string, parse: (json: unknown) => T): readonly T[] {
  if (body.trim() === '') throw invalid('The body is empty', [], EMPTY_REMEDY);
  const values = splitRecords(body);
  if (values.length > RECORDS_MAX) {
    throw invalid(`${values.length} records in one request, at most ${RECORDS_MAX} are taken`, []);
  }
  const problems: RecordProblem[] = [];
  const records = values.flatMap((value, index) => {
    try {
      return [parse(value)];
    } catch (error) {
      if (!isAppError(error)) throw error;
      problems.push({ index, message: error.message, details: error.details });
      return [];
    }
  });
  if (problems.length > 0)
    throw invalid(`${problems.length} of ${values.length} records are wrong; none was taken`, problems);
  return records;
}

function splitRecords(body: string): readonly unknown[] {
  const whole = tryParse(body);
  if (whole !== undefined) return Array.isArray(whole) ? (whole as readonly unknown[]) : [whole];
  const lines = body.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line, index) => {
    const value = tryParse(line);
    if (value === undefined) throw invalid(`Record ${index + 1} of the body is not JSON`, [], SYNTAX_REMEDY);
    return value;
  });
}

/** Undefined, which JSON cannot say, where the text is no JSON. */
function tryParse(text: string): unknown {
  try {
    return parseUniqueJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const EMPTY_REMEDY = 'POST an event as a JSON object, several as an array or one per line (NDJSON).';
const SYNTAX_REMEDY =
  'Send one JSON value for all, or NDJSON: one whole object per line. None of the request was taken.';
const FIELDS_REMEDY = 'Correct them and send the request again: docs/events.md lists the fields.';

function invalid(message: string, problems: readonly RecordProblem[], remedy = FIELDS_REMEDY): AppError {
  return new AppError('COLLECTOR_RECORDS_INVALID', message, {
    outcome: 'dead-letter',
    remedy,
    details: { problems: problems.slice(0, PROBLEMS_SHOWN_MAX) },
  });
}
