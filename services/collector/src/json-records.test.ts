import { isAppError, type AppError } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { parseJsonRecords } from './json-records.ts';

const parse = (body: string): readonly unknown[] => parseJsonRecords(body, (json) => json);

function refusalOf(body: string): AppError {
  try {
    parse(body);
  } catch (error) {
    if (isAppError(error)) return error;
  }
  throw new Error('was taken');
}

describe('a body', () => {
  it.each([
    ['{"a":1}', 1],
    ['[{"a":1},{"a":2}]', 2],
    ['{"a":1}\n\n{"a":2}\n', 2],
    ['[]', 0],
  ])('%j holds %i records', (body, count) => {
    expect(parse(body)).toHaveLength(count);
  });

  it.each(['', ' \r\n\t\n'])('without anything (%j) is refused, not taken as nothing', (body) => {
    expect(refusalOf(body)).toMatchObject({
      code: 'COLLECTOR_RECORDS_INVALID',
      outcome: 'dead-letter',
      message: 'The body is empty',
      remedy: expect.stringContaining('POST an event') as string,
    });
  });

  it('with a broken line is refused, with the line and what to send instead', () => {
    expect(refusalOf('{"a":1}\n{"a":')).toMatchObject({
      message: 'Record 2 of the body is not JSON',
      remedy: expect.stringContaining('NDJSON') as string,
    });
  });
});
