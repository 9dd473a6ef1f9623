import { parseEvalVerdict, parseInferenceEvent } from '@burnline/contracts';
import { AppError } from '@burnline/core';
import { RowProblem } from './row-problem.ts';
import type { MappedRecord } from './mapped-record.ts';

/** The fields of a record, as the intake of JSON takes them. */
export type RecordFields = Readonly<Record<string, unknown>>;

interface Issue {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

const isIssue = (value: unknown): value is Issue =>
  typeof value === 'object' && value !== null && 'path' in value;

function describeIssues(issues: unknown, message: string): string {
  const shown = Array.isArray(issues) ? issues.filter(isIssue) : [];
  if (shown.length === 0) return message;
  return shown.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`).join('; ');
}

/** The same checks as at the collector, so that a history holds nothing that could not have been sent. */
export function checked<Parsed>(parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'CONTRACT_EVENT_INVALID') throw error;
    throw new RowProblem(describeIssues(error.details['issues'], error.message));
  }
}

/** A history has no "now": a record without its time cannot be placed. */
function timeMissing(field: string): () => number {
  return () => {
    throw new RowProblem(`${field}: expected the record's own time, found none`);
  };
}

/** Throws `RowProblem`. `id` is for a record that has none of its own. */
export function checkedInference(fields: RecordFields, id: Uint8Array): MappedRecord {
  const event = checked(() =>
    parseInferenceEvent(fields, { newEventId: () => id, now: timeMissing('occurred_at') }),
  );
  return { logTimeMicros: event.occurred_at, event };
}

/** Throws `RowProblem`. `id` is for a record that has none of its own. */
export function checkedVerdict(fields: RecordFields, id: Uint8Array): MappedRecord {
  const verdict = checked(() =>
    parseEvalVerdict(fields, { newEventId: () => id, now: timeMissing('judged_at') }),
  );
  return { logTimeMicros: verdict.judged_at, verdict };
}
