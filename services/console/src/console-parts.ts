import type { Clock, Logger, Store } from '@burnline/runtime';
import type { QuestionTurns } from './http/question-turns.ts';
import type { JudgedBook } from './api/reading/judged-book.ts';

/** What every answer is made with. */
export interface ConsoleParts {
  /** As a reader: nothing is ever written. */
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly book: JudgedBook;
  readonly turns: QuestionTurns;
}
