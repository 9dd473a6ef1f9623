import { AppError } from '@burnline/core';
import { expect, it } from 'vitest';
import { Interruption, exitCodeOf } from './exit-codes.ts';

it.each([
  [new AppError('MAPPING_INVALID', ''), 2],
  [new AppError('REPLAY_FILE_UNREADABLE', ''), 2],
  [new AppError('CLI_FILE_UNREADABLE', ''), 2],
  [new AppError('SPECS_UNREADABLE', ''), 2],
  [new AppError('CONFIG_INVALID', ''), 2],
  [new AppError('CLI_QUERY_REFUSED', ''), 2],
  [new AppError('REPLAY_FILE_CHANGED', ''), 1],
  [new AppError('DRILL_NOT_CONFIRMED', ''), 2],
  [new AppError('COLLECTOR_PORT_IN_USE', ''), 1],
  [new Error('unexpected'), 1],
  [new Interruption('SIGINT'), 130],
  [new Interruption('SIGTERM'), 143],
])('%s exits with %i', (error, exitCode) => {
  expect(exitCodeOf(error)).toBe(exitCode);
});
