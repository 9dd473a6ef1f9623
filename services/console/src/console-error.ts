import { AppError, type ErrorOutcome } from '@burnline/core';

/** Every code of the console's own, and of questions that are asked wrongly, with the status that answers it. */
const STATUS_BY_CODE = {
  CONSOLE_PARAMETER_INVALID: 400,
  CONSOLE_BODY_INVALID: 400,
  CONSOLE_HOST_MISSING: 400,
  SILENCE_INVALID: 400,
  QUERY_FIELD_UNKNOWN: 400,
  QUERY_VALUE_INVALID: 400,
  CONSOLE_KEY_MISSING: 401,
  CONSOLE_WRITE_KEY_MISSING: 403,
  CONSOLE_WRITE_KEY_UNKNOWN: 403,
  CONSOLE_WRITE_KEY_EXPIRED: 403,
  CONSOLE_KEY_UNKNOWN: 401,
  CONSOLE_KEY_EXPIRED: 401,
  CONSOLE_HOST_REFUSED: 403,
  CONSOLE_ORIGIN_REFUSED: 403,
  CONSOLE_NOT_FOUND: 404,
  CONSOLE_NOT_BUILT: 404,
  REPORT_NOTHING_JUDGED: 404,
  CONSOLE_METHOD_REFUSED: 405,
  CONSOLE_WRITES_NOTHING: 403,
  CONSOLE_BACKTESTS_NOTHING: 403,
  SILENCES_FULL: 409,
  CONSOLE_BODY_TOO_LARGE: 413,
  CONSOLE_TOO_COSTLY: 422,
  BACKTEST_SPAN_INVALID: 422,
  BACKTEST_TOO_MANY_DECISIONS: 422,
  HISTORY_EMPTY: 422,
  QUERY_LABELS_UNKNOWN: 422,
  QUERY_SERIES_OTHER: 422,
  QUERY_TOO_LARGE: 422,
  CONSOLE_TOO_SLOW: 422,
  /** `asOf` is before the history, or to come. */
  CONSOLE_MOMENT_OUTSIDE: 422,
  REPORT_PERIOD_OPEN: 422,
  /** As many questions as may be asked at once are under way, and as many wait. */
  CONSOLE_BUSY: 503,
  /** Silences are an alerter's to write, of a console that is a process of its own. */
  CONSOLE_ALERTER_AWAY: 503,
  CONSOLE_ALERTER_REFUSED: 502,
} as const;

type StatusCode = keyof typeof STATUS_BY_CODE;
export type ConsoleErrorCode = Extract<StatusCode, `CONSOLE_${string}`>;

const STATUS_BY_OUTCOME: Readonly<Record<ErrorOutcome, number>> = {
  'dead-letter': 400,
  retry: 503,
  halt: 500,
};

export function consoleError(
  code: ConsoleErrorCode,
  message: string,
  options: { readonly remedy: string; readonly cause?: unknown },
): AppError {
  return new AppError(code, message, {
    ...options,
    outcome: STATUS_BY_CODE[code] >= 500 ? 'retry' : 'dead-letter',
  });
}

/** The status of HTTP that says what went wrong. */
export function statusOf({ code, outcome }: AppError): number {
  return isOwn(code) ? STATUS_BY_CODE[code] : STATUS_BY_OUTCOME[outcome];
}

const isOwn = (code: string): code is StatusCode => Object.hasOwn(STATUS_BY_CODE, code);
