/** What a caller may do about an error: try again, set the record aside, or stop before anything is lost. */
export type ErrorOutcome = 'retry' | 'dead-letter' | 'halt';

export interface AppErrorOptions {
  /** What to do about it, in one sentence a user can act on. */
  readonly remedy?: string;
  readonly outcome?: ErrorOutcome;
  /** Facts for logs and `--json`; never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The one error class. Code dispatches on `code` and `outcome`, never on the message's text.
 *
 * `Code` is a closed union that each package declares beside its errors.
 */
export class AppError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly outcome: ErrorOutcome;
  readonly remedy: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.outcome = options.outcome ?? 'halt';
    this.remedy = options.remedy;
    this.details = options.details ?? {};
  }
}

/** Narrows what was caught, without the `any` that `instanceof` leaves in a generic class. */
export function isAppError(error: unknown): error is AppError {
  return error instanceof AppError;
}

/** Asserts what must hold whatever the input; a failure is a fault of this program and halts it. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AppError('INVARIANT', `Invariant broken: ${message}`);
}
