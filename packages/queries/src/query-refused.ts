import { isAppError } from '@burnline/core';

/** Whether the tables cannot answer a question as it is asked: what is asked for is too much, or not there any more. */
export const isQueryRefused = (error: unknown): error is Error =>
  isAppError(error) && error.code.startsWith('QUERY_');
