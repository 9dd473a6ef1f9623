import { AppError, parseExactRatio, type ExactRatio } from '@burnline/core';

/** A number as it is written in a spec, exactly: see `parseExactRatio`. The error is what is wrong with it. */
export function exactDecimal(text: string): ExactRatio | AppError {
  try {
    return parseExactRatio(text);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
