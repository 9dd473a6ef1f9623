import type { Clock, Logger, Store } from '@burnline/runtime';
import type { QuestionTurns } from './http/question-turns.ts';
import type { BacktestAnswer } from './api/contract/index.ts';
import type { WriteKeys } from './http/access.ts';
import type { JudgedBook } from './api/reading/judged-book.ts';

/** What every answer is made with. */
export interface ConsoleParts {
  /** As a reader: nothing is ever written. */
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly book: JudgedBook;
  readonly turns: QuestionTurns;
  /** Null: nothing is ever written. */
  readonly silencing: Silencing | null;
  /** Null: no history is judged. */
  readonly backtest: Backtest | null;
}

/** Judges a history of a stream by documents without a mistake, until it is done or the signal is aborted. */
export type Backtest = (
  question: {
    readonly files: readonly { readonly name: string; readonly text: string }[];
    readonly stream: string;
    readonly fromMs: number;
    readonly toMs: number;
  },
  signal: AbortSignal,
) => Promise<BacktestFound>;

export type BacktestFound = Pick<BacktestAnswer, 'fromMs' | 'toMs'> & {
  readonly tiers: readonly BacktestAnswer['tiers'][number][];
  readonly alerts: readonly BacktestAnswer['alerts'][number][];
};

/** What withholds alerts, for who has a key. */
export interface Silencing {
  readonly keys: WriteKeys;
  readonly add: AddSilence;
}

/** Adds a silence as `burnline silence add` does: slos, service, labels, severities, author, reason, fromMs, untilMs. */
export type AddSilence = (request: Readonly<Record<string, unknown>>) => Promise<{ readonly id: string }>;
