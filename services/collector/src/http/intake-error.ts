import { AppError, type ErrorOutcome } from '@burnline/core';

/** Every code of the intake's own, with the status that answers it. Codes of other packages go by their outcome. */
export const STATUS_BY_CODE = {
  /** Records that are wrong, each told in `details.problems`. */
  COLLECTOR_RECORDS_INVALID: 400,
  /** Frames that are wrong, each told in `details.problems`. */
  COLLECTOR_FRAMES_INVALID: 400,
  /** Bytes that are no export request of OTLP. */
  COLLECTOR_OTLP_UNREADABLE: 400,
  COLLECTOR_TOPIC_UNKNOWN: 400,
  /** `?mapping=` names none that the intake was given. */
  COLLECTOR_MAPPING_UNKNOWN: 400,
  COLLECTOR_IDEMPOTENCY_KEY_INVALID: 400,
  COLLECTOR_HOST_MISSING: 400,
  /** A compressed body that cannot be unpacked. */
  COLLECTOR_BODY_BROKEN: 400,
  COLLECTOR_KEY_MISSING: 401,
  COLLECTOR_KEY_UNKNOWN: 401,
  COLLECTOR_KEY_EXPIRED: 401,
  COLLECTOR_HOST_REFUSED: 403,
  COLLECTOR_ORIGIN_REFUSED: 403,
  COLLECTOR_NOT_FOUND: 404,
  COLLECTOR_METHOD_REFUSED: 405,
  /** The body did not come in time. */
  COLLECTOR_BODY_SLOW: 408,
  COLLECTOR_BODY_TOO_LARGE: 413,
  COLLECTOR_MEDIA_TYPE_REFUSED: 415,
  COLLECTOR_ENCODING_REFUSED: 415,
  /** The client has sent more records than its key allows for the moment; `details.retryAfterS` says how long to wait. */
  COLLECTOR_RATE_EXCEEDED: 429,
  COLLECTOR_FAILED: 500,
  /** Memory for bodies is used up for the moment. */
  COLLECTOR_BUSY: 503,
  COLLECTOR_STOPPING: 503,
  COLLECTOR_NOT_READY: 503,
  /** What came before it in the request may be durable: `details.items` tells of each. */
  COLLECTOR_PARTLY_WRITTEN: 503,
} as const;

export type CollectorErrorCode = keyof typeof STATUS_BY_CODE;

const STATUS_BY_OUTCOME: Readonly<Record<ErrorOutcome, number>> = {
  'dead-letter': 400,
  retry: 503,
  halt: 503,
};

export function intakeError(
  code: CollectorErrorCode,
  message: string,
  options: {
    readonly remedy: string;
    readonly details?: Readonly<Record<string, unknown>>;
    readonly cause?: unknown;
  },
): AppError {
  const status = STATUS_BY_CODE[code];
  const outcome: ErrorOutcome = status >= 500 || status === 408 || status === 429 ? 'retry' : 'dead-letter';
  return new AppError(code, message, { ...options, outcome });
}

export function statusOf(error: AppError): number {
  return isCollectorCode(error.code) ? STATUS_BY_CODE[error.code] : STATUS_BY_OUTCOME[error.outcome];
}

function isCollectorCode(code: string): code is CollectorErrorCode {
  return Object.hasOwn(STATUS_BY_CODE, code);
}
