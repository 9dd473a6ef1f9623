import { AppError, isAppError } from '@burnline/core';

/** Exit codes that scripts can rely on; docs/operations.md has the table. */
export const EXIT = {
  ok: 0,
  /** Something failed: the pipeline halted, a port was taken, there is no data. */
  failed: 1,
  /** The input is wrong: arguments, the environment, specs, a mapping, a history or a statement of SQL. */
  invalid: 2,
  /** The command did its work, and its answer is no: figures differ, a budget is breached, something is to be migrated. */
  no: 3,
  /** The command did its work, and there is not enough evidence for an answer: `gate`. */
  insufficient: 4,
} as const;

/** Exit codes as shells have them: 128 and the signal's number. */
const EXIT_OF_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;

/** The user ended a command (Ctrl+C, SIGTERM) before it was done: nothing is wrong. */
export class Interruption extends AppError<'CLI_INTERRUPTED'> {
  readonly exitCode: number;

  constructor(signal: keyof typeof EXIT_OF_SIGNAL) {
    super('CLI_INTERRUPTED', `Stopped by ${signal}`, { remedy: 'Start it again: it goes on where it was.' });
    this.exitCode = EXIT_OF_SIGNAL[signal];
  }
}

/** Errors of what the user gave. */
const INPUT_ERRORS: ReadonlySet<string> = new Set([
  'BACKTEST_INCIDENTS_INVALID',
  'BACKTEST_SPAN_INVALID',
  'ADJUSTMENT_INVALID',
  'ADJUSTMENT_SCOPE_UNKNOWN',
  'ADJUSTMENT_UNKNOWN',
  'CLI_EXAMPLES_MISSING',
  'CLI_FILE_UNREADABLE',
  'CLI_PASSWORD_MISSING',
  'COLLECTOR_KEYS_INVALID',
  'COLLECTOR_KEYS_REQUIRED',
  'COLLECTOR_TLS_INVALID',
  'CONFIG_INVALID',
  'SPECS_MISSING',
  'SPECS_UNREADABLE',
  'CLI_ANALYSTS_INVALID',
  'CLI_STREAM_UNKNOWN',
  'CLI_ARM_UNKNOWN',
  'QUERY_LABELS_UNKNOWN',
  'GOVERNING_INVALID',
  'REPORT_PERIOD_OPEN',
  'OVERRIDE_UNKNOWN',
  'OVERRIDE_SERVICE_UNKNOWN',
  'CLI_SERVICE_UNKNOWN',
  'CLI_ROUTE_UNKNOWN',
  'CLI_RECEIVERS_MISSING',
  'RECEIVER_INVALID',
  'SILENCE_INVALID',
  'SILENCE_UNKNOWN',
  'CLI_SLO_UNKNOWN',
  'CLI_QUERY_REFUSED',
  'CLI_QUERY_LOGIN_REFUSED',
  'CLI_POSITION_INVALID',
  'CLI_DEAD_LETTER_UNKNOWN',
  'CLI_SELECTION_INVALID',
  'COLLECTOR_MAPPINGS_INVALID',
  'MAPPING_INVALID',
  'DRILL_NOT_CONFIRMED',
  'DRILL_PARTS_INVALID',
  'DRILL_TOO_LARGE',
]);

export function exitCodeOf(error: unknown): number {
  if (error instanceof Interruption) return error.exitCode;
  if (!isAppError(error)) return EXIT.failed;
  // A file that changes while it is read is no mistake in it.
  const isHistory = error.code.startsWith('REPLAY_') && error.code !== 'REPLAY_FILE_CHANGED';
  return isHistory || INPUT_ERRORS.has(error.code) ? EXIT.invalid : EXIT.failed;
}
