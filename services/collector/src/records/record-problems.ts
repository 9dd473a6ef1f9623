import type { AppError } from '@burnline/core';
import { intakeError, type CollectorErrorCode } from '../http/intake-error.ts';

/** One fault of one record, for programs. The shape is the same whatever form the body has. */
export interface RecordProblem {
  /** From 0: position in the array, line of NDJSON, frame of a batch. */
  readonly index: number;
  /** Like `verdicts[0].kind`; empty for the record as a whole. */
  readonly path: string;
  readonly code: ProblemCode;
  readonly expected: string;
  readonly found: string;
}

/** What kinds of faults there are: those of a record's fields, and of the record. */
export const PROBLEM_CODES = [
  'unknown_field',
  'invalid_value',
  'contradiction',
  /** Not one JSON value; in an array also whatever follows its end. */
  'not_json',
  /** A bracket or a quote that is opened and not closed. */
  'not_closed',
  'too_large',
  'too_deep',
  /** Bytes that are no batch of a schema that is known here. */
  'not_readable',
  /** A record of another kind than the topic's. */
  'kind_misplaced',
] as const;
type ProblemCode = (typeof PROBLEM_CODES)[number];

/** What is wrong with the records of a request: all that are wrong, and the first faults. */
export interface ProblemSummary {
  readonly wrongCount: number;
  readonly wrongIndexes: readonly number[];
  readonly problemCount: number;
  readonly problems: readonly RecordProblem[];
}

/** Problems that are described; of the rest, the records are named and the problems counted. */
const PROBLEMS_MAX = 1_000;

/** Gathers what is wrong with a body's records: every record is looked at, since a sender wants to hear all at once. */
export class RecordProblems {
  readonly #problems: RecordProblem[] = [];
  readonly #wrongIndexes = new Set<number>();
  #problemCount = 0;

  get isEmpty(): boolean {
    return this.#wrongIndexes.size === 0;
  }

  get wrongCount(): number {
    return this.#wrongIndexes.size;
  }

  summary(): ProblemSummary {
    return {
      wrongCount: this.wrongCount,
      wrongIndexes: [...this.#wrongIndexes],
      problemCount: this.#problemCount,
      problems: this.#problems,
    };
  }

  /** All faults of one record; `count` of them, where not all are given. */
  add(index: number, problems: readonly Omit<RecordProblem, 'index'>[], count = problems.length): void {
    this.#wrongIndexes.add(index);
    this.#problemCount += count;
    for (const problem of problems) {
      if (this.#problems.length >= PROBLEMS_MAX) return;
      this.#problems.push({ index, ...problem });
    }
  }

  /** `of` is what the body holds: how many, and what they are called. */
  toError(
    code: CollectorErrorCode,
    of: { readonly count: number; readonly noun: string },
    remedy: string,
  ): AppError {
    const first = this.#problems.slice(0, 1).map(lineOf).join('');
    const { wrongCount } = this;
    const what = `${wrongCount} of ${of.count} ${of.noun}${of.count === 1 ? '' : 's'}`;
    const message = `${what} ${wrongCount === 1 ? 'is' : 'are'} wrong; none was taken. ${first}`;
    return intakeError(code, message, { remedy, details: { ...this.summary() } });
  }
}

function lineOf({ index, path, expected, found }: RecordProblem): string {
  return `[${index}] ${path === '' ? '' : `${path}: `}expected ${expected}, found ${found}`;
}
