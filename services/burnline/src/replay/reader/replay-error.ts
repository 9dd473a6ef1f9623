import { AppError, type AppErrorOptions } from '@burnline/core';

/** Everything that can be wrong with a recorded history or its mapping file. */
export type ReplayErrorCode =
  | 'REPLAY_FILE_UNREADABLE'
  | 'REPLAY_FILE_NOT_REGULAR'
  | 'REPLAY_FILE_NOT_TEXT'
  | 'REPLAY_FILE_EMPTY'
  | 'REPLAY_FILE_CHANGED'
  | 'REPLAY_HEADER_INVALID'
  | 'REPLAY_COLUMN_MISSING'
  | 'REPLAY_ROWS_INVALID'
  | 'REPLAY_TIMES_IMPLAUSIBLE'
  | 'REPLAY_ROW_TOO_LONG'
  | 'REPLAY_TOO_MANY_ROWS'
  | 'REPLAY_TOO_MANY_GROUPS'
  | 'REPLAY_MAPPING_MISSING';

export function replayError(
  code: ReplayErrorCode,
  message: string,
  options: AppErrorOptions & { readonly remedy: string },
): AppError<ReplayErrorCode> {
  return new AppError(code, message, options);
}
