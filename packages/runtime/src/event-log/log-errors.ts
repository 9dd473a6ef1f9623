import { AppError, type AppErrorOptions } from '@burnline/core';

/** Every code with which an event log rejects. */
export const LOG_ERROR_CODES = [
  /** A broker failed at what it was asked, for a reason that does not pass. */
  'LOG_BROKER_FAILED',
  /** More waits to be written than the log may hold in memory; nothing of the call was appended. */
  'LOG_BUSY',
  'LOG_CLOSED',
  /** The files in the directory are not a log of this format. */
  'LOG_CORRUPT',
  /** The disk, or the share of it that the log may use, is full. */
  'LOG_DISK_FULL',
  /** Messages are missing in the middle of the log. */
  'LOG_GAP',
  'LOG_IN_USE',
  'LOG_MESSAGE_TOO_LARGE',
  'LOG_METADATA_TOO_LARGE',
  'LOG_NOT_OWNER',
  /** An offset that no message has had yet: the log is not the one that the position was taken from. */
  'LOG_OFFSET_BEYOND_END',
  'LOG_OFFSET_EXPIRED',
  'LOG_PARTITION_UNKNOWN',
  /** The broker does not let this client in, or does not allow what it asks. */
  'LOG_REFUSED',
  'LOG_TIMESTAMP_MISSING',
  'LOG_TIMESTAMP_REFUSED',
  'LOG_TOPIC_DIFFERS',
  'LOG_TOPIC_INVALID',
  'LOG_TOPIC_UNKNOWN',
  /** No broker answered in time; what was asked may or may not have happened. */
  'LOG_UNREACHABLE',
  /** A part of this program is not the version that was checked. */
  'LOG_UNSUPPORTED',
  'LOG_UNWRITABLE',
  'LOG_WRITE_FAILED',
] as const;

export type LogErrorCode = (typeof LOG_ERROR_CODES)[number];

export type LogError = AppError<LogErrorCode>;

/** The one place where log errors are made, so that every code is of the closed union. */
export function logError(code: LogErrorCode, message: string, options: AppErrorOptions): LogError {
  return new AppError(code, message, options);
}

export function isLogError(error: unknown): error is LogError {
  return error instanceof AppError && LOG_ERROR_CODES.some((code) => code === error.code);
}

export function closedError(): LogError {
  return logError('LOG_CLOSED', 'The event log is closed.', {
    remedy: 'Open the log again; nothing that was acknowledged is lost.',
  });
}
